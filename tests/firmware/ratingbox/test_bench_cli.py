"""`talon-ratingbox flash` and `pack`, as a technician calls them."""

from pathlib import Path

import pytest

from firmware.ratingbox import bench_cli, build
from firmware.ratingbox.cli import main
from simulator.pico_cable import PicoOnCable
from tests.firmware.ratingbox.cable_bench import kit
from wire.image import read_image

CONFIG = """
site = "kyiv-1"
[broker]
host = "127.0.0.1"
[wifi]
ssid = "office"
password = "secret"
"""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a config; what is compiled is small."""
    (tmp_path / "box.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(build, "build", kit)
    return tmp_path


def test_a_box_is_set_up_with_one_command(
    bench: Path, pico: PicoOnCable, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what it did, and what is left to do; no secret is printed."""
    command = ["flash", "--port", pico.port, "--config", "box.toml", "--node", "box-3"]
    assert main([*command, "--no-test"]) == 0
    said = capsys.readouterr().out.splitlines()
    key = (bench / "box-3.key").read_text().strip()
    assert said[0].startswith("note: the box's key is new: box-3.key. Carry it to the gateway")
    assert said[1:] == [
        "version 0.1.0: 0.2 kB, for kyiv-1/box-3",
        "every file is on the board, and was read back",
        "box-3: set up; not tested, and running",
    ]
    assert key not in "".join(said)
    assert "secret" not in "".join(said)


def test_a_self_test_needs_somebody_to_ask(
    bench: Path,
    pico: PicoOnCable,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is said before anything is written, not in the middle."""
    command = ["flash", "--port", pico.port, "--config", "box.toml", "--node", "box-3"]
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115 - pytest's own is odder
    assert main(command) == 1
    assert "run it in a terminal, or say --no-test" in capsys.readouterr().err
    assert pico.boots <= 1


def test_what_is_wrong_is_one_line_and_a_status(
    bench: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether it is the config or the board."""
    assert main(["flash", "--port", "/dev/null", "--config", "none.toml", "--no-test"]) == 1
    assert "none.toml: cannot be read" in capsys.readouterr().err
    command = ["flash", "--port", "/dev/ttyNONE", "--config", "box.toml", "--node", "box-3"]
    assert main([*command, "--no-test"]) == 1
    assert "/dev/ttyNONE: cannot be opened" in capsys.readouterr().err


def test_tools_that_are_not_installed_are_named(
    bench: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A box's own installation does not have them."""
    monkeypatch.setattr(bench_cli, "_TOOLS", ("mpremote", "no_such_tool"))
    assert main(["pack", "--out", "fw.zip"]) == 1
    assert "no_such_tool is missing: pip install '.[flash]'" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_named_with_a_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line."""
    out = tmp_path / "nowhere" / "fw.zip"
    assert main(["pack", "--out", str(out)]) == 1
    assert capsys.readouterr().err == (
        f"talon-ratingbox: {out} cannot be written (No such file or directory). Check its folder,"
        " or name another file\n"
    )


def test_the_firmware_is_packed_as_the_gateway_takes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of it, small enough for a slot; twice the same."""
    one, other = tmp_path / "one.zip", tmp_path / "other.zip"
    assert main(["pack", "--out", str(one)]) == 0
    assert main(["pack", "--out", str(other)]) == 0
    assert one.read_bytes() == other.read_bytes()
    image = read_image(one.read_bytes())
    assert {"firmware/ratingbox/pico.mpy", "umqtt/simple.mpy", "wire/hop.mpy"} <= set(image.files)
    assert all(data[:2] == b"M\x06" for data in image.files.values())
    assert f"version {image.version}, {len(image.files)} files" in capsys.readouterr().out
