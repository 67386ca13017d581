"""A device as the broker sees it, before a gateway of a few lines. Runs under MicroPython too."""

import json

from firmware.common.filelog import FileLog
from firmware.common.node import OFFLINE, PAUSE_MS, QUIET_MS, STATE_EVERY_MS, Node
from simulator.disk import SimDisk
from wire.batch import Mark, decode_batch, encode_mark
from wire.hop import Receiver

RUNS_ON_MICROPYTHON = True

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Message = tuple[str, bytes, bool]

LOG = "talon/v1/kyiv-1/box-3/log"
ACK = "talon/v1/kyiv-1/box-3/ack"
STATE = "talon/v1/kyiv-1/box-3/state"
RETRY_MS = 3_000

_epochs = [0]


class BenchClock:
    """Implements `firmware.common.node.Clock`; time passes when the test says so."""

    def __init__(self) -> None:
        self.boot = "0a1b2c3d"
        self.now = 5_000

    def up(self) -> int:
        return self.now

    def at(self) -> "int | None":
        return None


class Bench:
    """One box with its disk and its clock."""

    def __init__(self, window: int = 4, limit: "int | None" = None) -> None:
        self.disk = SimDisk()
        self.clock = BenchClock()
        log = open_log(self.disk, limit)
        self.node = Node("kyiv-1", "box-3", log, self.clock, "0.1.0", window)

    def press(self, times: int = 1) -> None:
        """Somebody presses."""
        for _ in range(times):
            self.node.record("rating", {"channel": "satisfied", "n": self.node.log.last + 1})

    def try_to_press(self, times: int = 1) -> int:
        """Visitors press a rating button; returns how many were thanked."""
        thanked = 0
        for _ in range(times):
            thanked += not raises(OSError, lambda: self.node.record("press", {"button": "x"}))
        return thanked

    def missed(self) -> "list[int]":
        """The counts of presses not taken that are on record."""
        return [int(str(said["count"])) for said in self.records() if said["kind"] == "missed"]

    def pressed(self) -> int:
        """How many presses are on record."""
        return sum([said["kind"] == "press" for said in self.records()])

    def records(self) -> "list[dict[str, object]]":
        """What a new start finds on the disk."""
        log = open_log(self.disk.copy())
        if log.last < log.oldest:
            return []
        return [json.loads(record) for record in log.read(log.oldest, 1 << 20, 1 << 30)]

    def connect(self) -> None:
        """The link comes up and what is always said then is said."""
        self.node.on_link(True)
        self.node.outbox()

    def wait(self, ms: int) -> None:
        """Time passes."""
        self.clock.now += ms

    def batches(self) -> "list[tuple[int, int]]":
        """First and last number of each batch published now."""
        sent = [decode_batch(payload) for topic, payload, _ in self.node.outbox() if topic == LOG]
        return [(batch.first, batch.last) for batch in sent]

    def state(self) -> "dict[str, object] | None":
        """The state message published now, if there is one."""
        said = [json.loads(payload) for topic, payload, _ in self.node.outbox() if topic == STATE]
        assert len(said) < 2
        return said[0] if said else None

    def mark(self, seq: int, epoch: str = "") -> None:
        """The gateway's watermark arrives."""
        mark = Mark(epoch or self.node.log.epoch, seq, 0)
        assert self.node.on_message(ACK, encode_mark(mark)) is None


def open_log(disk: SimDisk, limit: "int | None" = None) -> FileLog:
    """The log on a disk, in small segments."""
    _epochs[0] += 1
    return FileLog(disk, lambda: "%016x" % _epochs[0], 512, limit)


def raises(kind: "type[BaseException]", call: "Callable[[], object]") -> bool:
    """Whether `call` is refused with an error of this kind."""
    try:
        call()
    except kind:
        return True
    return False


