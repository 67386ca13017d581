"""From the button to the audited month, through a real mosquitto and the real commands."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.mosquitto import Mosquitto
from tests.integration.rig import Server, Town, finish, letter, until

pytestmark = pytest.mark.mosquitto

PRESSES = 2_000


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    """A mosquitto that remembers retained messages, as the package's does."""
    with Mosquitto(persistence=True) as one:
        yield one


@pytest.fixture
def town(broker: Mosquitto, tmp_path: Path) -> Iterator[Town]:
    """An office and a city, running."""
    with Town(tmp_path, broker.port) as one:
        one.start()
        yield one


def test_a_press_is_counted_in_the_city(town: Town) -> None:
    """And the lamp says so only when it is on the card."""
    box = town.hall.box("exit-1")
    assert town.hall.press(box, "unsatisfied")
    until(lambda: town.counted() == (0, 1), "the press is in the tallies")
    assert town.ratings() == {("exit-1", "unsatisfied", "counted"): 1}
    audit = town.audit()
    assert audit.returncode == 0, audit.stdout
    assert "balances: every number is explained" in audit.stdout


def test_a_ticket_has_the_gateways_number(town: Town) -> None:
    """Two dispensers count on in one series, for each service its own."""
    one, two = town.hall.dispenser("disp-1"), town.hall.dispenser("disp-2")
    town.hall.wait_until_online()
    papers = [
        town.hall.take_ticket(dispenser, service).decode("cp1251", errors="replace")
        for dispenser, service in ((one, "passport"), (two, "passport"), (one, "land"))
    ]
    passport, land = letter("passport"), letter("land")
    for paper, number in zip(
        papers, (f"{passport}001", f"{passport}002", f"{land}001"), strict=True
    ):
        assert number in paper
    query = "SELECT sum(issued), sum(own_number) FROM tally_visit"
    until(lambda: town.rows(query) == [(3, 0)], "the visits are in the city")
    until(
        lambda: town.rows("SELECT sum(printed) FROM tally_visit") == [(3,)],
        "the printed tickets are in the city",
    )
    assert finish("talon-gateway", "status", "--config", town.office).returncode == 0


MORE_OF_TICKETS = """
[ticket]
languages = ["uk", "en"]
footer = "Збережіть цей талон"
"""


def test_what_the_offices_config_says_of_tickets_reaches_the_hall(town: Town) -> None:
    """When the gateway starts anew: from the next ticket on, its limits are the whole hall's, and
    who gets no ticket is in the city's figures."""
    one, two = town.hall.dispenser("disp-1"), town.hall.dispenser("disp-2")
    town.hall.wait_until_online()
    assert "Збережіть".encode("cp1251") not in town.hall.take_ticket(one, "land")
    text = town.office.read_text(encoding="utf-8")
    title = 'title = "Земельні питання"\ntitle_en = "Land matters"'
    assert title in text
    town.gateway.stop()
    text = text.replace(title, 'title = "Земля"\ntitle_en = "Land"\nlimit = 2', 1)
    town.office.write_text(text + MORE_OF_TICKETS, encoding="utf-8")
    town.gateway.start("connected")
    until(
        lambda: town.hall.do(lambda: one.adoption.adopted and two.adoption.config.logo == b""),
        "the dispensers have heard of it",
    )
    until(lambda: one.adoption.config.services["land"].limit == 2, "and of the change")
    until(lambda: two.adoption.config.services["land"].limit == 2, "both of them")
    second = town.hall.take_ticket(two, "land").decode("cp1251", errors="replace")
    assert f"{letter('land')}002" in second
    assert "Land" in second and "Land matters" not in second
    assert "Збережіть цей талон" in second
    notice = town.hall.take_ticket(one, "land").decode("cp1251", errors="replace")
    assert "No more tickets" in notice.replace("\n", " ")
    query = "SELECT sum(issued), sum(declined_limit) FROM tally_visit"
    until(
        lambda: town.rows(query) == [(2, 1)], "the visits, and who got no ticket, are in the city"
    )
    audit = town.audit()
    assert audit.returncode == 0, audit.stdout
    said = finish("talon-gateway", "visits", "--config", town.office).stdout
    assert "2 visits, 0 numbered by dispensers, 2 tickets printed" in said


def test_whoever_is_killed_no_press_is_lost_and_none_counts_twice(
    town: Town, broker: Mosquitto
) -> None:
    """Gateway and collector are killed while they work, and the broker with all it remembers."""
    box = town.hall.box("exit-1")
    town.hall.wait_until_online()
    gateway, collector = town.gateway, town.collector
    events: dict[int, Callable[[], None]] = {
        300: lambda: _kill(gateway, lambda: box.node.sender.acked > 0),
        500: lambda: gateway.start("connected"),
        800: lambda: _kill(collector, lambda: sum(town.counted()) > 300),
        1_000: lambda: collector.start("connected"),
        1_200: lambda: broker.restart(forget=True),
        1_500: lambda: _kill(gateway, lambda: box.node.sender.acked > 1_200),
        1_501: collector.kill,
        1_700: town.start,
    }
    for number in range(PRESSES):
        if number in events:
            events[number]()
        assert town.hall.press(box, "unsatisfied" if number % 4 == 0 else "satisfied")
    town.hall.wait_until_delivered()
    want = (PRESSES - PRESSES // 4, PRESSES // 4)
    until(lambda: sum(town.counted()) >= PRESSES, "all presses are in the city")
    assert town.counted() == want
    assert town.ratings() == {
        ("exit-1", "satisfied", "counted"): want[0],
        ("exit-1", "unsatisfied", "counted"): want[1],
    }
    assert town.rows("SELECT count(*) FROM lost UNION ALL SELECT count(*) FROM conflict") == [
        (0,),
        (0,),
    ]
    audit = town.audit()
    assert audit.returncode == 0, audit.stdout


def _kill(server: Server, has_worked: Callable[[], bool]) -> None:
    """Not before it has had something to do since it was started."""
    until(has_worked, f"{server.name} works")
    server.kill()
