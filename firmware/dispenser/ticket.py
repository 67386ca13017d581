"""A ticket as bytes for the printer of this dispenser. Pure: the same ticket, the same bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firmware.dispenser.slip import Item, Template, Ticket, compose


@dataclass(frozen=True)
class Layout:
    """A template, and what turns its lines into a job: as text or as a picture."""

    template: Template
    render: Callable[[Sequence[Item]], bytes]

    def ticket(self, ticket: Ticket) -> bytes:
        """The whole job."""
        return self.render(compose(self.template, ticket))
