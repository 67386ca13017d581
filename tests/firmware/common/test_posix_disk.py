"""The Raspberry Pi's card: what is on it when, and what is left after a kill."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.common.filelog import FileLog
from firmware.common.posix_clock import random_token
from firmware.common.posix_disk import PosixDisk

ROOT = Path(__file__).parents[3]


@pytest.fixture
def disk(tmp_path: Path) -> PosixDisk:
    """A card's folder that is not there yet."""
    return PosixDisk(tmp_path / "var" / "log")


def note_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the kernel is asked for from now on: `write` and `sync` with the file's name, `name`."""
    calls: list[str] = []
    write, fsync, rename = os.write, os.fsync, Path.rename

    def of(file: int) -> str:
        return os.path.basename(os.readlink(f"/proc/self/fd/{file}"))

    def noted_write(file: int, data: bytes) -> int:
        calls.append(f"write {of(file)}")
        return write(file, data)

    def noted_fsync(file: int) -> None:
        calls.append(f"sync {of(file)}")
        fsync(file)

    def noted_rename(path: Path, target: Path) -> Path:
        calls.append(f"name {target.name}")
        return rename(path, target)

    monkeypatch.setattr(os, "write", noted_write)
    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "rename", noted_rename)
    return calls


def test_it_gives_back_what_it_was_given(disk: PosixDisk) -> None:
    """Byte for byte."""
    disk.create("1", b"one\n")
    disk.create("2", b"")
    disk.append("1", b"\x00\xff")
    disk.append("2", b"two")
    disk.append("1", b"!")
    assert sorted(disk.names()) == ["1", "2"]
    assert (disk.read("1"), disk.read("2")) == (b"one\n\x00\xff!", b"two")
    assert (disk.size("1"), disk.read("1", 3), disk.read("2", 99)) == (7, b"one", b"two")


def test_a_removed_file_is_gone_and_one_that_is_not_there_is_no_error(disk: PosixDisk) -> None:
    """Also while it was being written to."""
    disk.create("1", b"one")
    disk.append("1", b"!")
    disk.remove("1")
    disk.remove("1")
    assert disk.names() == []
    with pytest.raises(FileNotFoundError):
        disk.append("1", b"?")


def test_a_file_has_its_bytes_on_the_card_before_it_has_its_name(
    disk: PosixDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its name is on the card before `create` returns."""
    calls = note_calls(monkeypatch)
    disk.create("1", b"one")
    assert calls == ["write 1.tmp", "sync 1.tmp", "name 1", "sync log"]


def test_an_append_and_a_removal_are_synced(
    disk: PosixDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before they return."""
    disk.create("1", b"one")
    calls = note_calls(monkeypatch)
    disk.append("1", b"!")
    disk.remove("1")
    assert calls == ["write 1", "sync 1", "sync log"]


def test_a_new_folder_is_synced_in_the_one_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the first day's records could be gone with their folder."""
    calls = note_calls(monkeypatch)
    PosixDisk(tmp_path / "talon" / "log")
    PosixDisk(tmp_path / "talon" / "log")
    assert sorted(calls) == sorted(["sync talon", f"sync {tmp_path.name}"])


def test_a_file_whose_creation_was_cut_short_is_not_seen(
    disk: PosixDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next try is not disturbed by what it left."""

    def power_cut(_file: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", power_cut)
        with pytest.raises(KeyboardInterrupt):
            disk.create("1", b"a long line that was not meant to stay")
    assert disk.names() == []
    disk.create("1", b"one")
    assert disk.read("1") == b"one"


def test_a_write_that_the_kernel_takes_in_parts_is_written_whole(
    disk: PosixDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may take less than it is given."""
    write = os.write
    disk.create("1", b"")
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:3]))
    disk.append("1", b"0123456789")
    assert disk.read("1") == b"0123456789"


def test_a_log_goes_on_after_the_card_was_full(
    disk: PosixDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With part of a record written, as the kernel does it."""
    log = FileLog(disk, random_token)
    log.append(b"first")
    write = os.write
    space = 10

    def full(file: int, data: bytes) -> int:
        nonlocal space
        if space == 0:
            raise OSError(28, "No space left on device")
        written = write(file, data[:space])
        space -= written
        return written

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            log.append(b"refused")
        with pytest.raises(OSError, match="No space"):
            log.append(b"refused too")
    assert log.append(b"second") == 2
    disk.close()
    again = FileLog(disk, random_token)
    assert again.epoch == log.epoch
    assert again.read(1, 9, 1000) == [b"first", b"second"]


WRITER = """
import sys
from pathlib import Path
from firmware.common.filelog import FileLog
from firmware.common.posix_clock import random_token
from firmware.common.posix_disk import PosixDisk

log = FileLog(PosixDisk(Path(sys.argv[1])), random_token, 400)
while True:
    number = log.append(b"record %d" % (log.last + 1))
    print(number, flush=True)
    log.prune(number - 20)
"""


def test_killed_at_any_moment_it_has_every_record_it_reported(tmp_path: Path) -> None:
    """A program that writes, prunes and begins segments as fast as it can."""
    last = 0
    for lines in (1, 40, 77):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
        )
        assert writer.stdout is not None
        for _ in range(lines):
            writer.stdout.readline()
        writer.kill()
        rest, _ = writer.communicate()
        reported = [int(line) for line in rest.split(b"\n")[:-1]]
        last = reported[-1] if reported else last + lines
        log = FileLog(PosixDisk(tmp_path), random_token, 400)
        assert last <= log.last <= last + 1
        held = log.read(log.oldest, 1000, 1 << 20)
        assert held == [b"record %d" % number for number in range(log.oldest, log.last + 1)]
        assert log.oldest <= max(1, last - 18)
        last = log.last
