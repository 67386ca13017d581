"""What the page says that stays as it is while the demo is live. Pure."""

from typing import Any

from gateway.config import OfficeConfig
from simulator import profile

MACHINE = profile.DISPENSERS[0]
DESK_BOX = next(iter(profile.DESKS))
EXIT_BOX = profile.EXITS[0]
DESK = profile.FIRST_DESK  # the newcomer's, where DESK_BOX stands
BUSIEST = 10


def facts(office: OfficeConfig) -> dict[str, Any]:
    """For the templates: names, addresses, services, in the order of how much they are asked for;
    `served`: those for which desk `DESK` calls."""
    services = [(service.id, service.letter) for service in office.service]
    served = next((desk.services for desk in office.desk if desk.id == DESK), ())
    return {
        "office": office.name,
        "pages": pages_of(office),
        "machine": MACHINE,
        "desk_box": DESK_BOX,
        "exit_box": EXIT_BOX,
        "desk": DESK,
        "clerk": office.clerk[0],
        "pin": profile.PIN,
        "busiest": services[:BUSIEST],
        "others": services[BUSIEST:],
        "served": served,
        "letters": ", ".join(letter for id_, letter in services if id_ in served),
    }


def pages_of(office: OfficeConfig) -> str:
    """The origin of the office's pages."""
    return f"http://{office.pages.host}:{office.pages.port}"
