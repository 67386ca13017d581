"""What the browser loads comes from here, and third-party files are what they say."""

import hashlib
import re
from pathlib import Path

import pytest

from gateway.pages.drawing import HERE

LISTED = re.findall(
    r"`([\w.-]+\.js)` \| .* \| `([0-9a-f]{64})`", (HERE / "static/README.md").read_text()
)


@pytest.mark.parametrize(("name", "digest"), LISTED)
def test_a_file_of_others_is_unchanged(name: str, digest: str) -> None:
    """By its SHA-256."""
    assert hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest() == digest


def test_every_script_is_ours_or_listed() -> None:
    """With package and licence."""
    scripts = {path.name for path in (HERE / "static").glob("*.js")}
    assert scripts == {"pages.js", "live.js", "desk.js", "kiosk.js", "board.js", *dict(LISTED)}
    assert len(LISTED) == 2


@pytest.mark.parametrize("path", sorted((HERE / "templates").iterdir()), ids=lambda path: path.name)
def test_no_page_asks_another_server(path: Path) -> None:
    """Offices have no internet."""
    assert "//" not in re.sub(r"\{%.*?%\}", "", path.read_text())
