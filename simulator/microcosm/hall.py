"""One hall in virtual time: a dispenser, the paper that comes out of its printer, its office.

The real program and the real talk with the printer, byte by byte; the office gives numbers, stores
what it is told, and acknowledges.
"""

import json
import random
from collections.abc import Callable
from functools import partial
from typing import Any

from firmware.common.program import Program
from firmware.dispenser import escpos, profiles
from firmware.dispenser.app import Dispenser
from firmware.dispenser.codepage import Encoder
from firmware.dispenser.counter import Counter
from firmware.dispenser.dialogue import Dialogue, Line
from firmware.dispenser.escpos import Bitmap
from firmware.dispenser.escpos_text import TextJob
from firmware.dispenser.printer import Desk
from firmware.dispenser.series import Series
from firmware.dispenser.slip import Template
from firmware.dispenser.ticket import Job, Layout
from simulator.board import VirtualButtons
from simulator.microcosm.broker import Broker, Connection
from simulator.microcosm.cable import Cable, Plug
from simulator.microcosm.clockwork import Clockwork, Trace
from simulator.microcosm.device import Sizes, TicketDispenser
from simulator.microcosm.fate import Killed
from simulator.microcosm.stage import Stage, Witness
from wire import topics
from wire.batch import decode_batch, encode_mark
from wire.hop import Receiver

SITE = "hall"
LETTERS = {"passport": "А", "subsidy": "Б"}
_PROFILES = ("generic-58", "generic-80", "epson-tm-t20")  # a QR as a picture, with a knife, native
_LOGO = Bitmap(4, 40, bytes(range(160)))  # more than one band of dots
_SIZES = Sizes(700, 200_000, 5, 2)


class Office:
    """Who is at the other end of the broker. `records`: what the dispenser has delivered, in
    order."""

    def __init__(self, stage: Stage, broker: Broker) -> None:
        heard = [f"talon/v1/{SITE}/+/{channel}" for channel in (topics.LOG, topics.ASK)]
        self.connection = Connection(stage, broker, "office", heard, None)
        self.records: list[bytes] = []
        self._receiver = Receiver([], set())
        self._given = dict.fromkeys(LETTERS, 0)
        self._answers: dict[str, str] = {}
        self.connection.open(self)

    def on_up(self) -> None:
        """Connected."""

    def on_down(self) -> None:
        """Not connected any more."""

    def on_message(self, topic: str, payload: bytes) -> None:
        """Records, or an ask for a number."""
        _, node, channel = topics.parse(topic)
        if channel == topics.ASK:
            said = json.loads(payload)
            answer = {"v": 1, "visit": said["visit"], "number": self._number(**said)}
            self._publish(node, topics.ANSWER, json.dumps(answer).encode(), retain=False)
            return
        admission = self._receiver.admit(decode_batch(payload))
        assert admission.lost is None, f"records {admission.lost} are lost"
        self.records += admission.records
        self._publish(node, topics.ACK, encode_mark(admission.mark), retain=True)

    def _number(self, visit: str, service: str, **_: object) -> str:
        """The same for the same visit, which may be asked for twice."""
        if visit not in self._answers:
            self._given[service] += 1
            self._answers[visit] = f"{LETTERS[service]}{self._given[service]:03d}"
        return self._answers[visit]

    def _publish(self, node: str, channel: str, payload: bytes, retain: bool) -> None:
        self.connection.publish(topics.topic(SITE, node, channel), payload, retain)


