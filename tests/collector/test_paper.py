"""Counts from paper: what is taken, how it may be corrected, and what it adds to the tallies."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from collector.entry import Entry, EntryError, sign
from collector.paper import (
    COUNTS,
    Draft,
    Paper,
    check_sums,
    correcting,
    count_paper,
    fresh,
    noon,
    replacement,
    sum_counts,
)
from collector.tally import Tallies
from tests.collector.bench import HOUR, KYIV

PLACE = {"day": "2026-10-26", "site": "kyiv-1"}


def at(text: str) -> int:
    """Unix ms of an office's time such as 2026-10-26 16:30."""
    return int(datetime.fromisoformat(text).replace(tzinfo=KYIV).timestamp() * 1000)


def now(text: str = "2026-10-26 16:30") -> Any:
    """Somebody who enters, then."""
    return sign(at(text), "Коваль О. П.", "koval", KYIV)


def draft(counts: Mapping[str, int], **place: Any) -> Draft:
    """What somebody gives."""
    return Draft(counts, **PLACE | place)


def entered(
    counts: Mapping[str, int], id_: int = 1, when: str = "2026-10-26 16:30", **place: Any
) -> Entry[Paper]:
    """An entry that has its number."""
    made = fresh(draft(counts, **place), now(when))
    return msgspec.structs.replace(made, id=id_, subject=id_)


def refused(key: str, call: Any, *args: Any) -> dict[str, object]:
    """The values of the EntryError that the call ends with."""
    with pytest.raises(EntryError) as caught:
        call(*args)
    assert caught.value.key == key
    return caught.value.values


# ---- a first entry ------------------------------------------------------------------------------
def test_an_entry_says_who_made_it_and_when() -> None:
    """And keeps only the counts that are not 0."""
    made = entered({"satisfied": 31, "unsatisfied": 0, "respect": 2}, note=" ящик біля входу ")
    assert (made.who, made.login, made.at) == ("Коваль О. П.", "koval", at("2026-10-26 16:30"))
    assert made.body == Paper(
        "kyiv-1", "-", HOUR, {"satisfied": 31, "respect": 2}, "ящик біля входу"
    )


def test_an_empty_box_is_an_entry_and_nothing_said_is_none() -> None:
    """That somebody looked and found no ballot is worth knowing."""
    assert entered({"satisfied": 0, "unsatisfied": 0}).body.counts == {}
    refused("no_counts", fresh, draft({}), now())


@pytest.mark.parametrize(
    ("counts", "place", "key"),
    [
        ({"satisfied": -1}, {}, "negative"),
        ({"timeliness": -1}, {}, "negative"),
        ({"satisfied": 100_001}, {}, "too_many"),
        ({"satisfied": 1}, {"day": "2026-10-27"}, "future"),
        ({"satisfied": 1}, {"day": "26.10.2026"}, "no_day"),
        ({"satisfied": 1}, {"day": "20261026"}, "no_day"),
        ({"satisfied": 1}, {"day": None}, "no_day_or_site"),
        ({"satisfied": 1}, {"site": None}, "no_day_or_site"),
        ({"satisfied": 1}, {"note": "a\nb"}, "unprintable"),
        ({"satisfied": 1}, {"note": "x" * 1001}, "too_long"),
    ],
)
def test_what_cannot_be_is_refused(
    counts: Mapping[str, int], place: Mapping[str, Any], key: str
) -> None:
    refused(key, fresh, draft(counts, **place), now())


def test_the_day_is_the_offices_and_not_greenwichs() -> None:
    """At 01:30 in Kyiv it is still yesterday in UTC."""
    made = fresh(draft({"satisfied": 1}), now("2026-10-26 01:30"))
    assert made.day == "2026-10-26"
    refused("future", fresh, draft({"satisfied": 1}), now("2026-10-25 23:59"))


@pytest.mark.parametrize("who", ["", "root", "   "])
def test_an_account_that_is_nobodys_signs_nothing(who: str) -> None:
    """`root` is no person's login."""
    refused("nobody", sign, 0, who, "root", KYIV)


