"""`talon-ratingbox simulate`, from the terminal."""

import subprocess
from pathlib import Path

import pytest

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
