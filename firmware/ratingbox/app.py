"""The rating box, put together: panel, log, link and board."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from firmware.common import program
from firmware.common.courier import Courier, Send
from firmware.common.link import Link
from firmware.common.node import OFFLINE, Node
from firmware.common.posix_clock import PosixClock
from firmware.common.program import EDGE, Inbox
from firmware.ratingbox.config import Config
from firmware.ratingbox.invitation import Invitation
from firmware.ratingbox.panel import Panel
from wire import topics

if TYPE_CHECKING:
    from firmware.ratingbox.panel import Board

    class PanelBoard(Board, Protocol):
        """A board whose buttons can be looked at."""

        def levels(self) -> Mapping[str, bool]:
            """Which buttons are down now."""


class RatingBox:
    """Implements `firmware.common.program.Program`. `send` publishes (topic, payload, retain)."""

    def __init__(self, node: Node, board: "PanelBoard", send: Send) -> None:
        self._board = board
        self._courier = Courier(node, send)
        self._panel = Panel(node, board, dict(board.levels()), node.clock.up())
        self._invitation = Invitation(self._panel)
        self._up = node.clock.up

    def handle(self, kind: str, value: Any) -> None:
        """Take an event of the board (EDGE) or of the link."""
        if kind == EDGE:
            self._panel.edge(*value)
            return
        mail = self._courier.handle(kind, value)
        if mail is not None and mail[0] == topics.COMMAND:
            self._invitation.handle(mail[1], self._up())

    def step(self, now: int) -> None:
        """Do what is due."""
        # The kernel keeps 16 edges a line; on a bad contact the last one may be lost. So look.
        for button, pressed in self._board.levels().items():
            self._panel.edge(button, pressed, now)
        self._panel.poll(now)
        self._courier.step(now)

    def due(self, now: int) -> int | None:
        """In how many ms `step` has something to do, unless something happens."""
        waits = (self._panel.due(now), self._courier.due(now))
        return min((wait for wait in waits if wait is not None), default=None)


def run(config: Config) -> None:
    """Run until SIGTERM or SIGINT."""
    identity = config.identity
    lock = program.claim(identity.data)
    inbox = Inbox()
    program.stop_on_signals(inbox)
    clock = PosixClock()
    os.chdir(identity.data)
    board = open_board(config, inbox, clock)
    node = program.open_node(identity, clock)
    link = Link(node, identity.broker, inbox)
    box = RatingBox(node, board, link.publish)
    link.start()
    try:
        program.run(box, inbox, clock)
    finally:
        node.close()
        link.close((node.topic(topics.STATE), OFFLINE))
        board.close()
        os.close(lock)


def open_board(config: Config, inbox: Inbox, clock: PosixClock) -> Any:
    """The Pi's board; gpiozero is not loaded before it is needed.

    lgpio puts its notification pipe into the working folder."""
    from firmware.ratingbox.board_pi import PiBoard

    return PiBoard(config.pins, inbox, clock.up)
