"""`python -m tests.pictures` draws what people are to look at."""

from pathlib import Path

import pytest

from tests import pictures

SIZES = {
    **dict.fromkeys(("board",), (1920, 1080)),
    **dict.fromkeys(("login", "desk", "desk-with-visitor", "office", "lost"), (1280, 800)),
    **dict.fromkeys(("kiosk", "kiosk-asked", "kiosk-ticket"), (1080, 1920)),
    **dict.fromkeys(("place", "place-called"), (360, 640)),
}


@pytest.mark.chromium
def test_every_page_is_drawn_in_both_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of its screen's size, or longer; and each looks different."""
    out = tmp_path / "new" / "folder"
    assert pictures.main(["--out", str(out)]) == 0
    names = [f"{name}-{lang}" for lang in ("uk", "en") for name in SIZES]
    files = {Path(line).stem: Path(line) for line in capsys.readouterr().out.splitlines()}
    assert sorted(files) == sorted(names)
    assert sorted(out.iterdir()) == sorted(files.values())
    for name, file in files.items():
        width, height = _size(file)
        least = SIZES[name.rpartition("-")[0]]
        assert (width, max(height, least[1])) == (least[0], height), name
    assert len({file.read_bytes() for file in files.values()}) == len(files)


def test_without_a_folder_it_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """And draws nothing."""
    with pytest.raises(SystemExit) as error:
        pictures.main([])
    assert error.value.code == 2
    assert "--out" in capsys.readouterr().err


@pytest.mark.chromium
def test_a_file_where_the_folder_should_be_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And stays as it is."""
    out = tmp_path / "file"
    out.write_text("mine")
    with pytest.raises(SystemExit):
        pictures.main(["--out", str(out)])
    assert f"{out} cannot be a folder: File exists" in capsys.readouterr().err
    assert out.read_text() == "mine"


def _size(file: Path) -> tuple[int, int]:
    """Width and height in pixels, from the header (PNG, 11.2.2)."""
    head = file.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
