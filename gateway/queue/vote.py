"""The vote that belongs to a visit. Pure.

When a visit is finished, its desk's rating box is open for `OPEN_MS`: a press in that time is the
visitor's. The first one counts. Every press is kept, and says what it is:

| status | |
|---|---|
| counted | the visit's vote |
| repeat | the visit has voted |
| late | after the box had closed |
| unarmed | no visit was finished at this desk, or the next one is already being served |

Times are when the visit was finished and when the button was pressed, not when either was heard of:
a box that was offline is judged like any other.
"""

import msgspec

from wire.records import Status

OPEN_MS = 60_000
LATE_MS = 10 * 60_000  # so long after it closed, a press is somebody's late vote; then nobody's


class Armed(msgspec.Struct, frozen=True):
    """A desk's box is open for a visit from `since` (Unix ms); until it has voted, or
    `closed` (Unix ms): the next visitor was called to the desk."""

    visit: str
    since: int
    voted: bool = False
    closed: int | None = None


class Vote(msgspec.Struct, frozen=True):
    """What a press is: its status, and whose; empty: nobody's."""

    status: Status
    visit: str = ""


def vote(armed: Armed | None, at: int) -> tuple[Vote, Armed | None]:
    """What a press at `at` (Unix ms) on the box of a desk is, and how the box stands after it.

    `armed`: the visit that was finished there last before `at`.
    """
    if armed is None or at < armed.since:
        return Vote("unarmed"), armed
    if armed.closed is not None and at >= armed.closed:
        return Vote("unarmed"), armed
    if at >= armed.since + OPEN_MS:
        is_late = at < armed.since + OPEN_MS + LATE_MS
        return (Vote("late", armed.visit) if is_late else Vote("unarmed")), armed
    if armed.voted:
        return Vote("repeat", armed.visit), armed
    return Vote("counted", armed.visit), msgspec.structs.replace(armed, voted=True)


def close(armed: Armed, at: int) -> Armed:
    """The next visitor is called to the desk at `at`: what is pressed from then on is not the vote
    of the one before."""
    return msgspec.structs.replace(armed, closed=at if armed.closed is None else armed.closed)
