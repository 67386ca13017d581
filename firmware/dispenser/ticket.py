"""A ticket as bytes for the printer of this dispenser. Pure: the same ticket, the same bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firmware.dispenser.slip import Item, Notice, Template, Ticket, compose


@dataclass(frozen=True)
class Layout:
    """A template, and what turns its lines into a job: as text or as a picture.

    `apart`: what keeps a job from a half one before it.
    """

    template: Template
    render: Callable[[Sequence[Item]], bytes]
    apart: bytes = b""

    def ticket(self, ticket: Ticket | Notice) -> bytes:
        """The whole job."""
        return self.render(compose(self.template, ticket))


@dataclass(frozen=True)
class Job:
    """A slip on its way to the printer: a value, of which whoever prints it makes the bytes.

    A picture takes a slow Pi a while, in which the main loop must answer the buttons.
    `after_doubt`: whether the one before it may have broken off half way.
    """

    layout: Layout
    ticket: Ticket | Notice
    after_doubt: bool = False

    @property
    def visit(self) -> str:
        """Whose it is."""
        return self.ticket.visit

    def render(self) -> bytes:
        """The bytes for the printer."""
        ticket = self.layout.ticket(self.ticket)
        return self.layout.apart + ticket if self.after_doubt else ticket
