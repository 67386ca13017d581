"""A month's sums as a table for people (uk, en): what the demo shows. Pure."""

from collections.abc import Mapping

from collector.month import DIMENSIONS, Figures, Month
from wire.records import OUTCOMES, REFUSALS

TEXTS: dict[str, dict[str, str]] = {
    "uk": {
        "title": "Задоволеність відвідувачів за {name}",
        "open": "МІСЯЦЬ ЩЕ ТРИВАЄ: підсумки неповні",
        "empty": "За {name} немає жодного відвідування й жодної оцінки.",
        "source": "джерело: {source}",
        "total": "Усього",
        "site": "Підрозділ",
        "service": "Послуга",
        "channel": "Канал",
        "day": "День",
        "hour": "За годинами доби",
        "visits": "Відвідувань",
        "votes": "Оцінок",
        "satisfied": "Задоволені",
        "unsatisfied": "Незадоволені",
        "share": "Частка",
        "response": "Відгук",
        "refused": "Відхилено",
        "none": "не визначено",
        "refusals": "Відхилено оцінок: {count}",
        "prints": "Талони",
        "own_number": "з власною нумерацією автомата: {count}",
        "unclocked": "без години (час не був відомий): {count}",
        "repeat": "повторне натискання",
        "flood": "забагато натискань поспіль",
        "unarmed": "без відвідування",
        "late": "запізно",
        "stuck": "кнопку заклинило",
        "test": "перевірка",
        "conflict": "два пристрої з одним іменем",
        "unknown": "невідомий пристрій",
        "resent": "надіслано вдруге",
        "print_printed": "надруковано",
        "print_failed": "не надруковано",
        "print_unknown": "друк не підтверджено",
        "desk": "біля вікна",
        "exit": "на виході",
        "web": "вебсторінка",
        "paper": "паперові",
        "poll": "опитування",
        "mystery": "таємний клієнт",
    },
    "en": {
        "title": "Visitors' satisfaction in {name}",
        "open": "THE MONTH IS STILL OPEN: figures are partial",
        "empty": "There is no visit and no rating in {name}.",
        "source": "source: {source}",
        "total": "Total",
        "site": "Office",
        "service": "Service",
        "channel": "Channel",
        "day": "Day",
        "hour": "By hour of the day",
        "visits": "Visits",
        "votes": "Ratings",
        "satisfied": "Satisfied",
        "unsatisfied": "Unsatisfied",
        "share": "Share",
        "response": "Response",
        "refused": "Refused",
        "none": "not known",
        "refusals": "Refused ratings: {count}",
        "prints": "Tickets",
        "own_number": "with the dispenser's own number: {count}",
        "unclocked": "without an hour (the time was not known): {count}",
        "repeat": "pressed again",
        "flood": "too many presses in a row",
        "unarmed": "without a visit",
        "late": "too late",
        "stuck": "stuck button",
        "test": "test",
        "conflict": "two devices with one name",
        "unknown": "unknown device",
        "resent": "sent again",
        "print_printed": "printed",
        "print_failed": "not printed",
        "print_unknown": "print not confirmed",
        "desk": "at the desk",
        "exit": "at the exit",
        "web": "web page",
        "paper": "on paper",
        "poll": "poll",
        "mystery": "mystery visit",
    },
}

_COLUMNS = ("visits", "votes", "satisfied", "unsatisfied", "share", "response", "refused")
_MOST_LABEL = 44


def as_table(month: Month, lang: str, titles: Mapping[str, str]) -> str:
    """The month as a table for people. `titles`: names of sites and services by their ids."""
    text = TEXTS[lang]
    out = [text["title"].format(name=month.name), text["source"].format(source=month.source)]
    if month.is_open:
        out.append(text["open"])
    if not month.total.visits and not month.total.votes and not month.total.refusals:
        return "\n".join([*out, "", text["empty"].format(name=month.name)])
    rows: list[list[str]] = [["", *(text[c] for c in _COLUMNS)]]
    rows.append(_cells(text["total"], month.total, lang))
    for dimension in DIMENSIONS:
        rows.append([])
        rows.append([text[dimension]])
        for key, figures in _in_order(dimension, month.by[dimension]):
            label = _label(dimension, key, text, titles)
            rows.append(_cells(label, figures, lang, visits=dimension != "channel"))
    return "\n".join(
        [*out, "", *_aligned(rows), "", *_loads(month, text), "", *_remarks(month.total, text)]
    )


def _in_order(dimension: str, groups: Mapping[str, Figures]) -> list[tuple[str, Figures]]:
    """Services with the most visits first; all else as it is."""
    items = list(groups.items())
    return sorted(items, key=lambda item: -item[1].visits) if dimension == "service" else items


def _cells(label: str, figures: Figures, lang: str, visits: bool = True) -> list[str]:
    return [
        label,
        str(figures.visits) if visits else "",
        str(figures.votes),
        str(figures.satisfied),
        str(figures.unsatisfied),
        _percent(figures.share, lang),
        # where nobody could vote, nought per cent would be a false statement
        _percent(figures.response if figures.votes else None, lang) if visits else "",
        str(figures.refusals),
    ]


def _percent(share: float | None, lang: str) -> str:
    if share is None:
        return "–"
    number = f"{share * 100:.1f} %"
    return number.replace(".", ",") if lang == "uk" else number


def _label(dimension: str, key: str, text: Mapping[str, str], titles: Mapping[str, str]) -> str:
    if key == "-":
        return text["none"]
    if dimension == "channel":
        return text.get(key, key)
    label = titles.get(key, key) if dimension in ("site", "service") else key
    return label if len(label) <= _MOST_LABEL else label[: _MOST_LABEL - 1] + "…"


def _aligned(rows: list[list[str]]) -> list[str]:
    width = max(len(row[0]) for row in rows if row)
    widths = [max(len(row[i]) for row in rows if len(row) > i) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [f"{cell:>{widths[i + 1]}}" for i, cell in enumerate(row[1:])]
        label = f"  {row[0]:<{width}}" if cells else "".join(row)
        lines.append("  ".join([label, *cells]).rstrip())
    return lines


def _loads(month: Month, text: Mapping[str, str]) -> list[str]:
    """The hours in which somebody came or voted, with visits and ratings."""
    rows = [["", text["visits"], text["votes"]]]
    rows += [
        [hour, str(load.visits), str(load.votes)]
        for hour, load in month.load.items()
        if load.visits or load.votes
    ]
    return [text["hour"], *_aligned(rows)]


def _remarks(total: Figures, text: Mapping[str, str]) -> list[str]:
    lines = [text["refusals"].format(count=total.refusals)]
    lines += [f"  {text[s]}: {total.refused[s]}" for s in REFUSALS if total.refused[s]]
    prints = ", ".join(f"{text['print_' + o]}: {total.prints[o]}" for o in OUTCOMES)
    lines.append(f"{text['prints']}: {prints}")
    if total.own_number:
        lines.append("  " + text["own_number"].format(count=total.own_number))
    if total.unclocked:
        lines.append("  " + text["unclocked"].format(count=total.unclocked))
    return lines
