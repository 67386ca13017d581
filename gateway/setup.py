"""What this office's config says to its dispensers: the messages on their `config` topics."""

import msgspec

from gateway.config import OfficeConfig
from gateway.roster import Service
from wire import topics
from wire.records import DispenserSetup, ServiceSetup

_encode = msgspec.json.Encoder().encode


def setup_of(config: OfficeConfig) -> DispenserSetup:
    """The same for all dispensers: which button is which service is their own affair.

    Raises OSError if the picture has gone since the config was read.
    """
    logo = config.logo()
    name = config.ticket.logo.rpartition("/")[2]
    return DispenserSetup(
        v=1,
        office=config.name,
        timezone=config.timezone,
        ticket=msgspec.structs.replace(config.ticket, logo=name),
        services=tuple(_service(service, config.hours) for service in config.service),
        logo=logo,
    )


def setup_messages(config: OfficeConfig) -> dict[str, bytes]:
    """By topic; to be retained. The same config gives the same bytes, by which a dispenser knows
    that there is nothing new."""
    payload = _encode(setup_of(config))
    nodes = [device.node for device in config.device if device.kind == "dispenser"]
    return {topics.topic(config.site, node, topics.CONFIG): payload for node in nodes}


def _service(service: Service, hours: dict[str, str]) -> ServiceSetup:
    return ServiceSetup(
        id=service.id,
        letter=service.letter,
        title=service.title,
        title_en=service.title_en,
        hours=hours | service.hours,
        limit=service.limit,
    )
