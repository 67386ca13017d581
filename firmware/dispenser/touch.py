"""What the office's touch page asks of this dispenser: taken like a press of a button. Decides; no
I/O but the reply, which is queued at the node.

Each choice is taken once, and only while its visitor can still stand there. The page is told what
came of it; a button needs no such word.
"""

import json
from collections import deque
from dataclasses import dataclass

from firmware.common.node import Node
from firmware.dispenser.answer import read_json
from wire import topics

TOO_OLD_MS = 10_000  # the page has told its visitor by then that nobody answers
BUSY = "busy"
OLD = "old"
NO_SERVICE = "no such service"
_REMEMBERED = 64  # choices; a broker repeats one at once, if ever
_MAX_ERROR = 500  # characters, as wire.records.Text
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Choice:
    """A service that was chosen; `id` becomes the visit's. `at`: when, Unix ms."""

    service: str
    id: str
    at: int

    def is_old(self, now: int | None) -> bool:
        """Whether its visitor has gone; `now`: Unix ms, None: not known, and then it is not."""
        return now is not None and now - self.at > TOO_OLD_MS


class Choices:
    """Tells a choice from what is none, and from what came before."""

    def __init__(self) -> None:
        self._seen: deque[str] = deque(maxlen=_REMEMBERED)

    def take(self, payload: bytes) -> Choice | None:
        """A command has come; None: it is no choice, or one that came before."""
        choice = _read(payload)
        if choice is None or choice.id in self._seen:
            return None
        self._seen.append(choice.id)
        return choice


class Replies:
    """Tells the page once what came of each choice; of a button's press nobody asked."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._open: set[str] = set()

    def expect(self, choice: str) -> None:
        """From now on the page waits for it. `choice`, here and below: its id; empty: a button."""
        if choice:
            self._open.add(choice)

    def visit(self, choice: str, visit: str) -> None:
        """Its ticket is on its way to the paper: that of `visit`, which is another one if it is a
        copy."""
        self._say(choice, {"visit": visit})

    def refuse(self, choice: str, error: str) -> None:
        """There is no ticket."""
        self._say(choice, {"error": error[:_MAX_ERROR]})

    def _say(self, choice: str, said: dict[str, str]) -> None:
        if choice in self._open:
            self._open.discard(choice)
            reply = {"v": 1, "re": "press", "id": choice, **said}
            data = json.dumps(reply, ensure_ascii=False, separators=(",", ":"))
            self._node.publish(topics.REPLY, data.encode())


def _read(payload: bytes) -> Choice | None:
    said = read_json(payload)
    service, id_, at = said.get("press"), said.get("id"), said.get("at")
    if said.get("v") != 1 or not isinstance(service, str) or not _is_id(id_):
        return None
    if not isinstance(at, int) or isinstance(at, bool):
        return None
    return Choice(service, str(id_), at)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == 16 and _HEX.issuperset(value)
