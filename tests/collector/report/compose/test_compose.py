"""What a report says in words: the answer first, nothing pooled silently, nothing hidden shown."""

import msgspec
import pytest

from collector.report.compose import compose
from collector.report.document import Cell, Document, Facts, Items, Picture, Table, Text
from collector.report.words import LANGS, Lang
from tests.collector.report.samples import (
    SAMPLES,
    change,
    city,
    country,
    empty,
    open_month,
    public,
    quarter,
    share,
)


def said(document: Document, section: str = "") -> str:
    """Everything that stands in the document, or in one section, one text a line."""
    lines = list(document.notices)
    for found in document.sections:
        if section in ("", found.id):
            for block in found.blocks:
                lines += _texts(block)
    return "\n".join(lines).replace("\u00a0", " ")


def tables(document: Document, section: str) -> list[Table]:
    """The tables of a section."""
    (found,) = (s for s in document.sections if s.id == section)
    return [block for block in found.blocks if isinstance(block, Table)]


def _texts(block: Text | Items | Facts | Table | Picture) -> list[str]:
    if isinstance(block, Text):
        return [block.text]
    if isinstance(block, Items):
        return list(block.items)
    if isinstance(block, Facts):
        return [f"{f.label}: {f.value}; {f.detail}; {f.verdict}" for f in block.facts]
    if isinstance(block, Picture):
        return [block.title, block.description]
    return [block.caption, *(" | ".join(c.text for c in r) for r in block.rows), *block.notes]


def test_the_first_page_answers() -> None:
    """Share, interval, votes of visits, both changes with their intervals and verdicts."""
    page = said(compose(public(), "uk"), "answer")
    assert "Задоволених: 94,3 %; 95 % довірчий інтервал: 93,6–94,9 %" in page
    assert "Голосів: 4 783; з 21 404 відвідувань: проголосували 22,3 %" in page
    assert "Зміна проти вересня 2026 року: +0,7 в. п." in page
    assert "від −0,3 до +1,6 в. п.; немає підстав говорити про зміну" in page
    assert "Зміна проти жовтня 2025 року: +2,0 в. п." in page
    assert "зміна: стало краще" in page


def test_the_first_page_names_its_channels() -> None:
    """And says that the others were not added."""
    page = said(compose(public(), "uk"), "answer")
    assert "за каналами: біля вікна, на виході. Інші канали показано окремо" in page
    rows = tables(compose(public(), "en"), "channels")[0].rows
    assert [(row[0].text, row[-1].text) for row in rows] == [
        ("at the desk", "yes"),
        ("at the exit", "yes"),
        ("web page", "no"),
        ("paper ballots", "no"),
        ("mystery visit", "no"),
    ]


def test_an_answer_that_is_hidden_says_why() -> None:
    """Of an office with a handful of votes the public learns that there are such."""
    hidden = msgspec.structs.replace(
        share(0, 0), satisfied=None, votes=None, share=None, hidden=True
    )
    none = change("2026-09", hidden, hidden)
    answer = msgspec.structs.replace(
        public().answer, share=hidden, of_visits=None, at_worst=None, response=None,
        month_before=none, year_before=none,
    )  # fmt: skip
    page = said(compose(msgspec.structs.replace(public(), answer=answer), "uk"), "answer")
    assert "Задоволених: приховано; «Приховано»: менше 10 голосів, або клітинка захищає" in page
    assert "Голосів: приховано; 21 404 відвідувань" in page
    assert "Зміна проти вересня 2026 року: приховано; ; \n" in page
    assert "%" not in page.replace("95 %", "")


@pytest.mark.parametrize("lang", LANGS)
def test_a_hidden_cell_is_called_so_and_explained_below(lang: Lang) -> None:
    """In every table that hides one, and in no other."""
    word = {"uk": "приховано", "en": "hidden"}[lang]
    document = compose(public(), lang)
    found = [b for s in document.sections for b in s.blocks if isinstance(b, Table)]
    hiding = [t for t in found if any(c.text == word for row in t.rows for c in row)]
    assert len(hiding) == 8
    for table in found:
        explained = any("10" in note and word in note.lower() for note in table.notes)
        assert explained == (table in hiding), table.caption


