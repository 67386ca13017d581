"""The records of the office's devices: one stream each, by the hop, into the journal."""

import logging
from collections.abc import Container, Sequence

from gateway.clockwork import Verdict
from gateway.decide import BoxMemory
from gateway.group import Group
from gateway.heads import Heads
from gateway.held import Came, Now, moments, place_anew
from gateway.intake import Intake, Row, Taken
from gateway.journal import Journal
from wire.batch import Batch, BatchError
from wire.clock import OfficeClock
from wire.hop import Admission, Receiver
from wire.records import State

log = logging.getLogger("talon.gateway")

MOST_STRANGERS = 64  # nodes that are not in the config but whose records we keep
HELD_AT_ONCE = 2_000  # records placed anew in one transaction


class Streams:
    """All streams of one office. `held`: records held back from the city, because they came while
    the time was not known."""

    def __init__(self, site: str, journal: Journal, intake: Intake, clock: OfficeClock) -> None:
        self.heads = Heads(journal)
        self._site = site
        self._journal = journal
        self._intake = intake
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """Begin from what is stored."""
        self._receivers: dict[str, Receiver] = {}
        self._memories: dict[tuple[str, str], BoxMemory] = {}
        self._resent: dict[tuple[str, str], _Resent] = {}
        self.held = self._journal.count_held()
        self.heads.forget()

    def take(self, node: str, batch: Batch, group: Group) -> Taken | None:
        """Store what is new in a batch, within the caller's transaction; None: nothing is."""
        admission = self._receiver(node).admit(batch)
        group.mark(node, admission.mark)
        if not (admission.changed or admission.duplicates):
            return None
        epoch = admission.mark.epoch
        memory = self._memory(node, epoch)
        resent = self._resent_of(node, epoch)
        latest = group.verdict.latest
        taken = self._intake.take(node, batch, admission, memory, resent, group.now, latest)
        self._journal.take(node, epoch, taken, group.now)
        if taken.rows and group.verdict.certainty == "waiting":
            self._hold(node, batch, admission, taken.rows, group)
        self._journal.save(self._site, node, admission, memory, group.now)
        seq = admission.mark.seq
        self.heads.note(node, epoch, seq, seq, group.now, admission.duplicates)
        return taken

    def hear(self, node: str, state: State, group: Group) -> None:
        """A node says how far it has written, and what it believes to be acknowledged."""
        if state.epoch is None:
            return
        if state.acked and self._intake.device(node) is not None:
            mark = self._receiver(node).mark(state.epoch)
            if state.acked > mark.seq:
                # Our disk is another one, or it heard an old watermark. Told so, it sends again
                # what it still holds; the rest then shows as lost, not as silence.
                group.mark(node, mark)
        head = self.heads.of(node, state.epoch)
        if head is None:
            return
        if state.last > head.written:
            self._journal.marks.note_written(self._site, node, state.epoch, state.last, group.now)
        self.heads.note(node, state.epoch, state.last, head.stored, group.now)

    def let_go(self, verdict: Verdict) -> None:
        """Place anew what is held, in order. Whatever is not committed is still held; if this
        raises, `forget`."""
        now = Now(verdict, self._clock.boot, self._clock.up())
        while self.held:
            rows = self._journal.held(HELD_AT_ONCE)
            keys = {(held.came.node, held.came.epoch) for held, _ in rows}
            memories = {key: self._memory(*key) for key in keys}
            traces = {key: memory.trace for key, memory in memories.items()}
            placed = place_anew(rows, traces, now)
            with self._journal.transaction():
                self._journal.let_go(placed)
                for (node, epoch), memory in memories.items():
                    memory.trace = traces[node, epoch]
                    self._journal.remember(self._site, node, epoch, memory)
            self.held -= len(placed)
            log.info("%d records are placed in time: %s", len(placed), verdict.certainty)

    def _hold(
        self, node: str, batch: Batch, admission: Admission, rows: Sequence[Row], group: Group
    ) -> None:
        epoch, boot = admission.mark.epoch, self._clock.boot
        came = Came(boot, group.up, group.now, node, epoch, batch.boot, batch.up)
        said = moments(admission.records)
        notes = len(rows) - len(said)  # they come first
        sound = [one if row[1] else None for one, row in zip(said, rows[notes:], strict=True)]
        self._journal.hold(came, [None] * notes + sound)
        group.held += len(rows)

    def _receiver(self, node: str) -> Receiver:
        receiver = self._receivers.get(node)
        if receiver is None:
            self._check_stranger(node)
            receiver = self._receivers[node] = self._journal.receiver(self._site, node)
        return receiver

    def _check_stranger(self, node: str) -> None:
        if self._intake.device(node) is not None:
            return
        known = set(self._receivers) | self.heads.nodes()
        strangers = {name for name in known if self._intake.device(name) is None}
        if node not in strangers and len(strangers) >= MOST_STRANGERS:
            raise BatchError(f"more than {MOST_STRANGERS} nodes that are not in the config")
        log.warning("%s is not in the config: its records are kept but do not count", node)

    def _memory(self, node: str, epoch: str) -> BoxMemory:
        if (node, epoch) not in self._memories:
            self._memories[node, epoch] = self._journal.memory(self._site, node, epoch)
        return self._memories[node, epoch]

    def _resent_of(self, node: str, epoch: str) -> "_Resent":
        if (node, epoch) not in self._resent:
            self._resent[node, epoch] = _Resent(self._journal, node, epoch)
        return self._resent[node, epoch]


class _Resent:
    """Which records of a boot have already come under an earlier epoch of the node."""

    def __init__(self, journal: Journal, node: str, epoch: str) -> None:
        self._journal = journal
        self._node = node
        self._epoch = epoch
        self._boot = ""
        self._known: Container[int] = ()

    def __call__(self, boot: str) -> Container[int]:
        if boot != self._boot:
            self._boot = boot
            other = boot and self._journal.other_epochs(self._node, boot, self._epoch)
            self._known = self._journal.idents(self._node, boot) if other else ()
        return self._known
