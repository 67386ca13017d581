"""Who and what belongs to an office: services, devices, policies. Values only; pure."""

from typing import Annotated, Literal

import msgspec

from wire.records import Channel, Text, Title

Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a visitor comes for. `letter` begins its ticket numbers.

    `hours`: where they differ from the office's, by weekday. `limit`: numbers a day, at most.
    """

    id: str
    letter: str
    title: Title
    title_en: Text = ""
    hours: dict[str, str] = {}
    limit: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A node that may speak to this gateway.

    `channel`: by which way its ratings come. `desk`, `service`: what they are for, `-` if open.
    `mark`: of a dispenser, set into its own numbers while the gateway is away. `key_file`: of a
    rating box, 64 hex digits with which its orders are signed; only `update` and `test` read it.
    """

    node: str
    kind: Literal["ratingbox", "dispenser", "web"]
    channel: Channel | Literal["-"] = "-"
    desk: str = "-"
    service: str = "-"
    mark: str = ""
    key_file: str = ""


class Policies(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What does not count. `repeat_s`: a press this soon after the one before on the same box.
    `flood_presses` within `flood_s`: more counted presses than a box can honestly get."""

    repeat_s: Seconds = 3.0
    flood_presses: Annotated[int, msgspec.Meta(ge=1)] = 12
    flood_s: Seconds = 60.0
