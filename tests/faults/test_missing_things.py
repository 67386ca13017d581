"""What may be missing: a broker, a sound config, a data folder of one's own, space on the disk."""

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from simulator import profile
from tests.faults.disks import SizeLimit, SmallDisk, can_mount
from tests.integration.rig import (
    Server,
    Town,
    command,
    finish,
    free_port,
    open_broker,
    stays,
    until,
)

DEVICE = """
site = "{site}"
node = "{node}"
data = "{node}"
"""
BROKER = """
[broker]
host = "127.0.0.1"
port = {port}
"""
DISPENSER = 'office = "ЦНАП"\nmark = "1"\n'
PAPER = """
[printer]
kind = "file"
render = "text"
device = "/dev/null"
[[button]]
service = "passport"
gpio = 17
letter = "Б"
title = "Паспорт"
"""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """An office and a city, not started, at a port where nobody is."""
    port = free_port()
    (tmp_path / "box.toml").write_text(
        DEVICE.format(site=profile.SITE, node="exit-2") + BROKER.format(port=port)
    )
    (tmp_path / "dispenser.toml").write_text(
        DEVICE.format(site=profile.SITE, node="disp-2")
        + DISPENSER
        + BROKER.format(port=port)
        + PAPER
    )
    with Town(tmp_path, port) as one:
        yield one


@pytest.fixture(autouse=True)
def no_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children have gpiozero's own pins that are not there."""
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")


def test_without_a_broker_all_wait_and_say_so_once_and_then_work(town: Town) -> None:
    """Each says it once for each of its links, however often it tries."""
    ratingbox = Server(town.folder, "talon-ratingbox", "run", "--config", town.folder / "box.toml")
    servers = {town.gateway: 2, town.collector: 1, ratingbox: 1}
    try:
        for server in servers:
            server.start()
        for server, links in servers.items():
            server.wait_for("no broker at 127.0.0.1", links)
        virtual = town.hall.box("exit-1")
        assert town.hall.press(virtual, "satisfied")
        assert stays(
            lambda: all(s.said().count("no broker at") == n for s, n in servers.items()), 1.2
        )
        with open_broker(town.port):
            until(lambda: town.has_ledger() and town.counted() == (1, 0), "the press is counted")
            query = "SELECT count(*) FROM origin WHERE node='exit-2'"
            until(lambda: town.rows(query) == [(1,)], "the box's start is on record")
            assert town.audit().returncode == 0
            assert [server.stop() for server in servers] == [0, 0, 0]
    finally:
        ratingbox.kill()


WRONG = {
    "talon-gateway": (
        "office.toml",
        ("site =", "sight =", "'sight'", "'site'"),
        ("port = ", 'port = "x" #', "broker.port", "Mend"),
        ('timezone = "Europe/Kyiv"', 'timezone = "Europe/Kiew"', "timezone", "Europe/Kyiv"),
        ('site = "tsnap-1"', 'site = "ЦНАП"', "site", "another name"),
    ),
    "talon-collector": (
        "city.toml",
        ("timezone", "timezon", "'timezon'", "'timezone'"),
        ("port = ", "port = 99x", "TOML", "Mend"),
        ("data =", "dat =", "'dat'", "'data'"),
        ('id = "tsnap-1"', 'id = "A"', "site[0].id", "another name"),
    ),
    "talon-ratingbox": (
        "box.toml",
        ("node =", "nod =", "node", "Add"),
        ("port = ", "prt = ", "'broker.prt'", "'port'"),
        ("[broker]", "[pins]\nbuzzer = 99\n[broker]", "pins.buzzer", "BCM"),
        ("data =", "data = 7 #", "data", "Mend"),
    ),
    "talon-dispenser": (
        "dispenser.toml",
        ("gpio = 17", "gpio = 14", "button[0].gpio", "another pin"),
        ('kind = "file"', 'kind = "fax"', "printer.kind", "serial"),
        ('mark = "1"', 'mark = "eins"', "mark", "its own"),
        ('letter = "Б"', 'letter = "б"', "button[0].letter", "'А'"),
    ),
}


def test_a_wrong_config_is_one_line_with_file_key_and_remedy(town: Town) -> None:
    """For all four commands, and nothing is made."""
    running = []
    for name, (file, *faults) in WRONG.items():
        sound = (town.folder / file).read_text()
        for number, (old, new, key, remedy) in enumerate(faults):
            path = town.folder / f"{number}-{file}"
            assert old in sound, f"{old!r} is not in {file}"
            path.write_text(sound.replace(old, new, 1))
            running.append((_popen(name, path), name, path, key, remedy))
        path = town.folder / f"missing-{file}"
        running.append((_popen(name, path), name, path, "cannot be read", "--config"))
    for process, name, path, key, remedy in running:
        out, err = process.communicate(timeout=60)
        lines = err.splitlines()
        assert (process.returncode, out, len(lines)) == (1, "", 1), f"{path}: {err}"
        assert lines[0].startswith(f"{name}: {path}: "), err
        assert key in lines[0] and remedy in lines[0], err
    assert not [path for path in town.folder.iterdir() if path.is_dir() and path.name != "cards"]


