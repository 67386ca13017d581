"""Any process may be killed between any two statements: nothing is lost, nothing counts twice."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.mosquitto import Mosquitto
from tests.conftest import LONG
from tests.faults.crashes import Victim, carry_out, plan
from tests.faults.lone import Lone, quiet_port, reckon
from tests.integration.rig import Server, Town, until

pytestmark = pytest.mark.mosquitto

KILLS = 100 if LONG else 12  # of each program
# It writes its database down again and again, so that it comes back with one that is out of date.
FORGETFUL = ("autosave_on_changes true", "autosave_interval 7")


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    """A real one with a database."""
    one = Mosquitto(persistence=True, config=FORGETFUL)
    one.port = quiet_port()
    with one:
        yield one


@pytest.fixture
def town(broker: Mosquitto, tmp_path: Path) -> Iterator[Town]:
    """An office and a city, running."""
    with Town(tmp_path, broker.port) as one:
        one.start()
        yield one


@pytest.fixture
def devices(town: Town) -> Iterator[list[Lone]]:
    """Boxes and a dispenser, pressed without a rest."""
    found = [Lone("box", node, town.folder, town.port) for node in ("exit-1", "exit-2", "box-1")]
    found.append(Lone("dispenser", "disp-1", town.folder, town.port))
    for device in found:
        device.server.start()
    yield found
    for device in found:
        device.kill()


def test_whoever_is_killed_whenever_all_adds_up(
    town: Town, broker: Mosquitto, devices: list[Lone], seed: int
) -> None:
    """Box, dispenser, gateway, collector and broker, again and again, under load; the broker loses
    its database or comes back with an old one."""
    until(lambda: all(device.lamps() for device in devices[:3]), "the boxes work")
    chance = random.Random(seed)
    servers = {
        "box": devices[0].server,
        "dispenser": devices[3].server,
        "gateway": town.gateway,
        "collector": town.collector,
    }
    victims = [victim(name, server) for name, server in servers.items()]
    victims.append(
        Victim("broker", broker.kill, lambda: broker.restart(forget=chance.random() < 0.5))
    )
    deeds = plan([victim.name for victim in victims], KILLS, random.Random(seed))
    assert Counter(deed.victim for deed in deeds if deed.kills) == dict.fromkeys(
        [*servers, "broker"], KILLS
    )
    carry_out(deeds, victims)
    found = reckon(town, devices)
    assert found["presses"] > 20 * KILLS and found["tickets"] > 2 * KILLS, f"under load: {found}"
    # What was written when the kill came between the card and the lamp, or the paper.
    assert found["presses"] + found["tickets"] - found["witnessed"] <= 2 * KILLS + len(devices)


def victim(name: str, server: Server) -> Victim:
    """A process of ours."""

    def kill() -> None:
        assert server.is_alive, f"{name} has ended by itself: {server.said()[-2000:]}"
        server.kill()

    return Victim(name, kill, server.start)


def test_a_seed_makes_one_plan() -> None:
    """So that a failure can be done once more, as far as processes allow."""
    one, again, other = (plan(["a", "b"], 5, random.Random(seed)) for seed in (1, 1, 2))
    assert one == again != other
    assert [deed.at for deed in one] == sorted(deed.at for deed in one)
    for name in ("a", "b"):
        assert [deed.kills for deed in one if deed.victim == name] == [True, False] * 5
