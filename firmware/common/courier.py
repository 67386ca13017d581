"""Carries a node's mail: what the link brought to the node, what the node has to send to the link.

A card that cannot be read must not end the program: the buttons go on, and the mail is tried again
after a pause.
"""

import logging
from collections.abc import Callable
from typing import Any

from firmware.common.link import DOWN, MESSAGE, UP
from firmware.common.node import Node

log = logging.getLogger("talon.node")

Send = Callable[[str, bytes, bool], None]  # topic, payload, retain
_PAUSE_MS = 5_000
_TELL_MS = 60_000  # a fault that counts up is told no more often than this


class Courier:
    """Between `node` and its link; `send` publishes."""

    def __init__(self, node: Node, send: Send) -> None:
        self._node = node
        self._send = send
        self._resting_until = 0
        self._told = ""
        self._tell_from = 0

    def handle(self, kind: str, value: Any) -> tuple[str, bytes] | None:
        """Take an event of the link; what is not the node's own returns as (channel, payload)."""
        if kind in (UP, DOWN):
            self._node.on_link(kind == UP)
        elif kind == MESSAGE:
            return self._node.on_message(*value)
        return None

    def step(self, now: int) -> None:
        """Publish what is due, and tell of a new fault."""
        if now >= self._resting_until:
            self._publish(now)
        if self._node.fault != self._told:
            self._tell(self._node.fault, now)

    def due(self, now: int) -> int | None:
        """In how many ms `step` has something to publish; None: not before an event."""
        due = self._node.due()
        return None if due is None else max(due, self._resting_until - now)

    def _tell(self, fault: str, now: int) -> None:
        if not fault:
            log.info("the fault has gone")
        elif now >= self._tell_from or not self._told:
            log.error("%s", fault)
            self._tell_from = now + _TELL_MS
        else:
            return
        self._told = fault

    def _publish(self, now: int) -> None:
        try:
            for topic, payload, retain in self._node.outbox():
                self._send(topic, payload, retain)
        except OSError as error:
            self._resting_until = now + _PAUSE_MS
            log.error("cannot read the log on the card, trying again: %s", error)
