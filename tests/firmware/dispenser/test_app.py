"""A whole dispenser: with virtual buttons and printer and no threads, and with a real broker."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from gpiozero.pins.mock import MockFactory
from iotcore import Broker

from firmware.common import program
from firmware.common.config import Broker as BrokerConfig
from firmware.common.config import Identity
from firmware.common.filelog import FileLog
from firmware.common.link import Link
from firmware.common.node import OFFLINE, Node
from firmware.common.posix_clock import PosixClock, random_token
from firmware.common.posix_disk import PosixDisk
from firmware.dispenser import app, cli
from firmware.dispenser.board import Board
from firmware.dispenser.config import Config, PrinterConfig, read
from firmware.dispenser.counter import Counter, Service
from firmware.dispenser.printer import STATUS
from firmware.dispenser.rendering import text_layout
from firmware.dispenser.series import Series
from firmware.dispenser.wiring import Wiring
from simulator.board import VirtualButtons
from simulator.disk import SimDisk
from simulator.printer import VirtualPrinter
from tests.firmware.bench import DEADLINE_S, BenchClock, Listener
from tests.wire.test_setup import PLAIN, SERVICE
from wire.hours import Hours

ROOT = Path(__file__).parents[3]
NODE = "talon/v1/kyiv-1/dispenser-1"
SERVICES = {"passport": Service("А", "Паспорт"), "subsidy": Service("Б", "Субсидія")}
FRIDAY = 1_800_000_000_000 - 60_000  # 15.01.2027, 09:59 in Kyiv
PINS = {"passport": 5, "subsidy": 6}


class Bench:
    """A dispenser on a bench, driven without threads."""

    def __init__(self) -> None:
        self.inbox = program.Inbox()
        self.clock = BenchClock()
        self.buttons = VirtualButtons(tuple(SERVICES), self.inbox, self.clock.up)
        self.printer = VirtualPrinter(self.inbox)
        log = FileLog(SimDisk(), random_token)
        self.node = Node("kyiv-1", "dispenser-1", log, self.clock, "0.1.0")
        series = Series(SimDisk(), lambda: None, random_token)
        layout = text_layout("ЦНАП")
        counter = Counter(self.node, series, self.printer, layout, SERVICES, "1", random_token)
        self.dispenser = app.Dispenser(self.node, self.buttons, counter, lambda *_: None)

    def wait(self, ms: int) -> None:
        """Time passes; the dispenser does what is due when it is due."""
        end = self.clock.now + ms
        while (due := self._settle()) is not None and self.clock.now + due <= end:
            self.clock.now += due
            self.dispenser.step(self.clock.now)
        self.clock.now = end

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The log's records of this kind."""
        log = self.node.log
        found = [json.loads(record) for record in log.read(1, 1000, 1 << 20)]
        return [record for record in found if record["kind"] == kind]

    def _settle(self) -> int | None:
        program.take(self.dispenser, self.inbox, 0)
        return self.dispenser.due(self.clock.now)


def test_a_press_is_a_ticket() -> None:
    """With its record and its outcome."""
    bench = Bench()
    bench.buttons.press("subsidy")
    bench.wait(1_000)
    assert b"\xc11-001\n" in bench.printer.paper[0]
    assert [said["number"] for said in bench.records("issued")] == ["Б1-001"]
    assert [said["outcome"] for said in bench.records("printed")] == ["printed"]


def test_a_worn_contact_is_one_ticket() -> None:
    """It chatters at both ends."""
    bench = Bench()
    bench.buttons.bounce("passport")
    bench.wait(1_000)
    assert len(bench.printer.paper) == 1


def test_torn_paper_and_a_silent_printer_are_told_apart() -> None:
    """Failed is not unknown, and both have their numbers on record."""
    bench = Bench()
    bench.printer.tear_paper()
    bench.buttons.press("passport")
    bench.wait(1_000)
    bench.printer.load_paper()
    bench.printer.go_silent()
    bench.buttons.press("passport")
    bench.wait(1_000)
    bench.printer.wake()
    bench.buttons.press("passport")
    bench.wait(1_000)
    outcomes = [said["outcome"] for said in bench.records("printed")]
    assert outcomes == ["failed", "printed"]  # the third press asked for a copy of the second
    assert len(bench.records("issued")) == 2
    (copy,) = bench.printer.paper
    assert "КОПІЯ".encode("cp1251") in copy


