"""Paper entries as tables for people. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from collector.entry import Entry, standing
from collector.paper import COUNTS, Paper, sum_counts
from collector.tally import NONE, REASONS
from collector.words import COUNTS as NAMES
from collector.words import WORDS


def entry_lines(entries: Iterable[Entry[Paper]], lang: str, zone: ZoneInfo) -> list[str]:
    """Each entry, with what became of it, in the order given."""
    return [line for entry in entries for line in _entry(entry, lang, zone)]


def sum_lines(entries: Sequence[Entry[Paper]], lang: str) -> list[str]:
    """What stands, added up by day, office and service."""
    places: dict[tuple[str, str, str], list[Entry[Paper]]] = {}
    for entry in standing(entries):
        place = (entry.day, entry.body.site, entry.body.service)
        places.setdefault(place, []).append(entry)
    return [
        f"  {_place(*place)}: {counts_in_words(sum_counts(places[place]), lang)}"
        for place in sorted(places)
    ]


def counts_in_words(counts: Mapping[str, int], lang: str, signed: bool = False) -> str:
    """`задоволені 31, незадоволені 4; своєчасність 3`: what is not 0. `signed`: with + and −."""
    said = {name: counts[name] for name in COUNTS if counts.get(name)}
    groups = [
        ", ".join(
            f"{NAMES[lang][name]} {_number(count, signed)}"
            for name, count in said.items()
            if (name in REASONS) is about_reasons
        )
        for about_reasons in (False, True)
    ]
    return "; ".join(filter(None, groups)) or WORDS[lang]["nought"]


def _entry(entry: Entry[Paper], lang: str, zone: ZoneInfo) -> list[str]:
    words, body = WORDS[lang], entry.body
    counts = counts_in_words(body.counts, lang, signed=body.corrects is not None)
    number = f"{entry.id:>6}" if entry.id else f"{'':>6}"
    lines = [f"{number}  {_place(entry.day, body.site, body.service)}: {counts}"]
    when = datetime.fromtimestamp(entry.at / 1000, UTC).astimezone(zone)
    by = entry.who if entry.who == entry.login else f"{entry.who} ({entry.login})"
    said = [f"{words['entered']} {when:%Y-%m-%d %H:%M}, {by}"]
    if entry.replaces is not None:
        said.append(words["replaces"].format(id=entry.replaces))
    if body.corrects is not None:
        said.append(words["corrects"].format(id=body.corrects))
    if entry.reason:
        said.append(f"{words['reason']}: {entry.reason}")
    if body.note:
        said.append(f"{words['note']}: {body.note}")
    if entry.replaced_by is not None:
        said.append(words["replaced_by"].format(id=entry.replaced_by).upper())
    return [*lines, f"        {'; '.join(said)}"]


def _place(day: str, site: str, service: str) -> str:
    return f"{day} {site}" if service == NONE else f"{day} {site} / {service}"


def _number(count: int, signed: bool) -> str:
    return f"{count:+d}".replace("-", "−") if signed else str(count)
