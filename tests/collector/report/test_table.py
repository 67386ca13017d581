"""The month's sums as a table."""

import pytest

from collector.month import DIMENSIONS, Month, bounds, summarise
from collector.report.table import TEXTS, as_table
from collector.tally import FIELDS
from tests.collector.bench import KYIV

BEGIN, END = bounds("2026-10", KYIV)
TITLES = {"kyiv-1": "ЦНАП", "passport": "Паспорт"}


def month(now_s: int = END) -> Month:
    def sums(name: str, **fields: int) -> tuple[int, ...]:
        return tuple(fields.get(field, 0) for field in FIELDS[name])

    rating = ("kyiv-1", "passport", "1", "desk")
    ratings = [
        (BEGIN, rating, sums("rating", satisfied=61, unsatisfied=4, repeat=7, unclocked=2)),
        (BEGIN + 90_000, ("kyiv-2", "-", "-", "exit"), sums("rating", satisfied=5, stuck=1)),
    ]
    issued = sums("visit", issued=140, own_number=3, printed=138, failed=1, unknown=1)
    visits = [(BEGIN, ("kyiv-1", "passport", "-", "-"), issued)]
    return summarise("2026-10", ratings, visits, KYIV, now_s, "ledger")


def figures(table: str) -> list[list[str]]:
    """The numbers of each row of a table that has numbers, shares aside."""
    rows = [line.replace(" %", "%").split() for line in table.splitlines()]
    kept = [[cell for cell in row if cell.isdigit()] for row in rows if row]
    return [row for row in kept if len(row) >= 4]


def test_the_table_has_every_group() -> None:
    """Total, then each dimension; what is not known stands last."""
    found = month()
    groups = [("total", found.total)]
    for dimension in DIMENSIONS:
        by = found.by[dimension]
        groups += [(dimension, by[key]) for key in sorted(by, key=lambda k: (k == "-", k))]
    table = figures(as_table(found, "en", TITLES))
    assert len(groups) == len(table)
    for (dimension, group), shown in zip(groups, table, strict=True):
        counts = [group.votes, group.satisfied, group.unsatisfied, group.refusals]
        visits = [] if dimension == "channel" else [group.visits]
        assert shown == [str(n) for n in visits + counts]


def test_the_load_by_hour_is_of_what_has_a_time_of_day() -> None:
    """63 of 65 ratings at midnight, all 140 visits; five ratings an hour later, of another day."""
    shown = [line.split() for line in as_table(month(), "en", TITLES).splitlines()]
    assert ["00:00", "140", "63"] in shown and ["01:00", "0", "5"] in shown
    assert not [row for row in shown if row and row[0] == "02:00"]


def test_shares_come_from_sums() -> None:
    """66 of 70, and 70 of 140."""
    assert "94.3 %" in as_table(month(), "en", TITLES) and "50.0 %" in as_table(month(), "en", {})


def test_the_table_is_ukrainian_or_english() -> None:
    uk, en = as_table(month(), "uk", TITLES), as_table(month(), "en", TITLES)
    assert figures(uk) == figures(en)
    assert "Усього" in uk and "94,3 %" in uk and "повторне натискання: 7" in uk
    assert "Total" in en and "94.3 %" in en and "pressed again: 7" in en
    assert "ЦНАП" in uk and "kyiv-2" in uk and "не визначено" in uk


def test_both_languages_say_the_same_things() -> None:
    assert TEXTS["uk"].keys() == TEXTS["en"].keys()


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_an_open_month_is_marked(lang: str) -> None:
    said = TEXTS[lang]["open"]
    assert said in as_table(month(END - 1), lang, TITLES)
    assert said not in as_table(month(END), lang, TITLES)


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_an_empty_month_says_so(lang: str) -> None:
    empty = summarise("2026-10", [], [], KYIV, END, "ledger")
    assert TEXTS[lang]["empty"].format(name="2026-10") in as_table(empty, lang, {})
