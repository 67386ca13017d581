"""The collector's config."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from collector.influx_config import InfluxConfig
from wire import topics
from wire.config import BrokerConfig, ConfigError, beside, read_config


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An office of the city, for the reports. `services`: titles by service id."""

    id: str
    name: str
    services: dict[str, str] = {}


class Store(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How large the ledger may grow (MB), and for how many months it keeps single events.

    Tallies and accounts stay for ever; the month that runs is not counted.
    """

    limit_mb: Annotated[int, msgspec.Meta(ge=16)] = 65_536
    keep_months: Annotated[int, msgspec.Meta(ge=2)] = 36


class CollectorConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One city. `site`: the offices that may report; none named: all that do. `name`: of this
    collector among others, in what it exports."""

    data: str
    broker: BrokerConfig
    site: list[Site] = []
    influx: InfluxConfig | None = None  # without it the ledger alone serves the analysis
    timezone: str = "Europe/Kyiv"
    store: Store = Store()
    name: str = "city"

    def ledger_path(self) -> Path:
        """The file of the ledger."""
        return Path(self.data) / "ledger.db"


def read_collector(path: Path) -> CollectorConfig:
    """Read and check a collector config; ConfigError says file, key and remedy."""
    config = read_config(path, CollectorConfig, "talon-collector")
    try:
        topics.check_name(config.name)
    except topics.TopicError as error:
        raise ConfigError(path, f"name: {error}", "Choose another name.") from None
    seen: set[str] = set()
    for i, site in enumerate(config.site):
        try:
            topics.check_name(site.id)
        except topics.TopicError as error:
            raise ConfigError(path, f"site[{i}].id: {error}", "Choose another name.") from None
        if site.id in seen:
            raise ConfigError(path, f"site[{i}].id = {site.id!r} stands twice", "Remove one.")
        seen.add(site.id)
    try:
        ZoneInfo(config.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder such as "Europe"
        raise ConfigError(
            path, f"timezone = {config.timezone!r} is unknown", 'Use "Europe/Kyiv".'
        ) from None
    return msgspec.structs.replace(config, data=beside(path, config.data))
