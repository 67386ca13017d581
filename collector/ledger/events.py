"""The events in the ledger: every one once, known by its origin; and what gateways say of theirs.

An origin is which device (site, node, epoch) and which of its records (seq). A record that comes a
second time, by whatever way, changes nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import msgspec

from collector.ledger.forgetting import find_leaving, let_go
from collector.ledger.lost import count_lost
from collector.ledger.tallies import TallyStore
from collector.tally import Tallies
from wire.hop import Admission, Receiver
from wire.records import Conflict, Lost, OfficeRecord, Quarantined, State
from wire.store import Marks

_record: msgspec.json.Decoder[OfficeRecord] = msgspec.json.Decoder(OfficeRecord)
_KINDS = {kind: str(kind.__struct_config__.tag) for kind in get_args(OfficeRecord)}

_EventRow = tuple[int, int, int, str, str, bytes, str]


class _Origin:
    __slots__ = ("forgotten", "id", "top")

    def __init__(self, id_: int, top: int, forgotten: int) -> None:
        self.id = id_
        self.top = top  # highest number stored or lost: above it everything is new
        self.forgotten = forgotten


class Ledger(TallyStore):
    """The ledger of one collector. Raises wire.store.StoreError when the file cannot be used.

    `limit_mb`: at that size it takes nothing more, and so nothing is confirmed that is not stored.
    """

    def __init__(self, path: Path, limit_mb: int | None = None) -> None:
        super().__init__(path, limit_mb)
        self.marks = Marks(self._db)
        self._origins: dict[tuple[str, str, str], _Origin] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block is durable when it ends; if it raises, nothing of it has happened."""
        try:
            with super().transaction():
                yield
        except BaseException:
            self._origins.clear()
            raise

    def receiver(self, site: str, node: str) -> Receiver:
        """The receiving end of a gateway's uplink, as stored."""
        return Receiver(*self.marks.load(site, node))

    def save_mark(self, site: str, node: str, out: Admission, now: int) -> None:
        """Store an uplink's watermark and what was lost on it."""
        self.marks.save(site, node, out, now)
        if out.lost is not None:
            self._db.execute(
                "INSERT OR IGNORE INTO uplink_lost VALUES (?,?,?,?,?)",
                (site, out.mark.epoch, *out.lost, now),
            )

    def add(
        self, site: str, records: Sequence[tuple[bytes, OfficeRecord]], tallies: Tallies
    ) -> None:
        """Store records, each once, and count those that are new into `tallies`."""
        rows: list[_EventRow] = []
        for raw, record in records:
            origin = self._origins.get((site, record.node, record.epoch))
            if origin is None:
                origin = self._find_origin(site, record.node, record.epoch)
            seq = record.seq
            if isinstance(record, Lost):
                self._flush(rows)
                self._add_lost(site, origin, record, tallies)
            elif isinstance(record, Conflict):
                self._db.execute(
                    "INSERT OR IGNORE INTO conflict VALUES (?,?,?)", (origin.id, seq, record.at)
                )
            elif seq > origin.top or self._is_new(site, origin, record, rows, tallies):
                if seq > origin.top:
                    origin.top = seq
                tallies.add(site, record)
                status = getattr(record, "status", "")
                kind = _KINDS[type(record)]
                rows.append((origin.id, seq, record.at, kind, status, raw, record.clock))
        self._flush(rows)

    def quarantine(self, site: str, epoch: str, n: int, raw: bytes, why: str, now: int) -> None:
        """Keep an uplink record that does not validate here."""
        self._db.execute(
            "INSERT OR IGNORE INTO quarantine VALUES (?,?,?,?,?,?)",
            (site, epoch, n, now, why, raw),
        )

    def quarantined(self) -> list[tuple[str, str, int, int, str, bytes]]:
        """Uplink records in quarantine: (site, epoch, n, at, reason, raw), oldest first."""
        return self._db.execute(
            "SELECT site, epoch, n, at, reason, raw FROM quarantine ORDER BY at, site, n"
        ).fetchall()

    def release(self, site: str, epoch: str, n: int) -> None:
        """An uplink record has been readmitted; part of the caller's transaction."""
        self._db.execute(
            "DELETE FROM quarantine WHERE site=? AND epoch=? AND n=?", (site, epoch, n)
        )

    def note_state(self, site: str, state: State, now: int) -> None:
        """A gateway says how it stands, and how far its devices have got."""
        epoch = state.epoch or ""
        self._db.execute(
            "INSERT OR REPLACE INTO office VALUES (?,?,?,?,?,?)",
            (site, epoch, state.at or 0, now, state.version, state.fault),
        )
        # Another journal may know less than the one before it. What that one had stored is then
        # on its way again, or lost; that it was written stays known.
        self._db.executemany(
            "INSERT INTO origin (site, node, epoch, written, stored, seen, duplicates, told_by)"
            " VALUES (?,?,?,?,?,?,?,?)"
            " ON CONFLICT (site, node, epoch) DO UPDATE SET"
            " written=max(written, stored, excluded.written),"
            " stored=iif(told_by=excluded.told_by, max(stored, excluded.stored), excluded.stored),"
            " seen=max(seen, excluded.seen), duplicates=max(duplicates, excluded.duplicates),"
            " told_by=excluded.told_by",
            [
                (site, h.node, h.epoch, h.written, h.stored, h.seen, h.duplicates, epoch)
                for h in state.devices
            ],
        )

    def forget(self, before: int, most: int = 5_000) -> int:
        """Delete up to `most` events of one device (the next that has any) that happened before
        `before` (Unix ms).

        Only from a device's oldest on, and only as far as all its numbers are accounted for: what
        comes again later is then known for a duplicate. Tallies, accounts, lost ranges and what is
        in quarantine stay. Returns how many events that was; 0 when there are no more.
        """
        for origin, since in self._db.execute("SELECT id, forgotten FROM origin").fetchall():
            leaving = find_leaving(self._db, origin, since, before, most)
            if leaving is None:
                continue
            with self.transaction():
                let_go(self._db, leaving)
            self._origins.clear()
            if leaving.seqs:
                return len(leaving.seqs)
        return 0

    def _find_origin(self, site: str, node: str, epoch: str) -> _Origin:
        key = (site, node, epoch)
        self._db.execute("INSERT OR IGNORE INTO origin (site, node, epoch) VALUES (?,?,?)", key)
        row = self._db.execute(
            "SELECT id, max((SELECT coalesce(max(seq), 0) FROM event WHERE origin=id),"
            " (SELECT coalesce(max(last), 0) FROM lost WHERE origin=id), forgotten), forgotten"
            " FROM origin WHERE site=? AND node=? AND epoch=?",
            key,
        ).fetchone()
        origin = self._origins[key] = _Origin(*row)
        return origin

    def _is_new(
        self,
        site: str,
        origin: _Origin,
        record: OfficeRecord,
        rows: list[_EventRow],
        tallies: Tallies,
    ) -> bool:
        """Whether a record at or below the origin's top is not stored yet: the slow, rare way."""
        self._flush(rows)
        where = (origin.id, record.seq)
        here = self._db.execute(
            "SELECT kind, body FROM event WHERE origin=? AND seq=?", where
        ).fetchone()
        if here is not None:
            if here[0] != "quarantined" or isinstance(record, Quarantined):
                return False
            # What did not validate does now: it takes the place of what was set aside.
            self._db.execute("DELETE FROM event WHERE origin=? AND seq=?", where)
            tallies.add(site, _record.decode(here[1]), -1)
            return True
        lost = self._db.execute(
            "SELECT at FROM lost WHERE origin=? AND first<=? AND last>=? LIMIT 1",
            (origin.id, record.seq, record.seq),
        ).fetchone()
        if lost is not None:  # believed lost, and here it is
            found = Lost(
                node=record.node,
                epoch=record.epoch,
                seq=record.seq,
                last=record.seq,
                at=lost[0],
                clock="set",
                reason="gap",
            )
            tallies.add_lost(site, found, -1)
            return True
        return record.seq > origin.forgotten

    def _add_lost(self, site: str, origin: _Origin, record: Lost, tallies: Tallies) -> None:
        first = max(record.seq, origin.forgotten + 1)  # what was let go is accounted for
        if first > record.last:
            return
        is_new = first > origin.top  # then nothing is known of it yet
        before = 0 if is_new else count_lost(self._db, origin.id)
        # A gateway that was restored from a backup may see a longer gap from the same number on.
        self._db.execute(
            "INSERT INTO lost VALUES (?,?,?,?,?)"
            " ON CONFLICT DO UPDATE SET last=max(last, excluded.last)",
            (origin.id, first, record.last, record.at, record.reason),
        )
        origin.top = max(origin.top, record.last)
        known = record.last - first + 1 if is_new else count_lost(self._db, origin.id)
        more = known - before
        if more:
            tallies.add_lost(site, record, more)

    def _flush(self, rows: list[_EventRow]) -> None:
        self._db.executemany("INSERT INTO event VALUES (?,?,?,?,?,?,?)", rows)
        rows.clear()
