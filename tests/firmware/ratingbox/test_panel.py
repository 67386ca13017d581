"""A rating box's panel, from contact to lamp. Runs under MicroPython too."""

import json

from firmware.common.filelog import FileLog
from firmware.common.node import Node
from firmware.ratingbox.panel import BEEP_MS, FAIL_MS, LAMP_MS, Panel
from simulator.disk import SimDisk

RUNS_ON_MICROPYTHON = True

UP = {"satisfied": False, "unsatisfied": False}


class BenchClock:
    """Implements `firmware.common.node.Clock`; time passes when the test says so."""

    def __init__(self) -> None:
        self.boot = "0a1b2c3d"
        self.now = 5_000

    def up(self) -> int:
        return self.now

    def at(self) -> "int | None":
        return None


class BenchBoard:
    """Writes down what it is told, and what was on disk at that moment."""

    def __init__(self) -> None:
        self.said: "list[str]" = []
        self.on_disk: "list[int]" = []
        self.log: "FileLog | None" = None

    def thank(self, button: str) -> None:
        self.said.append("thank " + button)
        if self.log is not None:
            self.on_disk.append(self.log.last)

    def fail(self) -> None:
        self.said.append("fail")

    def quiet(self) -> None:
        self.said.append("quiet")

    def invite(self, button: str) -> None:
        self.said.append("invite " + button)

    def darken(self, button: str) -> None:
        self.said.append("darken " + button)


class Bench:
    """One panel with its disk, clock and board."""

    def __init__(self, down: str = "", room: "int | None" = None) -> None:
        self.disk = SimDisk()
        self.clock = BenchClock()
        self.board = BenchBoard()
        self.log = FileLog(self.disk, lambda: "0123456789abcdef")
        self.board.log = self.log
        self.node = Node("kyiv-1", "box-3", self.log, self.clock, "0.1.0")
        if room is not None:
            self.disk.fill_up(room)
        levels = {name: name == down for name in UP}
        self.panel = Panel(self.node, self.board, levels, self.clock.now)

    def edge(self, button: str, pressed: bool) -> None:
        self.panel.edge(button, pressed, self.clock.now)

    def wait(self, ms: int) -> None:
        """Time passes; the panel is polled exactly when it asks for it."""
        end = self.clock.now + ms
        due = self.panel.due(self.clock.now)
        while due is not None and self.clock.now + due <= end:
            self.clock.now += due
            self.panel.poll(self.clock.now)
            due = self.panel.due(self.clock.now)
        self.clock.now = end

    def press(self, button: str) -> None:
        self.edge(button, True)
        self.wait(80)
        self.edge(button, False)
        self.wait(300)

    def records(self, kind: str) -> "list[dict[str, object]]":
        """What a new start finds on the disk."""
        log = FileLog(self.disk.restore(), lambda: "f" * 16)
        found = [json.loads(record) for record in log.read(1, 1000, 1 << 30)]
        return [record for record in found if record["kind"] == kind]


def test_a_press_is_on_disk_before_the_lamp_answers() -> None:
    bench = Bench()
    before = bench.log.last
    bench.press("satisfied")
    assert bench.board.said[0] == "thank satisfied"
    assert bench.board.on_disk == [before + 1]
    assert [record["button"] for record in bench.records("press")] == ["satisfied"]


def test_each_button_says_its_own_name() -> None:
    bench = Bench()
    bench.press("unsatisfied")
    bench.press("satisfied")
    assert [said["button"] for said in bench.records("press")] == ["unsatisfied", "satisfied"]


def test_a_full_disk_lights_no_lamp() -> None:
    bench = Bench()
    bench.disk.fill_up()
    bench.press("satisfied")
    assert bench.board.said[0] == "fail"
    assert "thank satisfied" not in bench.board.said
    assert "cannot write a record" in bench.node.fault


def test_after_a_full_disk_the_next_press_is_thanked_again() -> None:
    bench = Bench()
    bench.disk.fill_up()
    bench.press("satisfied")
    bench.disk.make_room()
    bench.press("unsatisfied")
    assert "thank unsatisfied" in bench.board.said
    assert bench.node.fault == ""
    assert [said["button"] for said in bench.records("press")] == ["unsatisfied"]


def test_presses_that_lit_no_lamp_are_on_record_as_missed() -> None:
    bench = Bench()
    bench.disk.fill_up()
    for _ in range(3):
        bench.press("satisfied")
    bench.disk.make_room()
    bench.press("unsatisfied")
    assert [said["count"] for said in bench.records("missed")] == [3]
    assert len(bench.records("press")) == 1


def test_a_button_that_came_free_on_a_full_disk_is_said_to_be_free_before_its_next_press() -> None:
    """Or every press of it from now on would be refused as stuck."""
    bench = Bench()
    bench.edge("satisfied", True)
    bench.wait(11_000)
    bench.disk.fill_up()
    bench.edge("satisfied", False)
    bench.wait(3_000)
    bench.press("satisfied")
    bench.disk.make_room()
    bench.press("satisfied")
    bench.press("satisfied")
    log = FileLog(bench.disk.restore(), lambda: "f" * 16)
    kinds = [json.loads(said) for said in log.read(1, 100, 1 << 20)]
    assert [said.get("state", said["kind"]) for said in kinds] == [
        "started",
        "press",
        "stuck",
        "freed",
        "missed",
        "press",
        "press",
    ]