def test_a_record_is_on_disk_before_it_is_published() -> None:
    """What the gateway hears survives a power cut here."""
    bench = Bench()
    bench.connect()
    bench.press()
    bench.wait(QUIET_MS)
    message, _ = bench.node.outbox()  # and the state
    sent = decode_batch(message[1])
    found = open_log(bench.disk.restore())
    assert message[0] == LOG
    assert not message[2]
    assert found.read(1, 10, 10_000) == sent.records
    assert (sent.epoch, sent.first, sent.oldest) == (found.epoch, 1, 1)


def test_a_record_says_what_happened_and_when() -> None:
    """In JSON that any reader understands."""
    bench = Bench()
    assert bench.node.record("rating", {"channel": "задоволений", "ok": True}) == 1
    assert json.loads(bench.node.log.read(1, 1, 0)[0].decode()) == {
        "kind": "rating",
        "at": None,
        "boot": "0a1b2c3d",
        "up": 5_000,
        "channel": "задоволений",
        "ok": True,
    }


def test_a_record_that_could_not_be_written_is_never_published() -> None:
    """The program is told, so that no light comes on; a technician reads why in the state."""
    bench = Bench()
    bench.connect()
    bench.wait(QUIET_MS)
    bench.disk.fill_up(10)
    assert raises(OSError, bench.press)
    state = bench.state()
    assert state is not None
    assert "cannot write" in str(state["fault"])
    assert (state["last"], bench.batches()) == (0, [])


def test_a_press_for_which_there_is_no_memory_is_refused_counted_and_the_next_one_taken() -> None:
    """As if the card had refused it; the program goes on."""
    bench = Bench()
    append = bench.node.log.append
    bench.node.log.append = no_memory  # type: ignore[method-assign, assignment]
    assert bench.try_to_press(2) == 0
    assert "no memory (presses not taken: 2" in bench.node.fault
    bench.node.log.append = append  # type: ignore[method-assign]
    assert bench.try_to_press() == 1
    assert bench.pressed() == 1
    assert bench.missed() == [2]
    assert bench.node.fault == ""


def test_without_memory_for_the_words_a_press_is_refused_and_counted() -> None:
    """What went wrong is said later; the press gets its long tone now."""
    bench = Bench()
    append = bench.node.log.append
    bench.node.log.append = wordless  # type: ignore[method-assign, assignment]
    assert bench.try_to_press() == 0
    bench.node.log.append = append  # type: ignore[method-assign]
    assert bench.try_to_press() == 1
    assert bench.missed() == [1]


class Wordless(OSError):
    """An error that takes more memory to say than there is."""

    def __str__(self) -> str:
        raise MemoryError


def wordless(*_: object) -> int:
    """The card refuses, and nothing can be said of it."""
    raise Wordless


def no_memory(*_: object) -> int:
    """There is none."""
    raise MemoryError


def test_a_fault_is_taken_back_with_the_first_record_that_is_written() -> None:
    """Both changes are told at once, not a minute later."""
    bench = Bench()
    bench.disk.fill_up(10)
    assert raises(OSError, bench.press)
    bench.connect()
    assert bench.state() is None
    bench.disk.make_room()
    bench.press()
    state = bench.state()
    assert state is not None
    assert (state["fault"], state["last"]) == ("", 1)


def test_faults_of_several_kinds_stand_side_by_side() -> None:
    """One that goes takes no other with it; each change is told at once."""
    bench = Bench()
    bench.connect()
    bench.node.set_fault("printer", "no paper")
    bench.disk.fill_up(10)
    assert raises(OSError, bench.press)
    state = bench.state()
    assert state is not None
    assert str(state["fault"]).startswith("no paper; cannot write a record")
    bench.disk.make_room()
    bench.press()
    state = bench.state()
    assert state is not None
    assert state["fault"] == "no paper"
    bench.node.set_fault("printer", "no paper")
    assert bench.state() is None
    bench.node.set_fault("printer", "")
    bench.node.set_fault("cutter", "")
    state = bench.state()
    assert state is not None
    assert state["fault"] == ""


