"""`preview` and `test-print`: pictures instead of paper, and errors that say what to do."""

import subprocess
from pathlib import Path

import pytest
from PIL import Image

from firmware.dispenser import cli
from firmware.dispenser.preview import draw
from firmware.dispenser.profiles import find
from simulator.pty_printer import PtyPrinter

ROOT = Path(__file__).parents[3]
BORDER = 32  # dots of paper beside the print line, both sides


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The example's, with its data here."""
    return written(tmp_path)


def written(folder: Path, **printer: str) -> Path:
    """The example config with other lines in [printer]."""
    text = (ROOT / "docs/examples/dispenser.toml").read_text(encoding="utf-8")
    text = text.replace("/var/lib/talon/dispenser", str(folder / "data"))
    for key, value in printer.items():
        line = next(line for line in text.splitlines() if line.startswith(f"{key} = "))
        text = text.replace(line, f"{key} = {value}")
    path = folder / "dispenser.toml"
    path.write_text(text, encoding="utf-8")
    return path


def ink(path: Path) -> float:
    """The share of black."""
    histogram = Image.open(path).convert("L").histogram()
    return sum(histogram[:128]) / sum(histogram)


@pytest.mark.parametrize(
    ("profile", "render", "width"),
    [
        ("generic-58", "text", 384),
        ("generic-58", "raster", 384),
        ("generic-80", "text", 576),
        ("generic-80", "raster", 576),
    ],
)
def test_a_preview_is_a_picture_as_wide_as_the_paper(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], profile: str, render: str, width: int
) -> None:
    """It has ink on it, and the command says how many bytes the printer would get."""
    config = written(tmp_path, profile=f'"{profile}"', render=f'"{render}"')
    out = tmp_path / "ticket.png"
    assert cli.main(["preview", "--config", str(config), "--out", str(out)]) == 0
    assert capsys.readouterr().out.startswith(f"{out}: ")
    picture = Image.open(out)
    assert picture.format == "PNG"
    assert picture.width == width + BORDER
    assert picture.height > 300
    assert 0.01 < ink(out) < 0.3


def test_a_preview_can_be_of_another_service_language_or_a_copy(
    tmp_path: Path, config: Path
) -> None:
    """Each of them changes the picture."""
    pictures = set()
    for more in ([], ["--service", "subsidy"], ["--lang", "en"], ["--copy"]):
        out = tmp_path / "ticket.png"
        assert cli.main(["preview", "--config", str(config), "--out", str(out), *more]) == 0
        pictures.add(out.read_bytes())
    assert len(pictures) == 4


def test_an_unknown_service_is_refused_with_the_nearest_one(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing is written."""
    out = tmp_path / "ticket.png"
    arguments = ["preview", "--config", str(config), "--out", str(out), "--service", "pasport"]
    assert cli.main(arguments) == 1
    assert "did you mean 'passport'?" in capsys.readouterr().err
    assert not out.exists()


def test_a_path_that_cannot_be_written_is_named(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line, with a remedy."""
    out = config.parent / "nowhere" / "ticket.png"
    assert cli.main(["preview", "--config", str(config), "--out", str(out)]) == 1
    assert capsys.readouterr().err == (
        f"talon-dispenser: {out} cannot be written (No such file or directory). Check its folder,"
        " or name another file\n"
    )


def test_a_config_that_is_no_text_is_called_that(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the line, of which there is one in a picture, too."""
    config.write_bytes(b"# a picture\n\x89PNG")
    assert cli.main(["check", "--config", str(config)]) == 1
    assert capsys.readouterr().err == (
        f"talon-dispenser: {config}: is no text in UTF-8: byte 0x89 in line 2. Check --config, or"
        " save it as UTF-8.\n"
    )


@pytest.mark.zbar
def test_a_test_print_can_be_seen_without_paper(tmp_path: Path, config: Path) -> None:
    """Its QR can be read in the picture."""
    out = tmp_path / "proof.png"
    assert cli.main(["test-print", "--config", str(config), "--png", str(out)]) == 0
    assert Image.open(out).width == 384 + BORDER
    command = ["zbarimg", "--quiet", "--raw", str(out)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.strip() == "https://example.org/talon-test"


def test_a_test_print_on_a_printer_comes_out_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command of it is known to the reader; without paper it says so and exits with 1."""
    pages = {number: page for page, number in find("generic-80").code_pages.items()}
    with PtyPrinter(pages, dots=576, forgiving=True) as printer:
        config = written(tmp_path, device=f'"{printer.path}"', profile='"generic-80"')
        assert cli.main(["test-print", "--config", str(config)]) == 0
        assert capsys.readouterr().out == "printed\n"
        (sheet,) = printer.wait_for_sheets(1)
        assert "TALON test-print generic-80" in sheet.lines
        printer.tear_paper()
        assert cli.main(["test-print", "--config", str(config)]) == 1
        assert capsys.readouterr().out == "failed: no paper\n"


def test_a_wide_letter_is_narrowed_and_not_cut() -> None:
    """Щ reaches over the cell of the font."""
    job = b"\x1b@\x1bt\x2e%b\n"
    shapes = [draw(find("generic-58"), job % letter.encode("cp1251")) for letter in "ЩШ"]
    boxes = [shape.point([255 - grey for grey in range(256)]).getbbox() for shape in shapes]
    assert boxes[0] is not None and boxes[1] is not None
    assert boxes[0][3] > boxes[1][3], "the tail of Щ"