# ---- the same day -------------------------------------------------------------------------------
def test_on_its_day_an_entry_may_be_replaced() -> None:
    """What is not given stays as it was."""
    old = entered({"satisfied": 31, "unsatisfied": 4}, note="перша")
    new = replacement(old, Draft({"satisfied": 13}), "описка", now("2026-10-26 23:59"))
    assert new.body == Paper("kyiv-1", "-", HOUR, {"satisfied": 13, "unsatisfied": 4}, "перша")
    assert (new.replaces, new.subject, new.reason) == (1, 1, "описка")


def test_after_midnight_it_may_not() -> None:
    """A minute later it is another day, and the person is told what to do instead."""
    old = entered({"satisfied": 31}, when="2026-10-26 23:59")
    said = refused(
        "other_day", replacement, old, Draft({"satisfied": 1}), "", now("2026-10-27 00:00")
    )
    assert said == {"id": 1, "made": "2026-10-26", "today": "2026-10-27"}


@pytest.mark.parametrize(
    ("night", "evening"), [("2026-10-25", "2026-10-25 23:30"), ("2026-03-29", "2026-03-29 23:30")]
)
def test_a_day_of_25_or_23_hours_is_one_day(night: str, evening: str) -> None:
    """The clocks are changed at 04:00 and at 03:00; an entry of 00:30 may be replaced at 23:30."""
    old = entered({"satisfied": 3}, when=f"{night} 00:30", day=night)
    assert replacement(old, Draft({"satisfied": 4}), "", now(evening)).replaces == 1
    late = datetime.fromisoformat(f"{night} 23:30").replace(tzinfo=KYIV).astimezone(UTC)
    after = sign(int(late.timestamp() * 1000) + 1_800_000, "К", "k", KYIV)
    refused("other_day", replacement, old, Draft({"satisfied": 4}), "", after)


def test_the_hour_that_comes_twice_is_within_its_day() -> None:
    """03:30 before and 03:30 after the change."""
    first = datetime(2026, 10, 25, 3, 30, tzinfo=KYIV, fold=0).timestamp()
    second = datetime(2026, 10, 25, 3, 30, tzinfo=KYIV, fold=1).timestamp()
    assert second - first == 3600
    place = Draft({"satisfied": 3}, "2026-10-25", "kyiv-1")
    old = fresh(place, sign(int(first * 1000), "К", "k", KYIV))
    new = replacement(old, Draft({"satisfied": 4}), "", sign(int(second * 1000), "К", "k", KYIV))
    assert new.day == "2026-10-25"


def test_what_was_replaced_is_not_replaced_again() -> None:
    """Two people at once would otherwise make two of one."""
    old = msgspec.structs.replace(entered({"satisfied": 3}), replaced_by=2)
    assert refused("replaced", replacement, old, Draft({"satisfied": 1}), "", now()) == {
        "id": 1,
        "by": 2,
    }


# ---- afterwards ---------------------------------------------------------------------------------
def test_afterwards_differences_are_added_and_both_stay() -> None:
    old = entered({"satisfied": 31, "unsatisfied": 4})
    more = correcting(
        old, Draft({"satisfied": -18, "respect": 1}), "описка", now("2026-11-03 09:00")
    )
    assert (more.day, more.subject, more.reason) == ("2026-10-26", 1, "описка")
    assert more.body == Paper("kyiv-1", "-", HOUR, {"satisfied": -18, "respect": 1}, "", 1)
    sums = sum_counts([old, more])
    assert (sums["satisfied"], sums["unsatisfied"], sums["respect"]) == (13, 4, 1)


@pytest.mark.parametrize(
    ("given", "reason", "when", "key"),
    [
        (Draft({"satisfied": -1}), "x", "2026-10-26 20:00", "same_day"),
        (Draft({"satisfied": -1}), "  ", "2026-10-27 09:00", "no_reason"),
        (Draft({"satisfied": 0}), "x", "2026-10-27 09:00", "no_difference"),
        (Draft({}), "x", "2026-10-27 09:00", "no_difference"),
        (Draft({"satisfied": 1}, site="kyiv-2"), "x", "2026-10-27 09:00", "other_place"),
        (Draft({"satisfied": 1}, day="2026-10-27"), "x", "2026-10-27 09:00", "other_place"),
        (Draft({"satisfied": 1}, service="land"), "x", "2026-10-27 09:00", "other_place"),
        (Draft({"satisfied": -100_001}), "x", "2026-10-27 09:00", "too_many"),
    ],
)
def test_a_correcting_entry_is_late_has_a_reason_and_is_of_the_same_place(
    given: Draft, reason: str, when: str, key: str
) -> None:
    refused(key, correcting, entered({"satisfied": 31}), given, reason, now(when))


