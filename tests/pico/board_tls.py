"""A box whose link is TLS: `test_tls.py`. Arguments: the broker's port, NTP's, the CA's file, and
how long to try, in ms."""

import sys

sys.path.insert(0, __file__.rpartition("/")[0])

import vfs
from on_bench import (  # type: ignore[import-not-found]
    ARGUMENTS,
    PINS,
    Pico,
    bench,
    new_chip,
    say,
    watch_lamps,
)

from simulator.pico.device import HOST


def main() -> None:
    port, ntp_port, ca, most_ms = ARGUMENTS
    with open(HOST + ca, "rb") as file:
        authority = file.read()
    chip = new_chip(int(port), ca="/ca.der")
    vfs.mount(vfs.VfsLfs2(chip, progsize=256), "/")
    with open("/ca.der", "wb") as file:
        file.write(authority)
    vfs.umount("/")
    bench.speed = 10
    bench.ntp_port = int(ntp_port)
    board = Pico(chip)
    watch_lamps(board)
    bench.press(PINS["satisfied"], in_ms=10)
    done = board.until(lambda: bench.is_idle and board.box.is_trusted, int(most_ms))
    bench.press(PINS["unsatisfied"], in_ms=10)
    board.until(lambda: bench.is_idle)
    done = done and board.until(lambda: board.box.node.sender.pending == 0, int(most_ms))
    say("done", done)
    say("connects", board.box.link.connects)
    say("dropped", board.box.link.fault.replace("\n", " "))
    say("unfed", bench.longest_unfed)


main()
