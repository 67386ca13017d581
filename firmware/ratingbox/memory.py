"""Keeps a Pico's memory in one piece; imported before anything else. Runs on MicroPython.

Left to itself, MicroPython collects garbage only when the memory is full. Until then what stays,
such as the code of modules, is strewn over all of it between what does not: there is room, but only
in small pieces, and soon no large message can be read or written any more. Collected every few kB,
what stays lies side by side (figures: README.md here).
"""

import gc

EVERY_BYTES = 8_192

gc.threshold(EVERY_BYTES)  # type: ignore[attr-defined,unused-ignore]
