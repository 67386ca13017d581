"""A Pico's prompt, for `simulator.pico_cable`: `micropython pico_prompt.py FLASH`, on a terminal.

MicroPython itself, with LittleFS on the image file FLASH, boots as a Pico does: it runs /main.py,
then gives the raw prompt (MicroPython's docs/reference/repl.rst, without raw paste). Exit status 7
is a reset of the board.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RESET = 7
_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_INTERRUPT, _RAW, _FRIENDLY, _RUN = 3, 1, 2, 4


class Machine:
    """What is used of MicroPython's `machine`."""

    def reset(self) -> None:
        """The board boots anew."""
        sys.exit(RESET)

    def WDT(self, *, timeout: int) -> "Machine":
        """There is nobody to bite."""
        assert 0 < timeout <= 8_388
        return self

    def feed(self) -> None:
        """To the dog."""

    def idle(self) -> None:
        """Wait for a byte from the cable; Ctrl+C ends the program, as it does on a board."""
        if _read() == _INTERRUPT:
            raise KeyboardInterrupt


def _read() -> int:
    byte = sys.stdin.buffer.read(1)
    if not byte:
        sys.exit(0)  # the cable is gone
    return byte[0]


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)


class Flash:
    """The image file as the blocks that LittleFS lies on; made and formatted if it is not there."""

    BLOCK = 4_096
    BLOCKS = 212  # of a Pico W: 848 kB

    def __init__(self, path: str) -> None:
        try:
            self._file = open(path, "r+b")  # noqa: SIM115 - as long as the board has power
            self.is_new = False
        except OSError:
            self._file = open(path, "w+b")  # noqa: SIM115
            self.is_new = True
            for _ in range(self.BLOCKS):
                self._file.write(b"\xff" * self.BLOCK)

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        """As MicroPython asks for it."""
        self._file.seek(block * self.BLOCK + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block: int, buffer: bytes, offset: int = 0) -> None:
        """Program."""
        self._file.seek(block * self.BLOCK + offset)
        self._file.write(buffer)
        self._file.flush()

    def ioctl(self, operation: int, block: int) -> int:
        """4: how many blocks; 5: of how many bytes; 6: erase."""
        if operation == 6:
            self.writeblocks(block, b"\xff" * self.BLOCK)
        return {4: self.BLOCKS, 5: self.BLOCK}.get(operation, 0)


def _mount(path: str) -> None:
    import os

    flash = Flash(path)
    vfs: "Any" = __import__("vfs")
    if flash.is_new:
        vfs.VfsLfs2.mkfs(flash)
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(flash), "/")
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]


def _boot() -> None:
    try:
        with open("/main.py") as file:
            source = file.read()
    except OSError:
        return
    try:
        exec(source, {"__name__": "__main__"})
    except KeyboardInterrupt:
        pass
    except Exception as error:  # noqa: BLE001 - as a board: told, then the prompt
        _print_exception(error)


def _print_exception(error: BaseException) -> None:
    sys.print_exception(error, sys.stdout)  # type: ignore[attr-defined]


def _prompt() -> None:
    """Raw mode: source until Ctrl+D, then `OK`, what it prints, Ctrl+D, its error, Ctrl+D."""
    names: "dict[str, object]" = {"__name__": "__main__"}
    is_raw = False
    source = bytearray()
    while True:
        byte = _read()
        if byte == _RAW:
            is_raw = True
            source = bytearray()
            _write(_BANNER)
        elif byte in (_INTERRUPT, _FRIENDLY):
            is_raw = is_raw and byte == _INTERRUPT
            source = bytearray()
        elif byte == _RUN and is_raw:
            _write(b"OK")
            _run(bytes(source), names)
            _write(b"\x04>")
            source = bytearray()
        elif byte == 5 and is_raw and not source:
            _read()  # raw paste is asked for with ^E A ^A
            _read()
            _write(b"R\x00")  # understood, but not here
        elif is_raw:
            source.append(byte)


def _run(source: bytes, names: "dict[str, object]") -> None:
    error: "BaseException | None" = None
    try:
        exec(source.decode(), names)
    except SystemExit:
        raise
    except BaseException as raised:  # noqa: BLE001 - it is shown at the other end
        error = raised
    _write(b"\x04")
    if error is not None:
        _print_exception(error)


def main(path: str) -> None:
    """Boot, then the prompt until the cable is pulled."""
    _mount(path)
    sys.modules["machine"] = Machine()  # type: ignore[assignment]
    _boot()
    _prompt()


if __name__ == "__main__":
    main(sys.argv[1])
