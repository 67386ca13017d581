"""The office that is measured."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tests.bench.rig import zone_of_noon


def test_it_is_noon_at_the_office_that_is_measured() -> None:
    """Whatever the clock here says: in the evening its queue would be closed."""
    assert datetime.now(ZoneInfo(zone_of_noon())).hour in (12, 13)  # it may strike
