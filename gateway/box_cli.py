"""`talon-gateway update` and `test`: what the gateway orders a rating box to do."""

import sys
from pathlib import Path

import click

from gateway.config import OfficeConfig, read_office
from gateway.course import Course
from wire.clock import SystemClock
from wire.config import ConfigError, beside
from wire.image import Image, read_image
from wire.seal import KEY_BYTES
from wire.selftest import MAX_SECONDS
from wire.update import UpdateError

EXAMPLES = """
\b
Examples:
  talon-gateway update --config office.toml box-3 ratingbox-0.2.0.zip
  talon-gateway update --config office.toml box-3 ratingbox-0.1.0.zip --force
  talon-gateway test --config office.toml box-3 --seconds 120
"""

config_option = click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The office config (TOML).",
)


@click.command(epilog=EXAMPLES)
@config_option
@click.argument("node")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Also an older version, or the one that runs.")
def update(path: Path, node: str, file: Path, force: bool) -> None:
    """Send the firmware FILE (of talon-ratingbox pack) to the rating box NODE, over the air.

    The box writes it beside the one that runs, checks it, tries it, and goes back by itself if
    that does not reach this gateway within 3 boots or 10 minutes. Its votes go on meanwhile. The
    gateway has to run: its acknowledgement is what the box waits for."""
    from gateway.orders import send_update

    config = read_office(path)
    key = read_key(path, config, node)
    image = _read(file)
    course = Course(image, config.site, node, key, force)
    send_update(config.broker.address(), config.site, node, course, _Progress().show)
    click.echo(f"{node}: version {image.version} has reached this gateway, and stays")


@click.command("test", epilog=EXAMPLES)
@config_option
@click.argument("node")
@click.option(
    "--seconds",
    type=click.IntRange(0, MAX_SECONDS),
    default=120,
    show_default=True,
    help="For how long; 0 ends a test.",
)
def order_test(path: Path, node: str, seconds: int) -> None:
    """Have the presses of the rating box NODE taken as a self-test, from now on.

    Lamps and buzzer answer as ever; the presses are on record with the status `test`, and never
    count. For the look at the box before the office opens."""
    from gateway.orders import send_test

    config = read_office(path)
    key = read_key(path, config, node)
    send_test(config.broker.address(), config.site, node, seconds, SystemClock().now(), key)
    said = f"the next {seconds} s are a test: press both buttons" if seconds else "the test is over"
    click.echo(f"{node}: {said}")


def read_key(path: Path, config: OfficeConfig, node: str) -> bytes:
    """The key of a box in the office; ConfigError says what is missing."""
    boxes = {d.node: i for i, d in enumerate(config.device) if d.kind == "ratingbox"}
    if node not in boxes:
        known = f"One of: {', '.join(boxes)}." if boxes else "Add it as a [[device]]."
        raise ConfigError(path, f"{node} is no rating box here", known)
    place = f"device[{boxes[node]}].key_file"
    key_file = config.device[boxes[node]].key_file
    if not key_file:
        raise ConfigError(
            path, f"{place} is missing", "It is the file that talon-ratingbox flash wrote."
        )
    file = Path(beside(path, key_file))
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except OSError as error:
        raise ConfigError(path, f"{place}: {file}: {error.strerror}", "Mend the path.") from None
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError(path, f"{place}: {file} is no key", "It holds 64 hex digits.")
    return key


def _read(file: Path) -> Image:
    try:
        return read_image(file.read_bytes())
    except OSError as error:
        raise UpdateError(f"{file}: {error.strerror}. Check the path") from None
    except UpdateError as error:
        raise UpdateError(f"{file}: {error}. Make it with talon-ratingbox pack") from None


class _Progress:
    """How far an update is, on stderr: percents on a terminal, else a line for each stage."""

    def __init__(self) -> None:
        self._said = ""

    def show(self, course: Course) -> None:
        """After each answer of the box."""
        terminal = sys.stderr.isatty()
        said = f"sending {100 * course.done // course.total} %" if terminal else "sending …"
        if course.stage == "trial":
            said = "sent; the box boots it, and has ten minutes to reach us …"
        if said != self._said and course.stage in ("sending", "trial"):
            click.echo(f"\r{said}" if terminal else said, err=True, nl=not terminal)
            self._said = said
        if course.stage == "kept" and terminal:
            click.echo(err=True)
