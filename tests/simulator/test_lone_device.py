"""A lone device is the real program in a process of its own, and its witness sees what is true."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import lone_device
from tests.faults.lone import Lone
from tests.integration.rig import free_port, until

PRESSES = 6


@pytest.mark.parametrize(("kind", "said"), [("box", "press"), ("dispenser", "issued")])
def test_what_was_seen_is_on_the_card(kind: str, said: str, tmp_path: Path) -> None:
    """Without a broker; and it ends when it is told to."""
    node = "exit-1" if kind == "box" else "disp-1"
    device = Lone(kind, node, tmp_path, free_port())
    config = tmp_path / f"{node}.toml"
    command = [sys.executable, "-m", "simulator.lone_device", "--kind", kind]
    command += ["--config", str(config), "--witness", str(tmp_path / f"{node}.txt")]
    command += ["--presses", str(PRESSES), "--every-ms", "110"]
    with subprocess.Popen(command) as running:
        until(lambda: seen(device) == PRESSES, f"all of {PRESSES} are seen")
        running.terminate()
        assert running.wait() == 0
    card = device.card()
    records = [json.loads(record) for record in card.read(1, 1_000, 1 << 30)]
    kept = [record for record in records if record["kind"] == said]
    assert len(kept) == PRESSES
    witnessed = device.witnessed()
    assert witnessed.pushes == PRESSES
    if kind == "box":
        buttons = {(card.epoch, 2 + i): record["button"] for i, record in enumerate(kept)}
        assert witnessed.lamps == buttons
        assert [record["button"] for record in kept[:2]] == ["satisfied", "unsatisfied"]
    else:
        assert list(witnessed.papers) == [record["visit"] for record in kept]
        for record in kept:
            assert record["number"].encode("cp1251") in witnessed.papers[record["visit"]]


def test_a_killed_device_goes_on_where_it_was(tmp_path: Path) -> None:
    """With the same files, in the same epoch."""
    device = Lone("box", "exit-1", tmp_path, free_port())
    try:
        device.server.start()
        until(lambda: device.lamps() >= 2, "it works")
        device.kill()
        first = device.card()
        device.server.start()
        until(lambda: device.lamps() >= 4, "it works again")
    finally:
        device.kill()
    again = device.card()
    assert again.epoch == first.epoch and again.last > first.last
    kinds = [json.loads(record)["kind"] for record in again.read(1, 1_000, 1 << 30)]
    assert kinds.count("started") == 2


def seen(device: Lone) -> int:
    """How many lamps and papers so far."""
    file = device.data.with_suffix(".txt")
    lines = file.read_text().splitlines() if file.exists() else []
    return sum(line.startswith(("lamp ", "paper ")) for line in lines)


def test_what_is_wrong_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the exit status of the devices' own commands."""
    missing = str(tmp_path / "none.toml")
    said = ["--kind", "box", "--config", missing, "--witness", str(tmp_path / "w.txt")]
    assert lone_device.main(said) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """Of each kind."""
    with pytest.raises(SystemExit):
        lone_device.main(["--help"])
    text = capsys.readouterr().out
    assert "--kind box" in text and "--kind dispenser" in text
