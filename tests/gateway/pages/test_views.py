"""What the pages show, out of a hall."""

from gateway.pages.views import DeskView, desk_view
from gateway.queue.hall import Desk, Hall, Rules
from gateway.queue.posts import Posts
from gateway.queue.today import Today
from gateway.queue.visit import Turn


def serving(*desks: Desk) -> DeskView:
    """What the clerk at desk 1 sees, with a visitor who came for the address."""
    rules = Rules(services=("address", "land", "pass"), desks=desks)
    hall = Hall(rules)
    hall.issue("v0", "А000", "address", 0)
    hall.take(Turn(visit="v0", kind="called", at=0, desk="1"))
    hall.take(Turn(visit="v0", kind="served", at=0, desk="1"))
    return desk_view(Today("2026-10-26", rules, hall, Posts(["1"])), "1", "olena", 0)


def test_a_visitor_can_be_transferred_to_what_another_desk_or_this_one_serves() -> None:
    """Not to the service that they have, and to none that no desk serves."""
    assert serving(Desk("1")).transfers == ("land", "pass")
    assert serving(Desk("1", ("address",)), Desk("2", ("pass",))).transfers == ("pass",)


def test_where_one_can_be_transferred_to_nothing_no_transfer_is_offered() -> None:
    """A list without entries would be no list."""
    assert "transferred" in serving(Desk("1")).can
    alone = serving(Desk("1", ("address",)))
    assert (alone.transfers, alone.can) == ((), ("finished", "held", "left"))
