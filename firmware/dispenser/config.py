"""A dispenser's config file."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from firmware.common.config import Identity, Table, read_table, take_identity
from firmware.dispenser import profiles
from firmware.dispenser.codepage import Encoder
from firmware.dispenser.counter import Service
from firmware.dispenser.escpos import Profile
from firmware.dispenser.slip import LANGUAGES, LINES, ZONE
from firmware.dispenser.wiring import Claims, Place, Wiring
from wire.records import TicketTemplate
from wire.setup import LETTERS, SetupError, check_letters, check_ticket, check_zone

K = TypeVar("K", bound=str)
_MARKS = LETTERS + "0123456789"
KINDS = ("serial", "usb", "network", "file")
RENDERS = ("auto", "text", "raster")
FLOWS = ("none", "rtscts")


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
class Config:
    """`pins`: BCM number of each service's button. `services`: by id.

    `places`: buttons on expanders. `lamps`: BCM number or place of those there are.
    `i2c_bus`: of the expanders. `timezone`: its name. `logo`: a picture that came with the
    office's setup; without it `ticket.logo` is a file here.
    """

    identity: Identity
    mark: str
    office: str
    printer: PrinterConfig
    pins: Mapping[str, int]
    services: Mapping[str, Service]
    ticket: TicketTemplate = field(default_factory=TicketTemplate)
    places: Mapping[str, Place] = field(default_factory=dict)
    lamps: Mapping[str, int | Place] = field(default_factory=dict)
    i2c_bus: int = 1
    timezone: str = ZONE
    logo: bytes = b""


def read(path: Path) -> Config:
    """Read a config file; ConfigError says what is wrong with it."""
    table = read_table(path)
    identity = take_identity(table)
    office = table.take("office", str)
    mark = _mark(table)
    printer = _printer(table.table("printer"))
    i2c_bus = _i2c_bus(table)
    ticket, timezone = _ticket(table.table("ticket", required=False))
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
        timezone,
    )
    _checked(table, lambda: check_printable(config))
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


def _several(table: Table, key: str, default: tuple[K, ...], known: tuple[K, ...]) -> tuple[K, ...]:
    values: list[K] = table.take(key, list, list(default))
    for value in values:
        _known(table, f"{table.name}.{key}", value, known)
    return tuple(values)


def _ticket(table: Table) -> tuple[TicketTemplate, str]:
    """The template, with the whole path of its picture; and the time zone's name."""
    logo: str = table.take("logo", str, "")
    ticket = TicketTemplate(
        show=_several(table, "show", LINES, LINES),
        languages=_several(table, "languages", ("uk",), LANGUAGES),
        footer=table.take("footer", str, ""),
        footer_en=table.take("footer_en", str, ""),
        qr=table.take("qr", str, ""),
        logo=str(table.path.absolute().parent / logo) if logo else "",
    )
    timezone: str = table.take("timezone", str, ZONE)
    table.end()
    _checked(table, lambda: check_ticket(ticket))
    _checked(table, lambda: check_zone("ticket.timezone", timezone))
    if ticket.logo and not Path(ticket.logo).is_file():
        raise table.error(f"ticket.logo: there is no file {ticket.logo}", "Mend the path.")
    return ticket, timezone


def _checked(table: Table, check: Callable[[], None], where: str = "") -> None:
    """Have a check of wire.setup speak of this file; `where`: its key here, if it is another."""
    try:
        check()
    except SetupError as error:
        raise table.error(f"{where or error.key}: {error.problem}", error.remedy) from None


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
        if button.take("touch", bool, False):
            _check_bare(button)
        else:
            claims.take(button, service)
        button.end()
        services[service] = Service(letter, title, title_en)
        letters = [(name, of.letter) for name, of in services.items()]
        _checked(button, partial(check_letters, letters), f"{button.name}.letter")
    if not services:
        raise table.error("no [[button]]", "Add one for each service.")
    return claims.wiring, services


def _check_bare(button: Table) -> None:
    """A service that is chosen on the touch page has no button, and so no pin."""
    for key in ("gpio", "expander", "lamp"):
        if key in button.rest():
            raise button.error(
                f"{button.name} has both touch and {key}",
                "Keep touch if it is chosen on the touch page only.",
            )


def check_printable(config: Config) -> None:
    """A number must be printed as it is called: no fallback may change its letter. SetupError."""
    page = config.printer.code_page
    encoder = Encoder(page)
    letters = {"mark": config.mark}
    letters |= {f"services.{name}.letter": of.letter for name, of in config.services.items()}
    for key, text in letters.items():
        for letter in text:
            if not encoder.has(letter):
                problem = f"the letter {letter!r} is not in code page {page}"
                remedy = "Choose another letter, or another printer.code_page."
                raise SetupError(key, problem, remedy)