def test_a_long_fault_is_cut_to_what_a_state_may_hold() -> None:
    """Or the gateway would not read the state at all."""
    bench = Bench()
    bench.node.set_fault("printer", "й" * 600)
    assert json.loads(bench.node.state())["fault"] == "й" * 500


def test_presses_on_a_full_disk_are_counted_and_on_record_when_there_is_room() -> None:
    """Before that only the state can tell of them."""
    bench = Bench()
    bench.connect()
    bench.disk.fill_up()
    assert bench.try_to_press(2) == 0
    bench.wait(130_000)
    assert bench.try_to_press(3) == 0
    state = bench.state()
    assert state is not None
    assert "no space left" in str(state["fault"])
    assert "(presses not taken: 5, within 3 min)" in str(state["fault"])
    bench.disk.make_room()
    assert bench.try_to_press(2) == 2
    assert (bench.pressed(), bench.missed()) == (2, [5])
    assert bench.node.fault == ""


def test_a_press_that_a_worn_chip_refuses_is_on_record_at_once() -> None:
    """The disk takes the very next write."""
    bench = Bench()
    bench.try_to_press(3)
    bench.disk.stumble()
    assert bench.try_to_press() == 0
    assert (bench.pressed(), bench.missed()) == (3, [1])
    assert bench.try_to_press() == 1
    assert bench.node.fault == ""


def test_at_the_limit_presses_are_refused_and_their_number_is_on_record() -> None:
    """At the 1st, 2nd, 4th, …, so that a power cut forgets less than half of them."""
    bench = Bench(limit=40_000)
    thanked = bench.try_to_press(1_000)
    assert 300 < thanked < 500
    refused = 1_000 - thanked
    assert bench.node.fault == f"the card is full (presses not taken: {refused}, within 1 min)"
    assert bench.pressed() == thanked
    assert bench.missed() == [1, 1, 2, 4, 8, 16, 32, 64, 128, 256]
    bench.node.close()
    assert sum(bench.missed()) == refused
    bench.node.close()
    assert sum(bench.missed()) == refused


def test_a_full_card_takes_presses_again_after_the_first_watermark() -> None:
    """The last of the missed are on record at once, and the fault has gone."""
    bench = Bench(limit=40_000)
    thanked = bench.try_to_press(1_000)
    bench.connect()
    bench.mark(2)
    assert bench.node.fault != ""  # less than a file is acknowledged: nothing could be deleted
    bench.mark(100)
    assert bench.node.fault == ""
    assert sum(bench.missed()) == 1_000 - thanked
    assert bench.try_to_press(5) == 5
    assert sum(bench.missed()) == 1_000 - thanked


def test_when_even_the_room_for_notes_is_full_presses_are_counted_in_memory() -> None:
    """And on record as soon as a watermark makes room."""
    bench = Bench(limit=4_000)
    thanked = bench.try_to_press(5_000)
    refused = 5_000 - thanked
    assert 0 < sum(bench.missed()) < refused
    assert f"(presses not taken: {refused}, " in bench.node.fault
    bench.connect()
    bench.mark(thanked)
    log = bench.node.log
    last = json.loads(log.read(log.last, 1, 0)[0])
    assert (last["kind"], bench.node.fault) == ("missed", "")
    assert sum(bench.missed()) == refused


def test_a_disk_that_refuses_everything_for_ever_stops_nothing() -> None:
    """The counting goes on, and the state says so."""
    bench = Bench()
    bench.connect()
    bench.disk.fill_up()
    assert bench.try_to_press(3_000) == 0
    bench.mark(0)
    assert bench.batches() == []
    assert "(presses not taken: 3000," in bench.node.fault


def test_only_what_visitors_did_counts_as_missed() -> None:
    """A start or a stuck button that could not be written is no press."""
    bench = Bench()
    bench.disk.fill_up()
    for kind in ("started", "button", "printed"):
        assert raises(OSError, lambda kind=kind: bench.node.record(kind, {}))  # type: ignore[misc]
    assert "presses" not in bench.node.fault
    assert raises(OSError, lambda: bench.node.record("issued", {}))
    bench.disk.make_room()
    bench.press()
    assert bench.missed() == [1]


