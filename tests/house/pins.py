"""requirements/*.txt against pyproject.toml: were the pins made from what is asked for now?

Each file's second line names what it was made for, so that no network is needed to tell.
`python -m tests.house.pins` exits 1 if one is stale; with the name of an extra it prints that line.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXTRAS = (
    "ratingbox",
    "dispenser",
    "gateway",
    "collector",
    "country",
    "flash",
    "demo",
    "dev",
)
_OWN = re.compile(r"talon-queue\[([a-z,]+)\]$")


def asked(extra: str, root: Path = ROOT) -> list[str]:
    """What pyproject.toml asks for in `extra`, with the extras it includes, sorted."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    found: set[str] = set(project["dependencies"])
    waiting = [extra]
    while waiting:
        for requirement in project["optional-dependencies"][waiting.pop()]:
            if own := _OWN.match(requirement):
                waiting += own[1].split(",")
            else:
                found.add(requirement)
    return sorted(found)


def made_for(extra: str, root: Path = ROOT) -> str:
    """The line that `make requirements` writes into the file of `extra`."""
    return "make requirements  # for " + ", ".join(asked(extra, root))


def stale(root: Path = ROOT) -> list[str]:
    """The extras whose file is missing or was made for something else."""
    return [extra for extra in EXTRAS if _second_line(root, extra) != made_for(extra, root)]


def _second_line(root: Path, extra: str) -> str:
    path = root / "requirements" / f"{extra}.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return lines[1].removeprefix("#").strip() if len(lines) > 1 else ""


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(made_for(sys.argv[1]) + "\n")
    elif names := stale():
        sys.exit(
            f"requirements/ no longer fit pyproject.toml ({', '.join(names)}): make requirements"
        )
