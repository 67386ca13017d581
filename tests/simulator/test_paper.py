"""Pictures of the paper."""

import subprocess
from pathlib import Path

import pytest
from PIL import Image

from simulator.escpos import Feed, Line, Qr, Raster, Sheet
from simulator.paper import draw, save


def test_paper_is_as_wide_as_the_roll_and_as_long_as_its_content() -> None:
    """A pixel a dot; a large letter needs more than the spacing."""
    sheet = Sheet((Line("a"), Line(""), Line("П", 2, 2), Feed(5)))
    assert draw(sheet).size == (384, 30 + 30 + 48 + 5)
    assert draw(sheet, 576).size[0] == 576


def test_a_long_line_goes_on_below() -> None:
    """32 letters of font A in 384 dots."""
    assert draw(Sheet((Line("x" * 32),))).height == 30
    assert draw(Sheet((Line("x" * 33),))).height == 60


@pytest.mark.parametrize(("align", "left"), [("left", 0), ("centre", 188), ("right", 376)])
def test_a_raster_is_drawn_as_it_is_where_it_belongs(align: str, left: int) -> None:
    """Every dot."""
    picture = draw(Sheet((Raster(Image.new("1", (8, 3), 0), align),)))
    assert picture.convert("L").point(lambda grey: 255 - grey).getbbox() == (left, 0, left + 8, 3)


@pytest.mark.zbar
def test_a_qr_code_on_the_paper_can_be_scanned(tmp_path: Path) -> None:
    """By a program that is not ours."""
    picture = tmp_path / "ticket.png"
    save(Sheet((Feed(30), Qr(b"https://talon.example/042", 6, "M", "centre"), Feed(30))), picture)
    scanned = subprocess.run(
        ["zbarimg", "--quiet", "--raw", str(picture)], capture_output=True, check=True, timeout=30
    )
    assert scanned.stdout == b"https://talon.example/042\n"
