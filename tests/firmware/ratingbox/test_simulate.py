"""`talon-ratingbox simulate`, from the terminal."""

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from firmware.common.program import ProgramError
from firmware.ratingbox import simulate as simulate_module
from firmware.ratingbox.contents import ROOT, fetch_umqtt
from tests.integration.rig import command, free_port


def simulate(folder: Path, typed: str, *more: str) -> "subprocess.CompletedProcess[str]":
    """Run it with these lines typed."""
    arguments = ("--site", "kyiv-1", "--node", "box-3", "--flash", str(folder / "flash"), *more)
    return subprocess.run(
        command("talon-ratingbox", "simulate", *arguments),
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_firmware_starts_and_what_it_wrote_outlives_the_power(tmp_path: Path) -> None:
    """Without any broker: the record of the start is on its flash, and there after a power cut."""
    broker = f"127.0.0.1:{free_port()}"
    done = simulate(tmp_path, "power\nquit\n", "--broker", broker)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("boot after power") == 2
    again = simulate(tmp_path, "power\nstate\nquit\n", "--broker", broker)
    assert '"last":4' in again.stdout, again.stdout


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--broker", "gateway.local:1883"), "a Pico takes an IPv4 address"),
        (("--broker", "127.0.0.1"), "not ADDRESS:PORT"),
        (("--node", "Box 3"), "'Box 3'"),
        (("--speed", "0"), "--speed 0 is not 1 or more"),
        (("--flash", "/"), "--flash / is not a file in a folder that exists"),
        (("--flash", "/none/flash"), "--flash /none/flash is not a file in a folder that exists"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    more: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    """And no flash is made."""
    done = simulate(tmp_path, "", *more)
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["micropython", "mpy-cross"])
def test_a_tool_that_is_not_installed_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """Before anything is compiled or fetched."""
    which = shutil.which
    monkeypatch.setattr(
        "shutil.which", lambda said, path=None: None if said == name else which(said, path=path)
    )
    monkeypatch.setattr(simulate_module, "stage", lambda _: pytest.fail("compiled"))
    box = simulate_module.Simulated("kyiv-1", "box-3", "127.0.0.1", 1883, tmp_path / "flash")
    with pytest.raises(ProgramError) as caught:
        simulate_module.run(box)
    assert str(caught.value) == f"{name} is missing: pip install '.[dev]'"


def test_what_fetches_is_named_if_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is no matter of the network, and what pack and flash need is in their extra."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ProgramError) as caught:
        fetch_umqtt(tmp_path)
    assert str(caught.value) == "unearth is missing: pip install '.[flash]'"
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    flash = extras["project"]["optional-dependencies"]["flash"]
    assert any(needed.startswith("unearth") for needed in flash)
