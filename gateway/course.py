"""The course of one box's update: what to say next to what it said last. Pure.

The box says what it wants; messages that get lost are said again by whoever carries them.
"""

import re
from typing import Literal

from wire.image import Image
from wire.records import Reply
from wire.update import MAX_PIECE, Manifest, Order, UpdateError, encode_manifest, id_of

Stage = Literal["asking", "sending", "trial", "kept"]
ASK = Order("ask")
MOST_STARTS = 3  # a box that boots in the middle begins anew


class Course:
    """From the first question to the trial that was passed. Raises UpdateError when it is over
    otherwise.

    `force`: also an older version, or the one that runs.
    """

    def __init__(self, image: Image, site: str, node: str, key: bytes, force: bool = False) -> None:
        self.stage: Stage = "asking"
        self.done = 0  # bytes that lie in the box
        self.total = len(image.stream())
        self._image = image
        self._site = site
        self._node = node
        self._key = key
        self._force = force
        self._starts = 0
        self._signed = b""
        self._slot = ""
        self._boot = ""
        self._stream = image.stream()

    def take(self, reply: Reply) -> Order | None:
        """What to say to this reply; None: nothing before it says something else."""
        if self.stage == "asking":
            return self._begin(reply)
        if self.stage == "sending":
            return self._go_on(reply)
        if self.stage == "trial":
            self._judge(reply)
        return None

    def _begin(self, reply: Reply) -> Order | None:
        if reply.trial:
            raise UpdateError(
                f"version {reply.version} is still on trial there. Wait ten minutes, then try again"
            )
        if not self._force:
            self._check_version(reply.version)
        self._starts += 1
        if self._starts > MOST_STARTS:
            raise UpdateError(f"the box booted {MOST_STARTS} times meanwhile. Look at its power")
        self._slot = "b" if reply.slot == "a" else "a"
        self._boot = reply.boot
        manifest = Manifest(
            self._site,
            self._node,
            self._image.version,
            reply.counter + 1,
            self._slot,
            self._image.entries(),
        )
        self._signed = encode_manifest(manifest, self._key)
        self.stage = "sending"
        return self._manifest(0)

    def _check_version(self, running: str) -> None:
        ours, theirs = _rank(self._image.version), _rank(running)
        if self._image.version == running:
            raise UpdateError(f"version {running} runs there already. --force sends it anyway")
        if ours < theirs:
            raise UpdateError(
                f"version {running} runs there, which is newer than {self._image.version}."
                " --force goes back to the older one"
            )

    def _go_on(self, reply: Reply) -> Order | None:
        if reply.boot != self._boot:  # the power went: the box knows nothing of it any more
            self.stage = "asking"
            return self._begin(reply)
        if reply.error:
            raise UpdateError(f"the box refuses: {reply.error}")
        if reply.id != id_of(self._signed):
            return self._manifest(0)  # an answer to what somebody else said
        if reply.want == "manifest":
            return self._manifest(reply.at)
        if reply.want == "piece":
            self.done = reply.at
            data = self._stream[reply.at : reply.at + MAX_PIECE]
            return Order("piece", id_of(self._signed), reply.at, 0, data)
        if reply.want == "go":
            return Order("go", id_of(self._signed))
        self.done = self.total
        if reply.want == "boot":
            return Order("boot", id_of(self._signed))
        self.stage = "trial"
        return None

    def _manifest(self, at: int) -> Order:
        data = self._signed[at : at + MAX_PIECE]
        return Order("manifest", id_of(self._signed), at, len(self._signed), data)

    def _judge(self, reply: Reply) -> None:
        if reply.boot == self._boot or reply.trial:
            return
        if reply.slot == self._slot and reply.result == "kept":
            self.stage = "kept"
            return
        raise UpdateError(
            f"version {self._image.version} did not reach this gateway, and the box went back to"
            f" {reply.version}"
        )


def _rank(version: str) -> tuple[int, ...]:
    """By which versions compare: the numbers at the beginning, 0.10 after 0.9."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
