"""An account for people: what stands in the table, and what is said under it."""

import pytest

from wire.account import NOT_TAKEN, Account, LostRange, account_json, account_lines, age

NOW = 1_790_000_000_000


def mine() -> Account:
    """A box to which everything has happened."""
    one = Account("kyiv-1", "box-1", written=30, pending_device=3, pending_uplink=2, seen=NOW)
    one.count("rating", "counted", "set", 9)
    one.count("rating", "repeat", "placed", 4)
    one.count("device", "", "set", 1)
    one.count("missed", "counted", "set", 1)
    one.count("quarantined", "", "unknown", 2)
    one.count(NOT_TAKEN, "", "", 17)
    one.lose([LostRange("a" * 16, 20, 27, "gap")])
    one.conflict = True
    return one


def test_all_that_happened_is_in_the_table_and_under_it() -> None:
    head, row, total, *remarks = account_lines([mine()], NOW + 5_000)
    cells = dict(zip(head.split(), row.split(), strict=False))
    assert cells["written"] == "30" and cells["counted"] == "9" and cells["refused"] == "4"
    assert cells["notes"] == "2" and cells["quarant."] == "2" and cells["lost"] == "8"
    assert cells["pending"] == "5" and cells["missing"] == "0"
    assert row.endswith("5 s") and total.split()[:3] == ["all", "30", "9"]
    assert remarks == [
        "kyiv-1/box-1: refused: repeat 4",
        "kyiv-1/box-1: clock: set 11, placed 4",
        f"kyiv-1/box-1: lost: 20 to 27 of {'a' * 16} (gap)",
        "kyiv-1/box-1: 17 presses were not taken there: no lamp and no ticket, as its card or its"
        " printer could not",
        "kyiv-1/box-1: CONFLICT: two devices speak with this name",
    ]


def test_one_press_is_said_as_one() -> None:
    one = Account("kyiv-1", "box-2", written=1, not_taken=1)
    assert "kyiv-1/box-2: 1 press was not taken there: " in "\n".join(account_lines([one], NOW))


def test_a_device_of_which_all_is_well_has_no_remark() -> None:
    one = Account("kyiv-1", "box-2", written=1)
    one.count("visit", "counted", "set", 1)
    assert len(account_lines([one], NOW)) == 3


def test_many_lost_ranges_are_cut_for_people_and_whole_for_programs() -> None:
    one = Account("kyiv-1", "box-1")
    one.lose(LostRange("a" * 16, n, n, "damaged") for n in range(1, 20))
    said = account_lines([one], NOW)
    assert said[-1] == "kyiv-1/box-1: lost: 14 more ranges, see --json"
    assert len(account_json(one)["lost_ranges"]) == one.lost == 19


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (121, "2 min"),
        (7_300, "2 h"),
        (200_000, "2 d"),
        (-9, "in future"),
    ],
)
def test_ages_are_rough(ago: int, words: str) -> None:
    assert age(NOW - ago * 1000, NOW) == words
    assert age(0, NOW) == "never"
