"""What an office tells its dispensers, checked on both sides: gateway and dispenser. Pure.

The structs of wire/records.py say which values there are; here is what they mean together.
"""

import re
from collections.abc import Iterable
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

import msgspec

from wire.hours import Hours, HoursError
from wire.lines import UNREADABLE
from wire.records import DeclineReason, DispenserSetup, TicketTemplate

LETTERS = "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯABCDEFGHIJKLMNOPQRSTUVWXYZ"
MAX_SETUP = 1 << 17  # bytes of the message; 30 services and a picture are 35 kB
MAX_LOGO = 16_384  # bytes of a PNG; 384 × 240 dots in black and white are 11.5 kB unpacked
MAX_LOGO_SIDE = 2_000  # dots; a small file may stand for a very large picture
MAX_QR = 213  # bytes, ISO/IEC 18004: version 10 at error correction M
_LOOKS = str.maketrans("АВЕІКМНОРСТХ", "ABEIKMHOPCTX")  # alike on paper, whatever the alphabet
_LONGEST = {"{number}": 64, "{visit}": 16}  # bytes that may stand in a QR for each
_PNG = b"\x89PNG\r\n\x1a\n"

_decoder = msgspec.json.Decoder(DispenserSetup)


class SetupError(ValueError):
    """A setup that cannot be used: `key`, what is wrong with it, and what to do."""

    def __init__(self, key: str, problem: str, remedy: str) -> None:
        super().__init__(f"{key}: {problem}. {remedy}" if key else f"{problem}. {remedy}")
        self.key = key
        self.problem = problem
        self.remedy = remedy


def read_setup(payload: bytes) -> DispenserSetup:
    """The message of an office to its dispensers; SetupError if it cannot be used."""
    if len(payload) > MAX_SETUP:
        raise SetupError("", f"{len(payload)} bytes where {MAX_SETUP} are allowed", "Shorten it.")
    try:
        setup = _decoder.decode(payload)
    except UNREADABLE as error:
        remedy = "Gateway and dispenser need the same version of Talon."
        raise SetupError("", str(error), remedy) from None
    check_setup(setup)
    return setup


def check_setup(setup: DispenserSetup) -> None:
    """SetupError if something in it does not go together."""
    check_ticket(setup.ticket)
    check_zone("timezone", setup.timezone)
    if bool(setup.ticket.logo) != bool(setup.logo):
        raise SetupError("ticket.logo", "name and picture do not come together", "Send both.")
    if setup.logo:
        check_logo(setup.logo)
    if len({service.id for service in setup.services}) < len(setup.services):
        raise SetupError("services", "one of them is there twice", "Remove one.")
    check_letters((service.id, service.letter) for service in setup.services)
    for service in setup.services:
        check_hours(f"services.{service.id}.hours", service.hours)


def check_ticket(ticket: TicketTemplate) -> None:
    """SetupError if a ticket by this template could not be printed, or would be none."""
    for key, values in (("show", ticket.show), ("languages", ticket.languages)):
        if not values or len(set(values)) < len(values):
            raise SetupError(f"ticket.{key}", "it is empty or has something twice", "Mend it.")
    if "number" not in ticket.show:
        raise SetupError("ticket.show", "it has no 'number'", "A ticket without a number is none.")
    for name in re.findall(r"\{[^{}]*\}", ticket.qr):
        if name not in _LONGEST:
            known = ", ".join(_LONGEST)
            raise SetupError("ticket.qr", f"{name} is not known", f"There are {known}.")
    longest = len(ticket.qr.encode())
    longest += sum((size - len(name)) * ticket.qr.count(name) for name, size in _LONGEST.items())
    if longest > MAX_QR:
        raise SetupError("ticket.qr", f"it may become {longest} bytes long", f"At most {MAX_QR}.")


def check_letters(letters: Iterable[tuple[str, str]]) -> None:
    """SetupError if a (service, letter) is no letter, or looks on paper like another one."""
    looks: dict[str, str] = {}
    for service, letter in letters:
        if len(letter) != 1 or letter not in LETTERS:
            raise SetupError(
                f"services.{service}.letter",
                f"{letter!r} is not one capital Ukrainian or Latin letter",
                "For example 'А'.",
            )
        look = letter.translate(_LOOKS)
        if look in looks:
            raise SetupError(
                f"services.{service}.letter",
                f"{letter!r} looks on paper like that of {looks[look]!r}",
                "Choose another letter.",
            )
        looks[look] = service


def check_hours(key: str, week: dict[str, str]) -> None:
    """SetupError if these are no hours."""
    for day, text in week.items():
        try:
            Hours({day: text})
        except HoursError as error:
            remedy = 'Write "08:00-17:00", or "" for closed.'
            raise SetupError(f"{key}.{day}", str(error), remedy) from None


def check_zone(key: str, name: str) -> None:
    """SetupError if there is no such time zone."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # OSError: a folder such as "Europe"
        raise SetupError(key, f"{name!r} is not known", "For example Europe/Kyiv.") from None


def check_logo(png: bytes) -> None:
    """SetupError if it is no PNG, or too large for a ticket (PNG, section 11.2.2: IHDR)."""
    if len(png) > MAX_LOGO:
        problem = f"a picture of {len(png)} bytes"
        raise SetupError("ticket.logo", problem, f"At most {MAX_LOGO}: make it black and white.")
    if not png.startswith(_PNG) or len(png) < 24:
        raise SetupError("ticket.logo", "it is no PNG", "Save it as PNG.")
    sides = [int.from_bytes(png[at : at + 4], "big") for at in (16, 20)]
    if not all(1 <= side <= MAX_LOGO_SIDE for side in sides):
        problem = f"a picture of {sides[0]} × {sides[1]} dots"
        raise SetupError("ticket.logo", problem, f"At most {MAX_LOGO_SIDE} on each side.")


def reason_to_decline(
    hours: Hours, limit: int | None, local: datetime | None, taken: int
) -> DeclineReason | None:
    """Why a service gives no ticket now; None: it does. `local`: the time at the office, None if it
    is not known: then it is open. `taken`: numbers it has given today, as far as is known."""
    if local is not None and not hours.is_open(local):
        return "closed"
    return "limit" if limit is not None and taken >= limit else None


def local_time(at: int, zone: tzinfo) -> datetime:
    """Unix ms as wall time."""
    return datetime.fromtimestamp(at / 1000, zone)
