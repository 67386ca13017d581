"""Tickets, byte by byte, and as what comes out of a printer."""

import dataclasses
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from firmware.dispenser import preview, profiles
from firmware.dispenser.codepage import Encoder
from firmware.dispenser.escpos import BAND, MAX_QR_BYTES, Bitmap, Profile, apart, clear, picture, qr
from firmware.dispenser.escpos_raster import RasterJob, read_logo, to_image
from firmware.dispenser.escpos_text import TextJob
from firmware.dispenser.proof import QR, proof
from firmware.dispenser.slip import Logo, Qr, Rule, Space, Template, Text, Ticket, compose
from firmware.dispenser.status import ASK
from firmware.dispenser.ticket import Job, Layout
from simulator.escpos import LINE_DOTS, Element, Feed, Reader

AT = 1_795_359_000_000  # 22.11.2026 14:50 UTC
NARROW = profiles.find("generic-58")
EPSON = profiles.find("epson-tm-t20")
PROFILES = list(profiles.all_profiles().values())
LONG = "Реєстрація місця проживання; зняття з реєстрації перереєстрованихпереселенцівйродин"
FULL = Template(
    "ЦНАП Подільського району", languages=("uk", "en"), qr="https://example.org/{visit}"
)
TICKET = Ticket("00ff", "А042", LONG, "Residence", AT, 5, (5, 10), copy=True)


def text_job(profile: str = "generic-58", page: str = "cp1251") -> TextJob:
    """A printer that prints text."""
    found = profiles.find(profile)
    return TextJob(found, Encoder(page), found.code_pages[page])


def test_a_ticket_is_these_bytes() -> None:
    """Reset, code page, office, large number, service, time, feed."""
    layout = Layout(Template("ЦНАП"), text_job().render)
    assert layout.ticket(Ticket("00ff", "А042", "Паспорт", at=AT)) == (
        b"\x1b@\x1c.\x1bt\x2e\x1ba\x01"
        b"\x1bE\x01\xd6\xcd\xc0\xcf\n\x1bE\x00"
        b"\x1bJ\x0c\x1bE\x01\x1d!\x33\xc0042\n\x1d!\x00\x1bE\x00"
        b"\x1bJ\x0c\x1bE\x01\xcf\xe0\xf1\xef\xee\xf0\xf2\n\x1bE\x00"
        b"\x1bJ\x0c22.11.2026 16:50\n"
        b"\x1bd\x04"
    )


def test_a_printer_with_a_knife_cuts() -> None:
    """And one whose code page has another number is told that one."""
    assert text_job("epson-tm-t20", "cp1125").render([Text("ґ")]) == (
        b"\x1b@\x1c.\x1bt\x2c\x1ba\x01\xf3\n\x1bd\x04\x1dVB\x00"
    )


def test_the_lines_of_a_text_printer_are_its_columns() -> None:
    """A rule fills one; words go to the next; ₴ takes three."""
    job = text_job()
    assert job.render([Rule()]).count(b"-") == 32
    body = job.render([Text("а" * 28 + " 5 ₴ б")])
    assert ("а" * 28 + " 5\nгрн б\n").encode("cp1251") in body


@pytest.mark.parametrize(
    ("number", "factor"), [("А042", 4), ("А1-00742", 4), ("А1-007421", 3), ("А" * 16, 2)]
)
def test_a_number_is_as_large_as_the_line_takes(number: str, factor: int) -> None:
    """And never broken."""
    body = text_job().render([Text(number, "huge")])
    assert b"\x1d!" + bytes([(factor - 1) * 0x11]) + number.encode("cp1251") + b"\n" in body


def test_a_native_qr_is_these_bytes() -> None:
    """Model 2, module, level M, data, print."""
    assert qr(b"talon", 384) == (
        b"\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1"
        b"\x1d(k\x08\x001P0talon\x1d(k\x03\x001Q0"
    )


def test_a_picture_goes_in_bands() -> None:
    """Each has its own head, and fits into the 4 kB of a cheap printer's buffer."""
    data = bytes(range(33)) + b"\xaa\x55"
    assert BAND == 32
    assert picture(Bitmap(1, 35, data)) == (
        b"\x1dv0\x00\x01\x00\x20\x00" + data[:32] + b"\x1dv0\x00\x01\x00\x03\x00" + data[32:]
    )


