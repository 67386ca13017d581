"""The command `talon-dispenser`."""

import argparse
import dataclasses
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from firmware.common import program
from firmware.common.posix_clock import PosixClock
from firmware.dispenser import app, board, config, printer

NAME = "talon-dispenser"
_EXAMPLES = """examples:
  talon-dispenser check --config /etc/talon/dispenser.toml
  talon-dispenser print-test --config /etc/talon/dispenser.toml
  talon-dispenser run --config /etc/talon/dispenser.toml
  GPIOZERO_PIN_FACTORY=mock talon-dispenser run --config docs/examples/dispenser.toml
"""
_TEST_TITLE = "Перевірка: ґҐ іІ їЇ єЄ «ʼ» — № ₴"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 well, 1 it cannot run, 2 the config is wrong."""
    chosen = _parser().parse_args(arguments)
    actions = {"run": _run, "check": _check, "print-test": _print_test}
    return program.guarded(NAME, lambda: actions[chosen.command](chosen.config))


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
        ("check", "say whether config, data folder and pins can be used"),
        ("print-test", "print one ticket that is nobody's, and say what became of it"),
    ):
        sub = commands.add_parser(command, help=purpose, description=purpose)
        sub.add_argument("--config", type=Path, required=True, metavar="FILE", help="TOML file")
    return parser


def _read(path: Path) -> config.Config:
    read = config.read(path)
    identity = dataclasses.replace(read.identity, data=read.identity.data.absolute())
    return dataclasses.replace(read, identity=identity)


def _run(path: Path) -> int:
    app.run(_read(path))
    return 0


def _check(path: Path) -> int:
    read = _read(path)
    sys.stdout.write(f"config: {path} is right\n")
    os.close(program.claim(read.identity.data))
    sys.stdout.write(f"data: {read.identity.data} is ours to write\n")
    sys.stdout.write(f"log: {program.describe_log(read.identity)}\n")
    inbox = program.Inbox()
    app.open_board(read, inbox, PosixClock()).close()
    buttons = {**read.pins, **read.places}
    sys.stdout.write(f"pins: {', '.join(f'{use} {pin}' for use, pin in buttons.items())}\n")
    lamps = ", ".join(f"{use} {pin}" for use, pin in read.lamps.items())
    sys.stdout.write(f"lamps: {lamps or 'none'}\n")
    return _check_expanders(inbox)


def _check_expanders(inbox: program.Inbox) -> int:
    faults = []
    while not inbox.empty():
        kind, value = inbox.get()
        if kind == board.FAULT and value[1]:
            faults.append(value[1])
    for fault in faults:
        sys.stderr.write(f"{NAME}: {fault}\n")
    return 1 if faults else 0


def _print_test(path: Path) -> int:
    read = _read(path)
    data = app.open_layout(read).ticket(_TEST_TITLE, f"{read.mark}-000", PosixClock().at())
    outcome, detail = printer.send(printer.connector(read.printer), data)
    sys.stdout.write(f"{outcome}: {detail}\n" if detail else f"{outcome}\n")
    return 0 if outcome == printer.PRINTED else 1
