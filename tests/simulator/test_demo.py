"""The demo: a short stretch twice, once, and live, by the real command."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing import active_children
from pathlib import Path

import pytest

from collector.audit import Audit, audit
from collector.ledger import read_tallies
from collector.tally import FIELDS, TAGS, TallyRow
from simulator import demo, profile
from simulator.demo import MARKER, backfill_month, prepare
from simulator.hall.visitor import pushes_of
from simulator.live import ask_live, run_live
from simulator.mishaps import Mishap
from simulator.processes import City, check_port
from simulator.visitors import Day, month_of_days
from tests.integration.rig import Server, finish, free_port, until
from wire.clock import SystemClock
from wire.store import StoreError, claim, open_reader

HOUR = 3_600_000
ALL_TIME = (0, 1 << 40)
LIVE = (
    "import sys; from pathlib import Path; from simulator.demo import prepare;"
    " from simulator.live import run_live; folder = Path(sys.argv[1]); port = int(sys.argv[2]);"
    " prepare(folder, port); run_live(folder, port)"
)


def stretch(seed: int) -> list[Day]:
    """Three days, Thursday to Saturday, of a smaller office: every sixth visitor."""
    days = list(month_of_days(2026, 10, seed))[:3]
    return [Day(day.date, day.arrivals[::6]) for day in days]


def mishaps(days: list[Day], seed: int) -> list[Mishap]:
    """The kinds of a whole month, in three days."""
    first, second, third = (day.arrivals[0].at for day in days)
    everybody = (*profile.BOXES, *profile.DISPENSERS)
    return [
        Mishap(first + 2 * HOUR, "out of range", everybody),
        Mishap(first + 4 * HOUR, "in range", everybody),
        Mishap(first + 5 * HOUR, "power", ("exit-1", "disp-1")),
        Mishap(second, "out of range", ("exit-2",)),
        Mishap(second + 1 * HOUR, "power", ("exit-2",)),
        Mishap(second + 3 * HOUR, "power", ("exit-2",)),
        Mishap(third + 1 * HOUR, "in range", ("exit-2",)),
    ]


def run_stretch(folder: Path, seed: int) -> tuple[Audit, dict[str, list[TallyRow]]]:
    """A stretch, sent through everything; its accounting and tallies."""
    port = free_port()
    prepare(folder, port)
    done: list[object] = []
    backfill_month(folder, port, stretch(seed), seed, done.append)
    assert len(done) == 3
    with closing(open_reader(folder / "city" / "ledger.db")) as db:
        found = audit(db, "2026-10", *ALL_TIME, None)
        return found, {name: read_tallies(db, name, *ALL_TIME) for name in TAGS}


def pushes_of_all_served(folder: Path, seed: int) -> int:
    """How often those whom the ledger knows as served press, as they are drawn."""
    with closing(open_reader(folder / "city" / "ledger.db")) as db:
        rows = db.execute("SELECT body FROM event WHERE kind='served'")
        bodies = [json.loads(body) for (body,) in rows]
    return sum(len(pushes_of(b["visit"], b["service"], b["desk"], b["at"], seed)) for b in bodies)


def total(tallies: dict[str, list[TallyRow]], name: str, field: str) -> int:
    """One field's sum."""
    return sum(sums[FIELDS[name].index(field)] for _, _, sums in tallies[name])


