"""A rating box's config file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from firmware.common.config import Identity, Table, read_table, take_identity

# BCM numbers, as wired in hardware/ratingbox/pins.toml.
PINS: Mapping[str, int] = {
    "satisfied": 17,
    "unsatisfied": 27,
    "satisfied_lamp": 22,
    "unsatisfied_lamp": 23,
    "buzzer": 24,
}
FIRST_PIN, LAST_PIN = 2, 27  # of the 40-pin header; 0 and 1 belong to the HAT's EEPROM


@dataclass(frozen=True)
class Config:
    """`pins`: BCM number by use, the same uses as `PINS`."""

    identity: Identity
    pins: Mapping[str, int]


def read(path: Path) -> Config:
    """Read a config file; ConfigError says what is wrong with it."""
    table = read_table(path)
    config = Config(take_identity(table), _pins(table.table("pins", required=False)))
    table.end()
    return config


def _pins(table: Table) -> Mapping[str, int]:
    pins: dict[str, int] = {}
    for use, default in PINS.items():
        pin = table.take(use, int, default)
        if not FIRST_PIN <= pin <= LAST_PIN:
            raise table.error(
                f"pins.{use} = {pin} is not a GPIO",
                f"Give the BCM number, {FIRST_PIN} to {LAST_PIN}.",
            )
        for other, taken in pins.items():
            if taken == pin:
                raise table.error(
                    f"pins.{use} and pins.{other} are both GPIO {pin}", "Each needs its own."
                )
        pins[use] = pin
    table.end()
    return pins
