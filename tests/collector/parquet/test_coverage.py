"""Which exported months belong together is decided without looking at a file."""

from collector.parquet.coverage import Missing, Overlap, missing, overlaps

A, B, AB = frozenset("a"), frozenset("b"), frozenset("ab")


def test_an_office_in_two_exports_of_a_month_is_found() -> None:
    """In another month it may have moved."""
    assert overlaps({"2026-09": {"east": A, "west": B}, "2026-10": {"west": AB}}) == []
    assert overlaps({"2026-09": {"east": A, "west": AB}, "2026-10": {"east": B, "west": B}}) == [
        Overlap("2026-09", "a", "east", "west"),
        Overlap("2026-10", "b", "east", "west"),
    ]


def test_a_month_is_missing_once_there_was_one_before_it() -> None:
    """Of everybody, or of one."""
    there = {"2026-09": {"east": A}, "2026-11": {"east": A, "west": B}, "2026-12": {"west": B}}
    asked = ["2026-08", "2026-09", "2026-10", "2026-11", "2026-12"]
    assert missing(there, asked) == [Missing("2026-10", ""), Missing("2026-12", "east")]
    assert missing(there, ["2026-11"]) == []
    assert missing({}, asked) == []


def test_a_collector_whose_offices_are_elsewhere_is_not_missed() -> None:
    """All of them; one that is left over is."""
    assert missing({"2026-09": {"east": A}, "2026-10": {"west": AB}}, ["2026-10"]) == []
    assert missing({"2026-09": {"east": AB}, "2026-10": {"west": A}}, ["2026-10"]) == [
        Missing("2026-10", "east")
    ]
