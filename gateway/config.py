"""The office config: what this office is, its services, devices, hours and policies."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from gateway.roster import Device, Policies, Service
from wire import topics
from wire.config import BrokerConfig, ConfigError, beside, read_config
from wire.records import Tag

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Store(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How large the journal may grow (MB), and for how many days delivered records stay in it.

    Those days are how old a backup of the collector may be that is still made whole from here.
    """

    limit_mb: Annotated[int, msgspec.Meta(ge=16)] = 4_096
    keep_days: Annotated[int, msgspec.Meta(ge=1)] = 90


class OfficeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One office. `hours`: opening hours per weekday, e.g. `mon = "08:00-17:00"`."""

    site: str
    name: str
    data: str
    broker: BrokerConfig
    service: list[Service]
    device: list[Device]
    uplink: BrokerConfig | None = None  # the city's broker; without it, the office's own
    timezone: str = "Europe/Kyiv"
    hours: dict[str, str] = {}
    policies: Policies = Policies()
    store: Store = Store()

    def journal_path(self) -> Path:
        """The file of the office's journal."""
        return Path(self.data) / "journal.db"


def read_office(path: Path) -> OfficeConfig:
    """Read and check an office config; ConfigError says file, key and remedy."""
    config = read_config(path, OfficeConfig)
    for check in (_check_names, _check_services, _check_devices, _check_times):
        check(path, config)
    return msgspec.structs.replace(config, data=beside(path, config.data))


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
    try:
        ZoneInfo(config.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder such as "Europe"
        raise ConfigError(
            path, f"timezone = {config.timezone!r} is unknown", 'Use "Europe/Kyiv".'
        ) from None
    for day, span in config.hours.items():
        if day not in DAYS:
            raise ConfigError(path, f"hours.{day} is no weekday", f"One of: {', '.join(DAYS)}.")
        if span and not _is_span(span):
            raise ConfigError(
                path, f"hours.{day} = {span!r}", 'Write "08:00-17:00", or "" for closed.'
            )


def _is_span(span: str) -> bool:
    begin, _, end = span.partition("-")
    return _is_time(begin) and _is_time(end) and begin < end


def _is_time(text: str) -> bool:
    hour, _, minute = text.partition(":")
    digits = len(text) == 5 and text.isascii() and hour.isdigit() and minute.isdigit()
    return digits and int(hour) < 24 and int(minute) < 60


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
