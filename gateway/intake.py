"""From what a device said to what goes on to the city: validated, placed in time, decided. Pure.

A record that does not validate is quarantined as received; none stops a stream, none is dropped.
"""

import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Container, Sequence
from typing import NamedTuple, TypedDict, get_args

import msgspec

from gateway.decide import BoxMemory, decide_press, note_button, note_start
from gateway.place import Placer, Sending, Trace
from gateway.queue.vote import Vote
from gateway.roster import Device, Policies
from wire.account import NOT_TAKEN
from wire.batch import Batch
from wire.hop import Admission
from wire.lines import decode_each
from wire.records import (
    ButtonState,
    Clock,
    Conflict,
    Declined,
    DeviceNote,
    DeviceRecord,
    Issued,
    Lid,
    Lost,
    Missed,
    OfficeRecord,
    Press,
    PressesMissed,
    Printed,
    Quarantined,
    Rating,
    Standing,
    Started,
    Status,
    TicketPrinted,
    VisitBegan,
    VisitorDeclined,
)

_decoder: msgspec.json.Decoder[DeviceRecord] = msgspec.json.Decoder(DeviceRecord)
_encode = msgspec.json.Encoder().encode
_STRANGER = Device(node="stranger", kind="ratingbox")

Resent = Callable[[str], Container[int]]
"""For a boot: idents of its records that are already here under an earlier epoch."""

Presses = Callable[[str], Sequence[int]]
"""For a boot: `up` of its presses that are here."""

Votes = Callable[[str, int], Vote]
"""What a press on the box of a desk is, at a time in Unix ms."""

Row = tuple[str, str, int, bytes]
"""node, boot, ident, encoded OfficeRecord: a row of the journal."""

KINDS = {kind: str(kind.__struct_config__.tag) for kind in get_args(OfficeRecord)}

_UP_BITS = 39  # 17 years of ms
_CRC_BITS = 24


def ident_of(raw: bytes, up: int) -> int:
    """Tells the records of one boot apart (63 bits): a rolled back card sends some again."""
    return zlib.crc32(raw) & (1 << _CRC_BITS) - 1 | (up & (1 << _UP_BITS) - 1) << _CRC_BITS


def up_of(ident: int) -> int:
    """The `up` of the record that has this ident."""
    return ident >> _CRC_BITS


class Setback(NamedTuple):
    """A record in quarantine: its number, why, and the record as received."""

    seq: int
    reason: str
    raw: bytes


