"""A month in a minute: drives the virtual office through its visitors, step by step.

Within a step each board's clock goes from event to event. First the dispensers give tickets: they
ask the gateway and wait for its answer, however long that takes here. Then the clerks work through
the same half hour, and then those whose visits ended press buttons. At the end of a step all
devices that are in range send what they gathered until everything is acknowledged, while the
servers' date stands still. So what comes out depends on the seed alone, not on how fast this
machine is.
"""

import random
import selectors
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from multiprocessing.sharedctypes import Synchronized
from typing import Any

from firmware.common.link import DOWN, MESSAGE, UP
from firmware.common.node import QUIET_MS
from simulator.clock import BoardClock
from simulator.devices import Box, Device, Mail, TicketDispenser
from simulator.hall.clerks import Played
from simulator.hall.pushes import Pushes
from simulator.hall.visitor import Push, pushes_of
from simulator.mishaps import Mishap, Mishaps
from simulator.visitors import Arrival, Day
from simulator.wires import PolledLink
from wire import topics

STEP_MS = 1_800_000  # less than gateway.place.BEHIND_MS: a board that comes back within a step
# tells of it while the servers' date is at the end
_SILENCE_S = 0.5
_GIVE_UP_AT = 20  # silences in one wait
_MOST_SILENCES = 60
_ANSWER_MS = 40  # how long a gateway's answer takes on the board's clock


class BackfillError(RuntimeError):
    """The virtual office stands still; the message says where."""


