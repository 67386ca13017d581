"""A printer that is not there. Its paper can be read; it can be torn; it can stop answering."""

from firmware.common.program import Inbox
from firmware.dispenser.dialogue import FAILED, PRINTED, UNKNOWN
from firmware.dispenser.printer import OUTCOME
from firmware.dispenser.ticket import Job


class VirtualPrinter:
    """Implements `firmware.dispenser.counter.Paper`. `paper`: the tickets that came out."""

    def __init__(self, inbox: Inbox) -> None:
        self.paper: list[bytes] = []
        self._inbox = inbox
        self._torn = False
        self._silent = False

    def tear_paper(self) -> None:
        """The roll is torn or at its end: nothing comes out, and the printer says so."""
        self._torn = True

    def load_paper(self) -> None:
        """A new roll."""
        self._torn = False

    def go_silent(self) -> None:
        """From now on nobody knows what it does; nothing comes out."""
        self._silent = True

    def wake(self) -> None:
        """It answers again."""
        self._silent = False

    def print(self, job: Job) -> None:
        """Print a ticket, and say what became of it."""
        self._inbox.put((OUTCOME, (job.visit, *self._outcome(job.render()))))

    def close(self) -> None:
        """Nothing to give back."""

    def _outcome(self, data: bytes) -> tuple[str, str]:
        if self._silent:
            return UNKNOWN, "the printer does not answer"
        if self._torn:
            return FAILED, "no paper"
        self.paper.append(data)
        return PRINTED, ""
