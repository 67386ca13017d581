"""The queue that stands in for the hall's: first come, first served, at desks with services."""

import random
from itertools import pairwise

import pytest

from simulator import profile
from simulator.serving import Taken, desks_of, serve_day
from wire.records import Served

NINE = 1_793_170_800_000
EPOCH = "a" * 16


def day(*tickets: tuple[int, str], known: bool = True) -> list[Taken]:
    """Tickets as (minutes after nine, service)."""
    return [
        Taken(NINE + minutes * 60_000, f"{number:016x}", service, known)
        for number, (minutes, service) in enumerate(tickets)
    ]


def serve(taken: list[Taken], seed: int = 1) -> list[Served]:
    return serve_day(taken, EPOCH, 1, random.Random(seed))


def test_every_visitor_is_served_once_at_a_desk_for_the_service() -> None:
    taken = day(*[(minute, profile.SERVICES[minute % 30].id) for minute in range(200)])
    served = serve(taken)
    assert sorted(one.visit for one in served) == sorted(ticket.visit for ticket in taken)
    assert [one.seq for one in served] == list(range(1, 201))
    assert [one.at for one in served] == sorted(one.at for one in served)
    assert all(one.desk in desks_of(one.service) for one in served)


def test_at_one_desk_who_came_first_is_called_first_and_nobody_beside_another() -> None:
    """The next call is when the visit before has ended."""
    (desk,) = desks_of("land")
    served = serve(day(*[(2 * number, "land") for number in range(9)]))
    assert {one.desk for one in served} == {desk}
    assert [int(one.visit, 16) for one in served] == list(range(9))
    for before, one in pairwise(served):
        assert one.serve_ms is not None and one.at - one.serve_ms >= before.at


def test_who_finds_a_desk_free_waits_for_the_walk_only() -> None:
    (one,) = serve(day((0, "land")))
    assert one.wait_ms == 25_000
    assert one.at == NINE + 25_000 + (one.serve_ms or 0)


def test_without_a_clock_at_the_ticket_there_is_no_wait() -> None:
    (one,) = serve(day((0, "land"), known=False))
    assert one.wait_ms is None and one.serve_ms is not None


def test_the_same_tickets_and_seed_give_the_same_visits() -> None:
    taken = day(*[(minute, "passport") for minute in range(60)])
    assert serve(taken) == serve(list(reversed(taken)))
    assert serve(taken) != serve(taken, seed=2)


@pytest.mark.parametrize("service", [one.id for one in profile.SERVICES])
def test_every_service_is_to_be_had_somewhere(service: str) -> None:
    assert desks_of(service)
    assert len(set(desks_of(service))) == len(desks_of(service))
