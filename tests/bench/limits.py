"""The limits: SQLite alone, with the very rows, and the broker alone, with the very batches."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing

import msgspec

from collector.ledger import LAYOUT as LEDGER
from gateway.journal import LAYOUT as JOURNAL
from tests.bench.client import Client
from tests.bench.presses import BOOT, presses
from tests.bench.rig import Office, Rig
from wire.batch import Batch, encode_batch
from wire.records import Rating
from wire.store import Database

COMMIT = 500  # rows
_EPOCH = "5f0c9a71d2e84b36"
_DEVICE_BATCH, _OFFICE_BATCH = 200, 1000  # records
_WINDOW = 32  # batches under way: eight boxes with four each
_AT = 1_800_000_000_000

_encode = msgspec.json.Encoder().encode


def limits(rig: Rig, records: int) -> dict[str, float]:
    """Rows/s into the journal's and the ledger's table, records/s through the broker alone."""
    office = rig.office()
    rows = [rating(n) for n in range(1, records + 1)]
    device = presses(records, 0, _AT)
    return {
        "journal rows": _journal_rows(office, rows),
        "ledger rows": _ledger_rows(office, rows),
        "device batches": _through(rig, office, device, _DEVICE_BATCH),
        "office batches": _through(rig, office, rows, _OFFICE_BATCH),
    }


def rating(n: int) -> bytes:
    """A press as it goes on to the city."""
    return _encode(
        Rating(
            node="box-3",
            epoch=_EPOCH,
            seq=n,
            at=_AT + n * 4000,
            clock="set",
            value="satisfied",
            status="counted",
            channel="desk",
            service="passport",
            desk="4",
        )
    )


def _journal_rows(office: Office, bodies: Sequence[bytes]) -> float:
    rows = [(n, "box-3", BOOT, n << 32, body) for n, body in enumerate(bodies, 1)]
    with closing(Database(office.folder / "journal.db", JOURNAL)) as store:
        return _commit(store, "INSERT INTO journal VALUES (?,?,?,?,?)", rows)


def _ledger_rows(office: Office, bodies: Sequence[bytes]) -> float:
    rows = [(1, n, _AT, "rating", "counted", body, "set") for n, body in enumerate(bodies, 1)]
    with closing(Database(office.folder / "ledger.db", LEDGER)) as store:
        return _commit(store, "INSERT INTO event VALUES (?,?,?,?,?,?,?)", rows)


def _commit(store: Database, insert: str, rows: Sequence[tuple[object, ...]]) -> float:
    def work() -> None:
        for begin in range(0, len(rows), COMMIT):
            with store.transaction() as db:
                db.executemany(insert, rows[begin : begin + COMMIT])

    return len(rows) / _timed(work)


def _through(rig: Rig, office: Office, records: Sequence[bytes], size: int) -> float:
    """Records/s through the broker to one that only reads, `_WINDOW` batches under way."""
    topic = f"limit/{office.site}/{size}"
    batches = [
        encode_batch(Batch(_EPOCH, begin + 1, 1, BOOT, 0, list(records[begin : begin + size])))
        for begin in range(0, len(records), size)
    ]
    with (
        closing(Client(rig.port, f"{office.site}-reader-{size}", [topic])) as reader,
        closing(Client(rig.port, f"{office.site}-writer-{size}", [])) as writer,
    ):

        def work() -> None:
            sent = read = 0
            while read < len(batches):
                while sent < len(batches) and sent - read < _WINDOW:
                    writer.publish(topic, batches[sent])
                    sent += 1
                read += len(reader.take())

        return len(records) / _timed(work)


def _timed(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
