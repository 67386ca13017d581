"""A whole rating box: with a virtual panel and no threads, and with gpiozero and a broker."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from gpiozero.pins.mock import MockFactory
from iotcore import Broker

from firmware.common import program
from firmware.common.config import Broker as BrokerConfig
from firmware.common.config import Identity
from firmware.common.filelog import FileLog
from firmware.common.link import DOWN, UP, Link
from firmware.common.node import OFFLINE, Node
from firmware.common.posix_clock import PosixClock, random_token
from firmware.common.posix_disk import PosixDisk
from firmware.ratingbox import cli
from firmware.ratingbox.app import RatingBox
from firmware.ratingbox.board_pi import PiBoard
from firmware.ratingbox.config import PINS
from simulator.board import VirtualPanel
from simulator.disk import SimDisk
from tests.firmware.bench import DEADLINE_S, BenchClock, Lamp, Listener
from wire.batch import Mark, crc_of, decode_batch, encode_mark

ROOT = Path(__file__).parents[3]
NODE = "talon/v1/kyiv-1/box-3"


class Bench:
    """A box on a bench, driven without threads."""

    def __init__(self) -> None:
        self.inbox = program.Inbox()
        self.clock = BenchClock()
        self.disk = SimDisk()
        self.panel = VirtualPanel(self.inbox, self.clock.up)
        self.sent: list[tuple[str, bytes, bool]] = []
        log = FileLog(self.disk, random_token)
        self.node = Node("kyiv-1", "box-3", log, self.clock, "0.1.0")
        self.box = RatingBox(self.node, self.panel, lambda *message: self.sent.append(message))

    def wait(self, ms: int) -> None:
        """Time passes; the box does what is due when it is due."""
        end = self.clock.now + ms
        program.take(self.box, self.inbox, 0)
        self.box.step(self.clock.now)
        while (due := self.box.due(self.clock.now)) is not None and self.clock.now + due <= end:
            self.clock.now += due
            self.box.step(self.clock.now)
        self.clock.now = end

    def kinds(self) -> list[str]:
        """Kinds of the records in the log."""
        log = self.node.log
        return [json.loads(r)["kind"] for r in log.read(log.oldest, 1000, 1 << 30)]


def test_a_press_lights_its_lamp_until_it_goes_out() -> None:
    """The other lamp stays dark."""
    bench = Bench()
    bench.panel.press("satisfied")
    bench.wait(100)
    assert bench.panel.lamps == {"satisfied": True, "unsatisfied": False}
    assert bench.panel.sounds == ["thanks"]
    bench.wait(3_000)
    assert bench.panel.lamps == {"satisfied": False, "unsatisfied": False}
    assert not bench.panel.sounding
    assert bench.kinds() == ["started", "press"]


def test_a_worn_contact_is_still_one_press() -> None:
    """It chatters when pushed and when let go."""
    bench = Bench()
    bench.panel.bounce("unsatisfied")
    bench.wait(1_000)
    assert bench.kinds() == ["started", "press"]


def test_a_held_button_is_one_press_and_stuck_and_free_again() -> None:
    """Somebody leans on it for a minute."""
    bench = Bench()
    bench.panel.hold("unsatisfied")
    bench.wait(60_000)
    bench.panel.release("unsatisfied")
    bench.wait(5_000)
    assert bench.kinds() == ["started", "press", "button", "button"]


def test_a_lost_edge_is_made_up_for_by_looking() -> None:
    """The kernel dropped the letting go: the button is not stuck, and the next press counts."""
    bench = Bench()
    bench.panel.hold("satisfied")
    bench.wait(80)
    bench.panel.release("satisfied")
    bench.inbox.get_nowait()
    bench.wait(60_000)
    bench.panel.press("satisfied")
    bench.wait(1_000)
    assert bench.kinds() == ["started", "press", "press"]


def test_presses_without_a_link_are_sent_when_it_comes() -> None:
    """Nothing is published before, everything after."""
    bench = Bench()
    bench.panel.press("satisfied")
    bench.panel.press("unsatisfied")
    bench.wait(2_000)
    assert bench.sent == []
    bench.inbox.put((UP, None))
    bench.wait(1_000)
    batches = [decode_batch(data) for topic, data, _ in bench.sent if topic == NODE + "/log"]
    assert [json.loads(record)["kind"] for record in batches[0].records] == bench.kinds()
    bench.inbox.put((DOWN, None))
    bench.wait(0)
    bench.sent.clear()
    bench.wait(120_000)
    assert bench.sent == []


def test_a_card_that_cannot_be_read_does_not_end_the_box() -> None:
    """The mail rests; the button still answers, and the box does not spin."""
    bench = Bench()

    def unreadable(first: int, count: int, size: int) -> list[bytes]:
        raise OSError(5, "input/output error")

    bench.node.log.read = unreadable  # type: ignore[method-assign]
    bench.inbox.put((UP, None))
    bench.wait(1_000)
    assert (bench.box.due(bench.clock.now) or 0) > 0
    bench.panel.press("satisfied")
    bench.wait(100)
    assert bench.panel.lamps["satisfied"]


# ---- with real pins, a real card and a real broker ----------------------------------------------


class Running:
    """A box as `app.run` builds it, in a thread of its own because a test has the main one."""

    def __init__(self, data: Path, port: int) -> None:
        self.inbox = program.Inbox()
        clock = PosixClock()
        self.board = PiBoard(PINS, self.inbox, clock.up)
        log = FileLog(PosixDisk(data / "log"), random_token)
        self.node = Node("kyiv-1", "box-3", log, clock, "0.1.0")
        self.link = Link(self.node, BrokerConfig("127.0.0.1", port), self.inbox)
        self.box = RatingBox(self.node, self.board, self.link.publish)
        self.link.start()
        self._thread = threading.Thread(target=program.run, args=(self.box, self.inbox, clock))
        self._thread.start()

    def stop(self) -> None:
        """As SIGTERM does."""
        self.inbox.put((program.STOP, None))
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()
        self.link.close((NODE + "/state", OFFLINE))
        self.board.close()


def test_a_press_on_a_pin_lights_the_lamp_and_reaches_the_broker(
    tmp_path: Path, pins: MockFactory, broker: Broker
) -> None:
    """From the contact through card and broker to the acknowledgement, and to a clean end."""
    listener = Listener(broker.port)
    running = Running(tmp_path, broker.port)
    lamp = Lamp(pins.pin(PINS["satisfied_lamp"]))
    assert b'"online":true' in listener.wait_for(NODE + "/state", b'"online":true')
    pins.pin(PINS["satisfied"]).drive_low()
    assert lamp.wait(lit=True)
    pins.pin(PINS["satisfied"]).drive_high()
    batch = decode_batch(listener.wait_for(NODE + "/log", b'"press"'))
    assert json.loads(batch.records[-1])["button"] == "satisfied"
    mark = Mark(batch.epoch, batch.last, crc_of(batch.records[-1]))
    listener.client.publish(NODE + "/ack", encode_mark(mark), retain=True)
    listener.wait_for(NODE + "/ack")
    running.stop()
    assert listener.wait_for(NODE + "/state", OFFLINE) == OFFLINE
    listener.close()


def test_presses_without_a_broker_are_kept_on_the_card(tmp_path: Path, pins: MockFactory) -> None:
    """The lamp answers all the same, and a new start finds the press."""
    running = Running(tmp_path, port=9)
    lamp = Lamp(pins.pin(PINS["unsatisfied_lamp"]))
    pins.pin(PINS["unsatisfied"]).drive_low()
    assert lamp.wait(lit=True)
    running.stop()
    log = FileLog(PosixDisk(tmp_path / "log"), random_token)
    kinds = [json.loads(record)["kind"] for record in log.read(1, 100, 1 << 20)]
    assert kinds == ["started", "press"]


def test_a_pin_that_has_an_owner_is_refused(pins: MockFactory) -> None:
    """The error says which pin."""
    board = PiBoard(PINS, program.Inbox(), lambda: 0)
    with pytest.raises(program.ProgramError, match="GPIO17"):
        PiBoard(PINS, program.Inbox(), lambda: 0)
    board.close()


def config_file(folder: Path, port: int) -> Path:
    """A config whose data is in `folder`."""
    path = folder / "ratingbox.toml"
    path.write_text(
        f'site = "kyiv-1"\nnode = "box-3"\ndata = "{folder}/data"\n'
        f'[broker]\nhost = "127.0.0.1"\nport = {port}\n'
    )
    return path


def start(config: Path, factory: str, command: str = "run") -> subprocess.Popen[str]:
    """The command as a process of its own."""
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from firmware.ratingbox.cli import main; sys.exit(main())",
            command,
            "--config",
            str(config),
        ],
        cwd=ROOT,
        env={**os.environ, "GPIOZERO_PIN_FACTORY": factory},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_runs_in_40_mb_and_ends_cleanly_on_a_signal(
    tmp_path: Path, broker: Broker, number: signal.Signals
) -> None:
    """The retained state says offline, and the exit code 0."""
    listener = Listener(broker.port)
    process = start(config_file(tmp_path, broker.port), "mock")
    listener.wait_for(NODE + "/log", b'"started"')
    status = Path(f"/proc/{process.pid}/status").read_text()
    kilobytes = int(status.partition("VmRSS:")[2].split()[0])
    process.send_signal(number)
    _, said = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, said
    assert listener.wait_for(NODE + "/state", OFFLINE) == OFFLINE
    assert kilobytes < 40 * 1024
    listener.close()


def test_a_second_box_on_the_same_data_is_refused_by_the_first_ones_name(tmp_path: Path) -> None:
    """Two writers would spoil the log."""
    config = config_file(tmp_path, 9)
    (tmp_path / "data").mkdir()
    lock = program.claim(tmp_path / "data")
    process = start(config, "mock", "check")
    _, said = process.communicate(timeout=DEADLINE_S)
    os.close(lock)
    assert process.returncode == 1
    assert f"in use by process {os.getpid()}" in said


def test_without_gpio_the_error_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    """On a machine that is no Raspberry Pi."""
    process = start(config_file(tmp_path, 9), "nothing-here")
    _, said = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert "no GPIO here" in said
    assert "GPIOZERO_PIN_FACTORY=mock" in said


def test_check_says_what_it_found(
    tmp_path: Path,
    pins: MockFactory,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Config, data folder, pins."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(["check", "--config", str(config_file(tmp_path, 9))]) == 0
    said = capsys.readouterr().out
    assert f"data: {tmp_path / 'data'} is not there yet; the first run makes it\n" in said
    assert "satisfied 17, unsatisfied 27" in said
    assert "log: at most 64 MB, 0 MB so far; the card has room for it" in said


def test_check_changes_nothing(tmp_path: Path, pins: MockFactory) -> None:
    """Neither before the first run nor after it; not even who owned the folder last."""
    config = config_file(tmp_path, 9)
    assert cli.main(["check", "--config", str(config)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [config.name]
    os.close(program.claim(tmp_path / "data"))
    (tmp_path / "data" / "owner").write_text("7\n")
    assert cli.main(["check", "--config", str(config)]) == 0
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["owner"]
    assert (tmp_path / "data" / "owner").read_text() == "7\n"


def test_check_refuses_a_data_folder_that_cannot_be_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is a file in the way."""
    config = config_file(tmp_path, 9)
    (tmp_path / "data").touch()
    assert cli.main(["check", "--config", str(config)]) == 1
    assert f"{tmp_path / 'data'} is no folder that can be written" in capsys.readouterr().err


