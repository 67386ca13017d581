"""Which offices and services an entry may be about."""

from pathlib import Path

import pytest

from collector.config import Site
from collector.entry import EntryError
from collector.known import Known
from tests.collector.bench import HOUR, Bench, rating, visit

NAMED = [
    Site("kyiv-1", "ЦНАП", {"passport": "Паспорт", "land": "Земля"}),
    Site("kyiv-2", "ЦНАП 2", {"tax": "Податки"}),
]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An office has reported: a visit for `archive`."""
    bench = Bench(tmp_path)
    bench.take(rating(1))
    bench.take(visit(1, service="archive"), epoch="2" * 16)
    return bench


def known(bench: Bench, *sites: Site, now: int = HOUR) -> Known:
    return Known(bench.ledger._db, sites, now)


def test_the_config_names_offices_and_their_services(bench: Bench) -> None:
    mine = known(bench, *NAMED)
    mine.check_site("kyiv-2")
    mine.check_service("land", "kyiv-1")
    mine.check_service("-", "kyiv-1")
    with pytest.raises(EntryError, match=r"unknown_service.*known=land, passport"):
        mine.check_service("tax", "kyiv-1")


def test_what_is_of_all_offices_may_be_about_a_service_of_any(bench: Bench) -> None:
    mine = known(bench, *NAMED)
    mine.check_site("-", or_all=True)
    mine.check_service("tax", "-")
    with pytest.raises(EntryError, match="unknown_site"):
        mine.check_site("-")


def test_without_offices_in_the_config_those_that_reported_are_known(bench: Bench) -> None:
    mine = known(bench)
    mine.check_site("kyiv-1")
    with pytest.raises(EntryError, match="near=kyiv-1"):
        mine.check_site("kyiv-7")


def test_without_services_in_the_config_those_of_late_visits_are_known(bench: Bench) -> None:
    """A service that nobody came for in 90 days has to be named in the config."""
    mine = known(bench, Site("kyiv-1", "ЦНАП"))
    mine.check_service("archive", "kyiv-1")
    with pytest.raises(EntryError, match="unknown_service"):
        mine.check_service("passport", "kyiv-1")
    later = known(bench, Site("kyiv-1", "ЦНАП"), now=HOUR + 91 * 86_400)
    with pytest.raises(EntryError, match="unknown_service"):
        later.check_service("archive", "kyiv-1")
