"""One visitor's way through the real gateway and its pages: ticket, call, service, vote, tally."""

import http.cookiejar
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.pages.access import hash_pin
from simulator.mosquitto import Mosquitto
from tests.integration.rig import EVERY_PRESS_COUNTS, Town, free_port, until
from tests.noon import zone_of_noon

pytestmark = pytest.mark.mosquitto

PIN = "4711"
WAYS = ("wait", "serve")


class Browser:
    """A clerk's browser, as far as a program needs one."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def post(self, path: str, **form: str) -> str:
        """Send a form of the office's own page; returns the page that comes of it."""
        data = urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self._url + path, data, {"Origin": self._url})
        with self._opener.open(request, timeout=30) as answer:
            return str(answer.read().decode())


@pytest.fixture
def port() -> int:
    """Where the pages are."""
    return free_port()


@pytest.fixture
def town(tmp_path: Path, port: int) -> Iterator[Town]:
    """An office with a desk 1, where box-1 stands, and its city."""
    more = (
        f'{EVERY_PRESS_COUNTS}\n[[desk]]\nid = "1"\n[[clerk]]\nid = "olena"\nname = "Олена Коваль"'
        f'\npin = "{hash_pin(PIN, bytes(16))}"\n[pages]\nport = {port}\n'
    )
    with (
        Mosquitto(persistence=True) as broker,
        Town(tmp_path, broker.port, more, zone=zone_of_noon()) as one,
    ):
        one.start()
        yield one


def test_a_visit_from_the_ticket_to_the_tally(town: Town, port: int) -> None:
    """The desk's box lights up when the visit is finished, and its press is that visit's vote."""
    dispenser, box = town.hall.dispenser("disp-1"), town.hall.box("box-1")
    town.hall.wait_until_online()
    assert town.hall.press(box, "satisfied")  # nobody has been served: it is kept, and nobody's
    town.hall.take_ticket(dispenser, "land")
    town.hall.wait_until_delivered()
    clerk = Browser(port)
    page = clerk.post("/desk/login", clerk="olena", desk="1", pin=PIN)
    assert "Вікно 1" in page
    page = clerk.post("/desk/next")
    found = re.search(r'name="visit" value="([0-9a-f]{16})"', page)
    assert found
    assert "викликано" in page
    clerk.post("/desk/act", kind="served", visit=found[1])
    town.hall.do(lambda: box.panel.lamps.update(dict.fromkeys(box.panel.lamps, False)))
    clerk.post("/desk/act", kind="finished", visit=found[1])
    until(lambda: all(box.panel.lamps.values()), "both lamps invite to vote")
    assert town.hall.press(box, "unsatisfied")
    assert town.hall.press(box, "satisfied")
    until(lambda: town.counted() == (0, 1), "the vote is in the tallies")
    query = "SELECT service, desk, unsatisfied, unarmed, repeat FROM tally_rating ORDER BY unarmed"
    until(
        lambda: town.rows(query) == [("land", "1", 1, 0, 1), ("residence", "1", 0, 1, 0)],
        "each press is what it was",
    )
    until(lambda: town.rows("SELECT sum(served) FROM tally_visit") == [(1,)], "the city heard")
    spent = "SELECT service, desk, channel, unsatisfied, satisfied FROM tally_spent"
    assert town.rows(spent) == [("land", "1", "desk", 1, 0)]
    times = ", ".join(f"json_extract(CAST(body AS TEXT), '$.{n}_ms') / 60000" for n in WAYS)
    minutes = town.rows(f"SELECT {times} FROM event WHERE kind='served'")
    assert town.rows("SELECT unsatisfied_waited, unsatisfied_served FROM tally_spent") == minutes
    audit = town.audit()
    assert audit.returncode == 0, audit.stdout
