"""What one transaction gathers: to be stored with it, and to be published after it."""

from gateway.clockwork import UNSET_BEFORE, Verdict
from wire import topics
from wire.batch import Mark, encode_mark
from wire.link import Outgoing
from wire.records import VisitBegan

Given = tuple[str, str, str, int, str, int]
"""A number: visit, day, service, count, dispenser, Unix ms."""


class Group:
    """A group of messages in one transaction. `up`: ms since the gateway's boot."""

    def __init__(self, site: str, verdict: Verdict, up: int) -> None:
        self.verdict = verdict
        self.now = max(verdict.now, UNSET_BEFORE)  # as long a number as the right one will be
        self.up = up
        self.held = 0
        self.given: list[Given] = []
        self.answers: list[Outgoing] = []
        self.began: list[VisitBegan] = []
        self.marks: dict[str, bytes] = {}
        self._site = site

    def mark(self, node: str, mark: Mark) -> None:
        """A device is told how far its records are stored."""
        self.marks[topics.topic(self._site, node, topics.ACK)] = encode_mark(mark)

    def answer(self, node: str, payload: bytes) -> None:
        """A dispenser gets its answer."""
        self.answers.append(Outgoing(topics.topic(self._site, node, topics.ANSWER), payload))

    def outgoing(self) -> list[Outgoing]:
        """What to publish when all is stored."""
        return [*retained(self.marks), *self.answers]


def retained(marks: dict[str, bytes]) -> list[Outgoing]:
    """Watermarks by topic, as they are published."""
    return [Outgoing(topic, mark, retain=True) for topic, mark in marks.items()]
