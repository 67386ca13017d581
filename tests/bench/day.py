"""A day of tickets in one process: its memory before and after; `python -m tests.bench.day`.

The dispenser's counter, log and printer thread as the command has them, pressed without debounce
and without a broker; the printer is on a terminal in the process that measures.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import msgspec

from firmware.common import program
from firmware.common.posix_clock import PosixClock
from firmware.common.program import Inbox
from firmware.dispenser import app, config
from firmware.dispenser.printer import OUTCOME, STATUS
from firmware.dispenser.status import ASK_DONE
from simulator.pty_printer import PtyPrinter
from tests.bench.rig import ROOT, Rig, rss_mb

_WARM = 100  # tickets, after which all that is loaded once has been loaded
_TIDY = 50  # tickets, after which the gateway would have acknowledged


class _Sink(PtyPrinter):
    """A printer that answers and does not look at what it prints. `jobs`: how many ended."""

    def __init__(self) -> None:
        self.jobs = 0
        self._tail = b""
        super().__init__()

    def print_buffer(self) -> None:
        """Done at once."""
        self._tail = (self._tail + bytes(self._buffer))[-len(ASK_DONE) :]
        self._buffer.clear()
        if self._tail == ASK_DONE:
            self._tail = b""
            self.jobs += 1
            self._answer(0)


def day(rig: Rig, tickets: int) -> dict[str, float]:
    """MB of growth over a day of `tickets`, as text and as pictures, and MB at its end."""
    figures: dict[str, float] = {}
    for render in ("text", "raster"):
        with closing(_Sink()) as printer:
            said = _live(printer.path, render, tickets, rig.folder)
        assert printer.jobs == tickets, f"{printer.jobs} jobs for {tickets} tickets"
        figures[f"day {render}"] = said["after"]
        # A figure of 0 would pass for one that was not measured.
        figures[f"growth {render}"] = max(0.001, said["after"] - said["before"])
    return figures


def _live(device: str, render: str, tickets: int, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.day", "--device", device, "--render", render]
    command += ["--tickets", str(tickets), "--folder", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    said: dict[str, float] = json.loads(done.stdout)
    return said


def live(device: str, render: str, tickets: int, folder: Path) -> dict[str, float]:
    """Give out so many tickets; MB of this process after the first and after the last of them."""
    read = config.read(ROOT / "docs" / "examples" / "dispenser.toml")
    with tempfile.TemporaryDirectory(dir=folder) as data:
        of = dataclasses.replace(read.identity, data=Path(data))
        printer = dataclasses.replace(
            read.printer,
            device=device,
            baud=115200,
            profile="epson-tm-t20",
            render=render,
            status=True,
        )
        ticket = msgspec.structs.replace(read.ticket, qr="https://queue.example.org/{visit}")
        return _give(
            dataclasses.replace(read, identity=of, printer=printer, ticket=ticket), tickets
        )


def _give(read: config.Config, tickets: int) -> dict[str, float]:
    inbox, clock = Inbox(), PosixClock()
    node = program.open_node(read.identity, clock)
    printer = app.open_printer(read.printer, inbox)
    counter = app.build_counter(app.open_adoption(read), node, printer)
    services = list(read.services)
    before = 0.0
    for number in range(1, tickets + 1):
        counter.press(services[number % len(services)], clock.up())
        while counter.busy:
            kind, value = inbox.get()
            assert kind in (OUTCOME, STATUS)
            if kind == OUTCOME:
                visit, outcome, detail = value
                counter.on_printed(visit, outcome, detail, clock.up())
        if number % _TIDY == 0:
            node.log.prune(node.log.last)
        if number == min(_WARM, tickets):
            before = rss_mb(os.getpid())
    printer.close()
    return {"before": before, "after": rss_mb(os.getpid())}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.day", description=__doc__)
    parser.add_argument("--device", required=True, help="of the printer")
    parser.add_argument("--render", required=True, choices=("text", "raster"))
    parser.add_argument("--tickets", type=int, default=1500)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    sys.stdout.write(json.dumps(live(given.device, given.render, given.tickets, given.folder)))


if __name__ == "__main__":
    main()