def test_nothing_of_a_hidden_row_is_shown_but_its_visits() -> None:
    """Neither share nor interval, limits nor change."""
    rows = {row[0].text: row for row in tables(compose(public(), "uk"), "services")[0].rows}
    hidden = rows["Реєстрація фізичної особи — підприємця"]
    assert [cell.text for cell in hidden[2:]] == ["приховано"] * 5
    assert {cell.tone for cell in hidden[2:]} == {"quiet"}


def test_an_empty_month_says_so_and_defines_nothing() -> None:
    """Nought of nought is no share."""
    document = compose(empty(), "uk")
    assert document.notices == (
        "Немає жодного відвідування й жодної оцінки за період «жовтень\u00a02026\u00a0року».",
    )
    page = said(document, "answer")
    assert "Задоволених: не визначено; немає жодного зарахованого голосу" in page
    assert "не визначено; ; немає з чим порівняти" in page
    assert not [b for s in document.sections for b in s.blocks if isinstance(b, Picture)]


def test_an_open_month_says_so_first() -> None:
    """On the first page, and beside the month in the table."""
    document = compose(open_month(), "uk")
    assert any("Місяць ще триває" in notice for notice in document.notices)
    last = tables(document, "history")[0].rows[-1][0].text
    assert last == "жовтень\u00a02026\u00a0року*"


def test_desks_are_in_the_internal_edition_only() -> None:
    """Which says on its first page what it is."""
    assert "desks" in [section.id for section in compose(city(), "uk").sections]
    assert "desks" not in [section.id for section in compose(public(), "uk").sections]
    assert any("Не оприлюднювати" in notice for notice in compose(city(), "uk").notices)
    assert compose(public(), "uk").notices == ()


def test_a_service_that_stands_out_says_so_in_words() -> None:
    """Not by colour alone: below its limits, and changed."""
    first, second, third = tables(compose(city(), "uk"), "services")[0].rows[:3]
    assert first[-1] == Cell("нижче меж; зміна: стало гірше", "strong")
    assert second[-1] == Cell("у межах; зміна: стало гірше", "strong")
    assert third[-1] == Cell("у межах")


def test_a_service_that_nobody_voted_on_is_in_the_table_and_not_in_the_chart() -> None:
    """It has no place on the scale; and votes on no service in particular have a name."""
    first, second, *others = city().services
    none = msgspec.structs.replace(
        second, share=share(0, 0), limits=None, clue="inside", change=None, is_change=False
    )
    nameless = msgspec.structs.replace(first, key="-", title="-")
    found = msgspec.structs.replace(city(), services=(nameless, none, *others))
    (section,) = (s for s in compose(found, "uk").sections if s.id == "services")
    rows = tables(compose(found, "uk"), "services")[0].rows
    assert [row[0].text for row in rows[:2]] == ["не вказано", none.title]
    assert [cell.text for cell in rows[1][2:]] == ["0", *["не визначено"] * 4]
    (svg,) = (block.svg for block in section.blocks if isinstance(block, Picture))
    assert ">не вказано<" in svg and f">{none.title}<" not in svg


def test_the_order_of_rows_is_that_of_the_report() -> None:
    """Never a rank: the lowest does not come first or last."""
    found = city()
    rows = tables(compose(found, "uk"), "services")[0].rows
    assert [row[0].text for row in rows] == [row.title for row in found.services]
    assert "Порядок рядків — не рейтинг" in said(compose(found, "uk"), "services")


def test_points_of_dissatisfaction_are_what_is_below_or_got_worse() -> None:
    """With the reasons, and complaints per 1,000."""
    document = compose(public(), "uk")
    places, reasons = tables(document, "points")
    assert [(row[0].text, row[-1].text) for row in places.rows] == [
        ("Паспорт громадянина України", "нижче меж; зміна: стало гірше"),
        ("Реєстрація місця проживання", "зміна: стало гірше"),
    ]
    assert [row[0].text for row in reasons.rows][:2] == ["своєчасність", "повага до особи"]
    assert "На 1000 відвідувань: 0,33 (точний 95 % інтервал: 0,13–0,67)" in said(document)


