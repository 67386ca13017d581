"""Uplink records in quarantine, tried again by a version that knows them."""

from collections.abc import Iterator

import msgspec

from collector.ledger import Ledger
from collector.tally import Tallies
from wire.lines import decode_each
from wire.records import OfficeRecord

_record: msgspec.json.Decoder[OfficeRecord] = msgspec.json.Decoder(OfficeRecord)


def readmit(ledger: Ledger) -> Iterator[tuple[str, int, bytes, str]]:
    """Try what is in quarantine, each record in a transaction of its own.

    Yields (site, number on the uplink, record, reason why it stays; empty if it does not).
    """
    for site, epoch, n, _, _, raw in ledger.quarantined():
        ((_, record),) = decode_each(_record, [raw])
        if isinstance(record, str):
            yield site, n, raw, record
            continue
        tallies = Tallies()
        with ledger.transaction():
            ledger.add(site, [(raw, record)], tallies)
            ledger.add_tallies(tallies)
            ledger.release(site, epoch, n)
        yield site, n, raw, ""
