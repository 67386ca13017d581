"""Noon, at any time."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tests.noon import zone_of_noon


def test_it_is_noon_there() -> None:
    """In the evening an office's queue would be closed."""
    assert datetime.now(ZoneInfo(zone_of_noon())).hour in (12, 13)  # it may strike
