"""/main.py of a Pico: the only thing that an update never changes, with /slots.mpy. See there."""

import machine  # type: ignore[import-not-found,unused-ignore]
import slots  # type: ignore[import-not-found,unused-ignore]

slots.start(machine)
