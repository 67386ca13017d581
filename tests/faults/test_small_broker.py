"""A city's broker that takes no large messages: what waits arrives all the same, in small ones.

It shows in two ways. With `max_packet_size` mosquitto hangs up at a message that is too large; with
`message_size_limit` it drops it without a word. A gateway's full batch is 200 kB.
"""

from pathlib import Path

import pytest

from simulator.mosquitto import Mosquitto
from tests.bench.backlog import fill
from tests.conftest import LONG
from tests.faults.test_backlog import arrived
from tests.integration.rig import Town, until

pytestmark = pytest.mark.mosquitto

RECORDS = 3_000


LIMITS = ["max_packet_size 20000"]
if LONG:  # silence is long before it is taken for a refusal
    LIMITS.append("message_size_limit 20000")


@pytest.mark.parametrize("limit", LIMITS)
def test_a_broker_that_takes_no_large_messages_gets_small_ones(limit: str, tmp_path: Path) -> None:
    """The gateway finds the size out by itself."""
    with (
        Mosquitto() as office,
        Mosquitto(config=[limit]) as city,
        Town(*(tmp_path, office.port, ""), uplink_port=city.port, city_port=city.port) as town,
    ):
        written = fill(town.office, RECORDS)
        town.start()
        until(lambda: arrived(town) >= written, "all is in the ledger", 180.0)
        assert arrived(town) == written
        assert town.gateway.is_alive
        audit = town.audit()
        assert audit.returncode == 0, audit.stdout
