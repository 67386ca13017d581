"""Each fault of a link in turn while presses go on: all arrives once, and nobody is restarted."""

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from simulator.mosquitto import Mosquitto
from tests.conftest import LONG
from tests.faults.proxy import ANSWERS, BOTH, Faults, Proxy
from tests.integration.rig import Town, stays, until

pytestmark = pytest.mark.mosquitto

PRESSES = (
    60  # of a clock that leaps: each press lets seconds pass, and with them the patience of senders
)


class Office(NamedTuple):
    """An office and a city whose links go through proxies."""

    town: Town
    device_link: Proxy
    uplink: Proxy
    broker: Mosquitto


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One for all tests of this file: the programs go on from fault to fault."""
    with Mosquitto(persistence=True) as broker:
        to = ("127.0.0.1", broker.port)
        with (
            Proxy(to) as device_link,
            Proxy(to) as uplink,
            Town(
                tmp_path_factory.mktemp("links"),
                broker.port,
                hall_port=device_link.port,
                uplink_port=uplink.port,
            ) as town,
        ):
            town.start()
            town.hall.box("exit-1")
            town.hall.wait_until_online()
            yield Office(town, device_link, uplink, broker)


class Fault(NamedTuple):
    """What is done to a link, and whether records may still arrive while it lasts."""

    begin: Callable[[Proxy], None]
    passes: bool


FAULTS = {
    "late": Fault(lambda proxy: proxy.set(Faults(latency_ms=150)), True),
    "trickling": Fault(lambda proxy: proxy.set(Faults(slices=7)), True),
    "cut": Fault(Proxy.cut, True),
    "reset": Fault(Proxy.reset, True),
    "black hole": Fault(lambda proxy: proxy.set(Faults(swallow=BOTH)), False),
    "answers swallowed": Fault(lambda proxy: proxy.set(Faults(swallow=ANSWERS)), True),
    "half closed": Fault(Proxy.half_close, False),
    "refusing": Fault(lambda proxy: proxy.set(Faults(refuse=True)), False),
}


@pytest.mark.parametrize("link", ["device_link", "uplink"])
@pytest.mark.parametrize("name", FAULTS)
def test_after_a_fault_everything_arrives_once(office: Office, link: str, name: str) -> None:
    """The lamp lights all the while, and programs come back by themselves."""
    town, proxy, fault = office.town, getattr(office, link), FAULTS[name]
    box = town.hall.boxes["exit-1"]
    pids = [town.gateway.pid, town.collector.pid]
    before = settled(town)
    press(office, PRESSES)
    fault.begin(proxy)
    at_fault = sum(town.counted()) if town.has_ledger() else 0
    press(office, PRESSES)
    if fault.passes:
        until(lambda: sum(town.counted()) == before + 2 * PRESSES, f"all passes in spite of {name}")
    else:
        assert stays(lambda: sum(town.counted()) < before + 2 * PRESSES, 0.3), "a fault without one"
        assert sum(town.counted()) <= at_fault + PRESSES
    proxy.heal()
    press(office, PRESSES)
    town.hall.wait_until_delivered()
    until(lambda: sum(town.counted()) >= before + 3 * PRESSES, f"all arrives after {name}")
    assert sum(town.counted()) == before + 3 * PRESSES
    assert [town.gateway.pid, town.collector.pid] == pids
    assert town.gateway.is_alive and town.collector.is_alive
    assert town.rows("SELECT count(*) FROM lost UNION ALL SELECT count(*) FROM conflict") == [
        (0,),
        (0,),
    ]
    assert (box.node.log.epoch,) in town.rows("SELECT epoch FROM origin WHERE node='exit-1'")
    assert town.rows("SELECT count(*) FROM origin WHERE node='exit-1'") == [(1,)]


def test_a_broker_that_forgets_everything_again_and_again(office: Office, seed: int) -> None:
    """It is killed with its database while both ends go on."""
    town, chance = office.town, random.Random(seed)
    before = settled(town)
    deaths = 50 if LONG else 3
    for _ in range(deaths):
        press(office, chance.randrange(1, 2 * PRESSES))
        office.broker.restart(forget=True)
        press(office, 5)
    written = office.town.hall.boxes["exit-1"].node.log.last
    town.hall.wait_until_delivered()
    presses = written - 1  # the first record is the start
    until(lambda: sum(town.counted()) >= presses, "all arrives")
    assert sum(town.counted()) == presses > before
    audit = town.audit()
    assert audit.returncode == 0, audit.stdout


if LONG:  # it takes up to two keep-alives of 20 s

    @pytest.mark.parametrize("link", ["device_link", "uplink"])
    def test_a_dead_link_is_noticed_without_being_told(office: Office, link: str) -> None:
        """Nothing comes and nobody hangs up: the program does, and tries anew."""
        town, proxy = office.town, getattr(office, link)
        before, accepted = settled(town), proxy.accepted
        proxy.set(Faults(swallow=BOTH))
        press(office, PRESSES)
        until(lambda: proxy.accepted > accepted, "it connects anew", 90.0)
        proxy.heal()
        until(lambda: sum(town.counted()) == before + PRESSES, "all arrives", 90.0)


def settled(town: Town) -> int:
    """Wait until the city has all that the box has written; how many presses that are."""
    box = town.hall.boxes["exit-1"]
    presses = box.node.log.last - 1  # the first record is the start
    until(lambda: presses == 0 or sum(town.counted()) == presses, "all arrives from before")
    return presses


def press(office: Office, times: int) -> None:
    """Press a button; the lamp lights each time."""
    box = office.town.hall.boxes["exit-1"]
    for number in range(times):
        button = "unsatisfied" if number % 4 == 0 else "satisfied"
        assert office.town.hall.press(box, button)
