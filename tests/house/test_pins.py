"""What gets installed is pinned to the byte, for every part, and the same in all of them."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.house.pins import EXTRAS, ROOT, asked, made_for, stale

PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)( ; .*?)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def lines(extra: str) -> list[str]:
    """The lines of an extra's requirements file."""
    return (ROOT / "requirements" / f"{extra}.txt").read_text().splitlines()


def pins(extra: str) -> dict[str, str]:
    """Its packages and their versions."""
    return {found[1]: found[2] for line in lines(extra) if (found := PIN.match(line))}


def test_pins_are_made_from_what_pyproject_asks_for() -> None:
    """Whoever adds a dependency runs `make requirements`."""
    assert stale() == []


@pytest.mark.parametrize("extra", EXTRAS)
def test_every_line_is_a_pin_or_its_hash(extra: str) -> None:
    """No address of an index, no path of a machine, not this project itself."""
    body = lines(extra)[2:]
    assert [line for line in body if not PIN.match(line) and not HASH.match(line)] == []
    assert "talon-queue" not in pins(extra)


@pytest.mark.parametrize("extra", EXTRAS)
def test_every_dependency_asked_for_is_pinned(extra: str) -> None:
    """By its name as pyproject.toml spells it."""
    names = {re.split(r"[^A-Za-z0-9_-]", requirement)[0] for requirement in asked(extra)}
    assert names <= set(pins(extra))


def test_all_parts_of_an_office_have_the_same_versions() -> None:
    """What was tested together runs together."""
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for extra in EXTRAS:
        for name, version in pins(extra).items():
            versions[name].add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_a_dependency_added_without_pinning_is_noticed(tmp_path: Path) -> None:
    """Also when it comes in by way of another extra."""
    text = (ROOT / "pyproject.toml").read_text()
    more = text.replace("gateway = [", 'gateway = ["left-pad",', 1)
    assert more != text
    (tmp_path / "pyproject.toml").write_text(more)
    (tmp_path / "requirements").mkdir()
    for extra in EXTRAS:
        (tmp_path / "requirements" / f"{extra}.txt").write_text(f"#\n#    {made_for(extra)}\n")
    assert stale(tmp_path) == ["gateway", "demo", "dev"]
