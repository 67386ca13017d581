"""Tests that need a server say so with a marker; in CI (TALON_NO_SKIP=1) no test may be skipped.

What is random in a test comes from `seed`, which a failure names. Files of tests lie in memory
where there is room: that a program waits for its disk is shown by what it asks of the kernel, by
kills and by virtual power cuts, none of which needs a disk that is slow.
"""

import math
import os
import random
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

# no timed assertions: a slow machine is not a fault
hypothesis.settings.register_profile("talon", deadline=None)
hypothesis.settings.load_profile("talon")

_ADMIN_PATH = "/usr/sbin:/usr/local/sbin"  # where Debian puts mosquitto, not on everybody's PATH
_SERVERS = {
    "mosquitto": ("mosquitto", "apt install mosquitto"),
    "zbar": ("zbarimg", "apt install zbar-tools"),
    "influxdb": ("influxd", "apt install influxdb"),
    "espeak": ("espeak-ng", "apt install espeak-ng"),
    "chromium": ("chromium", "apt install chromium"),
}


LONG = os.environ.get("TALON_FAULTS_LONG") == "1"
_SEED = 20_261_122  # of the short form, so that CI does the same each time

_DISK = tempfile.gettempdir()
_MEMORY = Path("/dev/shm")
_ROOM = 4 << 30  # bytes; all tests at once need a quarter of a GB


def _use_memory() -> None:
    """Temporary files in memory from here on, also of the programs that tests start.

    Not in the long form, which has the time for a real disk, nor where TMPDIR says something else.
    """
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM
    if roomy and not LONG and "TMPDIR" not in os.environ:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


_use_memory()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--seed`, to do once more what a failure did."""
    parser.addoption("--seed", type=int, default=None, help="of what is random in the fault tests")


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Of a test's randomness: the one asked for; else another one each time in the long form."""
    chosen: int | None = request.config.getoption("--seed")
    if chosen is None:
        chosen = random.randrange(1_000_000_000) if LONG else _SEED
    return chosen


@pytest.fixture
def disk_path() -> Iterator[Path]:
    """As `tmp_path`, but on the machine's disk, for what a file system in memory may not know."""
    with tempfile.TemporaryDirectory(prefix="talon-", dir=_DISK) as folder:
        yield Path(folder)


def server(name: str) -> str | None:
    """Path of a server's program, or None if this machine has none."""
    return shutil.which(name) or shutil.which(name, path=_ADMIN_PATH)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a server that is not here."""
    for marker, (program, remedy) in _SERVERS.items():
        if item.get_closest_marker(marker) and server(program) is None:
            pytest.skip(f"{program} is not on this machine: {remedy}")


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's
def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`: more than there are cores, since a third of the time is waiting."""
    return math.ceil(1.5 * len(os.sched_getaffinity(0)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test fails where none may be skipped; an expected failure is not a skip.

    A failed test that had a seed says how to do it once more.
    """
    report = yield
    found = getattr(item, "funcargs", {}).get("seed")
    if report.failed and found is not None:
        report.sections.append(("seed", replay(item.name, found)))
    if report.skipped and not hasattr(report, "wasxfail"):
        _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a file that is skipped as a whole."""
    report = yield
    if report.skipped:
        _refuse(report)
    return report


def replay(test: str, seed: int) -> str:
    """The command that does a test once more."""
    long = " LONG=1" if LONG else ""
    return f"make faults{long} ARGS='--seed {seed} -k {test.partition('[')[0]}'"


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("TALON_NO_SKIP") != "1":
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid} did not run, which TALON_NO_SKIP=1 forbids: {reason}"
