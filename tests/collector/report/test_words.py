"""Numbers, dates and plural forms as a reader of Ukrainian or English expects them."""

import re
import string
from pathlib import Path

import pytest

from collector.analysis.histogram import Percentile
from collector.analysis.interval import Interval
from collector.report import texts_en, texts_uk
from collector.report.privacy import LEAST_VOTES
from collector.report.sections.figures import CONFIDENCE
from collector.report.words import LANGS, Words

UK, EN = Words("uk"), Words("en")
SOURCES = Path(texts_uk.__file__).parent


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 голосів"),
        (1, "1 голос"),
        (2, "2 голоси"),
        (4, "4 голоси"),
        (5, "5 голосів"),
        (11, "11 голосів"),
        (12, "12 голосів"),
        (21, "21 голос"),
        (22, "22 голоси"),
        (25, "25 голосів"),
        (111, "111 голосів"),
        (1_001, "1\u00a0001 голос"),
        (12_872, "12\u00a0872 голоси"),
    ],
)
def test_votes_are_counted_in_ukrainian(count: int, said: str) -> None:
    """One, few and many, as CLDR has them."""
    assert UK.count("votes", count) == said


def test_visits_stand_in_the_genitive_after_of() -> None:
    """«з 21 відвідування», «з 22 відвідувань»."""
    assert UK.count("of_visits", 21) == "21 відвідування"
    assert UK.count("of_visits", 22) == "22 відвідувань"
    assert [EN.count("votes", n) for n in (0, 1, 2)] == ["0 votes", "1 vote", "2 votes"]


def test_numbers_and_shares_follow_the_language() -> None:
    """A comma and a no-break space, or a point and none."""
    assert (UK.number(1_234_567), EN.number(1_234_567)) == ("1\u00a0234\u00a0567", "1,234,567")
    assert (UK.percent(0.9432), EN.percent(0.9432)) == ("94,3\u00a0%", "94.3%")
    assert UK.between(Interval(0.921, 0.96)) == "92,1–96,0\u00a0%"
    assert (UK.percent(0.0), UK.percent(1.0)) == ("0,0\u00a0%", "100,0\u00a0%")
    assert (UK.level(0.95), UK.level(0.998), EN.level(0.1)) == ("95\u00a0%", "99,8\u00a0%", "10%")


def test_a_difference_shows_its_sign() -> None:
    """A minus is no hyphen; nought has no sign."""
    assert UK.points(0.0123) == "+1,2 в. п."
    assert UK.points(-0.0123) == "−1,2 в. п."
    assert UK.points(-0.0001) == "0,0 в. п."
    assert EN.points_between(Interval(-0.02, 0.031)) == "−2.0 to +3.1 pp"


def test_an_end_close_to_nought_does_not_look_like_nought() -> None:
    """The verdict hangs on the side on which it lies."""
    assert UK.points_between(Interval(0.0003, 0.0135)) == "від +0,03 до +1,35 в. п."


def test_periods_are_named() -> None:
    """Alone, and after «проти»."""
    assert UK.period("2026-10") == "жовтень\u00a02026\u00a0року"
    assert UK.since("2026-09") == "вересня\u00a02026\u00a0року"
    assert UK.period("2026Q4") == "IV\u00a0квартал\u00a02026\u00a0року"
    assert UK.since("2026Q1") == "I\u00a0кварталу\u00a02026\u00a0року"
    assert (EN.period("2026-10"), EN.since("2026Q4")) == (
        "October\u00a02026",
        "quarter\u00a0IV of\u00a02026",
    )
    assert UK.date("2026-11-05").split() == ["5", "листопада", "2026", "р."]
    assert EN.date("2026-11-05") == "5\u00a0November\u00a02026"


def test_every_month_and_weekday_fits_on_an_axis() -> None:
    """At most four letters, none of them twice."""
    for words in (UK, EN):
        months = [words.short_month(f"2026-{month:02d}") for month in range(1, 13)]
        days = [words.short_weekday(day) for day in range(1, 8)]
        assert len(set(months)) == 12 and len(set(days)) == 7
        assert max(map(len, months)) <= 4 and "" not in months
    assert (UK.short_weekday(1), UK.weekday(7), EN.weekday(1)) == ("пн", "неділя", "Monday")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 с"), (59, "59 с"), (60, "1 хв"), (561, "9 хв 21 с"), (625, "10 хв"), (3600, "1 год"),
     (5400, "1 год 30 хв"), (3599, "1 год")],
)  # fmt: skip
def test_times_are_as_exact_as_they_are_useful(seconds: int, said: str) -> None:
    """To the second below ten minutes, then to the minute."""
    assert UK.duration(seconds).replace("\u00a0", " ") == said


def test_a_percentile_says_between_what_it_lies() -> None:
    """And what lies in the open bucket is at least so long."""
    inside, above = Percentile(561.0, 540.0, 900.0), Percentile(3600.0, 3600.0, None)
    assert UK.percentile_between(inside).replace("\u00a0", " ") == "9 хв – 15 хв"
    assert UK.percentile(above).replace("\u00a0", " ") == "не менше 1 год"
    assert EN.percentile_between(above).replace("\u00a0", " ") == "1 hr or more"


def test_both_languages_say_the_same_things() -> None:
    """The same texts, with the same places to fill in; the forms that each language asks for."""
    assert texts_uk.TEXTS.keys() == texts_en.TEXTS.keys()
    assert texts_uk.PLURALS.keys() == texts_en.PLURALS.keys()
    for key, text in texts_uk.TEXTS.items():
        assert _places(text) == _places(texts_en.TEXTS[key]), key


def test_no_text_is_left_over() -> None:
    """Each is named where it is said, or begins with a kind of name that is."""
    code = "\n".join(p.read_text("utf-8") for p in SOURCES.rglob("*.py") if "texts_" not in p.name)
    named = set(re.findall(r"['\"]([a-z0-9_]+)['\"]", code))
    kinds = set(re.findall(r'f"([a-z]+)_\{', code)) | set(re.findall(r'name\(\s*"([a-z]+)"', code))
    kinds |= {"refusal", "print", "outage", "account", "services", "sites", "desks"}
    kinds |= {"waits", "serving"}
    left = [key for key in texts_uk.TEXTS if key not in named and key.split("_")[0] not in kinds]
    assert left == []


def test_the_texts_name_the_constants_that_the_figures_have() -> None:
    """95 % and 10 votes stand in sentences."""
    assert CONFIDENCE == 0.95 and LEAST_VOTES == 10
    for words, level in ((UK, "95\u00a0%"), (EN, "95%")):
        assert level in words("interval") and level in words("answer_interval")
        assert "10" in words("hidden_why")


def test_a_name_that_nobody_knows_is_itself() -> None:
    """A channel of tomorrow's records must not stop a report."""
    assert [words.name("channel", "kiosk") for words in (UK, EN)] == ["kiosk"] * 2
    assert UK.name("channel", "-") == "не вказано"
    assert LANGS == ("uk", "en")


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
