"""The self-test at the end of a set-up, on real MicroPython behind a pseudo-terminal."""

from firmware.ratingbox.acceptance import accept
from firmware.ratingbox.cable import Cable
from firmware.ratingbox.flash import install
from simulator.pico_cable import PicoOnCable
from tests.firmware.ratingbox.cable_bench import kit, setup

WATCHED = """
def run(watch=None):
    import machine
    if watch is None:
        machine.reset()
    ends = False
    for event in EVENTS:
        ends = watch(event) or ends
        if ends and event == "all acknowledged":
            return
    while True:
        machine.idle()
"""


def points(pico: PicoOnCable, events: list[str], answers: dict[str, bool]) -> dict[str, str]:
    """The self-test of a box at which these things happen; what became of each point."""
    said: list[str] = []
    watched = kit(source=f"EVENTS = {events!r}\n{WATCHED}")
    with Cable(pico.port) as cable:
        slot, _ = install(cable, watched, setup(), lambda _: None)

        def confirm(question: str) -> bool:
            return answers.get(said[-1].strip().removesuffix(": seen"), True)

        results = accept(cable, slot, said.append, confirm, patience=0.5)
        cable.run("print('still at its prompt')")
    return {result.title: result.problem for result in results}


ALL = ["press satisfied", "broker up", "lid opened", "press unsatisfied", "all acknowledged"]


def test_a_box_at_which_everything_happens_is_well(pico: PicoOnCable) -> None:
    """In whatever order."""
    assert set(points(pico, ALL, {}).values()) == {""}


def test_what_did_not_happen_is_named_with_what_to_look_at(pico: PicoOnCable) -> None:
    """The test ends when nothing more happens for long."""
    found = points(pico, ["press satisfied", "broker up"], {})
    assert found["button satisfied"] == found["WiFi and broker"] == ""
    assert found["button unsatisfied"].startswith("no press came. Look at the wiring of GP3")
    assert found["gateway"].startswith("it does not acknowledge")


def test_presses_that_nobody_acknowledges_are_a_point_to_be_mended(pico: PicoOnCable) -> None:
    """That an earlier record was acknowledged is not enough."""
    found = points(pico, [*ALL[:-1], "acknowledged"], {})
    assert found["button unsatisfied"] == found["WiFi and broker"] == ""
    assert found["gateway"].startswith("it does not acknowledge the presses")


def test_a_lamp_that_stayed_dark_is_what_the_technician_says(pico: PicoOnCable) -> None:
    """No sensor sees it."""
    found = points(pico, ALL, {"button unsatisfied": False})
    assert found["button satisfied"] == ""
    assert found["button unsatisfied"].startswith("lamp or buzzer did not answer")
