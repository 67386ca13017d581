"""A printer that is not there. Its paper can be read; it can be torn; it can stop answering."""

from firmware.common.program import Inbox
from firmware.dispenser.dialogue import FAILED, PRINTED, UNKNOWN
from firmware.dispenser.printer import OUTCOME, STATUS
from firmware.dispenser.status import PAPER_OUT
from firmware.dispenser.ticket import Job


class VirtualPrinter:
    """Implements `firmware.dispenser.counter.Paper`. `paper`: the tickets that came out. `asked`:
    it can be asked how it is, so that the dispenser knows before anybody presses."""

    def __init__(self, inbox: Inbox, asked: bool = False) -> None:
        self.paper: list[bytes] = []
        self._inbox = inbox
        self._asked = asked
        self._torn = False
        self._silent = False

    @property
    def has_paper(self) -> bool:
        """Whether there is a roll in it."""
        return not self._torn

    def tear_paper(self) -> None:
        """The roll is torn or at its end: nothing comes out, and the printer says so."""
        self._torn = True
        self._tell(PAPER_OUT)

    def load_paper(self) -> None:
        """A new roll."""
        self._torn = False
        self._tell("")

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

    def _tell(self, obstacle: str) -> None:
        """What a look at it would find."""
        if self._asked:
            self._inbox.put((STATUS, (obstacle, "")))

    def _outcome(self, data: bytes) -> tuple[str, str]:
        if self._silent:
            return UNKNOWN, "the printer does not answer"
        if self._torn:
            return FAILED, PAPER_OUT
        self.paper.append(data)
        return PRINTED, ""
