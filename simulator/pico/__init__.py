"""A Pico W that is not there, for real MicroPython on a PC. Only MicroPython runs what is here.

`machine.py`, `network.py` and `rp2.py` stand in for the modules of those names; the rest is what a
bench has: a flash chip that can be cut off, a finger, a radio to jam.
"""
