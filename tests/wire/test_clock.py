"""The machine's own clocks, and who confirms them."""

import ctypes
from pathlib import Path

import pytest

from wire import clock
from wire.clock import SystemClock


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose kernel says that nobody disciplines its clock, and without time services."""
    monkeypatch.setattr(clock, "_TIMESYNC", tmp_path / "timesync")
    monkeypatch.setattr(clock, "_CHRONY", tmp_path / "chrony")
    monkeypatch.setattr(clock, "_kernel_is_synchronised", lambda: False)
    return tmp_path


def test_without_a_time_service_nobody_says(run: Path) -> None:
    assert SystemClock().synced() is None


@pytest.mark.parametrize("service", ["timesync", "chrony"])
def test_a_time_service_has_not_set_the_clock_yet(run: Path, service: str) -> None:
    (run / service).mkdir()
    assert SystemClock().synced() is False


def test_a_time_service_that_has_set_it_once_does_not_vouch_for_now(run: Path) -> None:
    (run / "timesync").mkdir()
    (run / "timesync" / "synchronized").touch()
    assert SystemClock().synced() is None


@pytest.mark.parametrize("service", ["", "timesync", "chrony"])
def test_what_the_kernel_confirms_is_confirmed(
    run: Path, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    (run / service).mkdir(exist_ok=True)
    monkeypatch.setattr(clock, "_kernel_is_synchronised", lambda: True)
    assert SystemClock().synced() is True


@pytest.mark.parametrize(("said", "is_so"), [(0, True), (4, True), (5, False), (-1, False)])
def test_the_kernel_is_asked_and_told_nothing(
    monkeypatch: pytest.MonkeyPatch, said: int, is_so: bool
) -> None:
    """adjtimex(2): 0 to 4 are clocks that are right, leap seconds near; 5 is one that may not be;
    -1 is no answer. `modes` 0 changes nothing."""
    asked: list[bytes] = []

    class Kernel:
        def adjtimex(self, timex: "ctypes.Array[ctypes.c_char]") -> int:
            asked.append(timex.raw)
            return said

    monkeypatch.setattr(ctypes, "CDLL", lambda name: Kernel())
    assert clock._kernel_is_synchronised() is is_so
    assert len(asked) == 1 and len(asked[0]) >= 208 and not any(asked[0])


def test_a_machine_without_such_a_call_confirms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert clock._kernel_is_synchronised() is False


def test_boot_and_uptime_outlive_the_program() -> None:
    one, two = SystemClock(), SystemClock()
    assert one.boot == two.boot
    assert one.up() <= two.up() <= one.up()
    uptime = float(Path("/proc/uptime").read_text().split()[0]) * 1000
    assert abs(one.up() - uptime) < 60_000


def test_where_no_boot_is_named_each_program_is_one(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_BOOT_ID", run / "nothing")
    one = SystemClock()
    assert one.boot != SystemClock().boot and len(one.boot) == 8
    assert 0 <= one.up() < 60_000
