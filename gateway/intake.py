"""From what a device said to what goes on to the city: validated, placed in time, decided. Pure.

A record that does not validate is quarantined as received; none stops a stream, none is dropped.
"""

import zlib
from collections.abc import Callable, Container, Sequence
from typing import TypedDict

import msgspec

from gateway.decide import BoxMemory, decide_press, note_button
from gateway.place import place
from gateway.roster import Device, Policies
from wire.batch import Batch
from wire.hop import Admission
from wire.lines import decode_each
from wire.records import (
    ButtonState,
    Clock,
    Conflict,
    DeviceNote,
    DeviceRecord,
    Issued,
    Lost,
    OfficeRecord,
    Press,
    Printed,
    Quarantined,
    Rating,
    Standing,
    Started,
    Status,
    TicketPrinted,
    VisitBegan,
)

_decoder: msgspec.json.Decoder[DeviceRecord] = msgspec.json.Decoder(DeviceRecord)
_encode = msgspec.json.Encoder().encode
_STRANGER = Device(node="stranger", kind="ratingbox")

Resent = Callable[[str], Container[int]]
"""For a boot: idents of its records that are already here under an earlier epoch."""

Row = tuple[str, str, int, bytes]
"""node, boot, ident, encoded OfficeRecord: a row of the journal."""


def ident_of(raw: bytes, up: int) -> int:
    """Tells the records of one boot apart (63 bits): a rolled back card sends some again."""
    return zlib.crc32(raw) | (up & 0x7FFFFFFF) << 32


class _Origin(TypedDict):
    """The fields that every office record begins with."""

    node: str
    epoch: str
    seq: int
    at: int
    clock: Clock
    got: int


class Intake:
    """Translates the batches of one office's devices."""

    def __init__(self, devices: Sequence[Device], policies: Policies) -> None:
        self.policies = policies
        self._devices = {device.node: device for device in devices}

    def take(
        self,
        node: str,
        batch: Batch,
        admission: Admission,
        memory: BoxMemory,
        resent: Resent,
        now: int,
    ) -> list[Row]:
        """Rows for the journal from an admitted batch; `memory` moves on with them."""
        rows = self._notes(node, admission, now)
        one = _One(self, node, batch, admission.conflict, memory, now)
        boot, known = "", resent("")
        for i, (raw, said) in enumerate(decode_each(_decoder, admission.records)):
            seq = admission.first + i
            if isinstance(said, str):
                rows.append((node, "", 0, _encode(one.quarantine(seq, raw, said))))
                continue
            if said.boot != boot:
                boot = said.boot
                known = resent(boot)
            ident = ident_of(raw, said.up)
            rows.append((node, boot, ident, _encode(one.translate(seq, said, ident in known))))
        return rows

    def device(self, node: str) -> Device | None:
        """The config of a node; None for one that is not in the config."""
        return self._devices.get(node)

    def _notes(self, node: str, admission: Admission, now: int) -> list[Row]:
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
                    clock="set",
                    got=now,
                    reason="gap",
                )
            )
        if admission.new_conflict:
            seq = admission.first
            notes.append(Conflict(node=node, epoch=epoch, seq=seq, at=now, clock="set", got=now))
        return [(node, "", 0, _encode(note)) for note in notes]


class _One:
    """Translates record by record within one batch."""

    def __init__(
        self,
        intake: Intake,
        node: str,
        batch: Batch,
        conflict: bool,
        memory: BoxMemory,
        now: int,
    ) -> None:
        known = intake.device(node)
        self._device = known or _STRANGER
        self._policies = intake.policies
        self._node = node
        self._batch = batch
        self._memory = memory
        self._now = now
        self._standing: Standing = "counted"
        if known is None:
            self._standing = "unknown"
        elif conflict:
            self._standing = "conflict"

    def translate(self, seq: int, said: DeviceRecord, resent: bool) -> OfficeRecord:
        """What the record says, placed and decided."""
        batch = self._batch
        at, clock = place(said.at, said.boot, said.up, batch.boot, batch.up, self._now)
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
        if isinstance(said, ButtonState):
            note_button(self._memory, said)
            return DeviceNote(**origin, event=said.state, detail=said.button)
        if isinstance(said, Started):
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
            status = decide_press(self._memory, said, self._policies)
        return Rating(
            node=self._node,
            epoch=self._batch.epoch,
            seq=seq,
            at=at,
            clock=clock,
            got=self._now,
            value=said.button,
            status=status,
            channel=device.channel,
            service=device.service,
            desk=device.desk,
        )