class Thread:
    """Stands for the dispenser's `talon-printer`, in one life of its program. Implements `Paper`.

    It does what `firmware.dispenser.printer.Printer` does, at virtual times.
    """

    def __init__(self, dispenser: "PaperDispenser", cable: Cable, asked: bool) -> None:
        self._dispenser = dispenser
        self._clockwork = cable.clockwork
        self._life = dispenser.life
        self._rests = 0  # so that of several plans to look only the latest holds
        clock = self._clockwork
        line = Line(lambda: Plug(cable, self._wait), keep=cable.drains or asked, renew=True)
        talk = Dialogue(line, asked, dispenser.clear, lambda: clock.now / 1000)
        self._desk = Desk(talk, dispenser.inbox, asked)
        self._work_later(self._desk.look)

    def print(self, job: Job) -> None:
        """Begin to print; returns at once."""
        if self._desk.accept(job):
            self._work_later(partial(self._desk.do, job))

    def _work_later(self, work: Callable[[], None]) -> None:
        self._rests += 1
        self._clockwork.after(0, partial(self._work, work))

    def _work(self, work: Callable[[], None]) -> None:
        if not self._alive():
            return
        try:
            work()
        except Killed:
            return
        self._rest()
        self._dispenser.notice()

    def _rest(self) -> None:
        self._rests += 1
        if self._desk.rest_s is not None:
            self._clockwork.after(int(self._desk.rest_s * 1000), partial(self._look, self._rests))

    def _look(self, rests: int) -> None:
        if rests == self._rests:
            self._work(self._desk.look)

    def _alive(self) -> bool:
        return self._dispenser.on and self._dispenser.life == self._life

    def _wait(self, ms: int, true: Callable[[], bool]) -> None:
        if ms and not true():
            self._dispenser.notice()
            self._clockwork.run_until(
                self._clockwork.now + ms, lambda: self._alive() and not true()
            )
        if not self._alive():
            raise Killed


class PaperDispenser(TicketDispenser):
    """A dispenser whose printer takes its time. `life`: how often its program was started."""

    def __init__(self, stage: Stage, broker: Broker, cable: Cable, layout: Layout, asked: bool):
        super().__init__(stage, SITE, "disp-1", broker, _SIZES)
        self.life = 0
        self.counter: Counter
        self._cable = cable
        self._layout = layout
        self.clear = escpos.clear(profiles.find(layout.template.office))
        self._asked = asked

    @property
    def inbox(self) -> Any:
        """Where its board, its link and its printer put what happens."""
        return self._inbox

    def notice(self) -> None:
        """Take what is in the inbox."""
        self._act(lambda: None)

    def kill(self) -> None:
        """SIGKILL; it is started again."""
        if self.on:
            self._end("is killed")
            self.stage.after(self.stage.between(500, 5_000), self._restart)

    def cut_power(self, ms: int) -> None:
        """As Device; what the kernel has queued for the printer is gone."""
        super().cut_power(ms)
        self._cable.lose_queue()

    def _build(self) -> Program:
        self.life += 1
        self._board = VirtualButtons(self.buttons, self._inbox, self.clock.up)
        counter = self.counter = Counter(
            self.node,
            Series(self.card, self._held, self.stage.token),
            Thread(self, self._cable, self._asked),
            self._layout,
            self._services,
            "9",
            self.stage.token,
        )
        return Dispenser(self.node, self._board, counter, self._publish)


class Hall:
    """A hall, from its seed. `witness`: is told what happens to the dispenser; `changed`: called
    after anything that can change the paper."""

    def __init__(
        self, seed: int, trace: Trace, witness: Witness, changed: Callable[[], None]
    ) -> None:
        chance = random.Random(f"hall/{seed}")
        self.seed = seed
        self.clockwork = Clockwork(trace)
        self.stage = Stage(self.clockwork, random.Random(f"stage/{seed}"), witness)
        self.asked = chance.random() < 0.85
        speed, drains = chance.choice(((1, True), (11, True), (200, False)))
        self.cable = Cable(self.clockwork, speed, drains, changed)
        self.broker = Broker(self.stage, "broker")
        self.office = Office(self.stage, self.broker)
        layout = _layout(chance.choice(_PROFILES))
        self.dispenser = PaperDispenser(self.stage, self.broker, self.cable, layout, self.asked)
        self.stage.tell(
            f"{layout.template.office}, {speed} bytes a ms, {'serial' if drains else 'network'},"
            f" {'asked' if self.asked else 'not asked'}"
        )


def _layout(profile: str) -> Layout:
    """Tickets as text, with pictures in between that may break off."""
    found = profiles.find(profile)
    job = TextJob(found, Encoder("cp1251"), 46, {"arms": _LOGO})
    template = Template(profile, qr="{number}", logo="arms", footer="Збережіть талон")
    return Layout(template, job.render, escpos.apart(found))