def test_the_outcome_of_the_last_ticket_is_on_record_though_the_card_is_full() -> None:
    """There is at most one for each ticket, and no ticket any more."""
    bench = Bench(limit=40_000)
    bench.try_to_press(1_000)
    number = bench.node.record("printed", {"outcome": "printed"})
    assert number == bench.node.log.last
    assert bench.node.fault != ""


def test_after_connecting_it_is_quiet_until_the_retained_watermark() -> None:
    """Which says what need not be sent again."""
    bench = Bench()
    bench.press(5)
    bench.connect()
    assert bench.batches() == []
    bench.mark(3)
    assert bench.batches() == [(4, 5)]


def test_without_a_watermark_it_is_quiet_for_300_ms() -> None:
    """A new box has none to wait for."""
    bench = Bench()
    bench.press(5)
    bench.connect()
    assert bench.node.due() == 300
    bench.wait(299)
    assert bench.batches() == []
    bench.wait(1)
    assert bench.node.due() == 0
    assert bench.batches() == [(1, 5)]


def test_a_press_while_connected_is_due_at_once() -> None:
    """A board shows it within the second."""
    bench = Bench()
    bench.connect()
    bench.mark(0)
    bench.press()
    assert bench.node.due() == 0
    assert bench.batches() == [(1, 1)]
    assert bench.batches() == []


def test_what_is_not_acknowledged_is_sent_again_after_3_s() -> None:
    """The broker is a lossy pipe."""
    bench = Bench()
    bench.connect()
    bench.mark(0)
    bench.press()
    assert bench.batches() == [(1, 1)]
    assert bench.node.due() == RETRY_MS
    bench.wait(RETRY_MS - 1)
    assert bench.batches() == []
    bench.wait(1)
    assert bench.batches() == [(1, 1)]


def test_what_was_under_way_when_the_link_broke_is_sent_again() -> None:
    """Nobody knows whether it arrived."""
    bench = Bench()
    bench.press(2)
    bench.connect()
    bench.mark(0)
    assert bench.batches() == [(1, 2)]
    bench.node.on_link(False)
    bench.connect()
    bench.wait(QUIET_MS)
    assert bench.batches() == [(1, 2)]


def test_offline_nothing_is_published_and_everything_is_kept() -> None:
    """For as long as it takes."""
    bench = Bench()
    for _ in range(3):
        bench.press(100)
        bench.node.publish("answer", b"nobody is there")
        bench.wait(STATE_EVERY_MS)
        assert bench.node.due() is None
        assert bench.node.outbox() == []
    assert (bench.node.log.oldest, bench.node.log.last, bench.node.sender.pending) == (1, 300, 300)


def test_a_backlog_arrives_whole_and_in_order_after_an_outage() -> None:
    """Woken only when `due` says and by acks, of which every third is lost."""
    bench = Bench()
    bench.press(1_500)
    bench.node.on_link(True)
    gateway = Receiver([], set())
    stored: "list[bytes]" = []
    heard = 0
    while bench.node.sender.pending:
        wait = bench.node.due()
        assert wait is not None
        bench.wait(wait)
        for topic, payload, _ in bench.node.outbox():
            if topic != LOG:
                continue
            admitted = gateway.admit(decode_batch(payload))
            stored.extend(admitted.records)
            heard += 1
            if heard % 3:
                bench.node.on_message(ACK, encode_mark(admitted.mark))
    assert [json.loads(record)["n"] for record in stored] == list(range(1, 1_501))
    assert bench.node.log.oldest > 1_400  # what is acknowledged is gone from the disk
    assert heard < 40  # nothing was sent over and over


