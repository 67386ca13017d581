"""A Pico's firmware behind a bad network and before bad servers: buttons answer, it recovers."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.proxy import ANSWERS, BOTH, Faults, Proxy
from tests.integration.rig import until
from tests.pico import rubbish
from tests.pico.hostile import CONNACK, SUBACKS, Hostile, Switch, length, publish
from tests.pico.rig import Office, open_office
from tests.pico.terminal import Box

ROUNDS = 5  # of rubbish
SMALL_HEAP = "96wk"  # three quarters of what the other tests give it, half of what a Pico has
SLOW = Faults(latency_ms=30, slices=20)


class Scene:
    """A box, an office, and the proxy between them."""

    def __init__(self, office: Office, proxy: Proxy, box: Box) -> None:
        self.office = office
        self.proxy = proxy
        self.box = box

    def presses_are_answered(self) -> None:
        """One of each button, at once."""
        self.box.press("satisfied")
        self.box.press("unsatisfied")

    def all_arrived_once(self) -> None:
        """What the gateway has is what was pressed."""
        self.box.wait_until_delivered()
        stored = self.office.presses()
        assert max(Counter(stored).values()) == 1
        assert len(stored) == self.box.presses
        assert self.box.is_alive


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A new box that has reached its office."""
    with (
        open_office(tmp_path) as office,
        Proxy(("127.0.0.1", office.port)) as proxy,
        Box(tmp_path / "box", proxy.port) as box,
    ):
        box.wait_for("link up")
        yield Scene(office, proxy, box)


FAULTS: dict[str, Callable[[Proxy], None]] = {
    "refused": lambda proxy: proxy.set(Faults(refuse=True)),
    "black-holed": lambda proxy: proxy.set(Faults(swallow=BOTH)),
    "no answers": lambda proxy: proxy.set(Faults(swallow=ANSWERS)),
    "slow": lambda proxy: proxy.set(SLOW),
    "half-closed": Proxy.half_close,
    "reset": Proxy.reset,
    "cut": Proxy.cut,
}


def presses_survive(fault: str, scene: Scene) -> None:
    """Buttons answer during the fault, and all arrives after it."""
    FAULTS[fault](scene.proxy)
    scene.presses_are_answered()
    scene.presses_are_answered()
    scene.proxy.heal()
    scene.all_arrived_once()


@pytest.mark.parametrize("fault", FAULTS)
def test_buttons_answer_during_a_fault_and_all_arrives_once_after_it(
    fault: str, scene: Scene
) -> None:
    """The lamp never waits for the network, and nobody has to reset the box."""
    presses_survive(fault, scene)


def test_a_box_that_has_been_through_one_fault_survives_the_next(scene: Scene) -> None:
    """Also while it waits longer and longer before it tries again."""
    for fault in ("no answers", "half-closed", "reset"):
        presses_survive(fault, scene)


def test_rubbish_on_its_topics_changes_nothing(scene: Scene) -> None:
    """Acks that are none, or of somebody else; orders without a signature; far too large ones."""
    scene.presses_are_answered()
    scene.all_arrived_once()
    for _ in range(ROUNDS):
        rubbish.publish(scene.office.port, rubbish.RUBBISH)
        scene.presses_are_answered()
        scene.all_arrived_once()


def test_rubbish_changes_nothing_even_with_three_quarters_of_the_memory(tmp_path: Path) -> None:
    """What is free lies side by side, or a box would not even start in so little."""
    with (
        open_office(tmp_path) as office,
        Proxy(("127.0.0.1", office.port)) as proxy,
        Box(tmp_path / "box", proxy.port, heap=SMALL_HEAP) as box,
    ):
        box.wait_for("link up")
        scene = Scene(office, proxy, box)
        for _ in range(ROUNDS):
            rubbish.publish(office.port, rubbish.RUBBISH)
            scene.presses_are_answered()
            scene.all_arrived_once()


def test_rubbish_of_all_sizes_over_a_slow_network_changes_nothing(scene: Scene) -> None:
    """Whether it can be read in one piece or not: at 20 bytes a ms it takes its time, and meanwhile
    the buttons are answered."""
    rubbish.publish(scene.office.port, rubbish.of_all_sizes())
    scene.presses_are_answered()
    scene.all_arrived_once()
    scene.proxy.set(SLOW)
    rubbish.publish(scene.office.port, [(rubbish.ACK, b"[" * 200_000)])
    scene.presses_are_answered()
    scene.proxy.heal()
    scene.all_arrived_once()


