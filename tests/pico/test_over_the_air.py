"""An update over the air, end to end: the firmware itself on a simulated board, a real broker, the
real gateway, and the command that a person types."""

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest
from click.testing import CliRunner, Result

from firmware.ratingbox.acceptance import POINTS, program_for
from firmware.ratingbox.box_setup import PINS
from firmware.ratingbox.build import build
from firmware.ratingbox.flash import Kit
from firmware.ratingbox.slots import State, encode_state
from gateway.cli import cli
from tests.firmware.ratingbox.cable_bench import compiled
from tests.integration.rig import until
from tests.micropython.test_on_micropython import ROOT
from tests.pico.rig import Office, open_office, run_board, start_board
from wire.image import Image, write_image
from wire.update import Manifest, UpdateError, encode_manifest

KEY = b"k" * 32
SCRIPT = "slot_board.py"
RESET = 7
BROKEN = "def run():\n    raise ValueError('broken')"


def lay_out(folder: Path, kit: Kit, port: int) -> None:
    """What `talon-ratingbox flash` puts on a board."""
    manifest = Manifest("kyiv-1", "box-3", kit.image.version, 1, "a", kit.image.entries())
    broker = {"host": "127.0.0.1", "port": port}
    box = {"site": "kyiv-1", "node": "box-3", "key": KEY.hex(), "broker": broker}
    files = {f"a/{path}": data for path, data in kit.image.files.items()} | {
        "a/manifest": encode_manifest(manifest, KEY),
        "slots.mpy": kit.chooser,
        "main.py": (ROOT / "firmware/ratingbox/main.py").read_bytes(),
        "slots": encode_state(State("a", counter=1)),
        "box.json": json.dumps(box | {"wifi": {"ssid": "w", "password": ""}}).encode(),
        "pins.json": json.dumps(dict(PINS)).encode(),
    }
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


class Board:
    """A board that boots anew as often as it resets itself. `said`: by each boot."""

    def __init__(self, chip: Path) -> None:
        self.said: list[str] = []
        self._chip = chip
        self._process: subprocess.Popen[str] | None = None
        self._is_over = False
        self._thread = threading.Thread(target=self._power, name="board", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        if self._process is not None:
            self._process.kill()
        self._thread.join(20)

    def _power(self) -> None:
        while not self._is_over:
            self._process = start_board(SCRIPT, self._chip, "boot")
            self.said.append(self._process.communicate()[0])
            if self._process.returncode != RESET:
                return


@pytest.fixture(scope="module")
def firmware() -> Kit:
    """The one of this very tree."""
    return build()


@pytest.fixture
def office(tmp_path: Path, firmware: Kit) -> Iterator[Office]:
    """A gateway that knows the box's key; a board that is set up lies on the bench."""
    with open_office(tmp_path) as office:
        (tmp_path / "box-3.key").write_text(KEY.hex())
        with (tmp_path / "office.toml").open("a") as config:
            config.write('key_file = "box-3.key"\n')
        lay_out(tmp_path / "flash", firmware, office.port)
        run_board(SCRIPT, tmp_path / "chip", "install", tmp_path / "flash")
        yield office


def update(folder: Path, image: Image) -> Result:
    """What the command says."""
    file = folder / "next.zip"
    file.write_bytes(write_image(image))
    config = str(folder / "office.toml")
    return CliRunner().invoke(cli, ["update", "--config", config, "box-3", str(file)])


def every_boot_is_pressed(office: Office, boots: int) -> bool:
    """Whether a press of each boot is at the gateway, once: the last may still be on its way."""
    until(lambda: len(office.presses()) >= boots, "the presses")
    return [press.button for press in office.presses()] == ["satisfied"] * boots


def test_a_box_takes_the_next_firmware_and_votes_go_on(
    tmp_path: Path, office: Office, firmware: Kit
) -> None:
    """The press before the update and the one after it are both at the gateway."""
    following = Image("9.0.0", firmware.image.files)
    with Board(tmp_path / "chip") as board:
        done = update(tmp_path, following)
        assert done.exception is None, (done.exception, board.said)
        assert done.output.splitlines()[-1] == (
            "box-3: version 9.0.0 has reached this gateway, and stays"
        )
        assert len(board.said) == 1  # one reset: the first boot; the second runs
        config = str(tmp_path / "office.toml")
        tried = CliRunner().invoke(cli, ["test", "--config", config, "box-3"])
        assert tried.output == "box-3: the next 120 s are a test: press both buttons\n"
        again = update(tmp_path, following)
        assert "version 9.0.0 runs there already" in str(again.exception)
        assert every_boot_is_pressed(office, 2)


def test_the_self_test_of_a_set_up_sees_all_of_its_points(tmp_path: Path, office: Office) -> None:
    """The very program that the cable runs, with the firmware; its presses do not count."""
    program = tmp_path / "program.py"
    program.write_text(program_for("a"))
    said = run_board(SCRIPT, tmp_path / "chip", "program", program)
    events = [line.removeprefix("talon: ") for line in said if line.startswith("talon: ")]
    assert set(events) >= {point.event for point in POINTS}
    assert office.statuses() == ["test", "test"]


def test_a_firmware_that_does_not_work_goes_back_by_itself(
    tmp_path: Path, office: Office, firmware: Kit
) -> None:
    """And the old one takes votes again."""
    files = dict(firmware.image.files) | {"firmware/ratingbox/pico.mpy": compiled(BROKEN)}
    with Board(tmp_path / "chip") as board:
        done = update(tmp_path, Image("9.0.0", files))
        assert isinstance(done.exception, UpdateError), (done.output, board.said)
        assert "did not reach this gateway, and the box went back to 0.1.0" in str(done.exception)
        assert every_boot_is_pressed(office, 2)
