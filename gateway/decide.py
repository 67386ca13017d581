"""What counts: decisions on presses. Pure; a rule here is a rule of the monthly satisfaction.

Every press is kept; one that does not count says why. Times are the device's monotonic clock, so
that a clock that is set or steps changes no decision; they compare only within one boot.
"""

import msgspec

from gateway.place import Trace
from gateway.roster import Policies
from wire.records import ButtonState, Press, Status


class BoxMemory(msgspec.Struct):
    """What the rules remember of one box; stored with its watermark."""

    boot: str = ""
    last_up: int = 0  # of the last press, counted or not
    counted: list[int] = []  # `up` of the counted presses within the flood window
    stuck: list[str] = []  # buttons that are stuck or held
    trace: Trace = Trace()


def decide_press(memory: BoxMemory, press: Press, policies: Policies) -> Status:
    """Whether a press counts; updates `memory`.

    test: the box was told to test itself, and the other rules do not see it. stuck: the button has
    not come free since it was reported. repeat: within `repeat_s` of the press before, whatever
    became of that: hammering counts once. flood: `flood_presses` have counted within `flood_s`.
    """
    if press.test:
        return "test"
    if press.boot != memory.boot:
        memory.boot = press.boot
        memory.counted = []
        since = None
    else:
        since = press.up - memory.last_up
    memory.last_up = press.up
    if press.button in memory.stuck:
        return "stuck"
    if since is not None and since < policies.repeat_s * 1000:
        return "repeat"
    if memory.counted:
        horizon = press.up - policies.flood_s * 1000
        memory.counted = [up for up in memory.counted if up > horizon]
        if len(memory.counted) >= policies.flood_presses:
            return "flood"
    memory.counted.append(press.up)
    return "counted"


def note_button(memory: BoxMemory, said: ButtonState) -> None:
    """A button is stuck or held from now on, or free again."""
    stuck = set(memory.stuck)
    if said.state == "freed":
        stuck.discard(said.button)
    else:
        stuck.add(said.button)
    memory.stuck = sorted(stuck)


def note_start(memory: BoxMemory) -> None:
    """The box has started: a button that is down now it reports anew, as held."""
    memory.stuck = []
