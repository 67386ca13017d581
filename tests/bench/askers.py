"""Many dispensers that ask for numbers as fast as they are answered: one process, bare sockets."""

import selectors
import time
from collections.abc import Sequence

from tests.bench.client import Client
from wire import topics
from wire.clock import random_epoch

_PATIENCE_S = 30.0


class Asker:
    """One dispenser with one ask under way at a time. `waits`: seconds for each number."""

    def __init__(self, port: int, site: str, node: str, service: str) -> None:
        self.numbers: list[str] = []
        self.waits: list[float] = []
        self._ask = topics.topic(site, node, topics.ASK)
        self._service = service
        self._visit = b""
        self._asked = 0.0
        answer = topics.topic(site, node, topics.ANSWER)
        self.client = Client(port, f"{site}-{node}", [answer])

    def ask(self) -> None:
        """Ask for the number of a new visit."""
        visit = random_epoch()  # as good as any 16 random digits
        self._visit = visit.encode()
        self._asked = time.perf_counter()
        self.client.publish(
            self._ask, f'{{"v":1,"visit":"{visit}","service":"{self._service}"}}'.encode()
        )

    def take(self) -> bool:
        """Read what has come; True if it is the answer."""
        for _, payload in self.client.take():
            assert self._visit in payload, f"an answer to another visit: {payload!r}"
            self.waits.append(time.perf_counter() - self._asked)
            self.numbers.append(payload.partition(b'"number":"')[2].partition(b'"')[0].decode())
            return True
        return False


def ask_for(askers: Sequence[Asker], total: int, most_s: float = _PATIENCE_S) -> float:
    """Let all ask until `total` numbers are given or `most_s` is over; returns numbers/s."""
    selector = selectors.DefaultSelector()
    for asker in askers:
        selector.register(asker.client.socket, selectors.EVENT_READ, asker)
    begun = time.perf_counter()
    for asker in askers:
        asker.ask()
    given, under_way = 0, len(askers)
    while under_way and time.perf_counter() - begun < _PATIENCE_S:
        over = time.perf_counter() - begun > most_s
        for key, _ in selector.select(1):
            if not key.data.take():
                continue
            given += 1
            if given + under_way <= total and not over:
                key.data.ask()
            else:
                under_way -= 1
    took = time.perf_counter() - begun
    selector.close()
    if under_way:
        raise TimeoutError(f"{under_way} dispensers got no answer within {_PATIENCE_S:g} s")
    return given / took
