"""Which pin is whose: the keys of a [[button]] that say where it and its lamp are wired.

What may be wired where is in pins.toml, beside this file.
"""

import importlib.resources
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firmware.common.config import Table

PINS: Mapping[str, Any] = tomllib.loads(
    importlib.resources.files("firmware.dispenser").joinpath("pins.toml").read_text("utf-8")
)
FIRST_PIN: int = PINS["header"]["first"]  # BCM numbers of the 40-pin header
LAST_PIN: int = PINS["header"]["last"]
RESERVED: Mapping[int, str] = {pin["gpio"]: pin["for"] for pin in PINS["reserved"]}
ADDRESSES = range(PINS["expander"]["first"], PINS["expander"]["last"] + 1)
INPUTS: tuple[str, ...] = tuple(PINS["expander"]["inputs"])
OUTPUTS: tuple[str, ...] = (*INPUTS, *PINS["expander"]["outputs_only"])


@dataclass(frozen=True)
class Place:
    """A pin of an expander: its I2C address, and the pin's name on the chip, such as A3."""

    address: int
    pin: str

    def __str__(self) -> str:
        return f"{self.pin} of the expander {self.address:#04x}"


@dataclass(frozen=True)
class Wiring:
    """By service: BCM numbers of buttons, places of those on expanders, and either of lamps."""

    pins: Mapping[str, int]
    places: Mapping[str, Place]
    lamps: Mapping[str, int | Place]

    @property
    def services(self) -> list[str]:
        """Those that have a button."""
        return [*self.pins, *self.places]

    @property
    def addresses(self) -> list[int]:
        """Of all expanders that something is on."""
        places = [*self.places.values(), *self.lamps.values()]
        return sorted({place.address for place in places if isinstance(place, Place)})


class Claims:
    """Takes the pins of one [[button]] after the other; each pin has one owner.

    Raises ConfigError naming file, key and remedy, and the owner of a pin that is taken.
    """

    def __init__(self) -> None:
        self._pins: dict[str, int] = {}
        self._places: dict[str, Place] = {}
        self._lamps: dict[str, int | Place] = {}
        self._owners: dict[int | Place, str] = {}

    @property
    def wiring(self) -> Wiring:
        """What was taken so far."""
        return Wiring(self._pins, self._places, self._lamps)

    def take(self, table: Table, service: str) -> None:
        """Take the keys gpio, expander, pin, lamp and lamp_expander of a button's table."""
        expander: int = table.take("expander", int, -1)
        gpio: int = table.take("gpio", int, *(() if expander < 0 else (-1,)))
        if expander < 0:
            self._claim(table, "gpio", _gpio(table, "gpio", gpio), f"the button of {service!r}")
            self._pins[service] = gpio
        else:
            self._take_place(table, service, expander, gpio)
        self._take_lamp(table, service, expander)

    def _take_place(self, table: Table, service: str, expander: int, gpio: int) -> None:
        if gpio >= 0:
            raise table.error(
                f"{table.name} has both gpio and expander", "Keep the one it is wired to."
            )
        place = _place(table, "expander", expander, "pin", table.take("pin", str))
        if place.pin not in INPUTS:
            raise table.error(
                f"{table.name}.pin = {place.pin!r} is an output only",
                f"Wire the button to one of {', '.join(INPUTS)}.",
            )
        self._claim(table, "pin", place, f"the button of {service!r}")
        self._places[service] = place

    def _take_lamp(self, table: Table, service: str, expander: int) -> None:
        lamp: int | str = table.take("lamp", object, "")
        other: int = table.take("lamp_expander", int, -1)
        if lamp == "":
            if other >= 0:
                raise table.error(
                    f"{table.name}.lamp is missing", "Say which pin of lamp_expander it is."
                )
            return
        if isinstance(lamp, str):
            at, key = (other, "lamp_expander") if other >= 0 else (expander, "expander")
            found: int | Place = _place(table, key, at, "lamp", lamp)
        else:
            found = _lamp_gpio(table, lamp, other)
        self._claim(table, "lamp", found, f"the lamp of {service!r}")
        self._lamps[service] = found

    def _claim(self, table: Table, key: str, pin: int | Place, owner: str) -> None:
        if pin in self._owners:
            value = repr(pin.pin) if isinstance(pin, Place) else pin
            also = f", {pin}," if isinstance(pin, Place) else ""
            raise table.error(
                f"{table.name}.{key} = {value}{also} is {self._owners[pin]} already",
                "Each pin has one owner: choose another.",
            )
        self._owners[pin] = owner


def _lamp_gpio(table: Table, lamp: object, other: int) -> int:
    if not isinstance(lamp, int) or isinstance(lamp, bool):
        raise table.error(
            f"{table.name}.lamp = {lamp!r} is no pin", "Give a BCM number, or a pin such as 'B0'."
        )
    if other >= 0:
        raise table.error(
            f"{table.name}.lamp = {lamp} is a GPIO, and lamp_expander names an expander",
            "Remove lamp_expander, or give a pin of it, such as 'B0'.",
        )
    return _gpio(table, "lamp", lamp)


def _gpio(table: Table, key: str, gpio: int) -> int:
    where = f"{table.name}.{key} = {gpio}"
    if not FIRST_PIN <= gpio <= LAST_PIN:
        raise table.error(
            f"{where} is not a GPIO", f"Give the BCM number, {FIRST_PIN} to {LAST_PIN}."
        )
    if gpio in RESERVED:
        raise table.error(f"{where} is {RESERVED[gpio]}", "Choose another pin.")
    return gpio


def _place(table: Table, key: str, address: int, pin_key: str, pin: str) -> Place:
    if address < 0:
        raise table.error(
            f"{table.name}.{pin_key} = {pin!r} is a pin of no expander",
            "Add lamp_expander = 0x20, or give a BCM number.",
        )
    if address not in ADDRESSES:
        raise table.error(
            f"{table.name}.{key} = {address:#04x} is no address of an MCP23017",
            f"{ADDRESSES[0]:#04x} to {ADDRESSES[-1]:#04x}, as A0 to A2 of the chip are wired.",
        )
    if pin not in OUTPUTS:
        raise table.error(
            f"{table.name}.{pin_key} = {pin!r} is no pin of an MCP23017",
            "A0 to A7 and B0 to B7; the datasheet's GPA3 is A3.",
        )
    return Place(address, pin)
