"""What can be seen of the virtual devices, as values that may go from thread to thread. Pure."""

from collections.abc import Mapping
from typing import Literal

import msgspec

Kind = Literal["press", "issued", "printed", "declined"]


class Panel(msgspec.Struct, frozen=True):
    """A rating box from outside. `lamps`: by button, whether it is lit; `sounds`: how often its
    buzzer has sounded, `sound`: what it said last; `fault`: in its own words, empty: none."""

    lamps: Mapping[str, bool]
    sounding: bool
    sounds: int
    sound: str
    online: bool
    fault: str


class Slip(msgspec.Struct, frozen=True):
    """A ticket that came out of the printer, the `n`th: the bytes that made it."""

    n: int
    data: bytes


class Machine(msgspec.Struct, frozen=True):
    """The dispenser from outside. `lamps`: by service; `slips`: the newest tickets, oldest first;
    `has_paper`: whether there is a roll in its printer."""

    lamps: Mapping[str, bool]
    slips: tuple[Slip, ...]
    has_paper: bool
    online: bool
    fault: str


class Card(msgspec.Struct, frozen=True):
    """A rating box's card. `last`: its newest record; `presses`: the numbers of those that are
    presses, since the demo is live."""

    node: str
    epoch: str
    last: int
    presses: tuple[int, ...]


class Note(msgspec.Struct, frozen=True):
    """A record on a device's card that a visitor made. `at`: Unix ms; `what`: the button or the
    service; `visit`, `number`: of a ticket; `outcome`: of its printing, or why there was none."""

    node: str
    epoch: str
    seq: int
    at: int
    kind: Kind
    what: str
    visit: str = ""
    number: str = ""
    outcome: str = ""


class Seen(msgspec.Struct, frozen=True):
    """All that is shown of the devices. `panels`: by name; `acked`: up to which record their
    gateway has what each device wrote; `notes`: the newest, oldest first; `comes`: whether other
    visitors come."""

    machine: Machine
    panels: Mapping[str, Panel]
    cards: tuple[Card, ...]
    acked: Mapping[str, int]
    notes: tuple[Note, ...]
    comes: bool