def test_nothing_is_due_before_it_is() -> None:
    """A program that wakes at each ms hears nothing that one which sleeps would hear later."""
    bench = Bench()
    bench.press(3)
    bench.node.on_link(True)
    for _ in range(7_000):
        due = bench.node.due()
        assert due is not None
        assert (due == 0) == bool(bench.node.outbox())
        bench.wait(1)


def test_the_state_is_told_after_connecting_and_every_minute() -> None:
    """Retained, so that whoever comes later knows too. Not before the retained watermark may have
    come: a card that was rolled back must not tell of numbers that it will not keep."""
    bench = Bench()
    bench.press(2)
    bench.node.on_link(True)
    assert (bench.node.due(), bench.node.outbox()) == (QUIET_MS, [])
    bench.wait(QUIET_MS)
    _, message = bench.node.outbox()
    assert (message[0], message[2]) == (STATE, True)
    assert json.loads(message[1]) == {
        "v": 1,
        "online": True,
        "boot": "0a1b2c3d",
        "up": 5_000 + QUIET_MS,
        "at": None,
        "epoch": bench.node.log.epoch,
        "oldest": 1,
        "last": 2,
        "acked": 0,
        "version": "0.1.0",
        "fault": "",
    }
    bench.wait(STATE_EVERY_MS - 1)
    assert bench.state() is None
    bench.wait(1)
    assert bench.state() is not None


def test_the_last_will_is_a_state_too() -> None:
    """The same reader reads both."""
    assert json.loads(OFFLINE) == {"v": 1, "online": False}


def test_garbage_on_the_ack_topic_changes_nothing() -> None:
    """Anybody with the broker's password may write there."""
    bench = Bench()
    bench.press(3)
    bench.connect()
    epoch = bench.node.log.epoch.encode()
    for garbage in (
        b"",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b'"seq"',
        b'{"v":1}',
        b'{"v":2,"epoch":"%s","seq":3,"crc":0}' % epoch,
        b'{"v":1,"epoch":"%s","seq":-1,"crc":0}' % epoch,
        b'{"v":1,"epoch":"%s","seq":"3","crc":0}' % epoch,
        b'{"v":1,"epoch":"%s","seq":3}' % epoch,
        b'{"v":1,"epoch":"%s","seq":3,"crc":0' % epoch,
        b'{"v":1,"epoch":7,"seq":3,"crc":0}',
        b"[" * 400,
        b"x" * 100_000,
    ):
        assert bench.node.on_message(ACK, garbage) is None
        assert bench.node.sender.pending == 3, garbage
        assert bench.batches() == [], garbage  # it does not pass for the retained watermark either
    bench.mark(3)
    assert bench.node.sender.pending == 0


def test_a_watermark_of_another_epoch_acknowledges_nothing() -> None:
    """It is of the card that was in this box before."""
    bench = Bench()
    bench.press(3)
    bench.connect()
    bench.mark(3, "f" * 16)
    assert bench.node.sender.pending == 3
    assert bench.batches() == [(1, 3)]


def test_a_message_for_another_node_is_nobodys() -> None:
    """Nor is one on a topic that is not Talon's."""
    bench = Bench()
    bench.press(3)
    bench.connect()
    mark = encode_mark(Mark(bench.node.log.epoch, 3, 0))
    for topic in (
        "talon/v1/kyiv-1/box-4/ack",
        "talon/v1/kyiv-2/box-3/ack",
        "talon/v2/kyiv-1/box-3/ack",
        "talon/v1/kyiv-1/queue",
        "talon/v1/kyiv-1/box-3/ack/more",
        "",
    ):
        assert bench.node.on_message(topic, mark) is None
    assert bench.node.sender.pending == 3


def test_what_the_program_has_to_hear_is_handed_on() -> None:
    """With its channel, as it came."""
    bench = Bench()
    for topic in bench.node.subscriptions():
        channel = topic.split("/")[-1]
        if channel != "ack":
            assert bench.node.on_message(topic, b"\xff") == (channel, b"\xff")
    assert ACK in bench.node.subscriptions()


