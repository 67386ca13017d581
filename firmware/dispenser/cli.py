"""The command `talon-dispenser`."""

import argparse
import dataclasses
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from firmware.common import program
from firmware.common.posix_clock import PosixClock
from firmware.dispenser import app, board, config, preview, printer, profiles
from firmware.dispenser.dialogue import PRINTED
from firmware.dispenser.proof import proof
from firmware.dispenser.rendering import open_layout
from firmware.dispenser.slip import LANGUAGES, Ticket
from firmware.dispenser.transports import connector

NAME = "talon-dispenser"
_NO_SETUP = "none has come yet; this config's own"
_EXAMPLES = """examples:
  talon-dispenser check --config /etc/talon/dispenser.toml
  talon-dispenser test-print --config /etc/talon/dispenser.toml
  talon-dispenser preview --config /etc/talon/dispenser.toml --out ticket.png --lang uk en
  talon-dispenser run --config /etc/talon/dispenser.toml
  GPIOZERO_PIN_FACTORY=mock talon-dispenser run --config docs/examples/dispenser.toml
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 well, 1 it cannot run, 2 misused."""
    chosen = _parser().parse_args(arguments)
    actions = {"run": _run, "check": _check, "test-print": _test_print, "preview": _preview}
    return program.guarded(NAME, lambda: actions[chosen.command](chosen))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Service buttons in, numbered tickets out.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{NAME} {program.version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command, purpose in (
        ("run", "run until stopped"),
        ("check", "say whether config, data folder and pins can be used; changes nothing"),
        ("test-print", "print code pages, rulers and a QR, and say what became of it"),
        ("preview", "write a ticket as a picture, without a printer"),
    ):
        sub = commands.add_parser(command, help=purpose, description=purpose)
        sub.add_argument("--config", type=Path, required=True, metavar="FILE", help="TOML file")
        if command == "test-print":
            sub.add_argument("--png", type=Path, metavar="FILE", help="a picture, instead of paper")
        if command == "preview":
            _add_preview(sub)
    return parser


def _add_preview(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--out", type=Path, required=True, metavar="FILE", help="PNG to write")
    sub.add_argument("--service", metavar="ID", help="its ticket; the first one otherwise")
    sub.add_argument("--lang", nargs="+", choices=LANGUAGES, help="other languages than the config")
    sub.add_argument("--copy", action="store_true", help="marked as a copy")
    sub.add_argument("--own", action="store_true", help="by FILE alone, not by the office's setup")


def _read(path: Path) -> config.Config:
    read = config.read(path)
    identity = dataclasses.replace(read.identity, data=read.identity.data.absolute())
    return dataclasses.replace(read, identity=identity)


def _run(chosen: argparse.Namespace) -> int:
    app.run(_read(chosen.config))
    return 0


def _check(chosen: argparse.Namespace) -> int:
    read = _read(chosen.config)
    sys.stdout.write(f"config: {chosen.config} is right\n")
    sys.stdout.write(f"data: {program.describe_data(read.identity.data)}\n")
    sys.stdout.write(f"setup: {_describe_setup(read)}\n")
    sys.stdout.write(f"log: {program.describe_log(read.identity)}\n")
    inbox = program.Inbox()
    with program.scratch_folder():
        app.open_board(read, inbox, PosixClock()).close()
    buttons = {**read.pins, **read.places}
    pins = ", ".join(f"{use} {pin}" for use, pin in buttons.items())
    sys.stdout.write(f"pins: {pins or 'none, services are chosen on the touch page'}\n")
    lamps = ", ".join(f"{use} {pin}" for use, pin in read.lamps.items())
    sys.stdout.write(f"lamps: {lamps or 'none'}\n")
    return _check_expanders(inbox)


def _describe_setup(read: config.Config) -> str:
    if not (read.identity.data / app.SETUP).is_dir():
        open_layout(read)  # or OSError, as at a run
        return _NO_SETUP
    adoption = app.open_adoption(read)
    of = f"the office's, «{adoption.config.office}», as it came last"
    return adoption.fault or (of if adoption.adopted else _NO_SETUP)


def _check_expanders(inbox: program.Inbox) -> int:
    faults = []
    while not inbox.empty():
        kind, value = inbox.get()
        if kind == board.FAULT and value[1]:
            faults.append(value[1])
    for fault in faults:
        sys.stderr.write(f"{NAME}: {fault}\n")
    return 1 if faults else 0


def _test_print(chosen: argparse.Namespace) -> int:
    read = _read(chosen.config)
    profile = profiles.find(read.printer.profile)
    job = proof(profile, read.printer.code_page, read.printer.code_page_number)
    if chosen.png:
        return _save(read, job, chosen.png)
    outcome, detail = printer.send(connector(read.printer), job, read.printer.status)
    sys.stdout.write(f"{outcome}: {detail}\n" if detail else f"{outcome}\n")
    return 0 if outcome == PRINTED else 1


def _preview(chosen: argparse.Namespace) -> int:
    read = _read(chosen.config)
    if not chosen.own and (read.identity.data / app.SETUP).is_dir():
        read = app.open_adoption(read).config
    if chosen.lang:
        ticket = msgspec.structs.replace(read.ticket, languages=tuple(chosen.lang))
        read = dataclasses.replace(read, ticket=ticket)
    job = open_layout(read).ticket(_sample(read, chosen.service, chosen.copy))
    return _save(read, job, chosen.out)


def _sample(read: config.Config, wanted: str | None, copy: bool) -> Ticket:
    """A ticket that is nobody's, of the first service unless another one is wanted."""
    name = wanted or next(iter(read.services))
    if name not in read.services:
        near = difflib.get_close_matches(name, read.services, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(read.services)}"
        raise OSError(f"no service {name!r} in this config; {hint}")
    of = read.services[name]
    number, at = f"{of.letter}042", PosixClock().at()
    return Ticket("0" * 16, number, of.title, of.title_en, at, ahead=5, wait=(10, 20), copy=copy)


def _save(read: config.Config, job: bytes, out: Path) -> int:
    """The paper as a picture."""
    page, number = read.printer.code_page, read.printer.code_page_number
    profile = profiles.find(read.printer.profile)
    pages = {name: n for name, n in profile.code_pages.items() if n != number} | {page: number}
    picture = preview.draw(dataclasses.replace(profile, code_pages=pages), job)
    try:
        picture.save(out, "PNG")
    except OSError as error:
        raise program.ProgramError(
            f"{out} cannot be written ({error.strerror}). Check its folder, or name another file"
        ) from None
    sys.stdout.write(f"{out}: {len(job)} bytes for the printer\n")
    return 0
