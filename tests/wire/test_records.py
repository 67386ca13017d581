"""The records: what each type lets through, and what it refuses."""

from typing import Any, get_args

import msgspec
import pytest

from wire.records import (
    OUTCOMES,
    REFUSALS,
    Answer,
    Ask,
    ButtonState,
    Conflict,
    Damaged,
    Declined,
    DeviceHead,
    DeviceNote,
    DeviceRecord,
    Issued,
    Lid,
    Lost,
    Missed,
    OfficeRecord,
    Press,
    PressesMissed,
    Printed,
    Quarantined,
    Rating,
    Served,
    Started,
    State,
    TicketPrinted,
    VisitBegan,
    VisitorDeclined,
)

AT = 1_767_607_200_000
EPOCH = "5f0c9a71d2e84b36"
VISIT = "00c0ffee00c0ffee"
SAID: dict[str, Any] = {"at": AT, "boot": "7e57ab1e", "up": 86_400_000}
PLACED: dict[str, Any] = {"node": "box-3", "epoch": EPOCH, "seq": 42, "at": AT, "clock": "set"}
TICKET: dict[str, Any] = {"visit": VISIT, "service": "passports"}

SAID_BY_DEVICES: list[msgspec.Struct] = [
    Press(**SAID, button="satisfied"),
    Press(**SAID | {"at": None}, button="unsatisfied"),
    ButtonState(**SAID, button="satisfied", state="stuck"),
    Issued(**SAID, **TICKET, number="П-017", by="dispenser"),
    Printed(**SAID, **TICKET, outcome="failed", detail="немає паперу"),
    Printed(**SAID, **TICKET, outcome="printed"),
    Declined(**SAID, service="passports", reason="closed", by="dispenser"),
    Started(**SAID, version="0.1.0"),
    Press(**SAID, button="satisfied", test=True),
    Lid(**SAID, state="opened"),
    Damaged(**SAID),
    Missed(**SAID, count=17),
]
SAID_BY_OFFICES: list[msgspec.Struct] = [
    Rating(**PLACED, value="satisfied", status="counted", channel="desk", service="-", desk="7"),
    Rating(**PLACED, value="satisfied", status="late", channel="-", service="tax", desk="Б-2"),
    VisitBegan(**PLACED, **TICKET, number="A1", by="gateway"),
    VisitBegan(**PLACED, **TICKET, number="A1", by="gateway", status="resent"),
    TicketPrinted(**PLACED, **TICKET, outcome="unknown", status="conflict"),
    DeviceNote(**PLACED, event="held", detail="satisfied"),
    PressesMissed(**PLACED, count=17),
    PressesMissed(**PLACED, count=1, status="resent"),
    Quarantined(**PLACED, reason="not JSON", raw=b"\x00\xff\n{"),
    Lost(**PLACED, last=50, reason="gap"),
    Conflict(**PLACED),
    Served(**PLACED, **TICKET, desk="7", wait_ms=0, serve_ms=None),
    Served(**PLACED, **TICKET, desk="Б-2", wait_ms=60_000, serve_ms=1, status="resent"),
    VisitorDeclined(**PLACED, service="passports", reason="limit", by="gateway"),
]
HEAD = DeviceHead(node="box-3", epoch=EPOCH, written=9, stored=7, seen=AT)
MESSAGES: list[msgspec.Struct] = [
    State(v=1, online=False),
    State(v=1, online=True, boot="7e57ab1e", up=1, at=AT, epoch=EPOCH, last=9, devices=[HEAD]),
    HEAD,
    Ask(v=1, visit=VISIT, service="passports"),
    Answer(v=1, visit=VISIT, number="A1"),
    Answer(v=1, visit=VISIT, error="closed"),
    Answer(v=1, visit=VISIT, number="A1", ahead=3, wait=(5, 10), left={"passports": 4}),
    Answer(v=1, visit=VISIT, declined="limit"),
]
EVERY = [*SAID_BY_DEVICES, *SAID_BY_OFFICES, *MESSAGES]


def name_of(value: object) -> str:
    return type(value).__name__ if isinstance(value, msgspec.Struct) else ""


