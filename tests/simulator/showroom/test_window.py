"""What is seen of the devices from outside."""

from firmware.common.posix_clock import PosixClock, random_token
from simulator import profile
from simulator.demo import build_devices
from simulator.devices import Box, Mail, TicketDispenser
from simulator.disk import SimDisk
from simulator.hall.crowd import Crowd
from simulator.showroom.papers import lines, picture
from simulator.showroom.window import SLIPS, Window
from tests.simulator.showroom.room import NobodyWorks


def devices() -> tuple[dict[str, Box], dict[str, TicketDispenser]]:
    """Of the demo, without a broker."""
    return build_devices(1, PosixClock, Mail(), lambda name: random_token)


def window(boxes: dict[str, Box], machine: TicketDispenser) -> Window:
    return Window(machine, {"box-1": boxes["box-1"]}, boxes, Crowd(boxes, {}, NobodyWorks(), 1))


def press(box: Box, button: str) -> None:
    box.panel.press(button)
    box.settle()


def test_presses_of_all_boxes_are_counted_and_those_in_sight_are_noted() -> None:
    """By their numbers on the cards, whoever pressed."""
    boxes, machines = devices()
    view = window(boxes, machines["disp-1"])
    assert not any(card.presses for card in view.seen.cards)
    press(boxes["box-1"], "satisfied")
    press(boxes["exit-2"], "unsatisfied")
    press(boxes["exit-2"], "satisfied")
    view.look()
    presses = {card.node: card.presses for card in view.seen.cards if card.presses}
    assert presses == {"box-1": (2,), "exit-2": (2, 3)}
    (noted,) = view.seen.notes
    assert (noted.node, noted.seq, noted.what) == ("box-1", 2, "satisfied")
    assert len(view.seen.cards) == len(profile.BOXES)


def test_a_new_card_begins_at_nothing() -> None:
    """As its numbers do."""
    boxes, machines = devices()
    view = window(boxes, machines["disp-1"])
    press(boxes["box-1"], "satisfied")
    view.look()
    boxes["box-1"].card = SimDisk()
    boxes["box-1"].power_up()
    view.look()
    (card,) = [card for card in view.seen.cards if card.node == "box-1"]
    assert (card.presses, card.last, card.epoch) == ((), 1, boxes["box-1"].node.log.epoch)


def test_without_a_change_the_view_is_the_same_one() -> None:
    """So that nobody draws it anew."""
    boxes, machines = devices()
    view = window(boxes, machines["disp-1"])
    before = view.seen
    view.look()
    assert view.seen is before


def test_the_newest_tickets_stay_in_sight_as_pictures_of_their_paper() -> None:
    """With words for who does not see them."""
    boxes, machines = devices()
    machine = machines["disp-1"]
    view = window(boxes, machine)
    for service in profile.SERVICES[: SLIPS + 2]:
        machine.buttons.press(service.id)
        machine.settle()
        machine.settle()
    view.look()
    slips = view.seen.machine.slips
    assert [slip.n for slip in slips] == list(range(3, SLIPS + 3))
    assert {profile.NAME, profile.SERVICES[2].title} < set(lines(slips[0].data))
    assert picture(slips[0].data).startswith(b"\x89PNG")
    kinds = [note.kind for note in view.seen.notes]
    assert kinds == ["issued", "printed"] * (SLIPS + 2)
