"""Records in quarantine, tried again after a fix: with a version that knows them, or a mended rule.

Each is sent to the city once more under its own number; there it takes the place of the
quarantined one.
"""

from collections.abc import Iterator
from functools import partial

from gateway.intake import Intake
from gateway.journal import Journal, Waiting


def readmit(journal: Journal, intake: Intake, now: int) -> Iterator[tuple[Waiting, str]]:
    """Try what is in quarantine, each record in a transaction of its own.

    Yields each with the reason why it stays there, empty if it does not.
    """
    for old in journal.waiting():
        with journal.transaction():
            tried = intake.readmit(
                old.node,
                old.epoch,
                old.seq,
                old.raw,
                old.at,
                partial(journal.presses, old.node),
                partial(journal.resent, old.node, old.epoch),
                journal.in_conflict(old.node, old.epoch),
            )
            if not isinstance(tried, str):
                journal.readmit(old, tried, now)
        yield old, tried if isinstance(tried, str) else ""
