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
        tried = intake.readmit(
            old.node, old.epoch, old.seq, old.raw, old.at, partial(journal.presses, old.node)
        )
        if isinstance(tried, str):
            yield old, tried
            continue
        with journal.transaction():
            journal.readmit(old, tried, now)
        yield old, ""
