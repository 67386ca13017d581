"""Paper ballots, questionnaires and complaints, entered as counts of a day. Pure.

They are a channel of their own, `paper`. They belong to their day and to no hour of it: their
tally is in the hour of the office's noon, and says so by `unclocked`.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from collector.entry import (
    Entry,
    EntryError,
    Signature,
    check_replaceable,
    check_text,
    made,
    read_day,
    standing,
)
from collector.tally import NONE, REASONS, Tallies

BOOK = "paper"
CHANNEL = "paper"
MOST = 100_000  # of one count: an office has 1,400 visits on its busiest day
COUNTS = ("satisfied", "unsatisfied", *REASONS, "complaints")
"""What is counted on paper: ballots (or questionnaires) by their answer, how often each criterion
was named, complaints."""


class Paper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Counts of one day at one office. `service`: "-" if they are of no one service. `hour`: of the
    tally, Unix seconds. `counts`: by `COUNTS`, those that are not 0; negative only if `corrects`,
    the entry that these are to be added to."""

    site: str
    service: str
    hour: int
    counts: dict[str, int]
    note: str = ""
    corrects: int | None = None


class Draft(msgspec.Struct, frozen=True):
    """What somebody gives; None, or a count that is missing: not given."""

    counts: Mapping[str, int]
    day: str | None = None
    site: str | None = None
    service: str | None = None
    note: str | None = None


def noon(day: date, zone: ZoneInfo) -> int:
    """The tally's hour for what belongs to a day and to no hour of it: Unix seconds."""
    local = datetime.combine(day, time(12), zone)
    return int(local.astimezone(UTC).timestamp()) // 3600 * 3600


def fresh(draft: Draft, now: Signature) -> Entry[Paper]:
    """A first entry. EntryError if it cannot be one."""
    if draft.day is None or draft.site is None:
        raise EntryError("no_day_or_site")
    if not draft.counts:
        raise EntryError("no_counts")
    _check_counts(draft.counts)
    day = _check_day(draft.day, now)
    body = Paper(
        draft.site,
        draft.service or NONE,
        noon(day, now.zone),
        _without_noughts(draft.counts),
        check_text("note", draft.note or ""),
    )
    return made(now, 0, day.isoformat(), body)


def replacement(old: Entry[Paper], draft: Draft, reason: str, now: Signature) -> Entry[Paper]:
    """The entry that stands in the place of `old`: what is not given stays as it was.

    EntryError unless `old` was made today and stands.
    """
    check_replaceable(old, now)
    was = old.body
    if was.corrects is None:
        _check_counts(draft.counts)
    else:
        _check_counts(draft.counts, signed=True)
        _check_same_place(old, draft)
    day = read_day(old.day) if draft.day is None else _check_day(draft.day, now)
    body = Paper(
        draft.site or was.site,
        draft.service or was.service,
        noon(day, now.zone) if draft.day is not None else was.hour,
        _without_noughts({**was.counts, **draft.counts}),
        was.note if draft.note is None else check_text("note", draft.note),
        was.corrects,
    )
    reason = check_text("reason", reason) or old.reason
    return made(now, old.subject, day.isoformat(), body, old.id, reason)


def correcting(old: Entry[Paper], draft: Draft, reason: str, now: Signature) -> Entry[Paper]:
    """An entry of differences, to be added to `old`, which stays as it is.

    EntryError if `old` may still be replaced, or is no first entry, or no reason is given.
    """
    if old.replaced_by is not None:
        raise EntryError("replaced", id=old.id, by=old.replaced_by)
    if old.body.corrects is not None:
        raise EntryError("is_correcting", id=old.id, first=old.body.corrects)
    if not reason.strip():
        raise EntryError("no_reason")
    try:
        check_replaceable(old, now)
    except EntryError:
        pass
    else:
        raise EntryError("same_day", id=old.id)
    _check_same_place(old, draft)
    _check_counts(draft.counts, signed=True)
    differences = _without_noughts(draft.counts)
    if not differences:
        raise EntryError("no_difference")
    body = Paper(
        old.body.site,
        old.body.service,
        old.body.hour,
        differences,
        check_text("note", draft.note or ""),
        old.id,
    )
    return made(now, old.subject, old.day, body, reason=check_text("reason", reason))


def check_sums(new: Entry[Paper], entries: Iterable[Entry[Paper]]) -> None:
    """EntryError if a count of the office, service and day would be below 0 with `new`.

    `entries`: all of that day, and of the day of what `new` replaces.
    """
    after = [e for e in standing(entries) if e.id != new.replaces]
    places = {(e.day, e.body.site, e.body.service) for e in (*after, new)}
    for day, site, service in sorted(places):
        sums = sum_counts(
            e for e in (*after, new) if (e.day, e.body.site, e.body.service) == (day, site, service)
        )
        for name, count in sums.items():
            if count < 0:
                raise EntryError(
                    "below_zero", count=count, name=name, day=day, site=site, service=service
                )


def sum_counts(entries: Iterable[Entry[Paper]]) -> dict[str, int]:
    """The counts of entries that stand, added up; all of `COUNTS`."""
    sums = dict.fromkeys(COUNTS, 0)
    for entry in standing(entries):
        for name, count in entry.body.counts.items():
            sums[name] += count
    return sums


def count_paper(tallies: Tallies, paper: Paper, by: int = 1) -> None:
    """Add an entry to tallies; `by` -1: take it back."""
    counts = {name: by * count for name, count in paper.counts.items()}
    service, hour = paper.service, paper.hour
    rating = (paper.site, service, NONE, CHANNEL)
    for name in ("satisfied", "unsatisfied"):
        if counts.get(name):
            tallies.bump("rating", hour, rating, name, counts[name])
            tallies.bump("rating", hour, rating, "unclocked", counts[name])
    for name in REASONS:
        if counts.get(name):
            reason = (paper.site, service, CHANNEL, name)
            tallies.bump("reason", hour, reason, "named", counts[name])
            tallies.bump("reason", hour, reason, "unclocked", counts[name])
    if counts.get("complaints"):
        complaint = (paper.site, service, CHANNEL)
        tallies.bump("complaint", hour, complaint, "received", counts["complaints"])
        tallies.bump("complaint", hour, complaint, "unclocked", counts["complaints"])


def _check_day(text: str, now: Signature) -> date:
    day = read_day(text)
    if day > now.today:
        raise EntryError("future", day=text, today=now.today.isoformat())
    return day


def _check_counts(counts: Mapping[str, int], signed: bool = False) -> None:
    for name, count in counts.items():
        if count < 0 and not signed:
            raise EntryError("negative", name=name, count=count)
        if abs(count) > MOST:
            raise EntryError("too_many", name=name, count=count, most=MOST)


def _check_same_place(old: Entry[Paper], draft: Draft) -> None:
    """A correcting entry is of the day, office and service that it corrects."""
    for given, was in (
        (draft.day, old.day),
        (draft.site, old.body.site),
        (draft.service, old.body.service),
    ):
        if given is not None and given != was:
            raise EntryError("other_place", given=given, was=was)


def _without_noughts(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in COUNTS if counts.get(name)}
