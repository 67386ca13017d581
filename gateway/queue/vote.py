"""The vote that belongs to a visit. Pure.

When a visit is finished, its desk's rating box is open for `OPEN_MS`: a press in that time is the
visitor's. The first one counts. Every press is kept, and says what it is:

| status | |
|---|---|
| counted | the visit's vote |
| repeat | the visit has voted |
| late | after the box had closed |
| unarmed | no visit was finished at this desk, or the next one was already called to it |

Times are when the visit was finished and when the button was pressed, not when either was heard of:
a box that was offline is judged like any other.

A counted vote takes along how long its visitor had waited and been served, in whole minutes and no
finer: docs/decisions/0018 says why.
"""

from bisect import bisect_right

import msgspec

from wire.records import Status

OPEN_MS = 60_000
LATE_MS = 10 * 60_000  # so long after it closed, a press is somebody's late vote; then nobody's
MINUTE_MS = 60_000
DAY_MIN = 1_440


class Vote(msgspec.Struct, frozen=True):
    """What a press is: its status, whose it is and for which service; empty: nobody's.

    `waited_min`, `served_min`: of a counted one, the visitor's whole minutes until then; None: not
    known.
    """

    status: Status
    visit: str = ""
    service: str = ""
    waited_min: int | None = None
    served_min: int | None = None


class Armed(msgspec.Struct, frozen=True):
    """A desk's box is open for a visit from `since`; the next visitor was called to the desk at
    `closed`. Both Unix ms. `waited`, `served`: the visitor's ms, in all waits and at all desks."""

    visit: str
    service: str
    since: int
    waited: int
    served: int
    closed: int | None = None


class Ballot:
    """The boxes of a day's desks. `voted`: the visits that have."""

    def __init__(self, voted: set[str]) -> None:
        self.voted = voted
        self._armed: dict[str, list[Armed]] = {}

    def finish(self, desk: str, armed: Armed) -> None:
        """A visit was finished at a desk, the newest of it."""
        self._armed.setdefault(desk, []).append(armed)

    def call(self, desk: str, at: int) -> None:
        """The next visitor is called: what is pressed from then on is not the vote of the one
        before."""
        armed = self._armed.get(desk)
        if armed and armed[-1].closed is None:
            armed[-1] = msgspec.structs.replace(armed[-1], closed=at)

    def press(self, desk: str, at: int) -> Vote:
        """What a press at `at` (Unix ms) on the box of a desk is; one that counts is taken."""
        armed = self._armed.get(desk, [])
        n = bisect_right(armed, at, key=lambda one: one.since)
        vote = _judge(armed[n - 1], at, self.voted) if n else Vote("unarmed")
        if vote.status == "counted":
            self.voted.add(vote.visit)
        return vote


def _judge(armed: Armed, at: int, voted: set[str]) -> Vote:
    if armed.closed is not None and at >= armed.closed:
        return Vote("unarmed")
    if at >= armed.since + OPEN_MS + LATE_MS:
        return Vote("unarmed")
    if at >= armed.since + OPEN_MS:
        return Vote("late", armed.visit, armed.service)
    if armed.visit in voted:
        return Vote("repeat", armed.visit, armed.service)
    waited, served = armed.waited // MINUTE_MS, armed.served // MINUTE_MS
    if max(waited, served) > DAY_MIN:  # nobody's way takes that long: the clock was set forward
        return Vote("counted", armed.visit, armed.service)
    return Vote("counted", armed.visit, armed.service, waited, served)
