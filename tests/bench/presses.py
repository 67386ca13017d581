"""Presses of a busy rating box, and the sender's log that holds them, in memory."""

import random

BOOT = "0a1b2c3d"
_FIRST_UP = 60_000
_STEP_S = (0.4, 20.0)  # mean pause after a hammering and an ordinary visitor's press
_HAMMERED = 0.05


class Held:
    """Implements `wire.hop.Log`: records 1, 2, 3, … that are all there from the beginning."""

    def __init__(self, epoch: str, records: list[bytes]) -> None:
        self.epoch = epoch
        self.oldest = 1
        self.last = len(records)
        self._records = records

    def read(self, first: int, count: int, size: int) -> list[bytes]:
        """Records from `first` on: at most `count` and about `size` bytes, yet one."""
        out: list[bytes] = []
        for record in self._records[first - 1 : first - 1 + count]:
            out.append(record)
            size -= len(record)
            if size <= 0:
                break
        return out

    def prune(self, upto: int) -> None:
        """Nothing is deleted."""

    def renew(self, after: int) -> None:
        """A receiver that takes this log for a rolled back one is wrong."""
        raise RuntimeError(f"told to begin anew after record {after}")


def presses(count: int, seed: int, until: int) -> list[bytes]:
    """Presses as a rating box writes them, the last at `until` (Unix ms): most count, some repeat,
    some flood."""
    chance = random.Random(seed)
    ups = [_FIRST_UP]
    for _ in range(count - 1):
        mean = _STEP_S[chance.random() > _HAMMERED]
        ups.append(ups[-1] + 1 + int(chance.expovariate(1 / mean) * 1000))
    return [
        b'{"kind":"press","at":%d,"boot":"%s","up":%d,"button":"%s"}'
        % (
            until - ups[-1] + up,
            BOOT.encode(),
            up,
            b"satisfied" if chance.random() < 0.85 else b"unsatisfied",
        )
        for up in ups
    ]
