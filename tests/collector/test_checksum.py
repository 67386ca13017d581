"""The checksum of tallies: what it is made of, and what does not change it."""

from hashlib import sha256

from collector.checksum import digests, line, whole
from collector.tally import FIELDS, TallyRow


def rating(hour: int, site: str = "kyiv-1", **fields: int) -> TallyRow:
    """A tally of ratings at desk 1."""
    sums = tuple(fields.get(name, 0) for name in FIELDS["rating"])
    return hour, (site, "passport", "1", "desk"), sums


def test_it_is_the_sha_256_of_lines_that_anybody_can_write() -> None:
    """The rule of the docstring, by hand."""
    rows = [rating(3600, satisfied=2, repeat=1), rating(7200, unsatisfied=1)]
    text = b"3600 kyiv-1 passport 1 desk satisfied=2 repeat=1\n"
    text += b"7200 kyiv-1 passport 1 desk unsatisfied=1\n"
    part = sha256(text).hexdigest()
    parts = digests("rating", "1970-01", rows)
    assert parts == {("rating", "kyiv-1", "1970-01"): part}
    assert whole(parts) == sha256(f"rating kyiv-1 1970-01 {part}\n".encode()).hexdigest()


def test_a_tally_of_nothing_is_no_tally() -> None:
    """A ledger that took a rating back says the same as one that never had it."""
    assert line("rating", *rating(3600)) == ""
    assert digests("rating", "1970-01", [rating(3600)]) == {}
    one = [rating(3600, satisfied=1)]
    assert digests("rating", "1970-01", [*one, rating(7200)]) == digests("rating", "1970-01", one)


def test_offices_of_several_ledgers_add_up() -> None:
    """The parts of two collectors give the checksum of one that has both their offices."""
    a, b = rating(3600, "a", satisfied=1), rating(3600, "b", satisfied=5)
    apart = digests("rating", "1970-01", [b]) | digests("rating", "1970-01", [a])
    assert whole(apart) == whole(digests("rating", "1970-01", [a, b]))


def test_every_change_changes_it() -> None:
    """A count, its field, its hour, its office and its month."""
    sums = {
        whole(digests("rating", month, [row]))
        for month, row in (
            ("1970-01", rating(3600, satisfied=1)),
            ("1970-01", rating(3600, satisfied=2)),
            ("1970-01", rating(3600, unsatisfied=1)),
            ("1970-01", rating(7200, satisfied=1)),
            ("1970-01", rating(3600, "kyiv-2", satisfied=1)),
            ("1970-02", rating(3600, satisfied=1)),
        )
    }
    assert len(sums) == 6
