"""The touch pages of dispensers that have no buttons: what may be chosen, and what came of it.

In the store thread, like the queue. A choice is stored before its dispenser hears of it; the visit
that comes of it bears the choice's id, and so its priority class finds it in the queue. What is
kept in memory only is why there was no ticket.
"""

from collections import deque
from collections.abc import Callable, Collection
from typing import Literal

import msgspec

from gateway.outlook import Outlook
from gateway.queue.hall import QueueError
from gateway.queue.prospect import Prospect
from gateway.queue.wait import Draw
from gateway.reception import Reception
from gateway.turns import Chosen
from gateway.visits import Visits
from wire import topics
from wire.link import Outgoing
from wire.records import Choice, DeclineReason, Reply, State

PATIENCE_MS = (
    10_000  # as long as a dispenser takes a choice; then the page says that nobody answers
)
MOST, PER_MS = 20, 60_000  # choices at one page: nobody's hand is quicker
_REMEMBERED = 64  # replies, of all pages

Stage = Literal["asked", "silent", "refused", "ticket"]

_encode = msgspec.json.Encoder().encode


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A service on the page. `closed`: why it gives no ticket now; None: it does. `ahead`: people
    before who comes now; `wait`: from and to, minutes, None: not known."""

    id: str
    closed: DeclineReason | None
    ahead: int
    wait: tuple[int, int] | None


class KioskView(msgspec.Struct, frozen=True):
    """A touch page. `online`: whether its dispenser is there, as far as is known."""

    node: str
    online: bool
    services: tuple[Offered, ...]


class ChoiceView(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a choice. `asked`: nothing yet; `silent`: nobody answers; `refused`: `error`.
    `paper`: the outcome of its printing; empty: not heard yet."""

    node: str
    service: str
    stage: Stage
    error: str = ""
    number: str = ""
    ahead: int | None = None
    wait: tuple[int, int] | None = None
    paper: str = ""


class Kiosk:
    """`nodes`: the dispensers that there are. `declines(service)`: why it gives no ticket now.
    `token()`: 16 random hex digits. `draw`: randomness for the expected wait. `now`, here and
    below: Unix ms."""

    def __init__(
        self,
        site: str,
        nodes: Collection[str],
        reception: Reception,
        visits: Visits,
        declines: Callable[[str], DeclineReason | None],
        token: Callable[[], str],
        draw: Draw,
    ) -> None:
        self.nodes = nodes
        self.services = reception.rules.services
        self.classes = reception.rules.classes
        self._site = site
        self._reception = reception
        self._visits = visits
        self.declines = declines
        self._token = token
        self.outlook = Outlook(reception, draw)
        self._offline: set[str] = set()
        self._recent: dict[str, deque[int]] = {node: deque(maxlen=MOST) for node in nodes}
        self._last: dict[str, str] = {}
        self._replies: dict[str, Reply] = {}

    # ---- what the dispensers say -----------------------------------------------------------------
    def on_state(self, node: str, state: State) -> None:
        """A node says whether it is there."""
        if state.online:
            self._offline.discard(node)
        elif node in self.nodes:
            self._offline.add(node)

    def on_reply(self, node: str, reply: Reply) -> None:
        """A dispenser says what came of a choice. What it was not asked is dropped."""
        chosen = self._reception.chosen(reply.id) if reply.re == "press" else None
        if chosen is None or chosen.node != node:
            return
        self._replies[reply.id] = reply
        while len(self._replies) > _REMEMBERED:
            del self._replies[next(iter(self._replies))]

    # ---- what the pages do -----------------------------------------------------------------------
    def look(self, node: str, now: int) -> KioskView:
        """What the page shows."""
        offered = tuple(self._offered(prospect) for prospect in self.outlook.at(now))
        return KioskView(node, node not in self._offline, offered)

    def choose(
        self, node: str, service: str, priority: str, now: int
    ) -> tuple[str, Outgoing | None]:
        """A visitor chose: the choice's id, and what to tell the dispenser. None: a choice of a
        moment ago is still under way, and a second touch means that one. QueueError: no ticket."""
        if service not in self.services:
            said = f"{service!r} is no service here. Choose one from the page."
            raise QueueError("no_service", said)
        last = self._last.get(node, "")
        if last and self.follow(node, last, now).stage == "asked":
            return last, None
        self._check(node, service, now)
        id_ = self._token()
        kept = priority if priority in self.classes else ""
        self._reception.choose(Chosen(id_, node, service, kept, now))
        self._recent[node].append(now)
        self._last[node] = id_
        choice = Choice(v=1, press=service, id=id_, at=now)
        return id_, Outgoing(topics.topic(self._site, node, topics.COMMAND), _encode(choice))

    def lose(self, choice: str) -> None:
        """The choice could not be sent."""
        self._replies[choice] = Reply(v=1, re="press", id=choice, error="offline")

    def follow(self, node: str, id_: str, now: int) -> ChoiceView:
        """What came of a choice; QueueError if there is none of that id at this page."""
        chosen = self._reception.chosen(id_)
        if chosen is None or chosen.node != node:
            raise QueueError("no_visit", f"there is no choice {id_!r} here. Begin anew.", visit=id_)
        reply = self._replies.get(id_)
        found = self._ticket(chosen, (reply and reply.visit) or id_)
        if found is not None:
            return found
        if reply is not None and reply.error:
            stage: Stage = "refused"
            return ChoiceView(node=node, service=chosen.service, stage=stage, error=reply.error)
        stage = "asked" if 0 <= now - chosen.at < PATIENCE_MS else "silent"
        return ChoiceView(node=node, service=chosen.service, stage=stage)

    # ---- inside ----------------------------------------------------------------------------------
    def _offered(self, prospect: Prospect) -> Offered:
        service = prospect.service
        closed = self.declines(service)
        return Offered(id=service, closed=closed, ahead=prospect.ahead, wait=prospect.wait)

    def _check(self, node: str, service: str, now: int) -> None:
        reason = self.declines(service)
        if reason is not None:
            raise QueueError(reason, f"{service} gives no ticket now: {reason}. Choose another.")
        if node in self._offline:
            raise QueueError("offline", f"{node} is not connected. Look at its plugs.")
        recent = self._recent[node]
        if len(recent) == MOST and 0 <= now - recent[0] < PER_MS:
            raise QueueError("many", f"{MOST} choices in a minute at {node}. Wait a moment.")

    def _ticket(self, chosen: Chosen, visit: str) -> ChoiceView | None:
        """The ticket, if its visit is here."""
        try:
            number = self._reception.hall.visit(visit).number
        except QueueError:
            return None
        told = self._reception.told(visit)
        return ChoiceView(
            node=chosen.node,
            service=chosen.service,
            stage="ticket",
            number=number,
            ahead=told.ahead if told else None,
            wait=told.wait if told else None,
            paper=self._visits.outcome(visit),
        )
