"""Rating boxes with full logs that send all they have: one process, a connection for each."""

import selectors
import signal
import time
from multiprocessing.connection import Connection

from tests.bench.client import Client
from tests.bench.presses import BOOT, Held, presses
from wire import topics
from wire.batch import decode_mark, encode_batch
from wire.clock import random_epoch
from wire.hop import Sender


class Box:
    """One box: the hop's sender, as on the device, over a log in memory."""

    def __init__(self, port: int, site: str, node: str, records: list[bytes]) -> None:
        self.sender = Sender(Held(random_epoch(), records), BOOT)  # sizes and window: a device's
        self._topic = topics.topic(site, node, topics.LOG)
        ack = topics.topic(site, node, topics.ACK)
        self.client = Client(port, f"{site}-{node}", [ack])

    def send(self) -> None:
        """Publish what may go now."""
        now = _up()
        while (batch := self.sender.next_batch(now)) is not None:
            self.client.publish(self._topic, encode_batch(batch))

    def hear(self) -> None:
        """Take the watermarks that have come."""
        for _, payload in self.client.take():
            self.sender.on_mark(decode_mark(payload), _up())


def send_all(boxes: list[Box]) -> float:
    """Send until everything is acknowledged; returns the seconds it took."""
    selector = selectors.DefaultSelector()
    begun = time.perf_counter()
    for box in boxes:
        selector.register(box.client.socket, selectors.EVENT_READ, box)
        box.send()
    while selector.get_map():
        for key, _ in selector.select(1.0):
            key.data.hear()
            if key.data.sender.pending == 0:
                selector.unregister(key.fileobj)
        for key in list(selector.get_map().values()):
            key.data.send()
    return time.perf_counter() - begun


def send_presses(port: int, site: str, nodes: list[str], each: int, answer: Connection) -> None:
    """The process: `each` presses from every node; answers with the seconds it took."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all; the benchmark ends us
    until = time.time_ns() // 1_000_000
    boxes = [Box(port, site, node, presses(each, seed, until)) for seed, node in enumerate(nodes)]
    answer.send(send_all(boxes))


def _up() -> int:
    return time.monotonic_ns() // 1_000_000
