"""The newest happenings, and how far each has got."""

import msgspec

from simulator.showroom.happenings import SHOWN, Arrivals, happenings
from simulator.showroom.seen import Kind, Machine, Note, Seen
from simulator.showroom.views import City

NOON = 1_793_000_000_000


def note(seq: int, kind: Kind = "press", what: str = "satisfied", **more: str) -> Note:
    return Note("box-1", "e", seq, NOON + seq * 1000, kind, what, **more)


def seen(*notes: Note, acked: int = 0) -> Seen:
    machine = Machine(lamps={}, slips=(), has_paper=True, online=True, fault="")
    acks = {"box-1": acked}
    return Seen(machine=machine, panels={}, cards=(), acked=acks, notes=notes, comes=False)


def stored(*seqs: int, status: str = "counted") -> City:
    return City(stored={("box-1", "e", seq): status for seq in seqs})


def test_a_press_goes_from_the_card_to_the_gateway_to_the_city() -> None:
    """Its status is known when the city has it."""
    notes = [note(2), note(3), note(4)]
    found = happenings(seen(*notes, acked=3), stored(2, status="repeat"), Arrivals())
    assert [(one.note.seq, one.stage, one.status) for one in found] == [
        (4, "card", ""),
        (3, "gateway", ""),
        (2, "city", "repeat"),
    ]


def test_how_long_it_took_is_from_the_cards_clock_to_when_it_was_first_seen() -> None:
    """Later looks do not change it; what was there before the first look has no time."""
    arrivals = Arrivals()
    early, later = note(1), note(9)
    arrivals.note(stored(1), NOON + 5_000)
    arrivals.note(stored(1, 9), later.at + 300)
    arrivals.note(stored(1, 9), later.at + 900)
    assert arrivals.after(early) is None
    assert arrivals.after(later) == 300
    assert arrivals.after(note(10)) is None


def test_a_ticket_and_what_became_of_its_paper_are_one_happening() -> None:
    """Until the printer has said, there is no outcome."""
    issued = note(2, "issued", "land", visit="v", number="Д001")
    printed = note(3, "printed", "land", visit="v", outcome="printed")
    (waiting,) = happenings(seen(issued), City(), Arrivals())
    (done,) = happenings(seen(issued, printed), City(), Arrivals())
    assert (waiting.outcome, done.outcome, done.note) == ("", "printed", issued)


def test_the_newest_stand_first_and_old_ones_go() -> None:
    """Ten of them."""
    found = happenings(seen(*map(note, range(1, 31))), City(), Arrivals())
    assert [one.note.seq for one in found] == list(range(30, 30 - SHOWN, -1))


def test_another_card_of_the_same_device_is_another_record() -> None:
    """By its epoch: the same number of the card before does not count."""
    changed = msgspec.structs.replace(note(2), epoch="f")
    (found,) = happenings(seen(changed), stored(2), Arrivals())
    assert found.stage == "card"
