"""One device as a process of its own, which can be killed as a real one: `python -m
simulator.lone_device`.

The real program, with its real connection and its files on a real disk; only the buttons and the
printer are not there. A hand that never tires presses one button after the other. What a visitor
would have seen goes into a witness file, line by line:

    push satisfied                       the hand begins to push
    lamp 0123456789abcdef 37 satisfied   the lamp lit: for record 37 of that epoch
    paper 89abcdef01234567 1b40…         the ticket of that visit came out, with these bytes
"""

import argparse
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from firmware.common import program
from firmware.common.config import Identity
from firmware.common.link import Link
from firmware.common.node import OFFLINE, Node
from firmware.common.posix_clock import PosixClock
from firmware.common.program import Inbox, Program
from firmware.dispenser import app as dispenser
from firmware.dispenser import config as dispenser_config
from firmware.dispenser.ticket import Job
from firmware.ratingbox import config as box_config
from firmware.ratingbox.app import RatingBox
from simulator.board import VirtualButtons, VirtualPanel
from simulator.printer import VirtualPrinter
from wire import topics

NAME = "simulator.lone_device"
KINDS = ("box", "dispenser")
HOLD_S = 0.04  # a press is 30 ms of contact
_EXAMPLES = """examples:
  python -m simulator.lone_device --kind box --config box.toml --witness box.txt
  python -m simulator.lone_device --kind box --config box.toml --witness box.txt --presses 0
  python -m simulator.lone_device --kind dispenser --config docs/examples/dispenser.toml \\
      --witness tickets.txt --presses 50 --every-ms 500

The config is that of talon-ratingbox or talon-dispenser; its pins and its printer are not used.
"""


class Witness:
    """The witness file. A line is there as soon as it is said, whoever is killed then."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def say(self, *words: object) -> None:
        """Add a line, in one write."""
        os.write(self._file, (" ".join(map(str, words)) + "\n").encode())

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


class WatchedPanel(VirtualPanel):
    """A panel whose lamps are watched."""

    def __init__(self, node: Node, witness: Witness, inbox: Inbox) -> None:
        super().__init__(inbox, node.clock.up, pause_ms=0)
        self._node = node
        self._witness = witness

    def thank(self, button: str) -> None:
        """Light the lamp; then it is witnessed."""
        super().thank(button)
        self._witness.say("lamp", self._node.log.epoch, self._newest_press(), button)

    def _newest_press(self) -> int:
        """Its number; after it there may be how many could not be taken before."""
        log = self._node.log
        number = log.last
        while b'"kind":"press"' not in log.read(number, 1, 0)[0]:
            number -= 1
        return number


class WatchedPrinter(VirtualPrinter):
    """A printer whose paper is watched."""

    def __init__(self, witness: Witness, inbox: Inbox) -> None:
        super().__init__(inbox)
        self._witness = witness

    def print(self, job: Job) -> None:
        """Print a ticket; then it is witnessed."""
        super().print(job)
        (data,) = self.paper
        self.paper.clear()  # a hand that never tires would fill the memory
        self._witness.say("paper", job.visit, data.hex())


class Hand:
    """Presses the buttons `names` in turn, one each `every_s` seconds, `presses` in all.

    Its thread `hand` is the only one that moves them, and ends with `close`.
    """

    def __init__(
        self,
        buttons: VirtualButtons,
        names: Sequence[str],
        witness: Witness,
        presses: int,
        every_s: float,
    ) -> None:
        self._buttons = buttons
        self._names = names
        self._witness = witness
        self._presses = presses
        self._rest_s = max(0.0, every_s - HOLD_S)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="hand", daemon=True)

    def start(self) -> None:
        """Begin to press."""
        self._thread.start()

    def close(self) -> None:
        """Let go."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        for number in range(self._presses):
            if self._stop.wait(self._rest_s):
                return
            button = self._names[number % len(self._names)]
            self._witness.say("push", button)
            self._buttons.hold(button)
            self._stop.wait(HOLD_S)
            self._buttons.release(button)


Built = tuple[Program, VirtualButtons]
Build = Callable[[Path], tuple[Identity, Callable[[Node, Link, Inbox, Witness], Built]]]


def build_box(path: Path) -> tuple[Identity, Callable[[Node, Link, Inbox, Witness], Built]]:
    """The identity of a rating box's config, and what makes the program."""

    def build(node: Node, link: Link, inbox: Inbox, witness: Witness) -> Built:
        panel = WatchedPanel(node, witness, inbox)
        return RatingBox(node, panel, link.publish), panel

    return box_config.read(path).identity, build


def build_dispenser(path: Path) -> tuple[Identity, Callable[[Node, Link, Inbox, Witness], Built]]:
    """The same of a dispenser's."""
    config = dispenser_config.read(path)

    def build(node: Node, link: Link, inbox: Inbox, witness: Witness) -> Built:
        buttons = VirtualButtons(list(config.services), inbox, node.clock.up, pause_ms=0)
        adoption = dispenser.open_adoption(config)
        counter = dispenser.build_counter(adoption, node, WatchedPrinter(witness, inbox))
        return dispenser.Dispenser(node, buttons, counter, link.publish, adoption), buttons

    return config.identity, build


BUILD: dict[str, Build] = {"box": build_box, "dispenser": build_dispenser}


def run(kind: str, config: Path, witness_file: Path, presses: int, every_s: float) -> None:
    """Run until SIGTERM or SIGINT, as `run` of the device's own app does."""
    identity, build = BUILD[kind](config)
    lock = program.claim(identity.data)
    inbox = Inbox()
    program.stop_on_signals(inbox)
    clock = PosixClock()
    node = program.open_node(identity, clock)
    link = Link(node, identity.broker, inbox)
    witness = Witness(witness_file)
    device, buttons = build(node, link, inbox, witness)
    hand = Hand(buttons, list(buttons.levels()), witness, presses, every_s)
    link.start()
    hand.start()
    try:
        program.run(device, inbox, clock)
    finally:
        hand.close()
        program.take(device, inbox, 0)  # what the hand did last
        link.close((node.topic(topics.STATE), OFFLINE))
        witness.close()
        os.close(lock)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; exit codes as those of the devices' own commands."""
    chosen = _parser().parse_args(arguments)
    return program.guarded(NAME, lambda: _run(chosen))


def _run(chosen: argparse.Namespace) -> int:
    run(
        chosen.kind,
        chosen.config,
        chosen.witness,
        chosen.presses,
        chosen.every_ms / 1000,
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {NAME}",
        description="A device that presses its own buttons, as a process that can be killed.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="TOML file")
    parser.add_argument("--witness", type=Path, required=True, metavar="FILE", help="appended to")
    parser.add_argument(
        "--presses", type=int, default=1_000_000, metavar="N", help="then only send (1000000)"
    )
    parser.add_argument(
        "--every-ms", type=int, default=150, metavar="MS", help="from push to push (150)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