def read(record: type[msgspec.Struct], fields: dict[str, Any]) -> msgspec.Struct:
    return msgspec.json.decode(msgspec.json.encode(fields), type=record)


def takes(record: msgspec.Struct, changes: dict[str, Any]) -> bool:
    """Whether the record would still be read with these fields changed."""
    try:
        read(type(record), fields_of(record) | changes)
    except msgspec.ValidationError:
        return False
    return True


def fields_of(record: msgspec.Struct) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(record))
    return fields


@pytest.mark.parametrize("record", EVERY, ids=name_of)
def test_a_record_is_read_as_it_was_written(record: msgspec.Struct) -> None:
    assert msgspec.json.decode(msgspec.json.encode(record), type=type(record)) == record


@pytest.mark.parametrize(
    ("union", "examples"),
    [(DeviceRecord, SAID_BY_DEVICES), (OfficeRecord, SAID_BY_OFFICES)],
    ids=["device", "office"],
)
def test_every_kind_is_told_by_its_tag(union: Any, examples: list[msgspec.Struct]) -> None:
    """And every kind of the union has an example here."""
    decoder = msgspec.json.Decoder(union)
    assert [decoder.decode(msgspec.json.encode(record)) for record in examples] == examples
    assert {type(record) for record in examples} == set(get_args(union))


@pytest.mark.parametrize(
    "record",
    [record for record in EVERY if not isinstance(record, State | DeviceHead)],
    ids=name_of,
)
def test_an_unknown_field_is_refused(record: msgspec.Struct) -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `colour`"):
        read(type(record), fields_of(record) | {"colour": "red"})


def test_a_state_may_grow_with_the_firmware() -> None:
    assert read(State, {"v": 1, "online": True, "colour": "red"}) == State(v=1, online=True)


@pytest.mark.parametrize("record", [*SAID_BY_DEVICES, *SAID_BY_OFFICES], ids=name_of)
def test_every_field_without_a_default_must_be_there(record: msgspec.Struct) -> None:
    for field in msgspec.structs.fields(record):
        if field.required:
            rest = {key: value for key, value in fields_of(record).items() if key != field.name}
            with pytest.raises(
                msgspec.ValidationError, match=f"missing required field `{field.name}`"
            ):
                read(type(record), rest)


@pytest.mark.parametrize("record", [*SAID_BY_DEVICES, *SAID_BY_OFFICES], ids=name_of)
def test_no_field_takes_a_value_of_another_type(record: msgspec.Struct) -> None:
    """Strict: a number is not read from a string, nor a string from a number."""
    for name, value in fields_of(record).items():
        wrong = str(value) if isinstance(value, int) else 7 if isinstance(value, str) else "now"
        with pytest.raises(msgspec.ValidationError):
            read(type(record), fields_of(record) | {name: wrong})


@pytest.mark.parametrize("record", [*SAID_BY_DEVICES, *SAID_BY_OFFICES], ids=name_of)
def test_a_record_cannot_be_changed(record: msgspec.Struct) -> None:
    with pytest.raises(AttributeError):
        setattr(record, "at", 0)  # noqa: B010 - mypy knows that this cannot work


NAMES = ["", "-a", "A", "a b", "a/b", "a+", "a\n", "é", "a" * 33]
TAGS = ["", "a b", "a,b", "a=b", 'a"', "a\\", "a\n", "\ta", "a\u00a0b", "a" * 65]
HEXES = ["", EPOCH[:-1], EPOCH + "0", EPOCH.upper(), EPOCH + "\n", EPOCH[:-1] + "g"]
NUMBERS = [-1, (1 << 53) + 1, 1.5, True]


