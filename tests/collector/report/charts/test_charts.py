"""The charts as SVG: well formed, described, inside their frame, readable without colour."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import msgspec
import pytest

from collector.report.charts.heat import luminance
from collector.report.charts.scale import scale_for
from collector.report.charts.svg import Drawing
from collector.report.compose import compose
from collector.report.document import Picture
from collector.report.model import Report
from collector.report.words import LANGS, Lang
from tests.collector.report.samples import SAMPLES, city, open_month, public

NS = {"s": "http://www.w3.org/2000/svg"}


def pictures(report: Report, lang: Lang = "uk") -> dict[str, Picture]:
    """The charts of a report by name."""
    sections = compose(report, lang).sections
    return {b.name: b for s in sections for b in s.blocks if isinstance(b, Picture)}


def drawn(picture: Picture) -> ET.Element:
    """Its SVG, read."""
    return ET.fromstring(picture.svg)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_chart_is_well_formed_and_described(sample: str, lang: Lang) -> None:
    """A title and a description that its labels lead to."""
    for picture in pictures(SAMPLES[sample](), lang).values():
        root = drawn(picture)
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{picture.name}-title {picture.name}-desc"
        title, desc = root.find("s:title", NS), root.find("s:desc", NS)
        assert title is not None and (title.get("id"), title.text) == (
            f"{picture.name}-title",
            picture.title,
        )
        assert desc is not None and desc.text == picture.description


def test_a_month_outside_its_limits_has_another_shape() -> None:
    """A diamond besides the colour: the paper may be printed in grey."""
    points = public().chart.points
    outside = [p for p in points if p.clue != "inside" and p.share.share is not None]
    root = drawn(pictures(public())["control"])
    diamonds = [e for e in root.findall("s:path", NS) if e.get("fill") == "#b5450b"]
    assert len(outside) > 2
    assert len(diamonds) == len(outside) + 1  # and the legend's


def test_a_hidden_month_is_a_gap() -> None:
    """No point, no limits, and no line across it."""
    seen, hidden = drawn(pictures(city())["control"]), drawn(pictures(public())["control"])
    # a missing month takes its band's two edges, its tick's neighbours keep theirs, two joins go
    assert len(seen.findall("s:rect", NS)) - len(hidden.findall("s:rect", NS)) == 1
    assert len(seen.findall("s:circle", NS)) - len(hidden.findall("s:circle", NS)) == 1
    assert len(seen.findall("s:line", NS)) - len(hidden.findall("s:line", NS)) == 4


def test_an_open_month_is_a_ring() -> None:
    """And the legend says what a ring is."""
    root = drawn(pictures(open_month())["control"])
    rings = [e for e in root.findall("s:circle", NS) if e.get("stroke") == "#0b4f8a"]
    assert len(rings) == 2
    assert "місяць триває" in texts(root)
    assert "місяць триває" not in texts(drawn(pictures(city())["control"]))


def test_events_are_numbered_as_in_the_list_below() -> None:
    """Two in one month stand beside each other."""
    root = drawn(pictures(public())["control"])
    assert [t for t in texts(root) if t in ("1", "2", "3")] == ["1", "2", "3"]


def test_a_cell_of_the_week_says_its_number() -> None:
    """Not by colour alone: the map has each mean in words, as the table has."""
    root = drawn(pictures(city())["load"])
    numbers = [t for t in texts(root) if re.fullmatch(r"\d+(,\d)?", t) and not t.startswith("0")]
    assert len(numbers) >= len(city().load)


def test_the_numbers_of_the_week_can_be_read_on_every_shade() -> None:
    """At least 4.5 to 1, WCAG 2.2, 1.4.3."""
    root = drawn(pictures(city())["load"])
    shades = [e.get("fill", "") for e in root.findall("s:rect", NS)]
    letters = [t.get("fill", "") for t in root.findall("s:text", NS)]
    inside = [letter for letter in letters if letter in ("#000000", "#ffffff")]
    coloured = [shade for shade in shades if shade != "#ffffff"]
    assert len(inside) == len(coloured) > 60
    assert min(contrast(*pair) for pair in zip(coloured, inside, strict=True)) >= 4.5


@pytest.mark.parametrize("colour", ["#1c2733", "#56636f", "#0b4f8a", "#b5450b"])
def test_words_and_marks_can_be_read_on_white(colour: str) -> None:
    """The palette of the charts."""
    assert contrast(colour, "#ffffff") >= 4.5


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_is_drawn_outside_the_frame(sample: str, lang: Lang) -> None:
    """With room for a broad font: 0.68 of the size a letter, as DejaVu Sans Bold has it."""
    for picture in pictures(SAMPLES[sample](), lang).values():
        root = drawn(picture)
        width, height = (float(part) for part in root.get("viewBox", "").split()[2:])
        for text in root.findall("s:text", NS):
            left, right = reach(text)
            assert left >= -2 and right <= width + 2, text.text
            assert 0 < float(text.get("y", "0")) <= height
        for circle in root.findall("s:circle", NS):
            assert 0 <= float(circle.get("cx", "0")) <= width
            assert 0 <= float(circle.get("cy", "0")) <= height


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_no_two_labels_lie_on_each_other(sample: str, lang: Lang) -> None:
    """Labels of one line stand apart."""
    for picture in pictures(SAMPLES[sample](), lang).values():
        lines: dict[float, list[tuple[float, float]]] = {}
        for text in drawn(picture).findall("s:text", NS):
            lines.setdefault(float(text.get("y", "0")), []).append(reach(text, 0.56))
        for spans in lines.values():
            for (_, end), (start, _) in pairwise(sorted(spans)):
                assert end <= start + 1, picture.name


def test_a_chart_of_one_month_is_drawn() -> None:
    """An office that has just opened."""
    found = city()
    chart = msgspec.structs.replace(found.chart, points=found.chart.points[-1:], baseline=None)
    root = drawn(pictures(msgspec.structs.replace(found, chart=chart))["control"])
    assert "жовт" in texts(root) and "94,3\u00a0%" in texts(root)


def test_a_drawing_escapes_what_is_written_in_it() -> None:
    """A service may be called anything."""
    drawing = Drawing(10, 10)
    drawing.text((1, 1), '<b>&"')
    root = ET.fromstring(drawing.svg("x", "<&>", '"'))
    assert texts(root) == ['<b>&"']


@pytest.mark.parametrize(
    ("shares", "low", "high"),
    [
        ([0.89, 0.94], 0.89, 0.94),
        ([0.0, 1.0], 0.0, 1.0),
        ([0.5], 0.49, 0.51),
        ([1.0], 0.99, 1.0),
        ([0.0], 0.0, 0.01),
        ([], 0.0, 1.0),
    ],
)
def test_a_scale_holds_all_and_stays_within_0_and_1(
    shares: list[float], low: float, high: float
) -> None:
    """One value alone has room around it."""
    scale = scale_for(shares, 0, 100)
    assert (round(scale.low, 6), round(scale.high, 6)) == (low, high)
    assert all(0 <= scale.at(share) <= 100 for share in shares)
    assert 2 <= len(scale.ticks()) <= 7


def texts(root: ET.Element) -> list[str]:
    """All words of a drawing."""
    return [text.text or "" for text in root.findall("s:text", NS)]


def reach(text: ET.Element, letter: float = 0.0) -> tuple[float, float]:
    """From where to where a label reaches, in px."""
    per = letter or (0.68 if text.get("font-weight") == "700" else 0.6)
    size = len(text.text or "") * float(text.get("font-size", "0")) * per
    x = float(text.get("x", "0"))
    start = {"end": x - size, "middle": x - size / 2}.get(text.get("text-anchor", ""), x)
    return start, start + size


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    lights = sorted(luminance(colour(each)) for each in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def colour(text: str) -> tuple[int, int, int]:
    """Of `#rrggbb`."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