@pytest.mark.parametrize("name", ["talon-gateway", "talon-collector"])
def test_a_missing_authority_is_one_line(town: Town, name: str) -> None:
    """It is known at the start, not at the first connect."""
    path = town.folder / WRONG[name][0]
    path.write_text(path.read_text().replace("[broker]", '[broker]\nca = "/nowhere/ca.pem"'))
    ended = finish(name, "run", "--config", path)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert "/nowhere/ca.pem" in ended.stderr and "`ca`" in ended.stderr


@pytest.mark.parametrize("name", WRONG)
def test_a_data_folder_has_one_owner(town: Town, name: str) -> None:
    """The second is told who has it, and changes nothing."""
    path = town.folder / WRONG[name][0]
    first = Server(town.folder, name, "run", "--config", path)
    first.start("no broker at")
    try:
        second = finish(name, "run", "--config", path)
        assert second.returncode == 1
        assert len(second.stderr.splitlines()) == 1, second.stderr
        assert f"is in use by process {first.pid}. " in second.stderr
        assert "`data`" in second.stderr
        assert first.is_alive
        assert first.stop() == 0
    finally:
        first.kill()


def test_a_data_folder_that_cannot_be_made_is_one_line(town: Town) -> None:
    """A file stands in its place."""
    for folder in ("office", "city", "exit-2", "disp-2"):
        (town.folder / folder).write_text("")
    for name, (file, *_) in WRONG.items():
        ended = finish(name, "run", "--config", town.folder / file)
        assert ended.returncode == 1
        assert len(ended.stderr.splitlines()) == 1, ended.stderr
        assert str(town.folder) in ended.stderr


@pytest.fixture
def disks(town: Town) -> Iterator[dict[str, SmallDisk | SizeLimit]]:
    """The data folders of gateway and collector, each on a disk that can be filled."""
    kind = SmallDisk if can_mount(town.folder / "try") else SizeLimit
    found = {name: kind(town.folder / name) for name in ("office", "city")}
    yield found
    town.gateway.kill()
    town.collector.kill()
    for disk in found.values():
        disk.close()


def test_a_full_disk_confirms_nothing_and_loses_nothing(
    town: Town, disks: dict[str, SmallDisk | SizeLimit]
) -> None:
    """First the gateway's, then the collector's."""
    gateway, collector, hall = town.gateway, town.collector, town.hall
    with open_broker(town.port):
        town.start()
        box = hall.box("exit-1")
        assert hall.press(box)
        until(lambda: town.counted() == (1, 0), "the first press is counted")

        disks["office"].fill(gateway.pid)
        for _ in range(200):
            assert hall.press(box)
        gateway.wait_for("journal.db cannot be written")
        assert hall.do(lambda: box.node.sender.pending) == 200
        assert town.counted() == (1, 0)
        assert "free space on that disk" in gateway.said()
        disks["office"].free(gateway.pid)
        hall.wait_until_delivered()
        until(lambda: town.counted() == (201, 0), "the presses that waited are counted")
        gateway.wait_for("can be written again")

        disks["city"].fill(collector.pid)
        for _ in range(200):
            assert hall.press(box, "unsatisfied")
        hall.wait_until_delivered()
        collector.wait_for("ledger.db cannot be written")
        assert town.counted() == (201, 0)
        disks["city"].free(collector.pid)
        until(lambda: town.counted() == (201, 200), "what waited at the gateway is counted")

        assert gateway.is_alive and collector.is_alive
        assert town.ratings() == {
            ("exit-1", "satisfied", "counted"): 201,
            ("exit-1", "unsatisfied", "counted"): 200,
        }
        audit = town.audit()
        assert audit.returncode == 0, audit.stdout


class _Influx(ThreadingHTTPServer):
    """Takes whatever is written, or says that it is busy. `taken`: how many writes it took."""

    daemon_threads = True
    is_busy = True
    taken = 0


class _Writes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Read and answer."""
        server = self.server
        assert isinstance(server, _Influx)
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.send_response(503 if server.is_busy else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()
        server.taken += not server.is_busy

    def log_message(self, *_: object) -> None:
        """Not on stderr."""


@pytest.fixture
def influx() -> Iterator[_Influx]:
    """Where the mirror writes to."""
    with _Influx(("127.0.0.1", 0), _Writes) as server:
        threading.Thread(target=server.serve_forever, name="influx").start()
        yield server
        server.shutdown()


def test_a_collectors_full_disk_does_not_end_its_mirror(
    town: Town, disks: dict[str, SmallDisk | SizeLimit], influx: _Influx
) -> None:
    """InfluxDB has taken the tallies, but that cannot be put down: they are written again."""
    url = f"http://127.0.0.1:{influx.server_address[1]}"
    with town.city.open("a") as config:
        config.write(f'\n[influx]\nurl = "{url}"\n')
    with open_broker(town.port):
        town.start()
        town.hall.press(town.hall.box("exit-1"))
        town.collector.wait_for("tallies are held back")
        disks["city"].fill(town.collector.pid)
        influx.is_busy = False
        town.collector.wait_for("ledger.db: ")
        disks["city"].free(town.collector.pid)
        before = influx.taken
        until(lambda: influx.taken > before, "it is written again")
        dirty = "SELECT count(*) FROM tally_rating WHERE dirty > 0"
        until(lambda: town.rows(dirty) == [(0,)], "the ledger knows that InfluxDB has it")
        assert town.collector.stop() == 0


def _popen(name: str, config: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command(name, "run", "--config", config),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