def test_complaints_that_nobody_entered_are_not_defined() -> None:
    """No nought where nobody counted."""
    found = msgspec.structs.replace(city(), complaints=None)
    assert "Скарг за цей період ніхто не вносив: показник не визначено" in said(
        compose(found, "uk"), "points"
    )


def test_waiting_times_state_the_error_of_their_buckets() -> None:
    """A value, and between what it lies; the open bucket has no upper end."""
    rows = tables(compose(city(), "uk"), "waits")[0].rows
    assert [cell.text.replace("\u00a0", " ") for cell in rows[0]][2:4] == [
        "9 хв 21 с",
        "9 хв – 15 хв",
    ]
    assert [cell.text.replace("\u00a0", " ") for cell in rows[3]][4:] == [
        "не менше 1 год",
        "1 год або більше",
    ]


@pytest.mark.parametrize(
    ("lang", "rows"),
    [
        (
            "uk",
            [
                ["задоволені", "3 655", "11,4 хв", "11,0–11,8 хв", "7,0 хв", "6,9–7,2 хв"],
                ["не задоволені", "188", "25,0 хв", "22,4–27,5 хв", "9,5 хв", "8,4–10,7 хв"],
            ],
        ),
        (
            "en",
            [
                ["satisfied", "3,655", "11.4 mins", "11.0–11.8 mins", "7.0 mins", "6.9–7.2 mins"],
                ["dissatisfied", "188", "25.0 mins", "22.4–27.5 mins", "9.5 mins", "8.4–10.7 mins"],
            ],
        ),
    ],
)
def test_how_long_voters_had_waited_stands_in_a_table_with_its_intervals(
    lang: Lang, rows: list[list[str]]
) -> None:
    """After the times of all visits; what it is of, and that it names no cause, stands below."""
    table = tables(compose(city(), lang), "waits")[-1]
    shown = [[cell.text.replace("\u00a0", " ") for cell in row] for row in table.rows]
    assert shown == rows
    assert len(table.notes) == 3
    assert (
        table.notes[2]
        == {
            "uk": "Різниця між рядками не каже, чому відвідувач так оцінив.",
            "en": "A difference between the rows does not say why visitors answered as they did.",
        }[lang]
    )


def test_times_of_voters_are_hidden_whole_or_stand_alone() -> None:
    """The public edition says that there are some; a hall without them has no such table."""
    hidden = tables(compose(public(), "uk"), "waits")[-1]
    assert [[cell.text for cell in row][1:] for row in hidden.rows] == [["приховано"] * 5] * 2
    alone = msgspec.structs.replace(city(), waits=(), serving=())
    assert [one.caption for one in tables(compose(alone, "uk"), "waits")] == [hidden.caption]
    without = msgspec.structs.replace(city(), spent=())
    assert hidden.caption not in [t.caption for t in tables(compose(without, "uk"), "waits")]


def test_an_accounting_that_does_not_balance_is_said() -> None:
    """With every problem that the audit found."""
    found = city()
    accounting = msgspec.structs.replace(found.coverage.accounting, problems=("box-1: 3 missing",))
    coverage = msgspec.structs.replace(found.coverage, accounting=accounting)
    page = said(compose(msgspec.structs.replace(found, coverage=coverage), "uk"), "coverage")
    assert "Звірка не сходиться:\nbox-1: 3 missing" in page
    assert "Звірка сходиться" not in page


def test_the_sum_of_the_accounting_is_hidden_with_its_part() -> None:
    """Or the part would be what is missing in it."""
    internal, hidden = (
        next(t for t in tables(compose(r, "en"), "coverage") if "Accounting" in t.caption)
        for r in (city(), public())
    )
    assert [row[1].text for row in internal.rows] == ["4,783", "289", "2", "9", "17", "5,100"]
    assert [row[1].text for row in hidden.rows] == ["hidden", "289", "2", "9", "17", "hidden"]


