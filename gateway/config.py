"""The office config: what this office is, its services, devices, hours and policies."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec

from gateway.pages.access import Clerk
from gateway.queue.hall import Desk
from gateway.queue_config import Pages, Queue, check_pages, check_queue
from gateway.roster import Device, Policies, Service
from wire import topics
from wire.config import BrokerConfig, ConfigError, beside, read_config
from wire.hours import DAYS
from wire.records import Tag, Text, TicketTemplate
from wire.setup import (
    SetupError,
    check_hours,
    check_letters,
    check_logo,
    check_ticket,
    check_zone,
)


class Store(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How large the journal may grow (MB), and for how many days delivered records stay in it.

    Those days are how old a backup of the collector may be that is still made whole from here.
    """

    limit_mb: Annotated[int, msgspec.Meta(ge=16)] = 4_096
    keep_days: Annotated[int, msgspec.Meta(ge=1)] = 90


class OfficeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One office. `hours`: opening hours per weekday, e.g. `mon = "08:00-17:00"`."""

    site: str
    name: Text
    data: str
    broker: BrokerConfig
    service: list[Service]
    device: list[Device]
    uplink: BrokerConfig | None = None  # the city's broker; without it, the office's own
    timezone: str = "Europe/Kyiv"
    hours: dict[str, str] = {}
    ticket: TicketTemplate = TicketTemplate()
    policies: Policies = Policies()
    store: Store = Store()
    desk: list[Desk] = []  # none: there is no queue here, and no pages
    clerk: list[Clerk] = []
    queue: Queue = Queue()
    pages: Pages = Pages()

    def logo(self) -> bytes:
        """The picture on the tickets; empty: none. Raises OSError if it is gone."""
        return Path(self.ticket.logo).read_bytes() if self.ticket.logo else b""

    def journal_path(self) -> Path:
        """The file of the office's journal."""
        return Path(self.data) / "journal.db"

    def secret_path(self) -> Path:
        """The file of what signs the pages' sessions."""
        return Path(self.data) / "pages.key"


def read_office(path: Path) -> OfficeConfig:
    """Read and check an office config; ConfigError says file, key and remedy."""
    config = read_config(path, OfficeConfig, "talon-gateway")
    for check in (_check_names, _check_services, _check_devices, _check_times):
        check(path, config)
    check_queue(path, config.service, config.desk, config.clerk, config.queue)
    check_pages(path, config.pages)
    ticket = _read_ticket(path, config.ticket)
    return msgspec.structs.replace(config, data=beside(path, config.data), ticket=ticket)


def _read_ticket(path: Path, ticket: TicketTemplate) -> TicketTemplate:
    """The template, with the whole path of its picture."""
    _checked(path, lambda: check_ticket(ticket))
    if not ticket.logo:
        return ticket
    logo = path.absolute().parent / ticket.logo
    try:
        png = logo.read_bytes()
    except OSError as error:
        problem = f"ticket.logo: {logo} cannot be read ({error.strerror})"
        raise ConfigError(path, problem, "Mend the path.") from None
    _checked(path, lambda: check_logo(png))
    return msgspec.structs.replace(ticket, logo=str(logo))


def _checked(path: Path, check: Callable[[], None], where: str = "") -> None:
    """Have a check of wire.setup speak of this file; `where`: its key here, if it is another."""
    try:
        check()
    except SetupError as error:
        raise ConfigError(path, f"{where or error.key}: {error.problem}", error.remedy) from None


def _check_names(path: Path, config: OfficeConfig) -> None:
    names = [("site", config.site)]
    names += [(f"service[{i}].id", s.id) for i, s in enumerate(config.service)]
    names += [(f"device[{i}].node", d.node) for i, d in enumerate(config.device)]
    for key, name in names:
        try:
            topics.check_name(name)
        except topics.TopicError as error:
            raise ConfigError(path, f"{key}: {error}", "Choose another name.") from None


def _check_services(path: Path, config: OfficeConfig) -> None:
    for i, service in enumerate(config.service):
        if len(service.letter) != 1 or not service.letter.isalpha() or service.letter.islower():
            raise ConfigError(
                path, f"service[{i}].letter = {service.letter!r}", "It is one capital letter."
            )
    _refuse_twins(path, "service", "id", [s.id for s in config.service])
    _refuse_twins(path, "service", "letter", [s.letter for s in config.service])
    for i, service in enumerate(config.service):
        before = [(s.id, s.letter) for s in config.service[: i + 1]]
        _checked(path, partial(check_letters, before), f"service[{i}].letter")
        for day, text in service.hours.items():
            _check_day(path, f"service[{i}].hours", day, text)


def _check_devices(path: Path, config: OfficeConfig) -> None:
    _refuse_twins(path, "device", "node", [d.node for d in config.device])
    _refuse_twins(path, "device", "mark", [d.mark for d in config.device])
    services = {service.id for service in config.service} | {"-"}
    for i, device in enumerate(config.device):
        key = f"device[{i}]"
        if device.node == topics.GATEWAY:
            raise ConfigError(path, f"{key}.node = 'gateway'", "That name is the gateway's own.")
        if device.service not in services:
            raise ConfigError(
                path,
                f"{key}.service = {device.service!r} is no service",
                f"One of: {', '.join(sorted(services))}.",
            )
        if device.kind != "dispenser" and device.channel == "-":
            raise ConfigError(path, f"{key}.channel is missing", 'Add channel = "desk" or "exit".')
        if device.kind == "dispenser" and not device.mark:
            raise ConfigError(path, f"{key}.mark is missing", 'Add mark = "1", another per device.')
        _check_desk(path, key, device.desk)


def _check_desk(path: Path, key: str, desk: str) -> None:
    try:
        msgspec.convert(desk, Tag)
    except msgspec.ValidationError:
        raise ConfigError(
            path,
            f"{key}.desk = {desk!r}",
            "1 to 64 characters; no spaces, commas, '=', quotes, backslashes.",
        ) from None


def _check_times(path: Path, config: OfficeConfig) -> None:
    _checked(path, lambda: check_zone("timezone", config.timezone))
    for day, text in config.hours.items():
        _check_day(path, "hours", day, text)


def _check_day(path: Path, key: str, day: str, text: str) -> None:
    if day not in DAYS:
        raise ConfigError(path, f"{key}.{day} is no weekday", f"One of: {', '.join(DAYS)}.")
    _checked(path, lambda: check_hours(key, {day: text}))


def _refuse_twins(path: Path, table: str, key: str, values: list[str]) -> None:
    first: dict[str, int] = {}
    for i, value in enumerate(values):
        if value and value in first:
            raise ConfigError(
                path,
                f"{table}[{i}].{key} = {value!r} is taken by {table}[{first[value]}]",
                "Each needs its own.",
            )
        first[value] = i
