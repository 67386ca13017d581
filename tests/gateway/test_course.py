"""The course of an update, with the box's own end of it."""

import random
from collections.abc import Callable

import msgspec
import pytest

from firmware.ratingbox.slots import TRIES
from gateway.course import ASK, Course
from tests.firmware.ratingbox.gateway_stand_in import KEY, NODE, SITE
from tests.firmware.ratingbox.test_update import FILES, UNCHANGED, Box
from wire.image import Image
from wire.records import Reply
from wire.update import Order, UpdateError, encode_order

IMAGE = Image("0.2.0", FILES)


def course(image: Image = IMAGE, key: bytes = KEY, force: bool = False) -> Course:
    """Of an update to the box of the bench."""
    return Course(image, SITE, NODE, key, force)


def hear(box: Box, order: Order) -> Reply:
    """What the box says, as the wire declares it."""
    return msgspec.json.decode(box.updater.handle(encode_order(order)), type=Reply)


def carry(course: Course, box: Box, until: str = "trial", most: int = 1_000) -> None:
    """Say and hear, until that stage."""
    order = ASK
    for _ in range(most):
        order = course.take(hear(box, order)) or ASK
        if course.stage == until:
            return
    raise AssertionError(course.stage)


def reboot(box: Box, boot: str = "ffffffff") -> str:
    """The box boots, under another name of the boot."""
    slot = box.boot()
    box.updater._boot = boot
    return slot


def test_an_update_goes_from_the_question_to_the_trial_that_was_passed() -> None:
    """And counts what lies in the box."""
    box, mine = Box(), course()
    carry(mine, box)
    assert (mine.done, mine.total, box.updater.reboot) == (3_704, 3_704, True)
    assert mine.take(hear(box, ASK)) is None  # not booted yet
    assert reboot(box) == "b"
    assert mine.take(hear(box, ASK)) is None
    assert mine.stage == "trial"
    box.updater.on_trusted()
    carry(mine, box, until="kept", most=1)


def test_a_box_that_went_back_is_told_as_such() -> None:
    """With both versions."""
    box, mine = Box(), course()
    carry(mine, box)
    for _ in range(TRIES + 1):
        reboot(box)
    with pytest.raises(UpdateError, match=r"0\.2\.0 did not reach .* went back to 0\.1\.0"):
        mine.take(hear(box, ASK))


@pytest.mark.parametrize(
    ("version", "why"), [("0.1.0", "runs there already"), ("0.0.9", "which is newer than 0.0.9")]
)
def test_an_older_version_needs_to_be_meant(version: str, why: str) -> None:
    """And the one that runs; nothing is sent without."""
    box = Box()
    with pytest.raises(UpdateError, match=why):
        carry(course(Image(version, FILES)), box)
    assert box.state() == UNCHANGED
    carry(course(Image(version, FILES), force=True), box)
    assert box.updater.reboot


def test_ten_is_newer_than_nine() -> None:
    """0.10 after 0.9, and after 0.9-rc1."""
    for running in ("0.9", "0.9-rc1", "0.9.7"):
        box = Box()
        box.updater._version = running
        carry(course(Image("0.10", FILES)), box)


def test_what_the_box_refuses_ends_the_update_with_its_reason() -> None:
    """Such as a key that is not its own."""
    box = Box()
    with pytest.raises(UpdateError, match="the box refuses: the signature is not of this box's"):
        carry(course(key=b"j" * 32), box)
    assert box.state() == UNCHANGED


def test_a_box_that_lost_its_power_in_the_middle_is_sent_all_of_it_anew() -> None:
    """Under a higher counter; three times, then somebody has to look at it."""
    box, mine = Box(), course()
    for i in range(3):
        for _ in range(6):
            order = mine.take(hear(box, ASK)) or ASK
            hear(box, order)
        reboot(box, f"0000000{i}")
    with pytest.raises(UpdateError, match="booted 3 times meanwhile"):
        carry(mine, box)


def test_a_box_on_trial_is_left_alone() -> None:
    """Whoever sent that one may still be waiting for it."""
    box = Box()
    carry(course(), box)
    reboot(box)
    with pytest.raises(UpdateError, match="still on trial there"):
        course(Image("0.3.0", FILES)).take(hear(box, ASK))


def lossy(box: Box, rng: random.Random) -> Callable[[Order], list[Reply]]:
    """A way that loses, repeats and delays what is said, and what is answered."""
    waiting: list[Order] = []

    def say(order: Order) -> list[Reply]:
        waiting.append(order)
        waiting.extend([order] * (rng.random() < 0.2))
        rng.shuffle(waiting)
        heard = []
        while waiting and rng.random() < 0.7:
            reply = hear(box, waiting.pop())
            if rng.random() < 0.8:
                heard.append(reply)
        return heard

    return say


@pytest.mark.parametrize("run", range(40))
def test_messages_lost_repeated_and_out_of_order_cost_time_only(run: int) -> None:
    """Whatever the broker does, what boots is what was signed."""
    rng = random.Random(run)
    box, mine = Box(), course()
    say = lossy(box, rng)
    order = ASK
    for _ in range(2_000):
        for reply in say(order):
            order = mine.take(reply) or ASK
        if mine.stage == "trial":
            break
    assert mine.stage == "trial"
    assert {path: data for path, data in box.has("b").items() if path != "manifest"} == FILES
    assert reboot(box) == "b"
