"""Tests that need a server say so with a marker; in CI (TALON_NO_SKIP=1) no test may be skipped."""

import os
import shutil
from collections.abc import Generator

import pytest

_ADMIN_PATH = "/usr/sbin:/usr/local/sbin"  # where Debian puts mosquitto, not on everybody's PATH
_SERVERS = {
    "mosquitto": ("mosquitto", "apt install mosquitto"),
    "influxdb": ("influxd", "apt install influxdb"),
}


def server(name: str) -> str | None:
    """Path of a server's program, or None if this machine has none."""
    return shutil.which(name) or shutil.which(name, path=_ADMIN_PATH)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a server that is not here."""
    for marker, (program, remedy) in _SERVERS.items():
        if item.get_closest_marker(marker) and server(program) is None:
            pytest.skip(f"{program} is not on this machine: {remedy}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test fails where none may be skipped; an expected failure is not a skip."""
    report = yield
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


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("TALON_NO_SKIP") != "1":
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid} did not run, which TALON_NO_SKIP=1 forbids: {reason}"
