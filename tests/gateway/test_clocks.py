"""A power cut across a month's end, and a gateway that does not know the time afterwards.

The real gateway, journal, city and ledger in one process; only the clocks are made.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.report.table import as_table
from gateway import app, streams
from gateway.clockwork import CLOCK_WAIT_MS
from gateway.held import Anew
from gateway.place import AHEAD_MS, BEHIND_MS
from gateway.status import read_status, status_lines
from tests.collector.bench import KYIV
from tests.gateway.bench import HOUR
from tests.gateway.clocks import Machine, Town

MINUTE = 60_000
EVE = 1_793_482_200_000  # 2026-10-31 23:30 in Kyiv, half an hour before November
OFF = 9 * HOUR
SINCE_1970 = EVE + OFF - 30_000  # what a clock is behind that says 1970-01-01 00:00:30


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """At 23:30 on the last evening of October, with a press on each box."""
    one = Town(tmp_path, Machine(EVE))
    one.press(one.clocked, one.blind)
    assert one.deliver() == 2
    yield one
    one.close()


def votes(town: Town) -> tuple[int, int]:
    """Ratings counted in October and in November."""
    return town.month("2026-10").total.votes, town.month("2026-11").total.votes


def visit(number: int) -> str:
    """The id of a visit."""
    return f"{number:016x}"


# ---- while the time is not known -----------------------------------------------------------------
@pytest.mark.parametrize("behind", [SINCE_1970, OFF])
def test_what_comes_in_doubt_is_acknowledged_and_held_back(town: Town, behind: int) -> None:
    town.cut_power(OFF, behind)
    town.press(town.clocked, town.blind)
    assert town.deliver() == 2
    said = town.said()
    assert "at" not in said or said["at"] is None
    assert said["fault"].startswith("clock: ") and "holding 2 records" in said["fault"]


def test_the_status_and_the_log_tell_of_the_doubt(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    def status() -> str:
        return status_lines(read_status(town.office.config.journal_path()), 64, EVE)

    town.cut_power(OFF, OFF)
    town.press(town.blind)
    assert "THE TIME IS NOT KNOWN; held back from the city: 1" in status()
    town.wait(CLOCK_WAIT_MS)
    assert "THE TIME IS NOT KNOWN; held back from the city: 0" in status()
    town.hear_network()
    assert "NOT KNOWN" not in status()
    town.wait(HOUR)
    said = [r.message for r in caplog.records if r.message.startswith("clock: ")]
    assert said == [
        "clock: not set since the power came back; holding 0 records, giving no numbers",
        "clock: not set since the power came back; records count without a time of day",
        "clock: stepped by +32400 s",
    ]


def test_no_number_is_given_in_doubt_but_one_that_was_given_is_said_again(town: Town) -> None:
    assert town.ask(visit(1))["number"] == "А001"
    town.cut_power(OFF, OFF)
    answer = town.ask(visit(2))
    assert "number" not in answer
    assert answer["error"].startswith("the time is not known: the clock is not set since")
    assert town.ask(visit(1))["number"] == "А001"
    town.hear_network()
    assert town.ask(visit(2))["number"] == "А001"  # it is November


def test_what_comes_again_in_doubt_holds_nothing(town: Town) -> None:
    town.cut_power(OFF, OFF)
    town.gateway.journal._db.execute("DELETE FROM journal")
    town.office.handle([town.blind.batch()])
    assert town.office.held == 0


def test_a_restart_of_the_program_holds_on(town: Town) -> None:
    town.cut_power(OFF, OFF)
    town.press(town.blind)
    town.kill()
    town.start()
    assert (town.office.held, town.deliver()) == (1, 2)


# ---- then the network sets the clock -------------------------------------------------------------
@pytest.mark.parametrize("behind", [SINCE_1970, OFF, OFF - 40 * MINUTE])
@pytest.mark.parametrize("restarts", [False, True])
def test_then_all_is_placed_where_it_belongs(town: Town, behind: int, restarts: bool) -> None:
    town.cut_power(OFF, behind)
    town.press(town.clocked, town.blind)
    town.wait(5 * MINUTE)
    town.press(town.clocked, town.blind)
    if restarts:
        town.kill()
        town.start()
    town.hear_network()
    town.press(town.blind)
    assert (town.deliver(), town.office.held) == (7, 0)
    assert votes(town) == (2, 5)
    assert town.placed(town.clocked) == [(0, "set")] * 3
    assert town.placed(town.blind) == [(0, "placed")] * 4
    assert (town.account(town.clocked), town.account(town.blind)) == ({"set": 3}, {"placed": 4})
    assert town.audit().problems == []
    assert town.said()["at"] == town.machine.real
    assert town.said()["fault"].startswith("clock: stepped by +")


def test_what_was_pressed_before_the_month_ended_and_came_in_doubt_is_of_that_month(
    town: Town,
) -> None:
    """The boxes were out of reach, and ran on."""
    for thing in (town.clocked, town.blind):
        thing.press()
    town.cut_power(OFF, SINCE_1970)
    town.press(town.clocked, town.blind)
    town.hear_network()
    assert town.deliver() == 6
    assert votes(town) == (4, 2)
    assert {how for _, how in town.placed(town.blind)} == {"placed"}


def test_notes_of_the_gateway_are_placed_too(town: Town) -> None:
    town.cut_power(OFF, SINCE_1970)
    town.clocked.press()
    town.clocked.log.append(b"rubbish")
    town.clocked.truth.append(town.machine.real)
    topic, payload = town.clocked.batch(2)
    town.office.handle([(topic, payload)])
    town.hear_network()
    town.deliver()
    assert town.placed(town.clocked)[1:] == [(0, "set"), (0, "unknown")]
    (waiting,) = town.gateway.journal.waiting()
    assert waiting.at == town.machine.real


def test_the_running_gateway_notices_by_itself(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """No message need come: the uplink and the state are woken. A disk that refuses is tried on."""
    monkeypatch.setattr(app, "CLOCK_EVERY_S", 0.001)
    town.cut_power(OFF, SINCE_1970)
    town.press(town.blind)
    gateway = town.gateway
    let_go, failures = gateway.journal.let_go, [sqlite3.OperationalError("disk I/O error")] * 3

    def refuse_at_first(rows: list[Anew]) -> None:
        if failures:
            raise failures.pop()
        let_go(rows)

    monkeypatch.setattr(gateway.journal, "let_go", refuse_at_first)

    async def run() -> None:
        task = asyncio.create_task(gateway._watch_clock(), name="clock")
        town.machine.hear_network()
        async with asyncio.timeout(10):
            while gateway.office.held:
                await gateway._wake_uplink.wait()
                gateway._wake_uplink.clear()
            await gateway._wake_state.wait()
        task.cancel()
        gateway._store.close()

    asyncio.run(run())
    assert failures == []
    assert town.deliver() == 3


# ---- or it does not ------------------------------------------------------------------------------
def test_without_a_network_it_goes_on_and_says_so(town: Town) -> None:
    town.cut_power(OFF, SINCE_1970)
    town.press(town.clocked, town.blind)
    town.blind.cut_power()
    town.press(town.blind)
    town.wait(CLOCK_WAIT_MS)
    assert town.deliver() == 5
    town.press(town.clocked, town.blind)
    assert town.deliver() == 7
    assert "records count without a time of day" in town.said()["fault"]
    assert town.placed(town.clocked) == [(0, "set")] * 3
    # The box that ran on is placed by what was known before the cut; one that did not is not.
    assert [how for _, how in town.placed(town.blind)] == ["placed"] * 2 + ["unknown"] * 2
    assert all(-OFF - MINUTE <= off <= 0 for off, _ in town.placed(town.blind))
    assert sum(votes(town)) == 7
    unclocked = sum(town.month(m).total.unclocked for m in ("2026-10", "2026-11"))
    assert unclocked == sum(a.clocks["unknown"] for a in town.audit().accounts) == 2
    october = as_table(town.month("2026-10"), "en", {})
    assert "without an hour (the time was not known): 2" in october
    assert town.audit().problems == []


def test_a_network_that_comes_late_leaves_what_was_sent_as_it_is(town: Town) -> None:
    town.cut_power(OFF, OFF)
    town.blind.cut_power()
    town.press(town.blind)
    town.wait(CLOCK_WAIT_MS)
    town.deliver()
    town.hear_network()
    town.press(town.blind)
    town.deliver()
    assert [how for _, how in town.placed(town.blind)] == ["placed", "unknown", "placed"]
    assert town.audit().problems == []


def test_a_second_power_cut_in_doubt_leaves_an_unknown_time(town: Town) -> None:
    """Except for who knows it himself, or ran on."""
    town.cut_power(OFF, SINCE_1970)
    town.press(town.clocked, town.blind)
    town.blind.cut_power()
    town.press(town.blind)
    town.cut_power(HOUR, SINCE_1970)
    assert town.office.held == 3
    town.press(town.blind)
    town.hear_network()
    assert town.deliver() == 6
    assert town.placed(town.clocked) == [(0, "set")] * 2
    assert [how for _, how in town.placed(town.blind)] == ["placed"] * 2 + ["unknown", "placed"]
    assert all(off <= 0 for off, _ in town.placed(town.blind))
    assert town.audit().problems == []


def test_a_first_start_without_any_date_waits_for_one(tmp_path: Path) -> None:
    machine = Machine(EVE)
    machine.cut_power(OFF, SINCE_1970)
    town = Town(tmp_path, machine)
    town.press(town.blind)
    town.wait(10 * CLOCK_WAIT_MS)
    assert (town.deliver(), town.office.held) == (0, 1)
    town.hear_network()
    assert town.deliver() == 1
    assert town.placed(town.blind) == [(0, "placed")]
    town.close()


# ---- killed meanwhile ----------------------------------------------------------------------------
@pytest.mark.parametrize("where", ["let_go", "remember"])
@pytest.mark.parametrize("after", [0, 1])
def test_a_gateway_that_dies_while_it_places_anew_begins_again(
    town: Town, monkeypatch: pytest.MonkeyPatch, where: str, after: int
) -> None:
    """Two records a transaction: it dies in the first one or in the second."""
    monkeypatch.setattr(streams, "HELD_AT_ONCE", 2)
    town.cut_power(OFF, OFF)
    for _ in range(2):
        town.press(town.clocked, town.blind)
    journal = town.gateway.journal
    real, calls = getattr(journal, where), [0]

    def dies(*values: object) -> None:
        real(*values)
        calls[0] += 1
        if calls[0] > after * (2 if where == "remember" else 1):
            raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(journal, where, dies)
    town.machine.hear_network()
    with pytest.raises(sqlite3.OperationalError):
        town.office.tend()
    assert town.office.held == 4 - 2 * after
    assert town.deliver() == 2
    town.kill()
    town.start()
    assert (town.office.held, town.deliver()) == (0, 6)
    assert votes(town) == (2, 4)
    assert town.placed(town.clocked) == [(0, "set")] * 3
    assert town.placed(town.blind) == [(0, "placed")] * 3
    assert town.audit().problems == []


def test_a_full_journal_can_let_go_of_what_it_holds(tmp_path: Path) -> None:
    """Of a first start, in 1970: the times that are known then are longer numbers."""
    machine = Machine(EVE)
    machine.cut_power(OFF, SINCE_1970)
    town = Town(tmp_path, machine)
    for thing in (town.clocked, town.blind):
        for _ in range(300):
            thing.press()
        town.office.handle([thing.batch()])
    db = town.gateway.journal._db
    db.execute(f"PRAGMA max_page_count={db.execute('PRAGMA page_count').fetchone()[0]}")
    for _ in range(300):
        town.clocked.press()
    with pytest.raises(sqlite3.OperationalError, match="full"):
        town.office.handle([town.clocked.batch(301)])
    assert town.office.held == 600
    town.machine.hear_network()
    town.office.tend()
    assert town.office.held == 0
    assert town.deliver() == 600
    assert {off for off, _ in town.placed(town.blind)} == {0}
    town.close()


def test_what_was_lost_before_is_told_of_at_its_time(town: Town) -> None:
    """The box no longer holds its second record."""
    for _ in range(2):
        town.clocked.press()
    town.cut_power(OFF, OFF)
    town.office.handle([town.clocked.batch(3, oldest=3)])
    town.hear_network()
    assert town.deliver() == 3
    query = "SELECT first, last, at FROM lost"
    assert town.gateway.journal._db.execute(query).fetchall() == [(2, 2, town.machine.real)]
    assert town.ledger._db.execute(query).fetchall() == [(2, 2, town.machine.real)]
    assert town.audit().problems == []


def test_what_is_sent_anew_later_is_what_was_sent_first(town: Town) -> None:
    """The city is asked for nothing twice: the bodies are fixed before their first sending."""
    town.cut_power(OFF, OFF)
    town.press(town.clocked, town.blind)
    town.hear_network()
    sent = town.gateway.journal.log.read(1, 100, 1 << 20)
    town.deliver()
    town.kill()
    town.start()
    assert town.gateway.journal.log.read(1, 100, 1 << 20) == sent
    assert town.deliver() == 4


# ---- numbers -------------------------------------------------------------------------------------
def test_a_step_back_over_midnight_and_forward_again_repeats_no_number(town: Town) -> None:
    town.machine.sync = None
    town.wait(31 * MINUTE)
    assert town.ask(visit(1))["number"] == "А001"  # of 1 November
    town.machine.wrong = -2 * HOUR
    assert "error" in town.ask(visit(2))
    town.machine.sync = True
    assert town.ask(visit(3))["number"] == "А001"  # so it is still October
    town.machine.wrong = 0
    assert [town.ask(visit(n))["number"] for n in (4, 5)] == ["А002", "А003"]
    assert town.ask(visit(1))["number"] == "А001"


def test_a_midnight_that_may_be_noon_begins_no_new_numbers(town: Town) -> None:
    town.ask(visit(1))
    town.cut_power(OFF, OFF)
    town.wait(CLOCK_WAIT_MS)
    assert town.ask(visit(2))["number"] == "А002"
    town.wait(HOUR)  # past midnight, by what the gateway believes
    assert town.ask(visit(3))["number"] == "А003"
    town.kill()
    town.start()
    town.hear_network()
    assert town.ask(visit(4))["number"] == "А004"
    town.wait(24 * HOUR)
    assert town.ask(visit(5))["number"] == "А001"


def test_a_night_without_a_number_begins_new_ones(town: Town) -> None:
    town.ask(visit(1))
    town.cut_power(OFF, OFF)
    town.wait(CLOCK_WAIT_MS)
    assert town.ask(visit(2))["number"] == "А002"
    town.wait(14 * HOUR)
    assert town.ask(visit(3))["number"] == "А001"


# ---- whatever happens ----------------------------------------------------------------------------
steps = st.lists(
    st.one_of(
        st.tuples(st.just("press"), st.integers(0, 3)),
        st.tuples(st.just("offline press"), st.integers(0, 3)),
        st.tuples(st.just("wait"), st.sampled_from((MINUTE, CLOCK_WAIT_MS, 5 * HOUR, 13 * HOUR))),
        st.tuples(st.just("cut"), st.sampled_from((0, 5 * MINUTE, OFF, 1 << 60))),
        st.tuples(st.just("device cut"), st.integers(0, 1)),
        st.tuples(st.just("network"), st.just(0)),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("deliver"), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=80, deadline=None)
@given(steps)
def test_whatever_the_clock_does_all_counts_once_and_no_known_time_is_wrong(
    steps: list[tuple[str, int]],
) -> None:
    """The network comes in the end. Power cuts last two hours, and leave a clock behind."""
    with TemporaryDirectory() as folder:
        town = Town(Path(folder), Machine(EVE))
        town.press(town.clocked, town.blind)
        things = (town.clocked, town.blind)
        for what, much in steps:
            if what in ("press", "offline press"):
                things[much % 2].press()
                if what == "press":
                    town.office.handle([things[much % 2].batch()])
            elif what == "wait":
                town.wait(much)
            elif what == "cut":
                town.cut_power(2 * HOUR, min(much, town.machine.real + 2 * HOUR))
            elif what == "device cut":
                things[much].cut_power()
            elif what == "network":
                town.hear_network()
            elif what == "restart":
                town.kill()
                town.start()
            else:
                town.deliver()
        town.hear_network()
        for thing in things:
            town.office.handle([thing.batch()])
        town.deliver()
        assert town.audit().problems == []
        assert [account.written for account in town.audit().accounts] == [
            len(thing.log) for thing in things
        ]
        for thing in things:
            found = town.placed(thing)
            assert len(found) == len(thing.log)
            assert town.account(thing) == Counter(how for _, how in found)
            for off, how in found:
                assert how == "unknown" or -BEHIND_MS <= off <= AHEAD_MS
        town.close()


days = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(1, 4)),
        st.tuples(st.just("wait"), st.sampled_from((HOUR, 3 * HOUR, 13 * HOUR))),
        st.tuples(st.just("cut"), st.sampled_from((0, HOUR, OFF, 1 << 60))),
        st.tuples(st.just("dark"), st.sampled_from((HOUR, 10 * HOUR))),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("network"), st.just(0)),
    ),
    min_size=8,
    max_size=25,
)


@settings(max_examples=100, deadline=None)
@given(days)
def test_no_day_sees_a_number_twice(days: list[tuple[str, int]]) -> None:
    """In an office that is open from 8 to 19, whatever the gateway believes of the time."""
    numbers: list[tuple[str, str]] = []
    asked = 0
    with TemporaryDirectory() as folder:
        town = Town(Path(folder), Machine(EVE + OFF))
        for what, much in days:
            if what == "wait":
                town.wait(much)
            elif what == "cut":
                town.cut_power(2 * HOUR, min(much, town.machine.real + 2 * HOUR))
            elif what == "dark":
                town.cut_power(much, town.machine.real + much)
                town.wait(CLOCK_WAIT_MS)
            elif what == "restart":
                town.kill()
                town.start()
            elif what == "network":
                town.hear_network()
            for _ in range(much if what == "ask" else 0):
                real = datetime.fromtimestamp(town.machine.real / 1000, UTC).astimezone(KYIV)
                if 8 <= real.hour < 19:
                    asked += 1
                    answer = town.ask(visit(asked))
                    numbers.append((real.date().isoformat(), answer.get("number", f"own {asked}")))
        town.close()
    assert [number for number, times in Counter(numbers).items() if times > 1] == []