class Taken:
    """What became of one batch. `counts`: numbers by (kind, status, clock) of their records.

    `lost`: (first, last, reason) of ranges. `tickets`: what is said of tickets, by their place
    in `rows`.
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.counts: dict[tuple[str, str, str], int] = defaultdict(int)
        self.lost: list[tuple[int, int, str]] = []
        self.quarantined: list[Setback] = []
        self.tickets: list[tuple[int, VisitBegan | TicketPrinted]] = []

    def add(self, node: str, boot: str, ident: int, record: OfficeRecord) -> None:
        """A record goes into the journal."""
        self.rows.append((node, boot, ident, _encode(record)))
        if isinstance(record, Conflict):
            return  # a remark, not a number
        kind = KINDS[type(record)]
        if isinstance(record, Lost):
            self.counts[kind, "", ""] += record.last - record.seq + 1
            self.lost.append((record.seq, record.last, record.reason))
            return
        self.counts[kind, getattr(record, "status", ""), record.clock] += 1
        if isinstance(record, PressesMissed) and record.status == "counted":
            self.counts[NOT_TAKEN, "", ""] += record.count
        if isinstance(record, VisitBegan | TicketPrinted):
            self.tickets.append((len(self.rows) - 1, record))
        if isinstance(record, Quarantined):
            self.quarantined.append(Setback(record.seq, record.reason, record.raw))


class _Origin(TypedDict):
    """The fields that every office record begins with."""

    node: str
    epoch: str
    seq: int
    at: int
    clock: Clock
    got: int


class Intake:
    """Translates the batches of one office's devices. `votes`: of the visits at `desks`, whose
    boxes are open for one visitor after the other; other boxes are always open."""

    def __init__(
        self,
        devices: Sequence[Device],
        policies: Policies,
        desks: Collection[str] = (),
        votes: Votes = lambda desk, at: Vote("unarmed"),
    ) -> None:
        self.policies = policies
        self.desks = desks
        self.votes = votes
        self._devices = {device.node: device for device in devices}

    def take(
        self,
        node: str,
        batch: Batch,
        admission: Admission,
        memory: BoxMemory,
        resent: Resent,
        now: int,
        latest: int,
    ) -> Taken:
        """What goes into the journal from an admitted batch; `memory` moves on with it. It is
        between `now` and `latest`; they are equal if the gateway knows the time."""
        taken = Taken()
        for note in self._notes(node, admission, now, "set" if now == latest else "unknown"):
            taken.add(node, "", 0, note)
        lines = decode_each(_decoder, admission.records)
        sound = [said for _, said in lines if not isinstance(said, str)]
        sending = Sending(batch.epoch, batch.boot, batch.up)
        placer = Placer(memory.trace, sending, now, latest, sound)
        one = _One(self, node, batch, admission.conflict, memory, placer, now)
        boot = ""
        known: Container[int] = ()
        for i, (raw, said) in enumerate(lines):
            seq = admission.first + i
            if isinstance(said, str):
                taken.add(node, "", 0, one.quarantine(seq, raw, said))
                continue
            if said.boot != boot:
                boot = said.boot
                known = resent(boot)
            ident = ident_of(raw, said.up)
            taken.add(node, boot, ident, one.translate(seq, said, ident in known))
        memory.trace = placer.trace()
        return taken

    def readmit(
        self,
        node: str,
        epoch: str,
        seq: int,
        raw: bytes,
        at: int,
        presses: Presses,
        resent: Resent,
        conflict: bool,
    ) -> Taken | str:
        """A quarantined record that was received at `at` (Unix ms), tried again: as if it were new,
        or why it still does not validate.

        `presses`: for a boot, `up` of the presses of it that are here. A press is decided by the
        one next to it, before or after. `conflict`: of its epoch.
        """
        (said,) = (record for _, record in decode_each(_decoder, [raw]))
        if isinstance(said, str):
            return said
        memory = BoxMemory()
        if isinstance(said, Press):
            memory = _neighbourhood(said, presses(said.boot), self.policies)
        batch = Batch(epoch, seq, 1, "", 0, [])  # sent by a boot that is not known
        placer = Placer(Trace(), Sending(epoch, batch.boot, batch.up), at, at, [said])
        one = _One(self, node, batch, conflict, memory, placer, at)
        taken = Taken()
        ident = ident_of(raw, said.up)
        again = ident in resent(said.boot)
        taken.add(node, said.boot, ident, one.translate(seq, said, again))
        return taken

    def device(self, node: str) -> Device | None:
        """The config of a node; None for one that is not in the config."""
        return self._devices.get(node)

    def _notes(self, node: str, admission: Admission, now: int, clock: Clock) -> list[OfficeRecord]:
        notes: list[OfficeRecord] = []
        epoch = admission.mark.epoch
        if admission.lost is not None:
            first, last = admission.lost
            notes.append(
                Lost(
                    node=node,
                    epoch=epoch,
                    seq=first,
                    last=last,
                    at=now,
                    clock=clock,
                    got=now,
                    reason="gap",
                )
            )
        if admission.new_conflict:
            seq = admission.first
            notes.append(Conflict(node=node, epoch=epoch, seq=seq, at=now, clock=clock, got=now))
        return notes


def _neighbourhood(press: Press, ups: Sequence[int], policies: Policies) -> BoxMemory:
    """What the rules would remember if the presses around this one had all been before it."""
    if not ups:
        return BoxMemory()
    nearest = min(abs(press.up - up) for up in ups)
    within = policies.flood_s * 1000
    before = [up for up in ups if press.up - within < up <= press.up]
    return BoxMemory(press.boot, press.up - nearest, sorted(before))


class _One:
    """Translates record by record within one batch."""

    def __init__(
        self,
        intake: Intake,
        node: str,
        batch: Batch,
        conflict: bool,
        memory: BoxMemory,
        placer: Placer,
        now: int,
    ) -> None:
        known = intake.device(node)
        self._device = known or _STRANGER
        self._intake = intake
        self._node = node
        self._batch = batch
        self._memory = memory
        self._placer = placer
        self._now = now
        self._standing: Standing = "counted"
        if known is None:
            self._standing = "unknown"
        elif conflict:
            self._standing = "conflict"

    def translate(self, seq: int, said: DeviceRecord, resent: bool) -> OfficeRecord:
        """What the record says, placed and decided."""
        batch = self._batch
        at, clock = self._placer.place(said)
        if isinstance(said, Press):
            return self._rating(seq, said, at, clock, resent)
        standing: Standing = "resent" if resent else self._standing
        origin: _Origin = {
            "node": self._node,
            "epoch": batch.epoch,
            "seq": seq,
            "at": at,
            "clock": clock,
            "got": self._now,
        }
        if isinstance(said, Issued):
            return VisitBegan(
                **origin,
                visit=said.visit,
                service=said.service,
                number=said.number,
                by=said.by,
                status=standing,
            )
        if isinstance(said, Printed):
            return TicketPrinted(
                **origin,
                visit=said.visit,
                service=said.service,
                outcome=said.outcome,
                detail=said.detail,
                status=standing,
            )
        if isinstance(said, Declined):
            return VisitorDeclined(
                **origin, service=said.service, reason=said.reason, by=said.by, status=standing
            )
        if isinstance(said, ButtonState):
            note_button(self._memory, said)
            return DeviceNote(**origin, event=said.state, detail=said.button)
        if isinstance(said, Lid):
            return DeviceNote(**origin, event=said.state, detail="lid")
        if isinstance(said, Missed):
            return PressesMissed(**origin, count=said.count, status=standing)
        if isinstance(said, Started):
            note_start(self._memory)
            return DeviceNote(**origin, event="started", detail=said.version)
        return Lost(**origin, last=seq, reason="damaged")

    def quarantine(self, seq: int, raw: bytes, reason: str) -> Quarantined:
        """A record that does not validate, as received."""
        return Quarantined(
            node=self._node,
            epoch=self._batch.epoch,
            seq=seq,
            at=self._now,
            clock="unknown",
            got=self._now,
            reason=reason[:500],
            raw=raw,
        )

    def _rating(self, seq: int, said: Press, at: int, clock: Clock, resent: bool) -> Rating:
        device = self._device
        status: Status = "resent" if resent else self._standing
        if status == "counted":
            status = decide_press(self._memory, said, self._intake.policies)
        vote = Vote(status, service=device.service)
        if status == "counted" and device.channel == "desk" and device.desk in self._intake.desks:
            # at an unknown time it cannot be anybody's
            vote = Vote("unarmed") if clock == "unknown" else self._intake.votes(device.desk, at)
            if not self._placer.is_sure:  # as of visits: in no waiting figure
                vote = msgspec.structs.replace(vote, waited_min=None, served_min=None)
        return Rating(
            node=self._node,
            epoch=self._batch.epoch,
            seq=seq,
            at=at,
            clock=clock,
            got=self._now,
            value=said.button,
            status=vote.status,
            channel=device.channel,
            service=vote.service or device.service,
            desk=device.desk,
            waited_min=vote.waited_min,
            served_min=vote.served_min,
        )
