"""A dispenser's config file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from firmware.common.config import Identity, Table, read_table, take_identity
from firmware.dispenser.counter import Service
from firmware.dispenser.ticket import Encoder
from firmware.dispenser.wiring import Claims, Place, Wiring

LETTERS = "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MARKS = LETTERS + "0123456789"
_LOOKS = str.maketrans("АВЕІКМНОРСТХ", "ABEIKMHOPCTX")  # alike on paper, whatever the alphabet
KINDS = ("serial", "usb", "network", "file")


@dataclass(frozen=True)
class PrinterConfig:
    """`kind`: one of `KINDS`; `device` for serial and file, `host` and `port` for network,
    `vendor` and `product` for usb. `code_page_number`: the printer's own, for ESC t."""

    kind: str
    device: str = ""
    host: str = ""
    port: int = 9100
    baud: int = 9600
    vendor: int = 0
    product: int = 0
    code_page: str = "cp1251"
    code_page_number: int = 46


@dataclass(frozen=True)
class Config:
    """`pins`: BCM number of each service's button. `services`: by id.

    `places`: buttons on expanders. `lamps`: BCM number or place of those there are.
    `i2c_bus`: of the expanders.
    """

    identity: Identity
    mark: str
    office: str
    printer: PrinterConfig
    pins: Mapping[str, int]
    services: Mapping[str, Service]
    places: Mapping[str, Place] = field(default_factory=dict)
    lamps: Mapping[str, int | Place] = field(default_factory=dict)
    i2c_bus: int = 1


def read(path: Path) -> Config:
    """Read a config file; ConfigError says what is wrong with it."""
    table = read_table(path)
    identity = take_identity(table)
    office = table.take("office", str)
    mark = _mark(table)
    printer = _printer(table.table("printer"))
    i2c_bus = _i2c_bus(table)
    wiring, services = _buttons(table)
    table.end()
    config = Config(
        identity, mark, office, printer, wiring.pins, services, wiring.places, wiring.lamps, i2c_bus
    )
    _check_letters(table, config)
    return config


def _mark(table: Table) -> str:
    mark: str = table.take("mark", str)
    if not 1 <= len(mark) <= 2 or any(sign not in _MARKS for sign in mark):
        raise table.error(
            f"mark = {mark!r} is not one or two capital letters or digits",
            "Give each dispenser of the office its own, such as '1'.",
        )
    return mark


def _printer(table: Table) -> PrinterConfig:
    printer = PrinterConfig(
        kind=table.take("kind", str),
        device=table.take("device", str, ""),
        host=table.take("host", str, ""),
        port=table.take("port", int, PrinterConfig.port),
        baud=table.take("baud", int, PrinterConfig.baud),
        vendor=table.take("vendor", int, 0),
        product=table.take("product", int, 0),
        code_page=table.take("code_page", str, PrinterConfig.code_page),
        code_page_number=table.take("code_page_number", int, PrinterConfig.code_page_number),
    )
    table.end()
    _check_printer(table, printer)
    return printer


def _check_printer(table: Table, printer: PrinterConfig) -> None:
    needed = {"serial": "device", "file": "device", "network": "host", "usb": "vendor"}
    if printer.kind not in needed:
        raise table.error(
            f"printer.kind = {printer.kind!r} is not known", f"One of: {', '.join(KINDS)}."
        )
    key = needed[printer.kind]
    if not getattr(printer, key):
        raise table.error(
            f"printer.{key} is missing", f"A {printer.kind} printer is found by its {key}."
        )
    if not 0 <= printer.code_page_number <= 255:
        raise table.error("printer.code_page_number is not 0 to 255", "See the printer's manual.")
    try:
        Encoder(printer.code_page)
    except LookupError as error:
        raise table.error(
            f"printer.code_page: {error}", "One of: cp1251, cp1125, cp866, cp855."
        ) from None


def _i2c_bus(table: Table) -> int:
    bus: int = table.take("i2c_bus", int, Config.i2c_bus)
    if bus < 0:
        raise table.error(f"i2c_bus = {bus} is not 0 or more", "On a Raspberry Pi it is 1.")
    return bus


def _buttons(table: Table) -> tuple[Wiring, Mapping[str, Service]]:
    claims = Claims()
    services: dict[str, Service] = {}
    for button in table.tables("button"):
        service = button.take_name("service")
        letter, title = button.take("letter", str), button.take("title", str)
        if service in services:
            raise table.error(f"service {service!r} has two buttons", "Remove one.")
        claims.take(button, service)
        button.end()
        _check_letter(button, letter, services)
        services[service] = Service(letter, title)
    if not services:
        raise table.error("no [[button]]", "Add one for each service.")
    return claims.wiring, services


def _check_letter(table: Table, letter: str, services: Mapping[str, Service]) -> None:
    where = f"{table.name}.letter = {letter!r}"
    if len(letter) != 1 or letter not in LETTERS:
        raise table.error(
            f"{where} is not one capital Ukrainian or Latin letter", "For example 'А'."
        )
    for service, other in services.items():
        if letter.translate(_LOOKS) == other.letter.translate(_LOOKS):
            raise table.error(
                f"{where} looks on paper like that of {service!r}", "Choose another letter."
            )


def _check_letters(table: Table, config: Config) -> None:
    """A number must be printed as it is called: no fallback may change its letter."""
    encoder = Encoder(config.printer.code_page)
    letters = config.mark + "".join(service.letter for service in config.services.values())
    for letter in letters:
        if not encoder.has(letter):
            raise table.error(
                f"the letter {letter!r} is not in code page {config.printer.code_page}",
                "Choose another letter, or another printer.code_page.",
            )