def test_a_country_names_only_the_offices_that_stand_out() -> None:
    """4,000 rows are for the data formats, and the page says so."""
    document = compose(country(), "uk")
    page = said(document, "sites")
    counts, rows = tables(document, "sites")
    assert "Рядків 4 000, більше ніж 60" in page and "XLSX" in page
    assert sum(_count(row[1].text) for row in counts.rows[:3]) == 4000
    assert len(rows.rows) <= 60
    assert all(row[-1].text != "у межах" for row in rows.rows)
    below = _count(counts.rows[2][1].text)
    assert 5 < below < 60
    assert [row[-1].text for row in rows.rows].index("вище меж") == below


def test_a_quarter_puts_its_months_side_by_side() -> None:
    """And each column is of the month that its head names."""
    document = compose(quarter(), "uk")
    table = tables(document, "committee")[0]
    heads = [column.title.replace("\u00a0", " ") for column in table.columns[1:]]
    assert heads == [
        "жовтень 2026 року", "листопад 2026 року", "грудень 2026 року", "IV квартал 2026 року",
    ]  # fmt: skip
    rows = {row[0].text: [c.text.replace("\u00a0", " ") for c in row[1:]] for row in table.rows}
    assert rows["Голосів"] == ["4 783", "4 401", "3 688", "12 872"]
    assert rows["Задоволених"] == ["94,3 %", "93,2 %", "90,0 %", "92,7 %"]


def test_the_draft_decision_says_that_it_is_one_and_has_the_figures() -> None:
    """What a person must decide stands in brackets."""
    page = said(compose(quarter(), "uk"), "committee")
    assert "ПРОЄКТ." in page and "ВИРІШИВ:" in page
    assert "зараховано 12 872 голоси з 58 289 відвідувань; задоволених 92,7 % (92,2–93,1 %)" in page
    assert "проти III кварталу 2026 року — −1,7 в. п." in page
    assert "Визнати точками невдоволення: Паспорт громадянина України: 82,5 %" in page
    assert "прострочені заходи: № 4 «Нові таблички й піктограми в залі»" in page
    assert "[посада, прізвище]" in page
    assert quarter().method.checksum in page


def test_a_month_has_no_annex() -> None:
    """The committee meets for quarters."""
    assert "committee" not in [section.id for section in compose(public(), "uk").sections]


def test_the_method_lets_another_person_repeat_it() -> None:
    """Version, source, checksum, and each correction."""
    page = said(compose(public(), "en"), "method")
    for part in (
        "Version of the formulas | 1",
        "Source of the tallies | ledger",
        public().method.checksum,
        "14 October 2026 | kyiv-3",
        "Hours in the period | 745",
    ):
        assert part in page


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_each_chart_has_its_numbers_beside_it(sample: str, lang: Lang) -> None:
    """A table follows each picture in its section."""
    for section in compose(SAMPLES[sample](), lang).sections:
        kinds = [block.kind for block in section.blocks]
        for place, kind in enumerate(kinds):
            assert kind != "picture" or "table" in kinds[place:]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_row_is_as_long_as_its_head(sample: str, lang: Lang) -> None:
    """No cell stands under another head, and no section or picture has the name of another."""
    document = compose(SAMPLES[sample](), lang)
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                assert {len(row) for row in block.rows} <= {len(block.columns)}, block.caption
    names = [s.id for s in document.sections]
    names += [b.name for s in document.sections for b in s.blocks if isinstance(b, Picture)]
    ids = [s.id for s in document.sections]
    assert len(set(ids)) == len(ids)


def test_the_date_is_the_end_of_the_period_in_its_time_zone() -> None:
    """November begins at 22:00 UTC in Kyiv; 2027 too."""
    assert compose(public(), "uk").ends == 1_793_484_000
    assert compose(quarter(), "uk").ends == 1_798_754_400


def _count(text: str) -> int:
    return int(text.replace("\u00a0", ""))
