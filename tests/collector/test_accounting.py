"""The accounting by example: which numbers are explained, and by what."""

from typing import Any

from collector.accounting import OriginFacts, SiteFacts, account
from wire.account import Account

Events = dict[tuple[str, str, str], int]
COUNTED = ("rating", "counted", "set")


def facts(events: Events, **other: Any) -> OriginFacts:
    """An epoch of box-1; `top` is as many as there are events."""
    count = sum(events.values())
    said: dict[str, Any] = {"written": count, "stored": count, "top": count, "lost": (), "gaps": ()}
    said |= {"site": "kyiv-1", "node": "box-1", "epoch": "a" * 16, "seen": 1, "duplicates": 0}
    said |= {"told": True, "followed": False, "conflict": False, "events": events}
    return OriginFacts(**said | other)


def one(*origins: OriginFacts, uplink: SiteFacts | None = None) -> Account:
    (mine,), problems = account(origins, {"kyiv-1": uplink or SiteFacts(0, 0, 0)}, {})
    assert bool(problems) is not mine.balanced
    return mine


def ranges(mine: Account) -> list[tuple[int, int, str]]:
    return [(lost.first, lost.last, lost.reason) for lost in mine.lost_ranges]


def test_every_kind_has_its_place() -> None:
    events = {
        ("rating", "counted", "set"): 5,
        ("rating", "repeat", "placed"): 4,
        ("visit", "counted", "unknown"): 3,
        ("printed", "counted", "set"): 2,
        ("printed", "resent", "set"): 1,
        ("device", "", "set"): 6,
        ("quarantined", "", "unknown"): 7,
    }
    mine = one(facts(events))
    assert (mine.counted, mine.visits, mine.prints, mine.notes) == (5, 3, 2, 6)
    assert (mine.quarantined, mine.written, mine.missing) == (7, 28, 0)
    assert {status: n for status, n in mine.refused.items() if n} == {"repeat": 4, "resent": 1}
    assert mine.clocks == {"set": 14, "placed": 4, "unknown": 3}


def test_what_is_still_on_its_way_is_pending_where_it_is() -> None:
    mine = one(facts({COUNTED: 4}, written=9, stored=6))
    assert (mine.pending_device, mine.pending_uplink, mine.missing) == (3, 2, 0)


def test_lost_numbers_are_explained() -> None:
    mine = one(facts({COUNTED: 4}, top=6, written=6, lost=[(2, 3, "gap", 9)]))
    assert mine.balanced and (mine.lost, ranges(mine)) == (2, [(2, 3, "gap")])


def test_what_a_gateway_had_and_took_with_it_is_lost() -> None:
    mine = one(facts({COUNTED: 4}, written=9, stored=7, told=False))
    assert (ranges(mine), mine.pending_uplink, mine.pending_device) == ([(5, 7, "gateway")], 0, 2)


def test_what_was_on_a_card_that_another_one_came_after_is_lost() -> None:
    mine = one(facts({COUNTED: 4}, written=9, stored=7, followed=True))
    assert (ranges(mine), mine.pending_uplink, mine.pending_device) == ([(8, 9, "card")], 3, 0)


def test_presses_that_could_not_be_written_are_no_numbers() -> None:
    (mine,), problems = account([facts({COUNTED: 4})], {}, {("kyiv-1", "box-1"): 3})
    assert (mine.written, mine.not_taken, problems) == (4, 3, [])


def test_a_number_that_nobody_knows_of_does_not_balance() -> None:
    assert one(facts({COUNTED: 4}, top=5, written=5)).missing == 1


def test_a_number_too_many_does_not_balance() -> None:
    assert one(facts({COUNTED: 4}, top=3)).missing == -1


def test_what_is_missing_is_explained_by_what_was_lost_on_the_uplink() -> None:
    mine = one(facts({COUNTED: 4}, top=6, written=6, gaps=[(2, 3)]), uplink=SiteFacts(1, 1, 0))
    assert (mine.lost, ranges(mine)) == (2, [(2, 3, "uplink")])


def test_the_uplink_explains_no_more_than_it_lost() -> None:
    gap = facts({COUNTED: 4}, top=6, written=6, gaps=[(2, 3)])
    assert one(gap, uplink=SiteFacts(1, 0, 0)).missing == 2


def test_all_epochs_of_a_device_are_one_account() -> None:
    first, second = facts({COUNTED: 4}), facts({COUNTED: 2}, seen=9)
    mine = one(first, second._replace(epoch="b" * 16, conflict=True))
    assert (mine.counted, mine.epochs, mine.seen, mine.conflict) == (6, 2, 9, True)
