"""What the schemas of wire/records.py cannot say by themselves, for the pages in docs/schema.

The meaning of each field, an example of each record, who sends what to whom, and the two messages
that wire/batch.py writes by hand.
"""

from typing import Any, Literal, NamedTuple

import msgspec

from wire import topics
from wire.records import (
    Answer,
    Ask,
    Boot,
    ButtonState,
    Choice,
    Conflict,
    Count,
    Damaged,
    Day,
    Declined,
    DeviceHead,
    DeviceNote,
    DeviceRecord,
    DispenserSetup,
    Epoch,
    Issued,
    Lid,
    Lost,
    Millis,
    Missed,
    OfficeRecord,
    Press,
    PressesMissed,
    Printed,
    Quarantined,
    Rating,
    Reply,
    Seq,
    Served,
    ServiceSetup,
    Started,
    State,
    TicketPrinted,
    TicketTemplate,
    VisitBegan,
    VisitorDeclined,
)

Json = dict[str, Any]


class BatchHead(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a batch; `count` records follow, one a line."""

    v: Literal[1]
    epoch: Epoch
    first: Seq
    oldest: Seq
    count: Count
    prev: Count
    boot: Boot
    up: Millis


class Watermark(msgspec.Struct, frozen=True, kw_only=True):
    """All records of `epoch` up to `seq` are stored; the sender may delete them."""

    v: Literal[1]
    epoch: Epoch
    seq: Count
    crc: Count


# By field; where one name means several things, by the struct (or the one it extends) and field.
MEANINGS = {
    "at": "When it happened: Unix ms, UTC.",
    "Reply.at": "From which byte on.",
    "_Said.at": "When it happened: Unix ms, UTC; `null`: the clock was not set since this boot.",
    "State.at": "The node's clock: Unix ms, UTC; `null`: it does not know the time.",
    "boot": "Which boot of the board; another one each time.",
    "button": "The button pressed.",
    "by": "Who gave the number: the gateway, or the dispenser while it could not reach it.",
    "channel": "By which way the rating came; `-`: unknown.",
    "clock": "How `at` is known. `set`: by the device's clock. `placed`: by the time since its "
    "boot. `unknown`: `at` is an estimate, the arrival if there is none better, and no hour or "
    "waiting figure uses it.",
    "counter": "Of the last update taken; the next one's is higher.",
    "count": "How many records follow.",
    "Missed.count": "How many presses, since the last record of this kind.",
    "PressesMissed.count": "How many presses, since the device's last record of this kind.",
    "crc": "CRC-32 of record `seq`, by which a rolled back sender is noticed; 0: none.",
    "ahead": "How many people wait before this visitor; `null`: not known.",
    "declined": "Why the service gives no ticket now: `closed`, or the day's `limit` is reached; "
    "`null`: it does.",
    "left": "How many numbers are left today, of each service that has a limit.",
    "wait": "Expected waiting time, from and to, in minutes; `null`: not known.",
    "desk": "The desk that is rated; `-`: none.",
    "Served.desk": "The desk that served the visitor.",
    "detail": "More, in words, for a technician.",
    "devices": "Of a gateway: how far each of its devices has got.",
    "duplicates": "Records that arrived again and were dropped.",
    "epoch": "The log that the numbers belong to: random, made with it.",
    "error": "Why there is no number.",
    "Reply.error": "Why the order was not followed; empty: it was.",
    "event": "What happened to the device.",
    "footer": "The last lines of a ticket, in Ukrainian.",
    "footer_en": "The last lines in English.",
    "hours": "When it is open, in the office's time: `08:00-12:00, 13:00-17:00`; empty: closed; a "
    "day that is not named: open all day.",
    "ServiceSetup.id": "The service's name, as in records.",
    "languages": "Each text is printed in each of these.",
    "letter": "Begins the service's numbers.",
    "limit": "How many numbers it gives a day, at most; `null`: no limit.",
    "logo": "The picture on the tickets: a PNG; empty: none.",
    "TicketTemplate.logo": "Name of the picture's file; empty: none.",
    "office": "Printed at the top of the tickets.",
    "qr": "What the QR says, with {number} and {visit}; empty: no QR.",
    "services": "All services of the office; a dispenser has buttons for some of them.",
    "show": "What stands on a ticket, from top to bottom.",
    "ticket": "How tickets look.",
    "timezone": "Name of the office's time zone.",
    "title": "The service's name for people, in Ukrainian.",
    "title_en": "The service's name in English; empty: none.",
    "fault": "What a technician should know; empty: nothing.",
    "first": "Number of the first record in this batch.",
    "got": "When the gateway took it: Unix ms, UTC; 0: not known.",
    "id": "Which update: the beginning of its signature.",
    "Reply.id": "Which update: the beginning of its signature; or which choice.",
    "Reply.visit": "The visit that a choice led to: it has the same id, unless its ticket is a "
    "copy of the one before; `null`: none.",
    "Choice.id": "Random; becomes the visit's, if there is one.",
    "Choice.at": "When it was chosen: Unix ms, UTC.",
    "press": "The service that was chosen.",
    "kind": "Which record this is.",
    "last": "Highest number written.",
    "acked": "Highest number it holds to be stored at the other end, which objects if it is not.",
    "Lost.last": "Last number of the lost range; `seq` is the first.",
    "node": "The device's name in its office.",
    "number": "The ticket's number, as printed.",
    "oldest": "Lowest number that the sender still holds.",
    "prev": "CRC-32 of record `first` - 1, by which a rolled back sender is noticed; 0: not held.",
    "online": "Whether the node is connected.",
    "outcome": "What became of the paper.",
    "raw": "The record as received.",
    "re": "Which order it answers.",
    "result": "What became of the last update: `kept`, or `back` in the old slot; `-`: none.",
    "reason": "What is wrong with it.",
    "Declined.reason": "`closed`: outside its hours. `limit`: all numbers of the day are given.",
    "VisitorDeclined.reason": "`closed`: outside its hours. `limit`: all numbers of the day are "
    "given.",
    "Declined.by": "Who decided that: the gateway, or the dispenser while it could not reach it.",
    "VisitorDeclined.by": "Who decided that: the gateway, or the dispenser alone.",
    "Lost.reason": "`gap`: no sender holds them any more. `damaged`: the card lost them.",
    "seen": "When the gateway last heard of it: Unix ms, UTC.",
    "seq": "Number of the record in its epoch: 1, 2, 3, … without gaps.",
    "Watermark.seq": "Number of the last record stored; 0: none.",
    "service": "What the visitor came for.",
    "serve_ms": "How long the service took, from the last call: ms; `null`: not known.",
    "Rating.service": "What the visitor came for; `-`: unknown.",
    "slot": "From which slot the firmware runs.",
    "state": "What the button is now.",
    "Lid.state": "What the lid is now.",
    "status": "`counted`, or why it is kept and not counted.",
    "stored": "Highest number stored at the gateway.",
    "test": "Whether it was pressed in a self-test: kept, and never counted.",
    "trial": "Whether that firmware is on trial: it goes back unless the gateway answers.",
    "up": "Milliseconds since that boot.",
    "v": "Version of the format.",
    "value": "What the visitor said.",
    "version": "Version of the program.",
    "want": "What the box wants next; `-`: nothing.",
    "visit": "The visit: random, one for each ticket.",
    "waited_min": "Of a counted rating of a known visit: how long its visitor had waited, in all, "
    "in whole minutes, rounded down; left out or `null`: not known.",
    "served_min": "The same of the time at desks.",
    "wait_ms": "How long the visitor waited, from the ticket or the booked time to the last call: "
    "ms; `null`: not known.",
    "written": "Highest number the device says it wrote.",
}

_AT = 1_767_607_200_000  # 2026-01-05 10:00 UTC
_EPOCH = "5f0c9a71d2e84b36"
_VISIT = "a1b2c3d4e5f60718"
_SAID: Json = {"at": _AT, "boot": "7e57ab1e", "up": 86_400_000}
_PLACED: Json = {"node": "box-3", "epoch": _EPOCH, "seq": 42, "at": _AT, "clock": "set"}
_PLACED["got"] = _AT + 150
_TICKET: Json = {"visit": _VISIT, "service": "passport", "number": "A017", "by": "gateway"}
_SERVED: Json = {"visit": _VISIT, "service": "passport", "desk": "4"}
_PAPER: Json = {"visit": _VISIT, "service": "passport", "outcome": "printed"}
_HOURS: dict[Day, str] = {"mon": "08:00-17:00", "sun": ""}

# One of each record and message; the documents show them, the tests validate them.
EXAMPLES: tuple[msgspec.Struct, ...] = (
    Press(**_SAID, button="satisfied"),
    ButtonState(**_SAID, button="unsatisfied", state="stuck"),
    Lid(**_SAID, state="opened"),
    Issued(**_SAID, **_TICKET),
    Printed(**_SAID, **_PAPER),
    Declined(**_SAID, service="passport", reason="closed", by="gateway"),
    Started(at=None, boot="7e57ab1e", up=2_150, version="0.1.0"),
    Damaged(at=None, boot="00000000", up=0),
    Missed(**_SAID, count=4),
    Rating(
        **_PLACED,
        value="satisfied",
        status="counted",
        channel="desk",
        service="passport",
        desk="4",
        waited_min=12,
        served_min=7,
    ),
    VisitBegan(**_PLACED, **_TICKET),
    TicketPrinted(**_PLACED, **_PAPER),
    VisitorDeclined(**_PLACED, service="passport", reason="limit", by="dispenser"),
    Served(**_PLACED, **_SERVED, wait_ms=754_000, serve_ms=421_500),
    DeviceNote(**_PLACED, event="stuck", detail="unsatisfied"),
    PressesMissed(**_PLACED, count=4),
    Quarantined(**_PLACED, reason="Invalid enum value 'happy' - at `$.button`", raw=b"{}"),
    Lost(**_PLACED, last=45, reason="gap"),
    Conflict(**_PLACED),
    DeviceHead(node="box-3", epoch=_EPOCH, written=45, stored=42, seen=_AT),
    State(v=1, online=True, **_SAID, epoch=_EPOCH, oldest=40, last=45, version="0.1.0"),
    Ask(v=1, visit=_VISIT, service="passport"),
    Answer(v=1, visit=_VISIT, number="A017", left={"passport": 3}),
    Reply(
        v=1,
        re="update",
        id="5f0c9a71d2e84b36",
        want="piece",
        at=4096,
        slot="a",
        counter=7,
        boot="7e57ab1e",
        version="0.1.0",
    ),
    Choice(v=1, press="passport", id=_VISIT, at=_AT),
    TicketTemplate(languages=("uk", "en"), footer="Збережіть талон"),
    ServiceSetup(id="passport", letter="А", title="Паспорт", hours=_HOURS, limit=40),
    DispenserSetup(
        v=1,
        office="ЦНАП",
        timezone="Europe/Kyiv",
        ticket=TicketTemplate(languages=("uk", "en"), footer="Збережіть талон"),
        services=(
            ServiceSetup(id="passport", letter="А", title="Паспорт", hours=_HOURS, limit=40),
        ),
    ),
    BatchHead(
        v=1,
        epoch=_EPOCH,
        first=42,
        oldest=40,
        count=1,
        prev=1_604_118_373,
        boot="7e57ab1e",
        up=86_401_000,
    ),
    Watermark(v=1, epoch=_EPOCH, seq=42, crc=2_774_813_501),
)

UNIONS = {
    "DeviceRecord": (DeviceRecord, "What a device says happened. On the hop device → gateway."),
    "OfficeRecord": (
        OfficeRecord,
        "What happened, placed in time and decided upon. On the hop gateway → collector.",
    ),
}
FILES = {
    "device-record": "DeviceRecord",
    "office-record": "OfficeRecord",
    "state": "State",
    "ask": "Ask",
    "answer": "Answer",
    "reply": "Reply",
    "command": "Choice",
    "config": "DispenserSetup",
}


class Channel(NamedTuple):
    """One topic and what travels on it, from whom to whom. `node`: "" for the office itself."""

    id: str
    node: str
    name: str
    message: str
    sender: str
    receiver: str
    retain: bool
    text: str

    @property
    def address(self) -> str:
        """The topic, with {site} and {node} where a name stands."""
        if not self.node:
            return topics.queue_topic("site").replace("/site/", "/{site}/")
        whole = topics.topic("site", topics.GATEWAY, self.name).replace("/site/", "/{site}/")
        return whole.replace(f"/{topics.GATEWAY}/", f"/{self.node}/")


_NODE, _GATE = "{node}", topics.GATEWAY
_RESERVED = "Reserved: no message is declared for it yet."
CHANNELS = (
    Channel("deviceLog", _NODE, topics.LOG, "DeviceBatch", "device", "gateway", False,
            "What happened at a device."),
    Channel("deviceAck", _NODE, topics.ACK, "Watermark", "gateway", "device", True,
            "How far the gateway has stored it."),
    Channel("deviceState", _NODE, topics.STATE, "State", "device", "gateway", True,
            "How a device is. The broker publishes its last will here."),
    Channel("ask", _NODE, topics.ASK, "Ask", "device", "gateway", False,
            "A dispenser asks for a ticket number."),
    Channel("answer", _NODE, topics.ANSWER, "Answer", "gateway", "device", False,
            "The number, or why there is none."),
    Channel("config", _NODE, topics.CONFIG, "DispenserSetup", "gateway", "device", True,
            "What a dispenser needs of the office's config."),
    Channel("command", _NODE, topics.COMMAND, "Choice", "gateway", "device", False,
            "What was chosen on a dispenser's touch page. To a rating box: orders, as lines and "
            "bytes (wire/update.py, wire/selftest.py)."),
    Channel("reply", _NODE, topics.REPLY, "Reply", "device", "gateway", False,
            "What the device says to it."),
    Channel("officeLog", _GATE, topics.LOG, "OfficeBatch", "gateway", "collector", False,
            "What happened in an office."),
    Channel("officeAck", _GATE, topics.ACK, "Watermark", "collector", "gateway", True,
            "How far the collector has stored it."),
    Channel("officeState", _GATE, topics.STATE, "State", "gateway", "collector", True,
            "How an office is, and how far its devices have got."),
    Channel("queue", "", "queue", "", "gateway", "board", False, _RESERVED),
)  # fmt: skip
