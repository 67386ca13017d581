"""Carries a node's mail: what the link brought to it, what it has to send to the link."""

import logging
from collections.abc import Callable
from typing import Any

from firmware.common.link import DOWN, MESSAGE, UP
from firmware.common.node import Node

log = logging.getLogger("talon.node")

Send = Callable[[str, bytes, bool], None]  # topic, payload, retain
_TELL_MS = 60_000  # a fault that counts up is told no more often than this


class Courier:
    """Between `node` and its link; `send` publishes."""

    def __init__(self, node: Node, send: Send) -> None:
        self._node = node
        self._send = send
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
        for topic, payload, retain in self._node.outbox():
            self._send(topic, payload, retain)
        if self._node.fault != self._told:
            self._tell(self._node.fault, now)

    def due(self, now: int) -> int | None:
        """In how many ms `step` has something to publish; None: not before an event."""
        return self._node.due()

    def _tell(self, fault: str, now: int) -> None:
        if not fault:
            log.info("the fault has gone")
        elif now >= self._tell_from or not self._told:
            log.error("%s", fault)
            self._tell_from = now + _TELL_MS
        else:
            return
        self._told = fault