class Backfill:
    """Drives the devices. `date`: what gateway and collector take for now; `work`: lets the clerks
    work from one time until another (Unix ms); `seed`: of what the visitors do."""

    def __init__(
        self,
        boxes: dict[str, Box],
        dispensers: dict[str, TicketDispenser],
        mail: Mail,
        date: "Synchronized[int]",
        mishaps: Mishaps,
        boot_token: Callable[[], str],
        work: Callable[[int, int], Played],
        seed: int,
    ) -> None:
        self._work = work
        self._seed = seed
        self._boxes = boxes
        self._dispensers = dispensers
        self._devices: Sequence[Device] = [*boxes.values(), *dispensers.values()]
        self._by_name = {device.name: device for device in self._devices}
        self._mail = mail
        self._date = date
        self._mishaps = mishaps
        self._boot_token = boot_token
        self._selector = selectors.DefaultSelector()

    def connect(self) -> None:
        """Start all connections, and wait until the gateway has heard of every device."""
        for device in self._devices:
            self._plug_in(device)
        self._wait(lambda: all(device.connected for device in self._devices))
        self._talk(self._devices, self._date.value)

    def run_day(self, day: Day) -> None:
        """One day's events."""
        if not day.arrivals:
            return
        arrivals, pushes, going_on = deque(day.arrivals), Pushes(), 0
        now = day.arrivals[0].at // STEP_MS * STEP_MS
        while arrivals or pushes or going_on:
            self._meet(self._mishaps.until(now))
            now += STEP_MS
            self._date.value = now
            self._serve(_before(arrivals, now))
            self._talk(self._dispensers.values(), now)  # the clerks know of all tickets
            ended, going_on = self._work(now - STEP_MS, now)
            for visit in ended:
                pushes.add(pushes_of(visit.id, visit.service, visit.desk, visit.at, self._seed))
            self._push(pushes.before(now))
            self._talk(self._devices, now)

    def finish(self) -> None:
        """Everybody is in range again; the rest is delivered."""
        for device in self._devices:
            device.in_range = True
            _board(device).is_set = True
        self._deliver_from(self._devices, self._date.value + STEP_MS)  # each says how it stands

    def _meet(self, mishaps: Sequence[Mishap]) -> None:
        for mishap in mishaps:
            for name in mishap.nodes:
                device = self._by_name[name]
                if mishap.what == "power":
                    clock = BoardClock(mishap.at, self._boot_token(), is_set=device.in_range)
                    self._selector.unregister(_link(device))
                    device.cut_power(clock)
                    self._plug_in(device)
                    self._wait(partial(getattr, device, "connected"))
                else:
                    self._set_range(device, mishap.what == "in range")

    def _set_range(self, device: Device, in_range: bool) -> None:
        device.in_range = in_range
        if isinstance(device, TicketDispenser):
            device.hand_over(UP if in_range else DOWN, None)
        if in_range:
            _board(device).is_set = True  # the date comes over the network

    def _serve(self, arrivals: Sequence[Arrival]) -> None:
        """Dispensers work side by side, each serving its visitors one after the other."""
        lines: dict[str, deque[Arrival]] = defaultdict(deque)
        for arrival in arrivals:
            lines[arrival.dispenser].append(arrival)
        for name, line in lines.items():
            self._next(self._dispensers[name], line)
        self._wait(lambda: not self._waiting(lines))

    def _waiting(self, lines: dict[str, deque[Arrival]]) -> bool:
        for name, line in lines.items():
            dispenser = self._dispensers[name]
            if line and not dispenser.counter.busy:
                self._next(dispenser, line)
        return any(line or self._dispensers[name].counter.busy for name, line in lines.items())

    def _next(self, dispenser: TicketDispenser, line: deque[Arrival]) -> None:
        """The next visitor chooses; without the gateway the ticket comes at once."""
        while line and not dispenser.counter.busy:
            arrival = line.popleft()
            _board(dispenser).move(arrival.at)
            dispenser.buttons.press(arrival.service)
            dispenser.settle()

    def _push(self, pushes: Sequence[Push]) -> None:
        for push in pushes:
            box = self._boxes[push.box]
            _board(box).move(push.at)
            if push.hold_ms:
                _lean_on(box, push)
            else:
                box.panel.press(push.button)
                box.settle()

    def _talk(self, devices: Iterable[Device], now: int) -> None:
        """Those with something to say deliver it, then the boxes among them fall silent again."""
        talkers = [one for one in devices if one.in_range and one.node.sender.pending]
        self._deliver_from(talkers, now)
        for device in talkers:
            if isinstance(device, Box):
                device.hand_over(DOWN, None)

    def _deliver_from(self, talkers: Sequence[Device], now: int) -> None:
        """Deliver what devices have written."""
        for device in talkers:
            _board(device).move(now)
            device.hand_over(UP, None)  # as after a connect: it need not gather any longer
            _board(device).move_up(device.clock.up() + QUIET_MS)
            device.settle()
        self._wait(lambda: all(d.node.sender.pending == 0 for d in talkers))

    def _plug_in(self, device: Device) -> None:
        device.link.start()
        self._selector.register(_link(device), selectors.EVENT_READ)

    def _wait(self, done: Callable[[], bool]) -> None:
        """Listen, and hand over what comes, until `done`."""
        silences = 0
        while not done():
            heard = self._selector.select(_SILENCE_S)
            for key, _ in heard:
                key.fileobj.pump()  # type: ignore[union-attr]
            if not heard:
                silences += 1
                self._prod(silences)
            while not self._mail.empty():
                self._deliver(*self._mail.get())

    def _deliver(self, device: Device, kind: str, value: Any) -> None:
        if kind in (UP, DOWN):
            self._link_changed(device, kind)
            return
        if _is_awaited(device, kind, value):
            board = _board(device)
            board.move_up(board.up() + _ANSWER_MS)
        device.hand_over(kind, value)

    def _prod(self, silences: int) -> None:
        """A message was lost, or a server is away: what is pending is sent again; in the end,
        dispensers stop waiting for a number."""
        if silences > _MOST_SILENCES:
            pending = {d.name: d.node.sender.pending for d in self._devices if d.in_range}
            raise BackfillError(f"nothing moves any more; pending: {pending}")
        for device in self._devices:
            if device.in_range and device.node.online:
                device.node.sender.restart()
                if silences == _GIVE_UP_AT:
                    board = _board(device)
                    board.move_up(board.up() + 3_000)
                device.settle()

    def _link_changed(self, device: Device, kind: str) -> None:
        device.connected = kind == UP
        if isinstance(device, TicketDispenser) and device.in_range:
            device.hand_over(kind, None)


def _lean_on(box: Box, push: Push) -> None:
    """The button goes down and stays there: the box counts a press, then says it is stuck."""
    box.panel.hold(push.button)
    box.settle()
    for after in (50, 10_100, push.hold_ms):
        _board(box).move(push.at + after)
        box.settle()
    box.panel.release(push.button)
    box.settle()


def _before(arrivals: deque[Arrival], end: int) -> list[Arrival]:
    found: list[Arrival] = []
    while arrivals and arrivals[0].at < end:
        found.append(arrivals.popleft())
    return found


def _link(device: Device) -> PolledLink:
    assert isinstance(device.link, PolledLink)
    return device.link


def _is_awaited(device: Device, kind: str, value: Any) -> bool:
    """Whether a dispenser has waited for this message. The others come whenever this machine lets
    them: they must not move a board's clock."""
    return (
        isinstance(device, TicketDispenser)
        and device.counter.busy
        and kind == MESSAGE
        and value[0] == device.node.topic(topics.ANSWER)
    )


def _board(device: Device) -> BoardClock:
    assert isinstance(device.clock, BoardClock)
    return device.clock


def seeded_token(seed: str, bits: int) -> Callable[[], str]:
    """A source of tokens of so many bits, in hex, that gives the same ones for the same seed."""
    chance = random.Random(seed)
    return lambda: f"{chance.getrandbits(bits):0{bits // 4}x}"
