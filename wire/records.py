"""The records: declared once, here. JSON Schema and AsyncAPI in docs/ are generated from them.

Two unions of tagged structs, strict, unknown fields refused:

- `DeviceRecord`: what a device says happened. On the hop device → gateway.
- `OfficeRecord`: the same, placed in time and decided upon. On the hop gateway → collector.

Times are Unix milliseconds (UTC). `up` is milliseconds since the board's boot `boot`.
"""

from typing import Annotated, Literal, get_args

import msgspec

# `$` alone would let a final line break pass in Python; `(?!\n)` is known to JSON Schema, too.
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$(?!\n)")]
Service = Annotated[str, msgspec.Meta(pattern=r"^(-|[a-z0-9][a-z0-9-]{0,31})$(?!\n)")]
Epoch = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}$(?!\n)")]
Boot = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{8}$(?!\n)")]
Seq = Annotated[int, msgspec.Meta(ge=1, le=1 << 53)]
Millis = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
Text = Annotated[str, msgspec.Meta(max_length=500)]
Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\s,=\"\\]+$(?!\n)")]
TicketNumber = Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
Visit = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}$(?!\n)")]

Minutes = Annotated[int, msgspec.Meta(ge=0, le=1440)]
People = Annotated[int, msgspec.Meta(ge=0, le=9999)]
Letter = Annotated[str, msgspec.Meta(min_length=1, max_length=1)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Day = Annotated[str, msgspec.Meta(pattern=r"^(mon|tue|wed|thu|fri|sat|sun)$(?!\n)")]

Value = Literal["satisfied", "unsatisfied"]
Clock = Literal["set", "placed", "unknown"]
Channel = Literal["desk", "exit", "web", "paper", "poll", "mystery"]
Outcome = Literal["printed", "failed", "unknown"]
By = Literal["gateway", "dispenser"]
Refusal = Literal[
    "repeat", "flood", "unarmed", "late", "stuck", "test", "conflict", "unknown", "resent"
]
Status = Literal["counted"] | Refusal
Standing = Literal["counted", "unknown", "conflict", "resent"]  # of what is not a rating
DeclineReason = Literal["closed", "limit"]  # why a service gives no ticket
Language = Literal["uk", "en"]
TicketLine = Literal["logo", "office", "number", "service", "time", "ahead", "wait", "qr", "footer"]
DECLINE_REASONS: tuple[DeclineReason, ...] = get_args(DeclineReason)
REFUSALS: tuple[Refusal, ...] = get_args(Refusal)
VALUES: tuple[Value, ...] = get_args(Value)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


# ---- device → gateway ---------------------------------------------------------------------------
class _Said(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    kw_only=True,
    gc=False,  # no record holds anything that could hold it
):
    at: Millis | None  # null: the clock was not set since this boot
    boot: Boot
    up: Millis


class Press(_Said, frozen=True, tag="press"):
    """One debounced push of a rating button; the lamp answered after this was on disk."""

    button: Value
    test: bool = False  # pressed in a self-test: kept, and never counted


class ButtonState(_Said, frozen=True, tag="button"):
    """A button that is stuck (down for 10 s), was held at boot, or is free again."""

    button: Value
    state: Literal["stuck", "held", "freed"]


class Lid(_Said, frozen=True, tag="lid"):
    """The box's lid was opened or closed; `opened` also if it was open at the start."""

    state: Literal["opened", "closed"]


class Issued(_Said, frozen=True, tag="issued"):
    """A visit began: its number was fixed, by the gateway or from the dispenser's own series."""

    visit: Visit
    service: Name
    number: TicketNumber
    by: By


class Printed(_Said, frozen=True, tag="printed"):
    """What became of the paper of a visit's ticket."""

    visit: Visit
    service: Name
    outcome: Outcome
    detail: Text = ""


class Declined(_Said, frozen=True, tag="declined"):
    """A visitor chose a service that gives no ticket now, and was told why: no number was taken."""

    service: Name
    reason: DeclineReason
    by: By


class Started(_Said, frozen=True, tag="started"):
    """The firmware started."""

    version: Text


class Damaged(_Said, frozen=True, tag="damaged"):
    """A record that the card gave back unreadable; its number is accounted for by this."""


class Missed(_Said, frozen=True, tag="missed"):
    """Presses that could not be taken, the card being full or broken: no lamp, no ticket."""

    count: Seq


DeviceRecord = Press | ButtonState | Lid | Issued | Printed | Declined | Started | Damaged | Missed


# ---- gateway → collector ------------------------------------------------------------------------
class _Placed(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    kw_only=True,
    gc=False,  # no record holds anything that could hold it
):
    """`node`, `epoch`, `seq`: which record of which device this is.

    `got`: when the gateway took it. So a record that comes once more, to a journal put back from an
    older image, is other bytes, and the CRC at a watermark tells the two journals apart.
    """

    node: Name
    epoch: Epoch
    seq: Seq
    at: Millis
    clock: Clock
    got: Millis = 0


class Rating(_Placed, frozen=True, omit_defaults=True, tag="rating"):
    """A press, decided: `status` says whether it counts, and if not, why.

    `waited_min`, `served_min`: of a counted one, how long its visitor had waited and been served,
    in whole minutes, rounded down; left out: no visit is known of, or not how long. Which visit it
    was stands in no rating (docs/decisions/0018).
    """

    value: Value
    status: Status
    channel: Channel | Literal["-"]
    service: Service
    desk: Tag
    waited_min: Minutes | None = None
    served_min: Minutes | None = None


class VisitBegan(_Placed, frozen=True, tag="visit"):
    """A ticket was issued."""

    visit: Visit
    service: Name
    number: TicketNumber
    by: By
    status: Standing = "counted"


class TicketPrinted(_Placed, frozen=True, tag="printed"):
    """What became of a ticket's paper."""

    visit: Visit
    service: Name
    outcome: Outcome
    detail: Text = ""
    status: Standing = "counted"


class VisitorDeclined(_Placed, frozen=True, tag="declined"):
    """A visitor chose a service that gave no ticket then. That is no visit, and no missed press."""

    service: Name
    reason: DeclineReason
    by: By
    status: Standing = "counted"


class Served(_Placed, frozen=True, tag="served"):
    """A visit was served at a desk, and is finished; `at` is when it was.

    `wait_ms`: from its ticket, or the time it was booked for, to its last call; `serve_ms`: from
    there to the end. null: not known, as when a ticket was numbered without the gateway.
    """

    visit: Visit
    service: Name
    desk: Tag
    wait_ms: Millis | None
    serve_ms: Millis | None
    status: Standing = "counted"


class DeviceNote(_Placed, frozen=True, tag="device"):
    """Something about the device itself: started, a stuck button, an open lid."""

    event: Literal["started", "stuck", "held", "freed", "opened", "closed"]
    detail: Text = ""


class PressesMissed(_Placed, frozen=True, tag="missed"):
    """Presses that a device could not take; they were not thanked for, and nothing else is known.

    `count` of them since the last such record, and before `at`.
    """

    count: Seq
    status: Standing = "counted"


class Quarantined(_Placed, frozen=True, tag="quarantined"):
    """A record that did not validate, as received (base64)."""

    reason: Text
    raw: bytes


class Lost(_Placed, frozen=True, tag="lost"):
    """Records `seq` … `last` of the device that nobody holds any more."""

    last: Seq
    reason: Literal["gap", "damaged"]


class Conflict(_Placed, frozen=True, tag="conflict"):
    """Epoch `epoch` spoke again after a newer one: two devices with one name."""


OfficeRecord = (
    Rating
    | VisitBegan
    | TicketPrinted
    | VisitorDeclined
    | Served
    | DeviceNote
    | PressesMissed
    | Quarantined
    | Lost
    | Conflict
)


# ---- retained and live messages -----------------------------------------------------------------
class DeviceHead(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How far one epoch of a device has got, for the accounting of what is still pending.

    Unknown fields are let pass, as in `State`.
    """

    node: Name
    epoch: Epoch
    written: Count  # highest number the device says it wrote
    stored: Count  # watermark at the gateway
    seen: Millis  # when the gateway last heard of it
    duplicates: Count = 0  # records that came again, and were dropped


class State(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A node's retained state; its last will is `{"v":1,"online":false}`.

    Unknown fields are let pass: a state is for people and may grow with the firmware.
    """

    v: Literal[1]
    online: bool
    boot: Boot = "00000000"
    up: Millis = 0
    at: Millis | None = None
    epoch: Epoch | None = None
    oldest: Count = 0
    last: Count = 0
    acked: Count = 0
    version: Text = ""
    fault: Text = ""
    duplicates: Count = 0
    devices: list[DeviceHead] = []


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A dispenser asks for the next number of a service. Asking again changes nothing."""

    v: Literal[1]
    visit: Visit
    service: Name


class Answer(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """The gateway's answer: the number, or why there is none.

    `declined`: the service gives none now; the dispenser takes none from its own series either.
    With an `error` it does.
    """

    v: Literal[1]
    visit: Visit
    number: TicketNumber | None = None
    error: Text = ""
    declined: DeclineReason | None = None
    ahead: People | None = None
    wait: tuple[Minutes, Minutes] | None = None
    left: dict[Name, Count] = {}


class Reply(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A device's answer to a command: of a rating box, to an update's piece, or the order to test
    itself; of a dispenser, to a `Choice`: the visit whose ticket is printed, or an `error`."""

    v: Literal[1]
    re: Literal["update", "test", "press"]
    id: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{16})?$(?!\n)")] = ""
    want: Literal["-", "manifest", "piece", "go", "boot"] = "-"
    at: Count = 0
    slot: Literal["a", "b"] = "a"
    trial: bool = False
    counter: Count = 0
    result: Literal["-", "kept", "back"] = "-"
    boot: Boot = "00000000"
    version: Text = ""
    error: Text = ""
    visit: Visit | None = None


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A visitor chose a service on the office's touch page: its dispenser takes that for a press of
    the service's button, once, and only for 10 s."""

    v: Literal[1]
    press: Name
    id: Visit
    at: Millis


# ---- what an office decides for its dispensers --------------------------------------------------
class TicketTemplate(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """What stands on the tickets: `[ticket]` of the office's config, and of a dispenser's own."""

    show: tuple[TicketLine, ...] = get_args(TicketLine)
    languages: tuple[Language, ...] = ("uk",)
    footer: Text = ""
    footer_en: Text = ""
    qr: Text = ""
    logo: Text = ""


class ServiceSetup(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A service as it is offered: `letter` begins its numbers, the titles are printed."""

    id: Name
    letter: Letter
    title: Title
    title_en: Text = ""
    hours: dict[Day, Text] = {}
    limit: Seq | None = None


class DispenserSetup(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """What a dispenser needs of its office's config. It keeps the last one that it could use."""

    v: Literal[1]
    office: Text
    timezone: Tag
    ticket: TicketTemplate
    services: tuple[ServiceSetup, ...]
    logo: bytes = b""