@pytest.fixture
def trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three days have mishaps, too."""
    monkeypatch.setattr(demo, "month_of_mishaps", mishaps)


@pytest.mark.usefixtures("trouble")
def test_the_same_seed_gives_the_same_tallies_and_they_balance(tmp_path: Path) -> None:
    """Row by row, mishaps included; another seed gives others."""
    found, tallies = run_stretch(tmp_path / "one", 7)
    again, same = run_stretch(tmp_path / "two", 7)
    _, others = run_stretch(tmp_path / "three", 8)
    assert found.problems == again.problems == []
    assert same == tallies
    assert others != tallies
    visits = sum(len(day.arrivals) for day in stretch(7))
    assert sum(account.visits for account in found.accounts) == visits
    presses = sum(a.counted + sum(a.refused.values()) for a in found.accounts)
    assert presses == pushes_of_all_served(tmp_path / "one", 7) > 150
    assert sum(account.lost + account.quarantined for account in found.accounts) == 0
    pressed = {"rating": [row for row in tallies["rating"] if row[1][3] != "paper"]}
    assert total(pressed, "rating", "unclocked") > 0  # the box without a date
    assert total(tallies, "visit", "own_number") > 0  # from when the hall was cut off
    served = total(tallies, "visit", "served")
    assert 0.9 * visits < served < visits  # a few give up
    for measured in ("wait", "serve"):
        assert sum(sum(sums) for _, _, sums in tallies[measured]) == served
    on_paper = sum(sum(row[2][:2]) for row in tallies["rating"] if row[1][3] == "paper")
    assert on_paper > total(tallies, "reason", "named") > 0


def refused(*arguments: object) -> str:
    """What the command says, in one line, when it cannot be had like this."""
    ended = finish("talon-demo", *arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert ended.stderr.startswith("talon-demo: ")
    return ended.stderr


@pytest.mark.parametrize("month", ["2026-13", "october", "2026-1x", "0000-01", "9999-12"])
def test_a_wrong_month_is_refused(tmp_path: Path, month: str) -> None:
    """Before anything is made or deleted."""
    said = refused("--once", "--month", month, "--out", tmp_path / "out")
    assert month in said and "is not a month" in said
    assert not (tmp_path / "out").exists()


def test_a_month_that_has_not_begun_is_refused(tmp_path: Path) -> None:
    """Nobody has come yet; and reports of it are refused."""
    said = refused("--once", "--month", "9000-01", "--out", tmp_path / "out")
    assert said == "talon-demo: 9000-01 has not begun. Name one that has\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [["--once", "--out"], ["country"]])
@pytest.mark.parametrize("folder", ["file/x", "/proc/x"])
def test_a_folder_that_cannot_be_made_is_refused(
    tmp_path: Path, folder: str, words: list[str]
) -> None:
    """In one line, with a remedy."""
    (tmp_path / "file").touch()
    said = refused(*words, tmp_path / folder)
    assert f"{tmp_path / folder}: cannot be made or written (No" in said
    assert said.endswith(("Choose another --out\n", "Name another folder\n"))


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """The demo empties only what it made."""
    (tmp_path / "thesis.txt").write_text("the only copy")
    said = refused("--once", "--month", "2026-10", "--out", tmp_path)
    assert str(tmp_path) in said and "--out" in said
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_busy_port_is_refused_and_the_earlier_demo_stays(tmp_path: Path) -> None:
    """Somebody else's broker is not touched, and last month's results are still there."""
    prepare(tmp_path / "out", 1)
    (tmp_path / "out" / "result").write_text("of yesterday")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused("--once", "--month", "2026-10", "--out", tmp_path / "out", "--port", port)
    assert str(port) in said and "--port" in said
    assert (tmp_path / "out" / "result").read_text() == "of yesterday"
    assert (tmp_path / "out" / MARKER).exists()


@pytest.mark.parametrize("port", ["65536", "99999", "-1"])
@pytest.mark.parametrize(("option", "what"), [("--port", "broker"), ("--page-port", "page")])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str, option: str, what: str) -> None:
    """With the range of those that are."""
    said = refused("--once", "--month", "2026-10", "--out", tmp_path / "out", option, port)
    assert said == (
        f"talon-demo: no {what} on port {port}: a port is 1 to 65535."
        f" Choose another one with {option}\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("port", ["taken", "99999", "-1"])
def test_a_port_that_the_page_cannot_have_is_refused(tmp_path: Path, port: str) -> None:
    """Before the month, which takes a minute."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1]) if port == "taken" else port
        said = refused("--month", "2026-10", "--out", tmp_path / "out", "--page-port", port)
    assert f"no page on port {port}: " in said and "--page-port" in said
    assert not (tmp_path / "out").exists()


def test_the_folder_of_a_live_demo_is_left_alone(tmp_path: Path) -> None:
    """Its stores are in use; the way out is another folder."""
    prepare(tmp_path / "out", 1)
    (tmp_path / "out" / "office").mkdir()
    journal = tmp_path / "out" / "office" / "journal.db"
    journal.write_bytes(b"")
    lock = claim(journal)
    said = refused("--once", "--month", "2026-10", "--out", tmp_path / "out")
    os.close(lock)
    assert str(journal) in said and "choose another --out" in said
    assert journal.exists()


def test_nobody_to_talk_to_is_said(tmp_path: Path) -> None:
    """Without a live demo."""
    assert "no live demo" in refused("--out", tmp_path, "press", "exit-1", "satisfied")