@pytest.mark.parametrize("kind", ["text", "picture"])
@pytest.mark.parametrize("profile", [NARROW, EPSON], ids=lambda profile: profile.name)
def test_a_ticket_after_one_that_broke_off_anywhere_comes_out_whole(
    kind: str, profile: Profile
) -> None:
    """Also within a picture's dots, which would take the next ticket for their own."""
    job = RasterJob(profile, 46) if kind == "picture" else TextJob(profile, Encoder("cp1251"), 46)
    layout = Layout(Template("ЦНАП", qr="{visit}"), job.render, apart(profile))
    broken = layout.ticket(Ticket("00ff", "А042", "Паспорт"))
    whole = clear(profile) + b"".join(ASK)
    whole += Job(layout, Ticket("1234", "А043", "Паспорт"), after_doubt=True).render()
    alone = printed(profile, whole)[-1]
    for end in {
        *range(0, len(broken), max(1, len(broken) // 300)),
        *range(len(broken) - 40, len(broken)),
    }:
        assert printed(profile, broken[:end] + whole)[-1] == alone, f"broken off after {end} bytes"


def printed(profile: Profile, data: bytes) -> list[tuple[Element, ...]]:
    """What stands on each piece of paper; one without a knife is torn off where it was fed."""
    reader = Reader({46: "cp1251"}, dots=profile.width, forgiving=True)
    reader.feed(data)
    assert reader.passed_over <= 1  # what the NULs completed
    sheets: list[list[Element]] = [[]]
    for element in (e for sheet in [*reader.sheets, reader.unfinished] for e in sheet.elements):
        sheets[-1].append(element)
        if element == Feed(4 * LINE_DOTS):
            sheets.append([])
    return [tuple(sheet) for sheet in sheets if sheet]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_raster_ticket_is_as_wide_as_the_paper(profile: Profile) -> None:
    """Whatever is on it; and it begins like every job."""
    job = RasterJob(profile, 46)
    bitmap = job.draw(compose(FULL, TICKET))
    assert bitmap.width_bytes * 8 == profile.width
    assert len(bitmap.data) == bitmap.width_bytes * bitmap.height
    assert job.render([Space()]).startswith(b"\x1b@\x1c.\x1bt.\x1ba\x01\x1dv0\x00")


@pytest.mark.parametrize("number", ["А042", "Ґ1-0074", "ЩЩЩЩЩЩЩЩЩЩЩЩЩЩЩЩ"])
@pytest.mark.parametrize("profile", [NARROW, EPSON], ids=lambda profile: profile.name)
def test_nothing_on_a_raster_ticket_touches_its_edge(profile: Profile, number: str) -> None:
    """A white edge on all sides: no letter is cut off."""
    items = [Text(number, "huge", bold=True), Text(LONG), Text("ҐЇ" * 40, "large", bold=True)]
    for item in items:
        image = to_image(RasterJob(profile, 46).draw([item]))
        box = image.point([255 - grey for grey in range(256)]).getbbox()
        assert box is not None
        assert box[0] >= 2 and box[2] <= profile.width - 2
        assert box[1] >= 1 and box[3] <= image.height - 1


def test_the_same_ticket_is_the_same_bytes_after_another() -> None:
    """As text and as a picture."""
    other = Ticket("1", "Ґ001", "ґҐіІїЇєЄ ʼ₴ 漢")
    for render in (text_job().render, RasterJob(NARROW, 46).render):
        layout = Layout(FULL, render)
        first = layout.ticket(TICKET)
        layout.ticket(other)
        assert layout.ticket(TICKET) == first


def test_a_logo_is_made_as_narrow_as_the_paper(tmp_path: Path) -> None:
    """What is transparent is paper; the text printer prints the same dots."""
    file = tmp_path / "arms.png"
    Image.new("RGBA", (1000, 100), (0, 0, 0, 0)).save(file)
    logo = read_logo(file, 384)
    assert (logo.width_bytes, logo.height, set(logo.data)) == (48, 38, {0})
    job = dataclasses.replace(text_job(), logos={str(file): logo})
    assert picture(logo) in job.render([Logo(str(file))])


def read_qr(image: Image.Image, folder: Path) -> str:
    """What a telephone reads."""
    image.save(folder / "paper.png")
    command = ["zbarimg", "--quiet", "--raw", str(folder / "paper.png")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.zbar
@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_the_qr_of_every_printer_can_be_read(profile: Profile, tmp_path: Path) -> None:
    """From the bytes: as text, as a picture, and that of the test print."""
    page, number = next(iter(profile.code_pages.items()))
    for job in (TextJob(profile, Encoder(page), number), RasterJob(profile, number)):
        paper = preview.draw(profile, job.render(compose(FULL, TICKET)))
        assert read_qr(paper, tmp_path) == "https://example.org/00ff"
    assert read_qr(preview.draw(profile, proof(profile, page, number)), tmp_path) == QR


@pytest.mark.zbar
def test_the_longest_qr_that_a_config_may_ask_for_can_be_read(tmp_path: Path) -> None:
    """On the narrowest paper, and with Ukrainian letters in it."""
    data = "https://example.org/Ґ/".ljust(MAX_QR_BYTES - 1, "x")
    paper = preview.draw(NARROW, RasterJob(NARROW, 46).render([Qr(data)]))
    assert read_qr(paper, tmp_path) == data
    with pytest.raises(ValueError, match="too long"):
        qr(bytes(MAX_QR_BYTES + 1), 384)


def test_a_test_print_has_every_page_under_its_number() -> None:
    """All bytes from 0x80, after the page's own ESC t."""
    job = proof(EPSON, "cp1251", 46)
    for page, number in EPSON.code_pages.items():
        head, _, rest = job.partition(f"{page}  ESC t {number}\n".encode())
        assert head
        chart = rest.split(b"\x1bt" + bytes([number]), 1)[1]
        assert chart.startswith(b"8 " + bytes(range(0x80, 0x90)) + b"\n9 ")
    assert b"\n" + b"1234567890" * 4 + b"12345678\n" in job