def test_a_lit_lamp_promises_a_ticket() -> None:
    """Dark while the printer cannot print; then lit again, and nothing comes out by itself."""
    bench = Bench()
    assert set(bench.buttons.lamps.values()) == {True}
    bench.inbox.put((STATUS, ("no paper", "")))
    bench.wait(10)
    bench.dispenser.step(bench.clock.now)
    assert set(bench.buttons.lamps.values()) == {False}
    bench.buttons.press("passport")
    bench.wait(1_000)
    assert bench.records("issued") == []
    bench.inbox.put((STATUS, ("", "")))
    bench.wait(1_000)
    bench.dispenser.step(bench.clock.now)
    assert set(bench.buttons.lamps.values()) == {True}
    assert bench.printer.paper == []


def test_the_lamp_of_a_closed_service_is_dark_and_a_press_tells_why() -> None:
    """The others stay lit; at opening time it is lit again, without anybody pressing."""
    bench = Bench()
    bench.clock.at = lambda: FRIDAY + bench.clock.now  # type: ignore[method-assign]
    hours = Hours({"fri": "10:00-17:00"})
    services = {**SERVICES, "passport": Service("А", "Паспорт", hours=hours)}
    bench.dispenser._counter.use(text_layout("ЦНАП"), services)
    bench.wait(app.LAMPS_MS)
    assert bench.buttons.lamps == {"passport": False, "subsidy": True}
    bench.buttons.press("passport")
    bench.wait(1_000)
    assert bench.records("issued") == []
    assert [said["reason"] for said in bench.records("declined")] == ["closed"]
    (notice,) = bench.printer.paper
    assert "Зараз не".encode("cp1251") in notice
    bench.wait(60_000)
    assert bench.buttons.lamps == {"passport": True, "subsidy": True}
    assert len(bench.printer.paper) == 1


def test_a_stuck_button_is_one_ticket() -> None:
    """Not a roll of them."""
    bench = Bench()
    bench.buttons.hold("passport")
    bench.wait(60_000)
    assert len(bench.printer.paper) == 1
    assert bench.node.fault == "the button of passport is stuck"
    bench.buttons.release("passport")
    bench.wait(5_000)
    assert bench.node.fault == ""


# ---- with real pins, a real card and a real broker ----------------------------------------------


class Running:
    """A dispenser as `app.run` builds it, in a thread because a test has the main one."""

    def __init__(self, folder: Path, port: int) -> None:
        self.paper = folder / "lp0"
        self.paper.touch()
        config = Config(
            Identity("kyiv-1", "dispenser-1", folder, BrokerConfig("127.0.0.1", port)),
            mark="1",
            office="ЦНАП",
            printer=PrinterConfig("file", device=str(self.paper), render="text"),
            pins=PINS,
            services=SERVICES,
        )
        self.inbox = program.Inbox()
        clock = PosixClock()
        self.board = Board(Wiring(PINS, {}, {}), 1, self.inbox, clock.up)
        self.node = program.open_node(config.identity, clock)
        self.link = Link(self.node, config.identity.broker, self.inbox)
        self.printer = app.open_printer(config.printer, self.inbox)
        adoption = app.open_adoption(config)
        counter = app.build_counter(adoption, self.node, self.printer)
        dispenser = app.Dispenser(self.node, self.board, counter, self.link.publish, adoption)
        self.link.start()
        self._thread = threading.Thread(target=program.run, args=(dispenser, self.inbox, clock))
        self._thread.start()

    def stop(self) -> None:
        """As SIGTERM does."""
        self.inbox.put((program.STOP, None))
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()
        self.printer.close()
        self.link.close((NODE + "/state", OFFLINE))
        self.board.close()


def push(pins: MockFactory, service: str) -> None:
    """A finger on the button, until the ticket is there; the caller lets go."""
    pins.pin(PINS[service]).drive_low()


