"""What a newcomer's hands can do to the virtual devices."""

from collections.abc import Callable, Mapping
from typing import Any

from simulator.devices import Box, TicketDispenser

Do = Callable[[Callable[[], None]], Any]
"""Has the thread that drives the devices do a job; TimeoutError: it does not get to it."""


class HandError(ValueError):
    """There is no such thing to lay hands on: `what` it was, `name`, and `known`, what there is."""

    def __init__(self, what: str, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no {what} {name!r} here; there are: {', '.join(known)}")
        self.what = what
        self.name = name
        self.known = known


class Hands:
    """`machine`: the dispenser that is shown, `boxes`: the rating boxes that are, by name;
    `let_come`: lets other visitors come, or no longer."""

    def __init__(
        self,
        do: Do,
        machine: TicketDispenser,
        boxes: Mapping[str, Box],
        let_come: Callable[[bool], None],
    ) -> None:
        self._let_come = let_come
        self._do = do
        self._machine = machine
        self._boxes = boxes

    def press(self, name: str, button: str) -> None:
        """Push a button of a rating box and let go. HandError: there is no such."""
        box = self._boxes[_known("box", name, self._boxes)]
        _known("button", button, box.panel.lamps)

        def push() -> None:
            box.panel.press(button)
            box.settle()

        self._do(push)

    def choose(self, service: str) -> None:
        """Push a service's button of the dispenser. HandError: there is no such."""
        machine = self._machine
        _known("service", service, machine.buttons.lamps)

        def push() -> None:
            machine.buttons.press(service)
            machine.settle()

        self._do(push)

    def paper(self, verb: str) -> None:
        """`tear` the printer's paper off its roll, or `load` a new roll. HandError: neither."""
        machine = self._machine
        verbs = {"tear": machine.printer.tear_paper, "load": machine.printer.load_paper}
        act = verbs[_known("verb", verb, verbs)]

        def handle() -> None:
            act()
            machine.settle()

        self._do(handle)

    def visitors(self, verb: str) -> None:
        """Others `come`, or `stay` away from now on. HandError: neither."""
        come = {"come": True, "stay": False}
        _known("way", verb, come)
        self._do(lambda: self._let_come(come[verb]))


def _known(what: str, name: str, known: Mapping[str, Any]) -> str:
    if name not in known:
        raise HandError(what, name, tuple(known))
    return name