def test_a_stuck_button_is_a_fault_until_it_is_free() -> None:
    bench = Bench()
    bench.edge("satisfied", True)
    bench.wait(11_000)
    assert bench.node.fault == "the button satisfied is stuck"
    bench.edge("satisfied", False)
    bench.wait(3_000)
    assert bench.node.fault == ""


def test_the_lamp_goes_out_and_the_buzzer_falls_silent() -> None:
    bench = Bench()
    bench.edge("satisfied", True)
    bench.wait(30)
    bench.edge("satisfied", False)
    bench.wait(BEEP_MS - 1)
    assert bench.board.said == ["thank satisfied"]
    bench.wait(1)
    assert bench.board.said == ["thank satisfied", "quiet"]
    bench.wait(LAMP_MS - BEEP_MS - 1)
    assert len(bench.board.said) == 2
    bench.wait(1)
    assert bench.board.said[2:] == ["darken satisfied"]
    assert bench.panel.due(bench.clock.now) is None


def test_the_tone_of_a_failure_is_longer_than_that_of_thanks() -> None:
    bench = Bench()
    bench.disk.fill_up()
    bench.press("satisfied")
    bench.wait(FAIL_MS)
    assert bench.board.said == ["fail", "quiet"]
    assert FAIL_MS > 3 * BEEP_MS


def test_a_chattering_contact_is_one_press() -> None:
    bench = Bench()
    for _ in range(5):
        bench.edge("satisfied", True)
        bench.wait(1)
        bench.edge("satisfied", False)
        bench.wait(1)
    bench.press("satisfied")
    assert len(bench.records("press")) == 1


def test_a_stuck_button_is_one_press_and_is_written_down() -> None:
    bench = Bench()
    bench.edge("unsatisfied", True)
    bench.wait(60_000)
    bench.edge("unsatisfied", False)
    bench.wait(10_000)
    assert len(bench.records("press")) == 1
    assert [(said["button"], said["state"]) for said in bench.records("button")] == [
        ("unsatisfied", "stuck"),
        ("unsatisfied", "freed"),
    ]


def test_a_button_held_at_boot_is_no_press() -> None:
    bench = Bench(down="satisfied")
    bench.wait(60_000)
    assert bench.records("press") == []
    assert [said["state"] for said in bench.records("button")] == ["held"]
    assert bench.board.said == []


def test_the_start_is_on_record_with_its_version() -> None:
    bench = Bench()
    assert [said["version"] for said in bench.records("started")] == ["0.1.0"]


def test_a_box_starts_on_a_full_disk() -> None:
    bench = Bench(room=0)
    assert "cannot write a record" in bench.node.fault
    bench.press("satisfied")
    assert bench.board.said[0] == "fail"


def test_nothing_is_due_while_nobody_presses() -> None:
    bench = Bench()
    assert bench.panel.due(bench.clock.now) is None


def test_presses_of_a_self_test_are_answered_and_say_so() -> None:
    """Those before and after it are as ever."""
    bench = Bench()
    bench.press("satisfied")
    bench.wait(5_000)
    bench.panel.test(bench.clock.now + 60_000)
    bench.press("unsatisfied")
    bench.wait(60_000)
    bench.press("satisfied")
    said = bench.records("press")
    assert [(one["button"], one.get("test")) for one in said] == [
        ("satisfied", None),
        ("unsatisfied", True),
        ("satisfied", None),
    ]
    assert [one for one in bench.board.said if one.startswith("thank")] == [
        "thank satisfied",
        "thank unsatisfied",
        "thank satisfied",
    ]


def test_an_invitation_lights_both_lamps_and_ends_by_itself() -> None:
    """It is no thanks: nothing sounds, and nothing goes on record."""
    bench = Bench()
    last = bench.log.last
    bench.panel.invite(bench.clock.now + 60_000, bench.clock.now)
    assert bench.board.said == ["invite satisfied", "invite unsatisfied"]
    bench.wait(59_000)
    assert len(bench.board.said) == 2
    bench.wait(1_000)
    assert sorted(bench.board.said[2:]) == ["darken satisfied", "darken unsatisfied"]
    assert bench.log.last == last


def test_a_press_ends_the_invitation_and_lights_its_own_lamp_only() -> None:
    """So one sees which button was taken."""
    bench = Bench()
    bench.panel.invite(bench.clock.now + 60_000, bench.clock.now)
    bench.press("unsatisfied")
    assert sorted(bench.board.said[2:4]) == ["darken satisfied", "darken unsatisfied"]
    assert bench.board.said[4] == "thank unsatisfied"
    bench.wait(120_000)
    assert "invite satisfied" not in bench.board.said[4:]


def test_a_press_that_the_disk_refuses_leaves_no_lamp_lit() -> None:
    """Least of all one that could be taken for thanks."""
    bench = Bench()
    bench.panel.invite(bench.clock.now + 60_000, bench.clock.now)
    bench.disk.fill_up(0)
    bench.press("satisfied")
    assert sorted(bench.board.said[2:4]) == ["darken satisfied", "darken unsatisfied"]
    assert bench.board.said[4] == "fail"


def test_an_invitation_that_is_over_darkens_what_it_lit_and_no_thanks() -> None:
    """The next visitor is called while the last one is still thanked."""
    bench = Bench()
    bench.press("satisfied")
    bench.panel.invite(bench.clock.now, bench.clock.now)
    assert "darken satisfied" not in bench.board.said
    bench.panel.invite(bench.clock.now + 60_000, bench.clock.now)
    bench.panel.invite(bench.clock.now, bench.clock.now)
    assert bench.board.said.count("darken satisfied") == 1