def test_rubbish_that_stays_on_its_topics_keeps_no_box_from_its_office(tmp_path: Path) -> None:
    """A broker sends what was retained with each subscription, here for 800 ms, which is twice as
    long as a turn lasts at that speed; each connection begins with it."""
    with (
        open_office(tmp_path) as office,
        Proxy(("127.0.0.1", office.port)) as proxy,
    ):
        kept = [(topic, b"[" * 10_000) for topic in rubbish.HEARD]
        rubbish.publish(office.port, kept, retain=True)
        proxy.set(Faults(slices=50))
        with Box(tmp_path / "box", proxy.port) as box:
            scene = Scene(office, proxy, box)
            scene.presses_are_answered()
            scene.all_arrived_once()


def test_an_ack_beyond_all_records_loses_none_of_them(scene: Scene) -> None:
    """The box takes it for a sign that its card was rolled back, and begins a new epoch."""
    scene.presses_are_answered()
    scene.all_arrived_once()
    epoch = scene.office.presses()[-1].epoch
    hostile = f'{{"v":1,"epoch":"{epoch}","seq":1000000,"crc":0}}'
    rubbish.publish(scene.office.port, [(rubbish.ACK, hostile.encode())])
    scene.box.wait_for("epoch ", 2)
    before = scene.box.presses
    scene.presses_are_answered()
    scene.box.until(
        lambda: len(scene.office.presses()) >= before + 2, "what came after it is there"
    )
    stored = scene.office.presses()
    assert len(stored) == before + 2
    assert stored[-1].epoch != epoch
    assert max(Counter(stored).values()) == 1
    assert scene.box.is_alive


BAD = [
    b"\xff" * 300,
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x20\x02\x00\x05",  # not authorised
    b"\x20",  # and no more
    CONNACK + b"\x90\x03\x00\x01\x80",  # no subscription
    CONNACK + SUBACKS + b"\x30" + b"\xff" * 400,  # a length that never ends
    CONNACK + SUBACKS + b"\x30" + length(200_000_000) + b"\x00\x04" + b"x" * 60_000,
    CONNACK + SUBACKS + b"\x30\x05\x00\x40abc",  # a topic longer than its message
    CONNACK + SUBACKS + publish(b"x", head=0x34) + b"\x01\x02",  # QoS 2
    CONNACK + SUBACKS + publish(b"update", topic=b"\xff\xfe") + b"\xf0\x00",
    CONNACK + SUBACKS + publish(b"y" * 50_000) * 5 + b"\x50\x02\x00\x01",
]


def test_servers_that_speak_mqtt_as_badly_as_one_can(tmp_path: Path) -> None:
    """Each of them is left, buttons answer throughout, and a good broker gets everything."""
    with (
        Hostile(BAD) as hostile,
        open_office(tmp_path) as office,
        Switch(hostile.port) as switch,
        Box(tmp_path / "box", switch.port, speed=100) as box,
    ):
        for number in range(1, len(BAD) + 1):
            box.until(lambda number=number: hostile.played >= number, f"server {number}")  # type: ignore[misc]
            box.press(("satisfied", "unsatisfied")[number % 2])
        switch.turn_to(office.port)
        box.wait_until_delivered()
        assert box.is_alive
        assert len(office.presses()) == box.presses


def test_ukrainian_text_is_sent_with_its_length_in_bytes(tmp_path: Path) -> None:
    """A letter has two bytes; a length in letters would end the text in the middle."""
    with (
        Hostile([CONNACK + SUBACKS]) as hostile,
        Box(tmp_path, hostile.port, username="скринька-ї", password="ґанок") as box,
    ):
        box.wait_for("link up")
        until(lambda: b"/state" in hostile.heard[0][200:], "a state is sent")
        heard = bytes(hostile.heard[0])
    name, password = "скринька-ї".encode(), "ґанок".encode()
    fields = len(name).to_bytes(2, "big") + name + len(password).to_bytes(2, "big") + password
    assert heard[0] == 0x10
    begin = 2 if heard[1] < 128 else 3
    size = heard[1] & 0x7F | (heard[2] << 7 if begin == 3 else 0)
    assert heard[begin : begin + size].endswith(fields)
    assert heard[begin + size] == 0x82  # the next packet begins where this one ends
