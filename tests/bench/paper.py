"""From the press to the first byte at the printer: the real command, a printer on a terminal.

The clock starts when the contact closes, so the figures hold the 30 ms of debounce, the ask for the
number (or 250 ms of waiting for it in vain), one fsync of the `issued` record (two, and the file of
the series, without the gateway), the making of the ticket, and one question to the printer.
"""

import statistics
import time
from contextlib import closing

from tests.bench.pressed import PATIENCE_S, PINS, Pressed
from tests.bench.rig import Rig

_EVERY_S = 0.2  # two buttons in turn: a button takes a press each 200 ms


def paper(rig: Rig, presses: int) -> dict[str, float]:
    """Ms from press to first byte, median and p99: as text and as a picture with the gateway, as
    text without; MB of the program in either mode."""
    figures: dict[str, float] = {}
    with closing(rig.office()) as office:
        office.start_gateway()
        office.wait_for_gateway()
        for render in ("text", "raster"):
            with closing(Pressed(rig, office, render)) as pressed:
                waits = _press(pressed, presses)
                figures |= _figures(f"first byte {render}", waits)
                figures[f"paper {render}"] = pressed.memory_mb()
        with closing(Pressed(rig, office, "text")) as pressed:
            _press(pressed, 1)
            office.stop("gateway")
            figures |= _figures("first byte alone", _press(pressed, max(2, presses // 4)))
    return figures


def _press(pressed: Pressed, times: int) -> list[float]:
    """Press, and wait for the ticket; the seconds from press to first byte of each."""
    waits = []
    for number in range(times):
        pushed = pressed.push(list(PINS)[number % len(PINS)])
        waits.append(pressed.begun.get(timeout=PATIENCE_S) - pushed)
        pressed.sheets.get(timeout=PATIENCE_S)
        time.sleep(max(0.0, pushed + _EVERY_S - time.monotonic()))
    return waits


def _figures(name: str, waits: list[float]) -> dict[str, float]:
    ms = sorted(wait * 1000 for wait in waits)
    return {name: statistics.median(ms), f"{name} p99": ms[int(len(ms) * 0.99)]}