def test_a_press_on_a_pin_asks_the_gateway_and_prints_its_number(
    tmp_path: Path, pins: MockFactory, broker: Broker
) -> None:
    """And when the gateway is silent, the dispenser's own."""
    gateway = Listener(broker.port)
    running = Running(tmp_path, broker.port)
    gateway.wait_for(NODE + "/state", b'"online":true')
    push(pins, "passport")
    ask = json.loads(gateway.wait_for(NODE + "/ask"))
    answer = {"v": 1, "visit": ask["visit"], "number": "А042"}
    gateway.client.publish(NODE + "/answer", json.dumps(answer))
    said = gateway.wait_for(NODE + "/log", b'"outcome":"printed"')
    assert b'"by":"gateway"' in said + running.node.log.read(2, 1, 0)[0]
    assert b"\xc0042\n" in running.paper.read_bytes()
    push(pins, "subsidy")
    gateway.wait_for(NODE + "/log", b'"by":"dispenser"')
    running.stop()
    assert gateway.wait_for(NODE + "/state", OFFLINE) == OFFLINE
    assert b"\xc11-001\n" in running.paper.read_bytes()
    gateway.close()


def test_the_offices_setup_is_printed_from_the_next_ticket_on_and_after_a_restart(
    tmp_path: Path, pins: MockFactory, broker: Broker
) -> None:
    """It comes retained; a bad one after it changes nothing, and is told in the state."""
    gateway = Listener(broker.port)
    always = {key: value for key, value in SERVICE.items() if key not in ("hours", "limit")}
    setup = msgspec.json.encode(PLAIN | {"office": "Нова назва", "services": [always]})
    gateway.client.publish(NODE + "/config", setup, retain=True).wait_for_publish(DEADLINE_S)
    running = Running(tmp_path, broker.port)
    gateway.wait_for(NODE + "/state", b'"online":true')
    gateway.client.publish(NODE + "/config", b'{"v":1}')
    told = json.loads(gateway.wait_for(NODE + "/state", b"refused"))["fault"]
    assert told.startswith("setup refused: Object missing required field `office`")
    running.stop()
    gateway.client.publish(NODE + "/config", b"", retain=True).wait_for_publish(DEADLINE_S)
    running = Running(tmp_path, broker.port)
    push(pins, "passport")
    gateway.wait_for(NODE + "/log", b'"outcome":"printed"')
    assert "Нова назва".encode("cp1251") in running.paper.read_bytes()
    assert "Збережіть талон".encode("cp1251") in running.paper.read_bytes()
    running.stop()
    gateway.close()


def config_file(folder: Path, port: int, printer: str) -> Path:
    """A config whose data is in `folder`."""
    path = folder / "dispenser.toml"
    path.write_text(
        f'site = "kyiv-1"\nnode = "dispenser-1"\ndata = "{folder}/data"\nmark = "1"\n'
        f'office = "ЦНАП"\n[broker]\nhost = "127.0.0.1"\nport = {port}\n[printer]\n{printer}\n'
        '[[button]]\ngpio = 5\nservice = "passport"\nletter = "А"\ntitle = "Паспорт"\n'
    )
    return path


# Runs the command, and pushes the button by gpiozero's mock when told to.
_PUSHED = """
import sys, threading
from gpiozero import Device
from firmware.dispenser.cli import main
def push():
    if not sys.stdin.readline():
        return
    import serial
    Device.pin_factory.pin(5).drive_low()
threading.Thread(target=push, daemon=True).start()
sys.exit(main())
"""


