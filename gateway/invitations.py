"""What the rating boxes at the desks are told: it is a visitor's turn to vote, or it is no longer.

It lights lamps; what counts is decided by when a button was pressed. So it is said once, and not
retained, and a box that does not hear it loses nothing. Pure.
"""

from collections.abc import Iterable, Mapping

from gateway.roster import Device
from wire import topics


def invitations(
    site: str, devices: Iterable[Device], changed: Mapping[str, int]
) -> list[tuple[str, bytes]]:
    """What to publish, as (topic, payload). `changed`: by desk, for how many ms its boxes are
    open; 0: no longer."""
    return [
        (topics.topic(site, device.node, topics.COMMAND), b"open %d" % changed[device.desk])
        for device in devices
        if device.kind == "ratingbox" and device.channel == "desk" and device.desk in changed
    ]
