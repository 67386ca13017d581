"""What stands on a ticket."""

import dataclasses
import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.dispenser.slip import (
    Item,
    Logo,
    Notice,
    Qr,
    Rule,
    Template,
    Text,
    Ticket,
    compose,
    people,
    wrap,
)
from wire.hours import Opening

AT = 1_795_359_000_000  # 22.11.2026 14:50 UTC
FULL = Template("ЦНАП", footer="Дякуємо", footer_en="Thank you", qr="https://t/{number}?{visit}")
BOTH = msgspec.structs.replace(FULL, languages=("uk", "en"))
TICKET = Ticket("00ff", "А042", "Паспорт", "Passport", AT, 2, (5, 10))


def texts(items: list[Item]) -> list[str]:
    """The words alone."""
    return [item.text for item in items if isinstance(item, Text)]


def test_a_ticket_says_these_things_in_this_order() -> None:
    """The default order; the time is Kyiv's."""
    assert texts(compose(FULL, TICKET)) == [
        "ЦНАП", "А042", "Паспорт", "22.11.2026 16:50", "Перед вами: 2 особи",
        "Очікування: 5–10 хв", "Дякуємо",
    ]  # fmt: skip
    assert Qr("https://t/А042?00ff") in compose(FULL, TICKET)


def test_each_text_in_each_language() -> None:
    """The office's name, the number and the time are the same in all."""
    assert texts(compose(BOTH, TICKET))[2:] == [
        "Паспорт", "Passport", "22.11.2026 16:50", "Перед вами: 2 особи", "Ahead of you: 2 people",
        "Очікування: 5–10 хв", "Waiting time: 5–10 min", "Дякуємо", "Thank you",
    ]  # fmt: skip


def test_what_is_not_known_is_left_out() -> None:
    """A wrong time is worse than none."""
    unknown = Ticket("00ff", "А042", "Паспорт")
    assert texts(compose(Template("ЦНАП"), unknown)) == ["ЦНАП", "А042", "Паспорт"]


def test_a_title_that_has_no_english_is_printed_in_ukrainian() -> None:
    """Better than a ticket without its service."""
    english = msgspec.structs.replace(FULL, languages=("en",))
    plain = dataclasses.replace(TICKET, service_en="")
    assert "Паспорт" in texts(compose(english, plain))
    assert texts(compose(BOTH, plain)).count("Паспорт") == 1


def test_a_copy_says_so_above_the_number() -> None:
    """Between two lines, in each language."""
    items = compose(BOTH, dataclasses.replace(TICKET, copy=True))
    at = items.index(Text("КОПІЯ / COPY", "large", bold=True))
    assert isinstance(items[at - 1], Rule) and isinstance(items[at + 1], Rule)
    assert texts(items)[:3] == ["ЦНАП", "КОПІЯ / COPY", "А042"]
    assert "КОПІЯ" not in "".join(texts(compose(BOTH, TICKET)))


def test_the_template_chooses_and_orders() -> None:
    """Of the lines it knows; a logo is one."""
    template = msgspec.structs.replace(FULL, show=("number", "logo"), logo="arms.png")
    items = compose(template, TICKET)
    assert texts(items) == ["А042"]
    assert items[-1] == Logo("arms.png")


def test_nobody_ahead_is_said() -> None:
    """It is known, so it is not left out; a wait that is one number is one number."""
    items = compose(BOTH, dataclasses.replace(TICKET, ahead=0, wait=(5, 5)))
    assert {"Перед вами нікого немає", "Nobody is ahead of you", "Очікування: 5 хв"} <= set(
        texts(items)
    )


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 особа"), (2, "2 особи"), (4, "4 особи"), (5, "5 осіб"), (11, "11 осіб"),
        (12, "12 осіб"), (14, "14 осіб"), (20, "20 осіб"), (21, "21 особа"), (22, "22 особи"),
        (100, "100 осіб"), (101, "101 особа"), (111, "111 осіб"), (112, "112 осіб"),
    ],
)  # fmt: skip
def test_ukrainian_plurals(count: int, said: str) -> None:
    """CLDR's categories one, few, many."""
    assert people(count) == said


def test_lines_break_between_words() -> None:
    """And within a word that is longer than a line."""
    assert wrap("місце проживання", lambda line: len(line) <= 11) == ["місце", "проживання"]
    assert wrap("на перереєстрацію", lambda line: len(line) <= 8) == ["на", "перереєс", "трацію"]


@given(text=st.text(), columns=st.integers(0, 40))
def test_wrapping_cuts_nothing(text: str, columns: int) -> None:
    """All but white space is there, in its order; each line fits if a letter does."""
    lines = wrap(text, lambda line: len(line) <= columns)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(line for line in lines)
    assert all(len(line) <= max(columns, 1) for line in lines)


@given(words=st.lists(st.text("абвгґ", min_size=1, max_size=8)))
def test_a_word_that_fits_is_not_broken(words: list[str]) -> None:
    """All words that went in come out."""
    lines = wrap(" ".join(words), lambda line: len(line) <= 8)
    assert " ".join(lines).split() == words


# ---- notices ------------------------------------------------------------------------------------
MONDAY = Opening(datetime.date(2026, 11, 23), "08:00")
CLOSED = Notice("00ff", "closed", "Паспорт", "Passport", MONDAY, AT)


def test_a_notice_says_why_and_when_there_are_tickets_again() -> None:
    """In the languages of the tickets, with no number anywhere."""
    assert texts(compose(BOTH, CLOSED)) == [
        "ЦНАП", "Зараз не приймаємо", "Closed now", "Паспорт", "Passport",
        "Наступний прийом: понеділок", "Opens: Monday", "23.11.2026, 08:00",
        "Це не талон: номера не видано", "This is not a ticket", "22.11.2026 16:50",
    ]  # fmt: skip
    assert texts(compose(FULL, CLOSED))[1] == "Зараз не приймаємо"


def test_a_notice_of_a_full_day_says_so() -> None:
    """And nothing of what is not known."""
    full = Notice("00ff", "limit", "Паспорт")
    assert texts(compose(BOTH, full)) == [
        "ЦНАП", "Талонів на сьогодні вже немає", "No more tickets today", "Паспорт",
        "Це не талон: номера не видано", "This is not a ticket",
    ]  # fmt: skip


def test_nobody_takes_a_notice_for_a_ticket() -> None:
    """Nothing on it is as large as a number, it has no QR, and lines stand around the reason."""
    items = compose(BOTH, CLOSED)
    assert [item for item in items if isinstance(item, Qr | Logo)] == []
    assert [item for item in items if isinstance(item, Text) and item.size == "huge"] == []
    assert sum(isinstance(item, Rule) for item in items) == 2