def start(config: Path, command: str = "run", factory: str = "mock") -> subprocess.Popen[str]:
    """The command as a process of its own; a line on its stdin pushes the button."""
    return subprocess.Popen(
        [sys.executable, "-c", _PUSHED, command, "--config", str(config)],
        cwd=ROOT,
        env={**os.environ, "GPIOZERO_PIN_FACTORY": factory},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_runs_in_45_mb_after_a_ticket_and_ends_cleanly(
    tmp_path: Path, broker: Broker
) -> None:
    """A network printer, and pyserial loaded on top of it; SIGTERM is the end."""
    listener = Listener(broker.port)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        lines = f'kind = "network"\nhost = "127.0.0.1"\nport = {port}\nstatus = false'
        process = start(config_file(tmp_path, broker.port, lines))
        listener.wait_for(NODE + "/log", b'"started"')
        assert process.stdin
        process.stdin.write("push\n")
        process.stdin.flush()
        listener.wait_for(NODE + "/log", b'"outcome":"printed"')
    status = Path(f"/proc/{process.pid}/status").read_text()
    kilobytes = int(status.partition("VmRSS:")[2].split()[0])
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, said
    assert listener.wait_for(NODE + "/state", OFFLINE) == OFFLINE
    listener.close()
    assert kilobytes < 45 * 1024


def test_a_test_print_says_what_became_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0 only if it was printed."""
    paper = tmp_path / "lp0"
    config = config_file(tmp_path, 9, f'kind = "file"\ndevice = "{paper}"')
    assert cli.main(["test-print", "--config", str(config)]) == 1
    assert capsys.readouterr().out.startswith("failed: ")
    paper.touch()
    assert cli.main(["test-print", "--config", str(config)]) == 0
    assert capsys.readouterr().out == "printed\n"
    assert b"\xb4\xa5 \xb3\xb2 \xbf\xaf \xba\xaa" in paper.read_bytes()


def test_check_says_what_it_found(
    tmp_path: Path,
    pins: MockFactory,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Config, data folder, pins."""
    monkeypatch.chdir(tmp_path)
    config = config_file(tmp_path, 9, 'kind = "file"\ndevice = "/dev/null"')
    assert cli.main(["check", "--config", str(config)]) == 0
    said = capsys.readouterr().out
    assert "passport 5" in said and "setup: none has come yet; this config's own\n" in said
    assert [path.name for path in tmp_path.iterdir()] == [config.name]  # nothing was made


def test_without_gpio_the_error_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    """On a machine that is no Raspberry Pi."""
    config = config_file(tmp_path, 9, 'kind = "file"\ndevice = "/dev/null"')
    process = start(config, factory="nothing-here")
    _, said = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert "GPIOZERO_PIN_FACTORY=mock" in said


def test_the_series_goes_on_after_a_restart_with_real_files(tmp_path: Path) -> None:
    """Also when both its files are damaged: then ahead of what the log says."""
    config = Config(
        Identity("kyiv-1", "dispenser-1", tmp_path, BrokerConfig("localhost")),
        "1", "ЦНАП", PrinterConfig("file"), PINS, SERVICES,
    )  # fmt: skip
    node = program.open_node(config.identity, PosixClock())
    assert app.open_series(config, node).take() == 1
    assert app.open_series(config, node).take() == 2
    node.record("issued", {"number": "А1-002", "by": "dispenser"})
    for name in PosixDisk(tmp_path / "series").names():
        (tmp_path / "series" / name).write_bytes(b"rot")
    assert app.open_series(config, node).take() == 104


def test_a_preview_shows_the_offices_ticket_unless_told_otherwise(tmp_path: Path) -> None:
    """The setup that is kept on the card; `--own`: the file alone."""
    config = config_file(tmp_path, 9, 'kind = "file"\ndevice = "/dev/null"')
    out = tmp_path / "ticket.png"
    command = ["preview", "--config", str(config), "--out", str(out)]
    assert cli.main(command) == 0
    alone = out.read_bytes()
    adoption = app.open_adoption(read(config))
    assert adoption.take(msgspec.json.encode(PLAIN))
    assert cli.main(command) == 0
    assert out.read_bytes() != alone
    assert cli.main([*command, "--own"]) == 0
    assert out.read_bytes() == alone


def test_help_shows_examples_and_version_a_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` and `--version`."""
    for option, expected in (("--help", "test-print"), ("--version", "talon-dispenser ")):
        with pytest.raises(SystemExit) as caught:
            cli.main([option])
        assert caught.value.code == 0
        assert expected in capsys.readouterr().out
