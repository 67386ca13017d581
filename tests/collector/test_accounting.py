"""The accounting by example: which numbers are explained, and by what."""

from typing import Any

from collector.accounting import Account, OriginFacts, SiteFacts, account


def facts(events: dict[tuple[str, str], int], **other: Any) -> OriginFacts:
    """An epoch of box-1; `top` is as many as there are events."""
    count = sum(events.values())
    said: dict[str, Any] = {"written": count, "stored": count, "top": count, "lost": 0}
    said |= {"site": "kyiv-1", "node": "box-1", "epoch": "a" * 16, "seen": 1}
    return OriginFacts(**said | {"conflict": False, "unclocked": 0, "events": events} | other)


def one(*origins: OriginFacts, uplink: SiteFacts | None = None) -> Account:
    (mine,), problems = account(origins, {"kyiv-1": uplink or SiteFacts(0, 0, 0)})
    assert bool(problems) is not mine.balanced
    return mine


def test_every_kind_has_its_place() -> None:
    events = {
        ("rating", "counted"): 5,
        ("rating", "repeat"): 4,
        ("visit", "counted"): 3,
        ("printed", "counted"): 2,
        ("printed", "resent"): 1,
        ("device", ""): 6,
        ("quarantined", ""): 7,
    }
    mine = one(facts(events))
    assert (mine.counted, mine.visits, mine.prints, mine.notes) == (5, 3, 2, 6)
    assert (mine.quarantined, mine.written, mine.missing) == (7, 28, 0)
    assert {status: n for status, n in mine.refused.items() if n} == {"repeat": 4, "resent": 1}


def test_what_is_still_on_its_way_is_pending_where_it_is() -> None:
    mine = one(facts({("rating", "counted"): 4}, written=9, stored=6))
    assert (mine.pending_device, mine.pending_uplink, mine.missing) == (3, 2, 0)


def test_lost_numbers_are_explained() -> None:
    assert one(facts({("rating", "counted"): 4}, top=6, written=6, lost=2)).balanced


def test_a_number_that_nobody_knows_of_does_not_balance() -> None:
    assert one(facts({("rating", "counted"): 4}, top=5, written=5)).missing == 1


def test_a_number_too_many_does_not_balance() -> None:
    assert one(facts({("rating", "counted"): 4}, top=3)).missing == -1


def test_what_is_missing_is_explained_by_what_was_lost_on_the_uplink() -> None:
    gap = facts({("rating", "counted"): 4}, top=6, written=6)
    assert one(gap, uplink=SiteFacts(1, 1, 0)).lost == 2


def test_the_uplink_explains_no_more_than_it_lost() -> None:
    gap = facts({("rating", "counted"): 4}, top=6, written=6)
    assert one(gap, uplink=SiteFacts(1, 0, 0)).missing == 2


def test_all_epochs_of_a_device_are_one_account() -> None:
    first, second = facts({("rating", "counted"): 4}), facts({("rating", "counted"): 2}, seen=9)
    mine = one(first, second._replace(epoch="b" * 16, conflict=True))
    assert (mine.counted, mine.epochs, mine.seen, mine.conflict) == (6, 2, 9, True)
