"""A look at the virtual devices from outside, by the thread that drives them."""

from collections import deque
from collections.abc import Mapping
from typing import Any

import msgspec

from simulator.devices import Box, Device, TicketDispenser
from simulator.hall.crowd import Crowd
from simulator.showroom.seen import Card, Kind, Machine, Note, Panel, Seen, Slip

SLIPS = 4  # tickets that stay in sight
NOTES = 40  # records of which the newest happenings are made
_AT_ONCE = 200  # records read in one look
_WHAT: dict[str, tuple[Kind, str]] = {
    "press": ("press", "button"),
    "issued": ("issued", "service"),
    "printed": ("printed", "service"),
    "declined": ("declined", "service"),
}


class Window:
    """`machine`: the dispenser that is shown; `shown`: the boxes that are; `boxes`: all of the
    office's, whose presses are counted; `crowd`: the other visitors. `seen`: the newest look, for
    any thread."""

    def __init__(
        self,
        machine: TicketDispenser,
        shown: Mapping[str, Box],
        boxes: Mapping[str, Box],
        crowd: Crowd,
    ) -> None:
        self._crowd = crowd
        self._machine = machine
        self._shown = shown
        self._boxes = boxes
        self._notes: deque[Note] = deque(maxlen=NOTES)
        self._read: dict[str, tuple[str, int]] = {}  # epoch and number up to which each is read
        self._presses: dict[str, tuple[int, ...]] = {}
        self.seen = self._see()

    def look(self) -> None:
        """Take in what has changed; for the thread that drives the devices only."""
        seen = self._see()
        if seen != self.seen:
            self.seen = seen

    def _see(self) -> Seen:
        for device in (self._machine, *self._boxes.values()):
            self._read_card(device)
        told = (self._machine, *self._shown.values())
        return Seen(
            machine=_machine(self._machine),
            panels={name: _panel(box) for name, box in self._shown.items()},
            cards=tuple(self._card(box) for box in self._boxes.values()),
            acked={device.name: device.node.sender.acked for device in told},
            notes=tuple(self._notes),
            comes=self._crowd.comes,
        )

    def _card(self, box: Box) -> Card:
        epoch, last = self._read[box.name]
        return Card(box.name, epoch, last, self._presses.get(box.name, ()))

    def _read_card(self, device: Device) -> None:
        log = device.node.log
        epoch, upto = self._read.get(device.name, ("", 0))
        if epoch != log.epoch:  # another card, or none yet: its presses begin at nothing
            upto = 0
            self._presses.pop(device.name, None)
        first = max(upto + 1, log.oldest)
        records = log.read(first, _AT_ONCE, 1 << 20) if first <= log.last else []
        for seq, record in enumerate(records, first):
            self._take(device.name, log.epoch, seq, msgspec.json.decode(record))
        self._read[device.name] = log.epoch, max(upto, first - 1 + len(records))

    def _take(self, node: str, epoch: str, seq: int, record: dict[str, Any]) -> None:
        kind, key = _WHAT.get(record["kind"], (None, ""))
        if kind is None:
            return
        if kind == "press":
            self._presses[node] = (*self._presses.get(node, ()), seq)
        if node == self._machine.name or node in self._shown:
            self._notes.append(
                Note(
                    node=node,
                    epoch=epoch,
                    seq=seq,
                    at=record["at"] or 0,
                    kind=kind,
                    what=record[key],
                    visit=record.get("visit", ""),
                    number=record.get("number", ""),
                    outcome=record.get("outcome", "") or record.get("reason", ""),
                )
            )


def _panel(box: Box) -> Panel:
    panel = box.panel
    return Panel(
        lamps=dict(panel.lamps),
        sounding=panel.sounding,
        sounds=len(panel.sounds),
        sound=panel.sounds[-1] if panel.sounds else "",
        online=box.connected,
        fault=box.node.fault,
    )


def _machine(machine: TicketDispenser) -> Machine:
    paper = machine.printer.paper
    first = max(0, len(paper) - SLIPS)
    return Machine(
        lamps=dict(machine.buttons.lamps),
        slips=tuple(Slip(n, data) for n, data in enumerate(paper[first:], first + 1)),
        has_paper=machine.printer.has_paper,
        online=machine.connected,
        fault=machine.node.fault,
    )
