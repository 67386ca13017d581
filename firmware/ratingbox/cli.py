"""The command `talon-ratingbox`."""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from firmware.common import program
from firmware.common.posix_clock import PosixClock
from firmware.ratingbox import app, bench_cli, config, simulate
from firmware.ratingbox.box_config import is_address
from wire.topics import TopicError, check_name

NAME = "talon-ratingbox"
_SIMULATE = "a Pico's firmware on this PC, its buttons pressed from the terminal"
_EXAMPLES = """examples:
  talon-ratingbox check --config /etc/talon/ratingbox.toml
  talon-ratingbox run --config /etc/talon/ratingbox.toml
  GPIOZERO_PIN_FACTORY=mock talon-ratingbox run --config docs/examples/ratingbox.toml
  talon-ratingbox simulate --site tsnap-1 --node box-3 --broker 127.0.0.1:1883
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 well, 1 it cannot run, 2 misused."""
    chosen = _parser().parse_args(arguments)
    actions = {
        "run": lambda: _run(chosen.config),
        "check": lambda: _check(chosen.config),
        bench_cli.FLASH: lambda: bench_cli.flash(chosen),
        bench_cli.PACK: lambda: bench_cli.pack(chosen.out),
        "simulate": lambda: _simulate(chosen),
    }
    return program.guarded(NAME, actions[chosen.command])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="The satisfied / unsatisfied buttons beside a desk or an exit.",
        epilog=_EXAMPLES + bench_cli.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{NAME} {program.version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command, purpose in (
        ("run", "run until stopped"),
        ("check", "say whether config, data folder and pins can be used; changes nothing"),
    ):
        sub = commands.add_parser(command, help=purpose, description=purpose)
        sub.add_argument("--config", type=Path, required=True, metavar="FILE", help="TOML file")
    bench_cli.add_commands(commands)
    _add_simulate(commands.add_parser("simulate", help=_SIMULATE, description=_SIMULATE))
    return parser


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--site", required=True, help="as in the gateway's config")
    parser.add_argument("--node", required=True, help="likewise, a [[device]]")
    parser.add_argument(
        "--broker", default="127.0.0.1:1883", metavar="ADDRESS:PORT", help="(127.0.0.1:1883)"
    )
    parser.add_argument(
        "--flash",
        type=Path,
        default=Path("pico.flash"),
        metavar="FILE",
        help="keeps what the box holds; made if need be (pico.flash)",
    )
    parser.add_argument(
        "--speed", type=int, default=1, metavar="N", help="how much shorter its pauses are (1)"
    )


def _read(path: Path) -> config.Config:
    read = config.read(path)
    identity = dataclasses.replace(read.identity, data=read.identity.data.absolute())
    return dataclasses.replace(read, identity=identity)


def _run(path: Path) -> int:
    app.run(_read(path))
    return 0


def _simulate(chosen: argparse.Namespace) -> int:
    host, _, port = chosen.broker.rpartition(":")
    if not is_address(host) or not port.isdigit():
        raise program.ProgramError(
            f"--broker {chosen.broker} is not ADDRESS:PORT; a Pico takes an IPv4 address, no name"
        )
    if chosen.speed < 1:
        raise program.ProgramError(f"--speed {chosen.speed} is not 1 or more")
    if chosen.flash.is_dir() or not chosen.flash.absolute().parent.is_dir():
        raise program.ProgramError(f"--flash {chosen.flash} is not a file in a folder that exists")
    for name in (chosen.site, chosen.node):
        try:
            check_name(name)
        except TopicError as error:
            raise program.ProgramError(str(error)) from None
    box = simulate.Simulated(chosen.site, chosen.node, host, int(port), chosen.flash, chosen.speed)
    return simulate.run(box)


def _check(path: Path) -> int:
    read = _read(path)
    sys.stdout.write(f"config: {path} is right\n")
    sys.stdout.write(f"data: {program.describe_data(read.identity.data)}\n")
    sys.stdout.write(f"log: {program.describe_log(read.identity)}\n")
    with program.scratch_folder():
        app.open_board(read, program.Inbox(), PosixClock()).close()
    sys.stdout.write(f"pins: {', '.join(f'{use} {pin}' for use, pin in read.pins.items())}\n")
    return 0
