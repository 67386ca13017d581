"""What signs the sessions."""

from pathlib import Path

import pytest

from gateway.pages.front import read_secret


def test_the_secret_is_kept(tmp_path: Path) -> None:
    """A restart logs nobody out; nobody else can read it."""
    path = tmp_path / "pages.key"
    secret = read_secret(path)
    assert len(bytes.fromhex(secret)) == 32
    assert read_secret(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["pages.key"]


@pytest.mark.parametrize("left", [b"", b"\n", b"0123", b"0" * 63, b"\xff" * 64])
def test_a_secret_that_a_power_cut_left_in_part_is_made_anew(tmp_path: Path, left: bytes) -> None:
    """With an empty one anybody could sign that they are any clerk."""
    path = tmp_path / "pages.key"
    path.write_bytes(left)
    (tmp_path / "pages.key.new").write_bytes(left)
    secret = read_secret(path)
    assert len(bytes.fromhex(secret)) == 32
    assert read_secret(path) == secret