def test_a_message_is_dropped_when_the_link_breaks_before_it_is_sent() -> None:
    """An answer to yesterday's question helps nobody."""
    bench = Bench()
    bench.connect()
    bench.node.publish("answer", b"now")
    assert bench.node.due() == 0
    assert bench.node.outbox() == [("talon/v1/kyiv-1/box-3/answer", b"now", False)]
    bench.node.publish("answer", b"late")
    bench.node.on_link(False)
    bench.node.publish("answer", b"later still")
    bench.node.on_link(True)
    bench.wait(QUIET_MS)
    assert [topic for topic, _, _ in bench.node.outbox()] == [STATE]


def test_a_card_that_was_rolled_back_never_tells_of_the_numbers_it_gives_up() -> None:
    """They would show as lost for ever."""
    bench = Bench()
    bench.press(2)
    image = bench.disk.snapshot()
    bench.press(3)
    bench.disk.roll_back(image)
    node = Node("kyiv-1", "box-3", open_log(bench.disk), bench.clock, "0.1.0")
    old = node.log.epoch
    for _ in range(9):
        node.record("press", {"button": "x"})
    node.on_link(True)
    said = node.outbox()
    node.on_message(ACK, encode_mark(Mark(old, 5, 7)))
    said += node.outbox()
    states = [json.loads(payload) for topic, payload, _ in said if topic == STATE]
    assert [state["epoch"] == node.log.epoch != old for state in states] == [True]


def test_a_box_whose_card_was_rolled_back_goes_on_in_a_new_epoch() -> None:
    """Its next press must not pass for one that the gateway already has."""
    bench = Bench()
    bench.press(2)
    image = bench.disk.snapshot()
    bench.press(3)
    bench.disk.roll_back(image)
    node = Node("kyiv-1", "box-3", open_log(bench.disk), bench.clock, "0.1.0")
    old = node.log.epoch
    node.on_link(True)
    node.on_message(ACK, encode_mark(Mark(old, 5, 0)))
    assert node.log.epoch != old
    assert node.sender.renewals == 1
    assert open_log(bench.disk).epoch == node.log.epoch


def test_a_log_that_cannot_be_tidied_up_stops_no_press() -> None:
    """The fault is told; the watermark comes again and the work is done then."""
    bench = Bench()
    bench.press(30)
    bench.connect()
    bench.disk.stumble()
    bench.mark(30)
    state = bench.state()
    assert state is not None
    assert "tidy" in str(state["fault"])
    bench.press()
    bench.mark(31)
    assert bench.node.log.oldest > 20
    assert bench.node.sender.pending == 0


def test_a_log_that_cannot_be_read_is_told_and_tried_again_after_a_pause() -> None:
    """The state still goes out, and what the program has to say too."""
    bench = Bench()
    bench.press(30)
    bench.connect()
    bench.wait(QUIET_MS)
    read = bench.node.log.read

    def unreadable(first: int, count: int, size: int) -> "list[bytes]":
        raise OSError(5, "input/output error")

    bench.node.log.read = unreadable  # type: ignore[method-assign]
    bench.node.publish("ask", b"for a number")
    said = [(topic.split("/")[-1], payload) for topic, payload, _ in bench.node.outbox()]
    assert [channel for channel, _ in said] == ["ask", "state"]
    assert "cannot read the log" in json.loads(said[1][1])["fault"]
    assert bench.node.due() == PAUSE_MS
    bench.node.log.read = read  # type: ignore[method-assign]
    bench.wait(PAUSE_MS)
    assert bench.batches() == [(1, 30)]
    assert bench.node.fault == ""


def test_a_name_that_cannot_stand_in_a_topic_is_refused_at_the_start() -> None:
    """Not at the first press."""
    bench = Bench()
    for site, node in (("Kyiv", "box"), ("kyiv", "box/3"), ("", "box"), ("kyiv", "+")):
        make = lambda site=site, node=node: Node(site, node, bench.node.log, bench.clock, "0")  # noqa: E731
        assert raises(ValueError, make)
