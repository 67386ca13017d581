"""The parts of the page that change, and what each of them shows. Pure."""

from typing import Any

import msgspec

from simulator.showroom.happenings import Happening
from simulator.showroom.seen import Seen
from simulator.showroom.views import Balance, TallyLine


class Show(msgspec.Struct, frozen=True):
    """All that the page shows at one moment. `hour`: of the tally, its start in Unix ms."""

    seen: Seen
    hour: int
    tally: tuple[TallyLine, ...]
    balance: Balance
    happenings: tuple[Happening, ...]


class Part(msgspec.Struct, frozen=True):
    """`template`: what draws it, out of `view`."""

    template: str
    view: Any


class Lamp(msgspec.Struct, frozen=True):
    """The lamp of a button."""

    lit: bool


class Health(msgspec.Struct, frozen=True):
    """A device in its own words. `fault` empty: none."""

    online: bool
    fault: str


class Printer(msgspec.Struct, frozen=True):
    """The paper of the dispenser."""

    has_paper: bool


class Others(msgspec.Struct, frozen=True):
    """Whether other visitors come."""

    come: bool


class Buzzer(msgspec.Struct, frozen=True):
    """`sounds`: how often it has sounded; `sound`: what it said last."""

    sounding: bool
    sounds: int
    sound: str


def parts(show: Show) -> dict[str, Part]:
    """By name, as the page's elements ask for them."""
    machine = show.seen.machine
    found = {
        f"lamp-{service}": Part("_lamp.html", Lamp(lit)) for service, lit in machine.lamps.items()
    }
    found["health-machine"] = Part("_health.html", Health(machine.online, machine.fault))
    found["printer"] = Part("_printer.html", Printer(machine.has_paper))
    found["slips"] = Part("_slips.html", machine.slips)
    for name, panel in show.seen.panels.items():
        for button, lit in panel.lamps.items():
            found[f"lamp-{name}-{button}"] = Part("_lamp.html", Lamp(lit))
        sound = Buzzer(panel.sounding, panel.sounds, panel.sound)
        found[f"buzzer-{name}"] = Part("_buzzer.html", sound)
        found[f"health-{name}"] = Part("_health.html", Health(panel.online, panel.fault))
    found["others"] = Part("_others.html", Others(show.seen.comes))
    found["tally"] = Part("_tally.html", (show.hour, show.tally))
    found["balance"] = Part("_balance.html", show.balance)
    found["log"] = Part("_log.html", show.happenings)
    return found
