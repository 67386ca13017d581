"""Records that came while the gateway did not know the time: placed anew when it does. Pure.

They stand in the journal already, with estimates for times; beside them stands what is needed to
place them. Only the body changes, before it is sent for the first time.
"""

from collections.abc import MutableMapping, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from gateway.clockwork import UNSET_BEFORE, Verdict
from gateway.intake import KINDS
from gateway.place import Placer, Sending, Trace
from wire.lines import decode_each
from wire.records import Clock, OfficeRecord, Quarantined

_record: msgspec.json.Decoder[OfficeRecord] = msgspec.json.Decoder(OfficeRecord)
_encode = msgspec.json.Encoder().encode

Traces = MutableMapping[tuple[str, str], Trace]
"""By node and epoch."""


class Moment(msgspec.Struct, frozen=True):
    """The times that a device record says: its own, and ms since a boot of its."""

    at: int | None
    boot: str
    up: int


_moment: msgspec.json.Decoder[Moment] = msgspec.json.Decoder(Moment)


class Came(msgspec.Struct, frozen=True, array_like=True):
    """How a batch came: when the gateway's boot `boot` was `up` ms old, about at `about`, from
    `node` with its log `epoch`, which sent it when its boot `sent_boot` was `sent_up` ms old."""

    boot: str
    up: int
    about: int
    node: str
    epoch: str
    sent_boot: str
    sent_up: int

    def sending(self) -> Sending:
        """As `gateway.place` takes it."""
        return Sending(self.epoch, self.sent_boot, self.sent_up)


class Held(msgspec.Struct, frozen=True, array_like=True):
    """How row `n` of the journal is to be placed. `said`: None for the gateway's own notes."""

    n: int
    came: Came
    said: Moment | None


class Now(NamedTuple):
    """What the gateway knows of the time now, and its own boot and ms since then."""

    verdict: Verdict
    boot: str
    up: int


class Anew(NamedTuple):
    """Row `n` of the journal as it is from now on. `was`: how its time was known before."""

    n: int
    body: bytes
    node: str
    epoch: str
    seq: int
    kind: str
    status: str
    at: int
    was: Clock
    clock: Clock


def place_anew(rows: Sequence[tuple[Held, bytes]], traces: Traces, now: Now) -> list[Anew]:
    """Rows of the journal with the times that are known now; `traces` move on with them."""
    out: list[Anew] = []
    for came, group in groupby(rows, lambda row: row[0].came):
        batch = list(group)
        arrival = _arrival(came, now)
        key = came.node, came.epoch
        said = [held.said for held, _ in batch if held.said is not None]
        placer = Placer(traces[key], came.sending(), *arrival, said)
        out += [_anew(held, body, placer, arrival) for held, body in batch]
        traces[key] = placer.trace()
    return out


def moments(lines: Sequence[bytes]) -> list[Moment | None]:
    """The times of each record; None where they cannot be read."""
    return [None if isinstance(said, str) else said for _, said in decode_each(_moment, lines)]


def _arrival(came: Came, now: Now) -> tuple[int, int]:
    """Between which times a batch came; equal if it is known."""
    if came.boot == now.boot:
        ago = now.up - came.up
        return now.verdict.now - ago, now.verdict.latest - ago
    # Before the power was cut again, while nobody knew the time.
    latest = now.verdict.latest - now.up
    about = came.about if came.about >= UNSET_BEFORE else latest
    return min(about, latest - 1), latest


def _anew(held: Held, body: bytes, placer: Placer, arrival: tuple[int, int]) -> Anew:
    record = _record.decode(body)
    clock: Clock
    if held.said is not None:
        at, clock = placer.place(held.said)
    else:
        at, clock = arrival[0], "set" if arrival[0] == arrival[1] else "unknown"
        if isinstance(record, Quarantined):
            clock = "unknown"
    body = _encode(msgspec.structs.replace(record, at=at, clock=clock))
    kind, status = KINDS[type(record)], getattr(record, "status", "")
    where = (record.node, record.epoch, record.seq)
    return Anew(held.n, body, *where, kind, status, at, record.clock, clock)
