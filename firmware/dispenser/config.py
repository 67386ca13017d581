"""A dispenser's config file."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware.common.config import Identity, Table, read_table, take_identity
from firmware.dispenser import profiles
from firmware.dispenser.codepage import Encoder
from firmware.dispenser.counter import Service
from firmware.dispenser.escpos import MAX_QR_BYTES, Profile
from firmware.dispenser.slip import LANGUAGES, LINES, ZONE
from firmware.dispenser.wiring import Claims, Place, Wiring

LETTERS = "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MARKS = LETTERS + "0123456789"
_LOOKS = str.maketrans("АВЕІКМНОРСТХ", "ABEIKMHOPCTX")  # alike on paper, whatever the alphabet
KINDS = ("serial", "usb", "network", "file")
RENDERS = ("auto", "text", "raster")
FLOWS = ("none", "rtscts")
_LONGEST = {"{number}": 64, "{visit}": 16}  # bytes that may stand in a QR for each


@dataclass(frozen=True)
class PrinterConfig:
    """`kind`: one of `KINDS`; `device` for serial and file, `host` and `port` for network,
    `vendor` and `product` for usb. `profile`: a table of profiles.toml. `render`: one of `RENDERS`;
    `flow`: of `FLOWS`, how the serial line is wired. `code_page_number`: the printer's own, for
    ESC t. `status`: whether it can be asked how it is. `shared`: whether others print on it.
    """

    kind: str
    device: str = ""
    host: str = ""
    port: int = 9100
    baud: int = 9600
    vendor: int = 0
    product: int = 0
    profile: str = "generic-58"
    render: str = "auto"
    flow: str = "none"
    code_page: str = "cp1251"
    code_page_number: int = 46
    status: bool = False
    shared: bool = False


@dataclass(frozen=True)
class TicketConfig:
    """What stands on the tickets: as `firmware.dispenser.slip.Template`. `timezone`: its name."""

    show: Sequence[str] = LINES
    languages: Sequence[str] = ("uk",)
    footer: str = ""
    footer_en: str = ""
    qr: str = ""
    logo: str = ""
    timezone: str = ZONE


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
    ticket: TicketConfig = TicketConfig()
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
    ticket = _ticket(table.table("ticket", required=False))
    wiring, services = _buttons(table)
    table.end()
    config = Config(
        identity,
        mark,
        office,
        printer,
        wiring.pins,
        services,
        ticket,
        wiring.places,
        wiring.lamps,
        i2c_bus,
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
    kind: str = table.take("kind", str)
    profile = _profile(table)
    page, number = _page(table, profile)
    printer = PrinterConfig(
        kind=kind,
        status=table.take("status", bool, profile.status and kind != "file"),
        shared=table.take("shared", bool, PrinterConfig.shared),
        device=table.take("device", str, ""),
        host=table.take("host", str, ""),
        port=table.take("port", int, PrinterConfig.port),
        baud=table.take("baud", int, PrinterConfig.baud),
        vendor=table.take("vendor", int, 0),
        product=table.take("product", int, 0),
        profile=profile.name,
        render=_one_of(table, "render", RENDERS),
        flow=_one_of(table, "flow", FLOWS),
        code_page=page,
        code_page_number=number,
    )
    table.end()
    if printer.render == "raster" and not profile.raster:
        raise table.error(f"{profile.name} prints no pictures", 'printer.render = "text".')
    _check_printer(table, printer)
    return printer


def _profile(table: Table) -> Profile:
    try:
        return profiles.find(table.take("profile", str, PrinterConfig.profile))
    except profiles.UnknownProfile as error:
        raise table.error(f"printer.profile: {error.name!r} is not known", error.remedy) from None


def _page(table: Table, profile: Profile) -> tuple[str, int]:
    """The code page and the printer's number for it: the profile's, unless the config has its own.

    -1 stands for a number that nobody gave: take() needs a default of the type.
    """
    page: str = table.take("code_page", str, next(iter(profile.code_pages)))
    number: int = table.take("code_page_number", int, -1)
    if number == -1:
        _check_page(table, page)
        if page not in profile.code_pages:
            raise table.error(
                f"printer.code_page_number is missing: {profile.name} has none for {page}",
                "Look it up in the printer's manual.",
            )
        number = profile.code_pages[page]
    return page, number


def _one_of(table: Table, key: str, known: Sequence[str]) -> str:
    value: str = table.take(key, str, known[0])
    return _known(table, f"{table.name}.{key}", value, known)


def _known(table: Table, where: str, value: object, known: Sequence[str]) -> str:
    if isinstance(value, str) and value in known:
        return value
    near = difflib.get_close_matches(str(value), known, 1)
    hint = f"Did you mean {near[0]!r}?" if near else f"One of: {', '.join(known)}."
    raise table.error(f"{where}: {value!r} is not known", hint)


def _several(table: Table, key: str, default: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    values: list[object] = table.take(key, list, list(default))
    if not values or any(values.count(value) > 1 for value in values):
        raise table.error(f"{table.name}.{key} is empty or has something twice", "Mend the list.")
    return tuple(_known(table, f"{table.name}.{key}", value, known) for value in values)


def _ticket(table: Table) -> TicketConfig:
    logo: str = table.take("logo", str, "")
    ticket = TicketConfig(
        show=_several(table, "show", LINES, LINES),
        languages=_several(table, "languages", TicketConfig.languages, LANGUAGES),
        footer=table.take("footer", str, ""),
        footer_en=table.take("footer_en", str, ""),
        qr=table.take("qr", str, ""),
        logo=str(table.path.absolute().parent / logo) if logo else "",
        timezone=table.take("timezone", str, ZONE),
    )
    table.end()
    _check_ticket(table, ticket)
    return ticket


def _check_ticket(table: Table, ticket: TicketConfig) -> None:
    if "number" not in ticket.show:
        raise table.error("ticket.show has no 'number'", "A ticket without a number is none.")
    try:
        ZoneInfo(ticket.timezone)
    except (LookupError, ValueError, OSError):
        raise table.error(
            f"ticket.timezone = {ticket.timezone!r} is not known", "For example Europe/Kyiv."
        ) from None
    for name in re.findall(r"\{[^{}]*\}", ticket.qr):
        _known(table, "ticket.qr", name, tuple(_LONGEST))
    longest = len(ticket.qr.encode())
    longest += sum(size * ticket.qr.count(name) for name, size in _LONGEST.items())
    if longest > MAX_QR_BYTES:
        raise table.error(f"ticket.qr may become {longest} bytes long", f"At most {MAX_QR_BYTES}.")
    if ticket.logo and not Path(ticket.logo).is_file():
        raise table.error(f"ticket.logo: there is no file {ticket.logo}", "Mend the path.")


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
    if printer.shared and printer.kind != "network":
        raise table.error(
            f"printer.shared: a {printer.kind} printer has one owner", "Leave it out."
        )
    if not 0 <= printer.code_page_number <= 255:
        raise table.error("printer.code_page_number is not 0 to 255", "See the printer's manual.")
    _check_page(table, printer.code_page)


def _check_page(table: Table, page: str) -> None:
    try:
        Encoder(page)
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
        title_en: str = button.take("title_en", str, "")
        if service in services:
            raise table.error(f"service {service!r} has two buttons", "Remove one.")
        claims.take(button, service)
        button.end()
        _check_letter(button, letter, services)
        services[service] = Service(letter, title, title_en)
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