def test_a_correcting_entry_may_itself_be_replaced_on_its_day_and_not_be_corrected() -> None:
    """It stays one: of differences, and of what it corrects."""
    late = now("2026-11-03 09:00")
    first = correcting(entered({"satisfied": 31}), Draft({"satisfied": -18}), "описка", late)
    first = msgspec.structs.replace(first, id=2)
    again = replacement(first, Draft({"satisfied": -17}), "", late)
    assert (again.body.corrects, again.body.counts, again.reason) == (
        1,
        {"satisfied": -17},
        "описка",
    )
    refused(
        "is_correcting", correcting, first, Draft({"satisfied": 1}), "x", now("2026-11-04 09:00")
    )
    refused("other_place", replacement, first, Draft({}, site="kyiv-2"), "", late)


def test_no_sum_goes_below_nought() -> None:
    """Of a day, an office and a service: what another service has does not help."""
    old, land = entered({"satisfied": 3}), entered({"satisfied": 9}, 2, service="land")
    late = now("2026-11-03 09:00")
    check_sums(correcting(old, Draft({"satisfied": -3}), "x", late), [old, land])
    too_much = correcting(old, Draft({"satisfied": -4}), "x", late)
    said = refused("below_zero", check_sums, too_much, [old, land])
    assert (said["name"], said["count"], said["service"]) == ("satisfied", -1, "-")


def test_moving_an_entry_away_from_its_corrections_does_not_go_below_nought_either() -> None:
    """The place that it leaves is looked at, too."""
    first = entered({"satisfied": 5}, when="2026-10-26 10:00")
    late = now("2026-11-03 09:00")
    minus = msgspec.structs.replace(correcting(first, Draft({"satisfied": -5}), "x", late), id=2)
    more = entered({"satisfied": 2}, 3, when="2026-11-03 10:00")
    more_minus = msgspec.structs.replace(
        correcting(first, Draft({"satisfied": -2}), "x", late), id=4
    )
    moved = replacement(more, Draft({}, service="land"), "", late)
    refused("below_zero", check_sums, moved, [first, minus, more, more_minus])


# ---- tallies ------------------------------------------------------------------------------------
def test_paper_is_a_channel_of_its_own_of_the_day_and_of_no_hour() -> None:
    made = Paper(
        "kyiv-1", "land", HOUR, {"satisfied": 3, "unsatisfied": 2, "respect": 1, "complaints": 4}
    )
    tallies = Tallies()
    count_paper(tallies, made)
    assert tallies.sums == {
        ("rating", HOUR, ("kyiv-1", "land", "-", "paper")): [3, 2, *[0] * 9, 5],
        ("reason", HOUR, ("kyiv-1", "land", "paper", "respect")): [1, 1],
        ("complaint", HOUR, ("kyiv-1", "land", "paper")): [4, 4],
    }
    count_paper(tallies, made, -1)
    assert not any(map(any, tallies.sums.values()))


@pytest.mark.parametrize(
    "zone", ["Europe/Kyiv", "UTC", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago"]
)
@pytest.mark.parametrize("day", ["2026-10-26", "2026-10-25", "2026-03-29", "2026-12-31"])
def test_the_tallys_hour_is_within_the_offices_day(zone: str, day: str) -> None:
    """Also where a zone is far from UTC, or not whole hours."""
    hour = noon(date.fromisoformat(day), ZoneInfo(zone))
    assert hour % 3600 == 0
    local = datetime.fromtimestamp(hour, UTC).astimezone(ZoneInfo(zone))
    assert local.date().isoformat() == day and local.hour in (11, 12)


def test_every_count_has_a_place_in_the_tallies() -> None:
    """Nothing that can be entered is left out."""
    for name in COUNTS:
        tallies = Tallies()
        count_paper(tallies, Paper("kyiv-1", "-", HOUR, {name: 7}))
        assert [sum(sums) for sums in tallies.sums.values()] == [14]  # with `unclocked`
