"""What the screens in the hall say of the wait."""

import random

from gateway.outlook import FRESH_MS, Outlook
from gateway.queue.hall import Desk, Rules
from gateway.queue.prospect import Prospect
from gateway.reception import Reception
from gateway.turns import Ticket
from tests.gateway.test_reception import MIN, NOON, Disk, ticket

RULES = Rules(
    services=("address", "pass", "land"),
    desks=(Desk("1", ("address", "pass")), Desk("2", ("land",))),
    classes=("veterans",),
    stated={"address": 5 * MIN, "pass": 3 * MIN},
)


def test_each_service_has_its_people_and_its_wait() -> None:
    """As the tickets say it: two desks that share nothing are two queues."""
    disk, reception = _open_hall()
    disk.issue(
        reception,
        ticket(1, NOON, "address"),
        Ticket("v2", "Б002", "pass", NOON + 1, "veterans"),
        ticket(3, NOON + 2, "land"),
    )
    now = NOON + MIN
    reception.post("opened", "1", "olena", now)
    seen = Outlook(reception, random.Random(1)).at(now)
    assert seen == (
        Prospect(service="address", waiting=1, ahead=2, served=True, wait=(8, 8)),
        Prospect(service="pass", waiting=1, ahead=2, served=True, wait=(8, 8)),
        Prospect(service="land", waiting=1, ahead=1, served=False, wait=None),
    )
    for prospect in seen:
        told = reception.expect(prospect.service, now, random.Random(1))
        assert (told is None) == (prospect.wait is None)


def test_a_desk_that_is_open_may_know_nothing_of_the_wait() -> None:
    """Nobody was served yet, and the config says nothing of the service: not the same as nobody."""
    _, reception = _open_hall()
    reception.post("opened", "2", "petro", NOON)
    *_, land = Outlook(reception, random.Random(1)).at(NOON)
    assert (land.served, land.wait) == (True, None)


def test_what_was_seen_is_kept_for_a_while() -> None:
    """However many screens ask; and looked at anew after a clock that was set back."""
    disk, reception = _open_hall()
    outlook = Outlook(reception, random.Random(1))
    first = outlook.at(NOON)
    disk.issue(reception, ticket(1))
    assert outlook.at(NOON + FRESH_MS - 1) is first
    assert outlook.at(NOON + FRESH_MS)[0].waiting == 1
    disk.issue(reception, ticket(2))
    assert outlook.at(NOON)[0].waiting == 2


def _open_hall() -> tuple[Disk, Reception]:
    disk = Disk()
    return disk, disk.start(rules=RULES)
