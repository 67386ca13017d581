"""What every device shares. Runs on CPython and on MicroPython, except posix_*, link and config."""
