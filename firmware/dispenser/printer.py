"""The printer: one job at a time in a thread of its own, and a look at it between jobs.

Between jobs a printer that can be asked is asked every `LOOK_EVERY_S`, so that a press costs no
number when there can be no paper. What is said to it, and what the outcomes mean: `dialogue`.
"""

import queue
import threading
from collections.abc import Callable

from firmware.common.program import Inbox
from firmware.dispenser.config import PrinterConfig
from firmware.dispenser.dialogue import FAILED, UNKNOWN, Dialogue, Line, flat
from firmware.dispenser.ticket import Job
from firmware.dispenser.transports import DEADLINE_S, Transport, connector

OUTCOME = "outcome"  # event: (visit, outcome, detail), one for each job
STATUS = "printer"  # event: (obstacle, warning), when one of them changes
LOOK_EVERY_S = 1.0
LOOK_AT_LEAST_S = 8.0  # the longest back-off: so late, at most, a mended printer is noticed


def open_line(config: PrinterConfig) -> Line:
    """The way to the printer of a config. A network printer that is never asked, or has others
    beside us, is connected to for each job: that is all that shows that it is there, or lets the
    others in."""
    network = config.kind == "network"
    keep = not network or (config.status and not config.shared)
    return Line(connector(config), keep, renew=network)


def send(connect: Callable[[], Transport], data: bytes, asked: bool = False) -> tuple[str, str]:
    """Print `data` now, on a line of its own. Returns the outcome and its reason."""
    dialogue = Dialogue(Line(connect), asked)
    try:
        return dialogue.print(data)
    finally:
        dialogue.close()


class Desk:
    """What the printer's thread does, without the thread: a look or a job at a time.

    Puts (OUTCOME, …) and (STATUS, …) into `inbox`.
    """

    def __init__(self, dialogue: Dialogue, inbox: Inbox, asked: bool) -> None:
        self._dialogue = dialogue
        self._inbox = inbox
        self._asked = asked
        self._said = ("", "")
        self._at_work = threading.Event()
        self.rest_s: float | None = LOOK_EVERY_S if asked else None
        """How long to rest until the next look; None: there is none."""

    def look(self) -> None:
        """At a printer that can be asked; what has changed goes into the inbox."""
        if self.rest_s is None:
            return
        try:
            said = self._dialogue.look()
        except Exception as error:  # noqa: BLE001 - a fault in a driver must not end the thread
            self._dialogue.drop()
            said = (flat(error), "")
        lost = said[0] and not self._dialogue.connected
        self.rest_s = min(2 * self.rest_s, LOOK_AT_LEAST_S) if lost else LOOK_EVERY_S
        if said != self._said:
            self._said = said
            self._inbox.put((STATUS, said))

    def accept(self, job: Job) -> bool:
        """Whether there is time for a job; `do` it then. If not, it has failed: a ticket that comes
        out minutes later is taken by somebody else. For the main loop."""
        if self._at_work.is_set():
            failed = (job.visit, FAILED, "the printer still has the job before")
            self._inbox.put((OUTCOME, failed))
            return False
        self._at_work.set()
        return True

    def do(self, job: Job) -> None:
        """Make the ticket and print it, and look what the printer is like then: before the next
        visitor is told that there is paper. What became of it goes into the inbox."""
        outcome = self._outcome(job)
        self.look()
        self._at_work.clear()
        self._inbox.put((OUTCOME, (job.visit, *outcome)))

    def close(self) -> None:
        """Hang up."""
        self._dialogue.close()

    def _outcome(self, job: Job) -> tuple[str, str]:
        try:
            data = job.render()
        except Exception as error:  # noqa: BLE001 - a fault in a layout must not end the thread
            return FAILED, f"cannot make the ticket: {flat(error)}"
        try:
            return self._dialogue.print(data)
        except Exception as error:  # noqa: BLE001 - a fault in a driver must not end the thread
            self._dialogue.drop()
            return UNKNOWN, flat(error)


class Printer:
    """Renders and prints one job at a time in the thread `talon-printer`, which ends at `close`.

    `asked`: whether the printer can be asked how it is. `clear`: ends a command that broke off.
    Puts (OUTCOME, (visit, outcome, detail))
    into `inbox`, once for each job, and (STATUS, (obstacle, warning)) when these change.
    """

    def __init__(self, line: Line, inbox: Inbox, asked: bool = False, clear: bytes = b"") -> None:
        self._desk = Desk(Dialogue(line, asked, clear), inbox, asked)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        # A daemon: a driver that hangs for all its deadlines must not keep the program from ending.
        self._thread = threading.Thread(target=self._work, name="talon-printer", daemon=True)
        self._thread.start()

    def print(self, job: Job) -> None:
        """Begin to print; returns at once."""
        if self._desk.accept(job):
            self._jobs.put(job)

    def close(self) -> None:
        """Let the job under way end, and the thread with it."""
        self._jobs.put(None)
        self._thread.join(4 * DEADLINE_S)

    def _work(self) -> None:
        self._desk.look()
        while True:
            try:
                job = self._jobs.get(timeout=self._desk.rest_s)
            except queue.Empty:
                self._desk.look()
                continue
            if job is None:
                return self._desk.close()
            self._desk.do(job)