@pytest.mark.parametrize("part", ["month", "live"])
def test_a_city_of_which_a_part_does_not_start_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Neither a process nor a broker at its port."""

    def fail(city: City) -> None:
        assert len(active_children()) == 1  # the gateway runs
        raise OSError("no more processes")

    monkeypatch.setattr(City, "start_collector", fail)
    port = free_port()
    prepare(tmp_path, port)
    begin = {
        "month": lambda: backfill_month(tmp_path, port, stretch(7), 7, lambda day: None),
        "live": lambda: run_live(tmp_path, port),
    }
    with pytest.raises(OSError, match="no more processes"):
        begin[part]()
    assert active_children() == []
    check_port(port)


class LiveDemo(Server):
    """`talon-demo` in its last part, without the month before it, in a group of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "talon-demo")
        self.out = folder / "out"
        self._command = [sys.executable, "-c", LIVE, str(self.out), str(free_port())]

    def children(self) -> list[int]:
        """Processes that it started, and theirs."""
        found: list[int] = []
        coming = [self.pid]
        while coming:
            mine = _children(coming.pop())
            found += mine
            coming += mine
        return found

    def has_ledger(self) -> bool:
        """Whether the collector has begun one, which a month before would have seen to."""
        try:
            open_reader(self.out / "city" / "ledger.db").close()
        except StoreError:
            return False
        return True

    def desks_called(self) -> set[str]:
        """The desks to which visitors were called."""
        with closing(open_reader(self.out / "office" / "journal.db")) as db:
            return {desk for (desk,) in db.execute("SELECT desk FROM turn WHERE kind='called'")}

    def turns(self, kind: str) -> dict[str, int]:
        """When that happened for the first time, by visit, in Unix ms."""
        with closing(open_reader(self.out / "office" / "journal.db")) as db:
            query = "SELECT visit, min(at) FROM turn WHERE kind=? GROUP BY visit"
            return dict(db.execute(query, (kind,)).fetchall())

    def are_called_served(self) -> bool:
        """Whether all who were called have come, but those who are not there."""
        away = self.turns("recalled").keys() | self.turns("missed").keys()
        return self.turns("called").keys() - away <= self.turns("served").keys()

    def ask(self, *arguments: str) -> str:
        """What another terminal is told."""
        ended = finish("talon-demo", "--out", self.out, *arguments)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveDemo]:
    """Up and running."""
    one = LiveDemo(tmp_path)
    one.start("Live now")
    yield one
    one.stop()


def test_a_live_demo_shows_a_press_and_a_ticket_and_ends_with_all_it_started(
    live: LiveDemo,
) -> None:
    """By Ctrl+C."""
    until(live.has_ledger, "the collector has begun")
    said = live.ask("press", "exit-1", "satisfied")
    assert "its lamp lit" in said and "gateway: counted" in said
    assert "in the ledger after" in said
    assert "1 satisfied, 0 unsatisfied" in said
    paper = live.ask("ticket", "passport").splitlines()
    assert paper[1:3] == ["  | Б001", "  | Паспорт громадянина України"]
    assert paper[-1] == "  | обслуговування"  # and no dot of the QR code between
    for command in ("press box-1 both", "ticket lottery", "sing"):
        assert list(ask_live(live.out, command)) == [f"not understood: {command}"]

    assert "visitors come" in live.ask("visitors", "come")
    until(lambda: "1" not in live.desks_called() != set(), "somebody is called, but not to desk 1")
    assert "no more" in live.ask("visitors", "stay")
    stayed = SystemClock().now()
    until(live.are_called_served, "those who were called are at their desks")
    called, served = live.turns("called"), live.turns("served")
    assert max(called.values()) <= stayed
    walked = [served[visit] - called[visit] for visit in served.keys() - live.turns("recalled")]
    assert all(800 <= ms <= 4_000 for ms in walked), walked  # a tenth of what it takes in life

    month = datetime.now(UTC).isoformat()[:7]
    result = finish("talon-collector", "audit", month, "--config", live.out / "city.toml")
    assert "balances" in result.stdout

    children = live.children()
    assert len(children) >= 3  # broker, gateway, collector
    live.interrupt()
    until(lambda: not live.is_alive, "the demo ends")
    assert live.status == 0
    until(lambda: not any(map(_runs, children)), "everything it started has ended")
    assert not (live.out / "live.json").exists()
    assert "Traceback" not in live.said()


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        found += map(int, path.read_text().split())
    return found


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