def test_a_card_without_room_for_the_log_is_said_at_the_check_and_in_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it is full, not after."""
    room = SimpleNamespace(f_bavail=63 << 10, f_frsize=1 << 10)
    monkeypatch.setattr(os, "statvfs", lambda _: room)
    identity = Identity("kyiv-1", "box-3", tmp_path, BrokerConfig("localhost"))
    wrong = "the card has 63 MB left for a log of up to 64 MB: make room, or lower log_mb"
    assert program.describe_log(identity) == wrong
    assert program.open_node(identity, PosixClock()).fault == wrong
    enough = dataclasses.replace(identity, log_mb=63)
    assert program.open_node(enough, PosixClock()).fault == ""


def test_a_wrong_config_is_exit_code_1_as_at_gateway_and_collector(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And one line on stderr."""
    path = config_file(tmp_path, 9)
    path.write_text(path.read_text().replace("host", "hots"))
    assert cli.main(["check", "--config", str(path)]) == 1
    assert "broker.host is missing" in capsys.readouterr().err


def test_help_shows_examples_and_version_a_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` and `--version`."""
    for option, expected in (("--help", "examples:"), ("--version", "talon-ratingbox ")):
        with pytest.raises(SystemExit) as caught:
            cli.main([option])
        assert caught.value.code == 0
        assert expected in capsys.readouterr().out


def test_the_identity_is_the_configs(tmp_path: Path) -> None:
    """`open_node` keeps the log in the data folder's `log`."""
    identity = Identity("kyiv-1", "box-3", tmp_path, BrokerConfig("localhost"))
    node = program.open_node(identity, PosixClock())
    assert node.topic("log") == NODE + "/log"
    assert (tmp_path / "log" / "00000001.log").exists()