@pytest.mark.parametrize(
    ("record", "field", "values"),
    [
        (SAID_BY_DEVICES[0], "kind", ["rating", "", None]),
        (SAID_BY_DEVICES[0], "button", ["Satisfied", "", None, "neutral"]),
        (SAID_BY_DEVICES[0], "at", NUMBERS),
        (SAID_BY_DEVICES[0], "up", [*NUMBERS, None]),
        (SAID_BY_DEVICES[0], "boot", ["", "7E57AB1E", "7e57ab1", "7e57ab1e0", "7e57ab1e\n", None]),
        (SAID_BY_DEVICES[2], "state", ["down", ""]),
        (SAID_BY_DEVICES[3], "visit", HEXES),
        (SAID_BY_DEVICES[3], "service", [*NAMES, "-"]),
        (SAID_BY_DEVICES[3], "number", ["", "9" * 17]),
        (SAID_BY_DEVICES[3], "by", ["visitor", ""]),
        (SAID_BY_DEVICES[4], "outcome", ["ok", ""]),
        (SAID_BY_DEVICES[4], "detail", ["x" * 501]),
        (SAID_BY_OFFICES[0], "node", NAMES),
        (SAID_BY_OFFICES[0], "epoch", HEXES),
        (SAID_BY_OFFICES[0], "seq", [*NUMBERS, 0]),
        (SAID_BY_OFFICES[0], "at", [*NUMBERS, None]),
        (SAID_BY_OFFICES[0], "clock", ["", "guessed"]),
        (SAID_BY_OFFICES[0], "status", ["ignored", ""]),
        (SAID_BY_OFFICES[0], "channel", ["", "desk "]),
        (SAID_BY_OFFICES[0], "service", [*NAMES, "--"]),
        (SAID_BY_OFFICES[0], "desk", TAGS),
        (SAID_BY_OFFICES[0], "waited_min", [*NUMBERS, 1_441]),
        (SAID_BY_OFFICES[0], "served_min", [*NUMBERS, 1_441]),
        (SAID_BY_OFFICES[2], "status", ["repeat", "late"]),
        (SAID_BY_OFFICES[5], "event", ["stopped", ""]),
        (SAID_BY_OFFICES[8], "raw", ["not base64!"]),
        (SAID_BY_OFFICES[9], "last", [*NUMBERS, 0]),
        (SAID_BY_OFFICES[9], "reason", ["stolen"]),
        (SAID_BY_OFFICES[11], "desk", [*TAGS, None]),
        (SAID_BY_OFFICES[11], "wait_ms", NUMBERS),
        (SAID_BY_OFFICES[11], "serve_ms", NUMBERS),
        (SAID_BY_OFFICES[11], "status", ["repeat", "late"]),
        (MESSAGES[3], "v", [2, 0, "1", None]),
        (MESSAGES[1], "v", [2, 0, "1", None]),
        (MESSAGES[1], "devices", [None, [{}], {}]),
    ],
    ids=name_of,
)
def test_a_wrong_value_is_refused(record: msgspec.Struct, field: str, values: list[Any]) -> None:
    let_through = [value for value in values if takes(record, {field: value})]
    assert let_through == []


def test_a_rating_without_a_known_visit_is_written_as_ever() -> None:
    """A collector that does not know the minutes refuses none that has no minutes."""
    assert b"_min" not in msgspec.json.encode(SAID_BY_OFFICES[0])
    minutes = {"waited_min": 0, "served_min": 1_440}
    assert (
        fields_of(read(Rating, fields_of(SAID_BY_OFFICES[0]) | minutes)).items() >= minutes.items()
    )


def test_a_name_of_32_characters_and_a_tag_of_64_are_let_through() -> None:
    rating = fields_of(SAID_BY_OFFICES[0])
    read(Rating, rating | {"node": "a" * 32, "service": "0" * 32, "desk": "Ї" * 64})


def test_every_refusal_and_outcome_has_a_value() -> None:
    """The lists that tallies are made of are the types themselves."""
    rating, printed = fields_of(SAID_BY_OFFICES[0]), fields_of(SAID_BY_OFFICES[4])
    assert all(read(Rating, rating | {"status": refusal}) for refusal in REFUSALS)
    assert all(read(TicketPrinted, printed | {"outcome": outcome}) for outcome in OUTCOMES)
    assert "counted" not in REFUSALS


def test_a_last_will_is_as_short_as_documented() -> None:
    assert msgspec.json.encode(State(v=1, online=False)) == b'{"v":1,"online":false}'
