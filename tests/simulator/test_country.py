"""A made-up country adds up, and is the same each time."""

from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from collector.month import bounds
from collector.parquet.tree import Tree
from collector.sources.parquet import ParquetSource
from collector.tally import TAGS
from simulator.cli import cli
from simulator.country import VISITS_A_DAY, Country, offices
from simulator.profile import ZONE
from wire.records import VALUES

KYIV = ZoneInfo(ZONE)
OCTOBER = bounds("2026-10", KYIV)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five offices' October, and the sums of their September."""
    root = tmp_path_factory.mktemp("country")
    with closing(Country(5, seed=7)) as country:
        country.write(Tree(root), "country", "2026-09", thin=True)
        country.write(Tree(root), "country", "2026-10")
    return root


def test_offices_are_small_and_large_and_have_the_mean_that_is_said() -> None:
    """From a village to a city's centre."""
    drawn = offices(4_000, seed=1)
    daily = sorted(office.daily for office in drawn)
    assert (daily[0] < 100, daily[-1]) == (True, 1_400)
    assert sum(daily) / len(daily) == pytest.approx(VISITS_A_DAY, rel=0.02)
    assert len({office.site for office in drawn}) == 4_000
    assert {office.services for office in drawn} <= set(range(3, 31))
    assert sum(office.calls for office in drawn) == 1_000


def test_every_measurement_has_tallies_in_opening_hours(tree: Path) -> None:
    """And none at night or on a Sunday."""
    with closing(ParquetSource([tree], KYIV, OCTOBER[1])) as source:
        for name in set(TAGS) - {"complaint"}:  # too few offices for one
            found = source.sums(name, *OCTOBER, ("weekday", "hour"))
            assert found
            assert all("08" <= hour < "20" and day != "7" for (day, hour), _ in found)


def test_devices_counted_what_their_tallies_say(tree: Path) -> None:
    """Votes, tickets and served visitors, office by office."""
    with closing(ParquetSource([tree], KYIV, OCTOBER[1])) as source:
        votes = source.sums("rating", *OCTOBER, ("site",), ("satisfied", "unsatisfied", "repeat"))
        visits = source.sums("visit", *OCTOBER, ("site",), ("issued", "served"))
        said = ("counted", "refused", "visits", "prints", "served")
        devices = source.sums("device", *OCTOBER, ("site",), said)
    assert [(site, (a + b, again)) for site, (a, b, again) in votes] == [
        (site, counts[:2]) for site, counts in devices
    ]
    assert [(site, (issued, issued, served)) for site, (issued, served) in visits] == [
        (site, counts[2:]) for site, counts in devices
    ]
    shares = [counts[0] / counts[2] for _, counts in devices]
    assert all(0.3 < share < 0.45 for share in shares)


def test_voters_at_desks_have_spent_what_visitors_have(tree: Path) -> None:
    """Where visitors are called; and who is dissatisfied has waited longer."""
    with closing(ParquetSource([tree], KYIV, OCTOBER[1])) as source:
        served = dict(source.sums("visit", *OCTOBER, ("site",), ("served",)))
        votes = dict(
            source.sums("rating", *OCTOBER, ("site", "channel"), ("satisfied", "unsatisfied"))
        )
        fields = [f"{value}{part}" for value in VALUES for part in ("", "_waited", "_waited2")]
        spent = dict(source.sums("spent", *OCTOBER, ("site",), tuple(fields)))
    assert spent.keys() == {site for site, (count,) in served.items() if count}
    for site, (pleased, waited, waited2, not_pleased, longer, longer2) in spent.items():
        assert (pleased, not_pleased) == votes[*site, "desk"]
        assert 5 < waited / pleased < longer / not_pleased < 60
        assert waited2 * pleased > waited**2 and longer2 * not_pleased > longer**2


def test_a_thin_month_has_its_sums_in_one_hour(tree: Path) -> None:
    """About as many visits as a month that is not."""
    september = bounds("2026-09", KYIV)
    with closing(ParquetSource([tree], KYIV, OCTOBER[1])) as source:
        hours = source.sums("visit", *september, ("day", "hour"), ("issued",))
        (_, (october,)) = source.sums("visit", *OCTOBER, (), ("issued",))[0]
    assert len(hours) == 1
    assert hours[0][1][0] == pytest.approx(october, rel=0.15)


def test_the_same_seed_gives_the_same_tallies(tmp_path: Path, tree: Path) -> None:
    """To the byte; another one gives others."""
    for seed in (7, 8):
        with closing(Country(5, seed)) as country:
            country.write(Tree(tmp_path / str(seed)), "country", "2026-10")
    for path in sorted(tree.rglob("month=2026-10/*")):
        same = tmp_path / "7" / path.relative_to(tree)
        assert same.read_bytes() == path.read_bytes()
    manifests = [Tree(tmp_path / seed).manifest("2026-10", "country") for seed in "78"]
    assert manifests[0].read_bytes() != manifests[1].read_bytes()


def test_the_demo_draws_a_country_by_hand(tmp_path: Path) -> None:
    """And says what is in each month."""
    words = [
        "country",
        str(tmp_path / "out"),
        "--offices",
        "2",
        "--month",
        "2026-10",
        "--months",
        "2",
    ]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0
    assert [line.split(":")[0] for line in result.output.splitlines()] == ["2026-09", "2026-10"]
    assert "tallies of 2 offices" in result.output
