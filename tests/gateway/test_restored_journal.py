"""A gateway whose journal is put back from an older image, behind its back."""

import shutil
from pathlib import Path

from collector.city import City
from collector.ledger import Ledger
from tests.gateway.bench import SITE, Bench, pressed
from wire import topics
from wire.batch import Mark, decode_mark, encode_batch
from wire.hop import Sender
from wire.link import Incoming

MINUTE = 60_000


def send_all(bench: Bench, city: City, mark: Mark | None = None) -> Mark:
    """The uplink, from its start: `mark` is retained; returns the last one said."""
    sender = Sender(bench.journal.log, "c0c0c0c0", acked=bench.journal.log.acked)
    if mark is not None:
        sender.on_mark(mark, 0)
    topic = topics.topic(SITE, topics.GATEWAY, topics.LOG)
    for now in range(5):
        batch = sender.next_batch(now)
        messages: list[Incoming] = [(topic, encode_batch(batch))] if batch else []
        for said in city.handle(messages):
            mark = decode_mark(said.payload)
            sender.on_mark(mark, now)
    assert mark is not None
    assert sender.pending == 0
    return mark


def test_records_that_come_again_in_another_order_do_not_hide_a_new_one(tmp_path: Path) -> None:
    """The row at the city's watermark tells of the same press in both lives of the journal; a row
    before it does not."""
    first, second, newcomer = pressed(1, "box-1"), pressed(2, "box-2"), pressed(1, "disp-1")
    bench = Bench(tmp_path)
    city = City(Ledger(tmp_path / "ledger.db"), bench.clock)
    bench.journal.close()
    shutil.copy(bench.config.journal_path(), tmp_path / "image.db")
    bench.open()
    bench.handle(first.batch())
    bench.handle(second.batch())
    mark = send_all(bench, city)
    assert mark.seq == 3
    bench.journal.close()
    shutil.copy(tmp_path / "image.db", bench.config.journal_path())
    bench.clock.ms += MINUTE
    bench.open()
    for box in (newcomer, second, first):
        bench.handle(box.batch())
    send_all(bench, city, mark)
    rows = city.ledger._db.execute(
        "SELECT node, seq FROM event JOIN origin ON id=origin ORDER BY node, seq"
    ).fetchall()
    city.ledger.close()
    bench.journal.close()
    assert rows == [("box-1", 1), ("box-2", 1), ("box-2", 2), ("disp-1", 1)]
