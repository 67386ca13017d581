"""How far each device has written, and how far we have stored it."""

from gateway.journal import Journal
from wire.records import DeviceHead

SHOWN_MS = 30 * 86_400_000  # how long an epoch is told of that another one came after


class Heads:
    """One for each epoch of each node. The store thread adds to it; anybody may ask `told`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._heads: dict[tuple[str, str], DeviceHead] = {}

    def forget(self) -> None:
        """Begin from what is stored."""
        self._heads = {
            (node, epoch): DeviceHead(
                node=node,
                epoch=epoch,
                written=written,
                stored=seq,
                seen=seen,
                duplicates=duplicates,
            )
            for _, node, epoch, written, seq, seen, duplicates in self._journal.marks.heads()
        }

    def nodes(self) -> set[str]:
        """Whose records are here."""
        return {node for node, _ in self._heads}

    def of(self, node: str, epoch: str) -> DeviceHead | None:
        """The head of an epoch; None: nothing of it is here."""
        return self._heads.get((node, epoch))

    def told(self, now: int) -> list[DeviceHead]:
        """The newest epoch of each node, and older ones in which it spoke of late. `now`, here and
        below: Unix ms."""
        heads = list(self._heads.items())  # at once: the store thread adds to it
        newest = dict(key for key, _ in heads)  # in the order in which epochs first appeared
        since = now - SHOWN_MS
        return [
            head for (node, epoch), head in heads if newest[node] == epoch or head.seen >= since
        ]

    def note(
        self, node: str, epoch: str, written: int, stored: int, now: int, duplicates: int = 0
    ) -> None:
        """A node has written and we have stored so far; of that batch so many were `duplicates`."""
        old = self._heads.get((node, epoch))
        if old is not None:
            written = max(written, old.written)
            duplicates += old.duplicates
        self._heads[node, epoch] = DeviceHead(
            node=node,
            epoch=epoch,
            written=written,
            stored=stored,
            seen=now,
            duplicates=duplicates,
        )
