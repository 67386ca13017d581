"""What one record adds to which tally."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.histogram import histogram
from collector.tally import BUCKETS, EDGES_S, FIELDS, Tallies, bucket, lines
from tests.collector.bench import HOUR, NOON, lost, origin, printed, rating, served, visit
from wire.records import (
    DECLINE_REASONS,
    REFUSALS,
    Conflict,
    DeclineReason,
    DeviceNote,
    OfficeRecord,
    PressesMissed,
    Quarantined,
    Rating,
    VisitorDeclined,
)

DESK = ("kyiv-1", "passport", "1", "desk")
SPENT = ("spent", DESK)
SERVICE = ("kyiv-1", "passport", "-", "-")


def sums(*records: OfficeRecord) -> dict[tuple[str, tuple[str, ...], str], int]:
    """Every field that is not 0, of the hour of noon."""
    tallies = Tallies()
    for record in records:
        tallies.add("kyiv-1", record)
    assert {hour for _, hour, _ in tallies.sums} <= {HOUR}
    return {
        (name, tags, field): count
        for (name, _, tags), counts in tallies.sums.items()
        for field, count in zip(FIELDS[name], counts, strict=True)
        if count
    }


@pytest.mark.parametrize("value", ["satisfied", "unsatisfied"])
def test_a_counted_rating_counts_by_its_value(value: str) -> None:
    assert sums(rating(1, value)) == {
        ("rating", DESK, value): 1,
        ("device", ("kyiv-1", "box-1"), "counted"): 1,
    }


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refused_rating_counts_by_its_reason_only(status: str) -> None:
    assert sums(rating(1, status=status, clock="unknown")) == {
        ("rating", DESK, status): 1,
        ("device", ("kyiv-1", "box-1"), "refused"): 1,
    }


def test_a_vote_whose_visit_is_known_adds_its_minutes_to_those_of_its_answer() -> None:
    """Votes, minutes and their squares, each answer for itself; in the tags of the vote."""
    found = sums(
        rating(1, waited_min=12, served_min=5),
        rating(2, waited_min=3, served_min=0),
        rating(3, "unsatisfied", waited_min=40, served_min=9),
        rating(4, "unsatisfied"),
    )
    assert {field: n for (name, tags, field), n in found.items() if (name, tags) == SPENT} == {
        "satisfied": 2,
        "satisfied_waited": 15,
        "satisfied_waited2": 153,
        "satisfied_served": 5,
        "satisfied_served2": 25,
        "unsatisfied": 1,
        "unsatisfied_waited": 40,
        "unsatisfied_waited2": 1_600,
        "unsatisfied_served": 9,
        "unsatisfied_served2": 81,
    }
    assert (found["rating", DESK, "satisfied"], found["rating", DESK, "unsatisfied"]) == (2, 2)


@pytest.mark.parametrize(
    "other",
    [
        {"status": "repeat"},
        {"status": "late"},
        {"clock": "unknown"},  # as of visits: in no waiting figure
        {"served_min": None},
        {"waited_min": None},
    ],
)
def test_minutes_of_a_vote_that_is_not_counted_or_not_known_whole_add_nothing(
    other: dict[str, Any],
) -> None:
    """A gateway sends none such; a ledger may be told anything."""
    said: dict[str, Any] = {"waited_min": 1, "served_min": 2} | other
    assert not [key for key in sums(rating(1, **said)) if key[0] == "spent"]


events_ = st.lists(
    st.builds(
        rating,
        st.integers(1, 9),
        st.sampled_from(["satisfied", "unsatisfied"]),
        st.sampled_from(["counted", "counted", "repeat", "unarmed"]),
        clock=st.sampled_from(["set", "placed", "unknown"]),
        desk=st.sampled_from(["1", "2"]),
        service=st.sampled_from(["passport", "land"]),
        waited_min=st.one_of(st.none(), st.integers(0, 1_440)),
        served_min=st.one_of(st.none(), st.integers(0, 1_440)),
    )
)


@given(events_)
def test_what_voters_spent_is_the_sum_over_their_ratings(events: list[Rating]) -> None:
    """Of every tag and answer, counted one by one; and taken back, nothing is left."""
    tallies = Tallies()
    for event in events:
        tallies.add("kyiv-1", event)
    known = [
        (e, e.waited_min, e.served_min)
        for e in events
        if e.status == "counted" and e.clock != "unknown"
    ]
    expected: dict[tuple[str, ...], list[int]] = {}
    for event, waited, served_ in known:
        if waited is None or served_ is None:
            continue
        row = expected.setdefault(("kyiv-1", event.service, event.desk, "desk"), [0] * 10)
        first = 0 if event.value == "satisfied" else 5
        for i, more in enumerate((1, waited, waited**2, served_, served_**2)):
            row[first + i] += more
    found = {tags: row for (name, _, tags), row in tallies.sums.items() if name == "spent"}
    assert found == expected
    for event in events:
        tallies.add("kyiv-1", event, -1)
    assert not any(any(row) for row in tallies.sums.values())


def test_a_rating_without_a_clock_is_counted_and_said_to_be_unclocked() -> None:
    found = sums(rating(1, clock="unknown"), rating(2, clock="placed"))
    assert found["rating", DESK, "satisfied"] == 2
    assert found["rating", DESK, "unclocked"] == 1


def test_a_ticket_is_issued_to_its_service() -> None:
    assert sums(visit(1), visit(2, by="dispenser", clock="unknown")) == {
        ("visit", SERVICE, "issued"): 2,
        ("visit", SERVICE, "own_number"): 1,
        ("visit", SERVICE, "unclocked"): 1,
        ("device", ("kyiv-1", "disp-1"), "visits"): 2,
    }


@pytest.mark.parametrize("outcome", ["printed", "failed", "unknown"])
def test_a_print_counts_by_its_outcome(outcome: str) -> None:
    assert sums(printed(1, outcome)) == {
        ("visit", SERVICE, outcome): 1,
        ("device", ("kyiv-1", "disp-1"), "prints"): 1,
    }


@pytest.mark.parametrize("status", ["unknown", "conflict", "resent"])
def test_a_refused_ticket_is_no_visit(status: str) -> None:
    assert sums(visit(1, status=status), printed(2, status=status)) == {
        ("device", ("kyiv-1", "disp-1"), "refused"): 2
    }


@pytest.mark.parametrize("reason", DECLINE_REASONS)
def test_who_got_no_ticket_is_counted_by_the_reason_and_is_no_visit(reason: DeclineReason) -> None:
    box = ("kyiv-1", "box-1")
    declined = VisitorDeclined(**origin(1), service="passport", reason=reason, by="gateway")
    refused = msgspec.structs.replace(declined, status="resent")
    assert sums(declined, refused) == {
        ("visit", SERVICE, f"declined_{reason}"): 1,
        ("device", box, "declined"): 1,
        ("device", box, "refused"): 1,
    }


def test_notes_and_quarantined_count_for_their_device() -> None:
    found = sums(
        DeviceNote(**origin(1), event="started"),
        Quarantined(**origin(2), reason="x", raw=b"x"),
    )
    box = ("kyiv-1", "box-1")
    assert found == {("device", box, "notes"): 1, ("device", box, "quarantined"): 1}


def test_missed_presses_count_by_how_many_and_their_record_as_a_note() -> None:
    found = sums(PressesMissed(**origin(1), count=4), PressesMissed(**origin(2), count=8))
    box = ("kyiv-1", "box-1")
    assert found == {("device", box, "notes"): 2, ("device", box, "missed"): 12}


def test_missed_presses_that_are_here_already_are_refused() -> None:
    found = sums(PressesMissed(**origin(1), count=4, status="resent"))
    assert found == {("device", ("kyiv-1", "box-1"), "refused"): 1}


def test_losses_and_conflicts_are_not_counted_as_records() -> None:
    assert sums(lost(1, 5), Conflict(**origin(6))) == {}


def test_a_loss_counts_as_many_as_it_is_told() -> None:
    tallies = Tallies()
    tallies.add_lost("kyiv-1", lost(1, 5), 3)
    assert tallies.sums["device", HOUR, ("kyiv-1", "box-1")][-1] == 3


@pytest.mark.parametrize(
    ("at", "hour"),
    [
        (NOON - 1, HOUR - 3600),
        (NOON, HOUR),
        (NOON + 3_599_999, HOUR),
        (NOON + 3_600_000, HOUR + 3600),
    ],
)
def test_an_hour_has_its_start_and_not_its_end(at: int, hour: int) -> None:
    tallies = Tallies()
    tallies.add("kyiv-1", rating(1, at=at))
    assert {key[1] for key in tallies.sums} == {hour}


def test_a_tally_in_line_protocol_is_all_whole_numbers() -> None:
    assert lines("device", [(HOUR, ("kyiv-1", "box-1"), (1, 2, 3, 4, 5, 6, 7, 8, 9, 10))]) == (
        "device,site=kyiv-1,node=box-1 counted=1i,refused=2i,visits=3i,prints=4i,declined=5i,"
        f"served=6i,notes=7i,quarantined=8i,missed=9i,lost=10i {HOUR}"
    )


def test_a_served_visit_counts_at_its_desk_and_by_its_times() -> None:
    """12 minutes and 34 seconds of waiting are in the bucket from 10 to 15 minutes."""
    at_desk = ("kyiv-1", "passport", "4", "-")
    assert sums(
        served(1, wait_ms=754_000, serve_ms=60_000), served(2, desk="5", status="resent")
    ) == {
        ("visit", at_desk, "served"): 1,
        ("wait", at_desk, "b6"): 1,
        ("serve", at_desk, "b1"): 1,
        ("device", ("kyiv-1", "box-1"), "served"): 1,
        ("device", ("kyiv-1", "box-1"), "refused"): 1,
    }


@pytest.mark.parametrize("unknown", [{"clock": "unknown"}, {"wait_ms": None, "serve_ms": None}])
def test_a_visit_whose_times_are_not_known_was_served_all_the_same(unknown: dict[str, Any]) -> None:
    """It is in no waiting figure: `served` less the sum of the buckets says how many those are."""
    found = sums(served(1, **unknown))
    assert {key for key in found if key[0] != "device"} == {
        ("visit", ("kyiv-1", "passport", "4", "-"), "served")
    }


@pytest.mark.parametrize(
    ("ms", "name"),
    [
        (0, "b0"),
        (59_999, "b0"),
        (60_000, "b1"),
        (419_999, "b4"),
        (420_000, "b5"),
        (7_199_999, "b12"),
        (7_200_000, "b13"),
        (1 << 53, "b13"),
    ],
)
def test_a_bucket_holds_its_lower_edge_and_not_its_upper(ms: int, name: str) -> None:
    """As `collector.analysis.histogram` sorts the same time."""
    assert bucket(ms) == name
    assert histogram(EDGES_S, [ms / 1000]).counts[BUCKETS.index(name)] == 1


def test_every_new_measurement_in_line_protocol() -> None:
    """Whole numbers, tags that are never empty, the hour in seconds."""
    row = (HOUR, ("kyiv-1", "passport", "4", "-"), tuple(range(14)))
    fields = ",".join(f"b{i}={i}i" for i in range(14))
    tags = "site=kyiv-1,service=passport,desk=4,channel=-"
    assert lines("wait", [row]) == f"wait,{tags} {fields} {HOUR}"
    assert lines("serve", [row]) == f"serve,{tags} {fields} {HOUR}"
    assert lines("reason", [(HOUR, ("kyiv-1", "-", "paper", "respect"), (3, 3))]) == (
        f"reason,site=kyiv-1,service=-,channel=paper,reason=respect named=3i,unclocked=3i {HOUR}"
    )
    assert lines("complaint", [(HOUR, ("kyiv-1", "-", "paper"), (0, 0))]) == (
        f"complaint,site=kyiv-1,service=-,channel=paper received=0i,unclocked=0i {HOUR}"
    )
    spent = "satisfied=1i,satisfied_waited=2i,satisfied_waited2=4i,satisfied_served=3i"
    spent += ",satisfied_served2=9i,unsatisfied=0i,unsatisfied_waited=0i,unsatisfied_waited2=0i"
    spent += ",unsatisfied_served=0i,unsatisfied_served2=0i"
    assert lines("spent", [(HOUR, DESK, (1, 2, 4, 3, 9, 0, 0, 0, 0, 0))]) == (
        f"spent,site=kyiv-1,service=passport,desk=1,channel=desk {spent} {HOUR}"
    )
