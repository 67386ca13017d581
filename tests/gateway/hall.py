"""A hall with real dispensers at a real office, and no network: what one says, the other hears."""

import itertools
from collections.abc import Iterator

from firmware.common.filelog import FileLog
from firmware.common.node import QUIET_MS, Node
from firmware.dispenser.counter import PRINTED, Counter, Service
from firmware.dispenser.rendering import text_layout
from firmware.dispenser.series import Series
from firmware.dispenser.ticket import Job
from simulator.disk import SimDisk
from tests.gateway.bench import SITE, Bench, StepClock
from wire import topics

SERVICES = {"passport": Service("А", "Паспорт"), "subsidy": Service("Б", "Субсидії")}
_visits = itertools.count(1)
_boots = itertools.count(1)


class MachineClock:
    """A dispenser's: the hall's time, from its own boot on. `known`: whether it has the date."""

    def __init__(self, hall: StepClock, known: bool = True) -> None:
        self.boot = f"{next(_boots):08x}"
        self._hall = hall
        self._booted = hall.ms - 5_000
        self._known = known

    def up(self) -> int:
        """Milliseconds since its boot."""
        return self._hall.ms - self._booted

    def at(self) -> int | None:
        """Unix ms, if it knows."""
        return self._hall.ms if self._known else None


class Machine:
    """A dispenser in the hall of `bench`; its card outlives its power."""

    def __init__(self, bench: Bench, node: str, mark: str, online: bool = True) -> None:
        self._bench = bench
        self._name = node
        self._mark = mark
        self._card, self._own = SimDisk(), SimDisk()
        self.jobs: list[Job] = []
        self._done: list[str] = []
        self.start(online)

    def start(self, online: bool, clock_known: bool = True) -> None:
        """The power comes back."""
        self._card, self._own = self._card.restore(), self._own.restore()
        self.clock = MachineClock(self._bench.clock, clock_known)
        log = FileLog(self._card, self._token)
        self.node = Node(SITE, self._name, log, self.clock, "0.1.0")
        series = Series(self._own, lambda: None, self._token)
        layout = text_layout("ЦНАП")
        self.counter = Counter(self.node, series, self, layout, SERVICES, self._mark, self._token)
        self.connect(online)

    def connect(self, online: bool) -> None:
        """The link comes up or goes down."""
        self.node.on_link(online)
        self.counter.on_link(online, self.clock.up())
        if online:
            self._bench.clock.ms += QUIET_MS
            self.talk()

    def press(self, service: str = "passport") -> None:
        """A visitor takes a ticket, and the paper comes out."""
        self.counter.press(service, self.clock.up())
        self.talk()

    def talk(self) -> None:
        """Until nobody has anything to say, and all that was printed is out."""
        said = self.node.outbox()
        while said or self._done:
            for visit in self._take_done():
                self.counter.on_printed(visit, PRINTED, "", self.clock.up())
            for topic, payload in self._office([(topic, payload) for topic, payload, _ in said]):
                mail = self.node.on_message(topic, payload)
                if mail is not None and mail[0] == topics.ANSWER:
                    self.counter.on_answer(mail[1], self.clock.up())
            said = self.node.outbox()

    def print(self, job: Job) -> None:
        """Implements `firmware.dispenser.counter.Paper`."""
        self.jobs.append(job)
        self._done.append(job.visit)

    def _office(self, said: list[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
        return ((out.topic, out.payload) for out in self._bench.handle(*said)) if said else iter(())

    def _take_done(self) -> list[str]:
        done, self._done = self._done, []
        return done

    def _token(self) -> str:
        return f"{next(_visits):016x}"
