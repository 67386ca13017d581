"""The annex for the executive committee: three months side by side, what was decided before, and
a draft of what to decide now."""

from collections.abc import Callable

from collector.report.compose.actions import action_table
from collector.report.compose.answer import channels_named
from collector.report.compose.cells import (
    between,
    change_says,
    number,
    percent,
    reasons,
    share_says,
    verdict,
)
from collector.report.compose.points import dissatisfaction, point_says
from collector.report.document import Block, Cell, Column, Items, Section, Table, Text
from collector.report.model import Action, Report
from collector.report.words import Words

_MOST_NAMED = 12  # points in the draft; the rest stand in the report


def committee(w: Words, report: Report) -> Section:
    """For the sitting of the committee; of a quarter only."""
    blocks: list[Block] = [Text(text=w("committee_lead")), _side_by_side(w, report)]
    if report.actions:
        blocks.append(action_table(w, report.actions))
    else:
        blocks.append(Text(text=w("actions_none")))
    blocks += [
        Text(text=w("draft_is_one"), role="warning"),
        Text(text=w("draft_subject", period=w.since(report.period)), role="lead"),
        Text(
            text=w(
                "draft_preamble",
                place=report.place or w("all_sites"),
                period=w.since(report.period),
            )
        ),
        Text(text=w("draft_decides"), role="lead"),
        Items(items=tuple(_clauses(w, report)), ordered=True),
    ]
    title = w("committee_title")
    return Section(id="committee", title=title, blocks=tuple(blocks), starts_page=True)


def _side_by_side(w: Words, report: Report) -> Table:
    columns = (
        Column(w("indicator")),
        *(Column(w.period(month.period), True) for month in report.months),
        Column(w.period(report.period), True),
    )
    shown = (*report.months, report)
    rows = tuple((Cell(w(key)), *(cell(w, each) for each in shown)) for key, cell in _INDICATORS)
    return Table(caption=w("committee_table"), columns=columns, rows=rows, notes=reasons(w, rows))


def _visits(w: Words, report: Report) -> Cell:
    return number(w, report.answer.visits)


def _votes(w: Words, report: Report) -> Cell:
    return number(w, report.answer.share.votes, report.answer.share.hidden)


def _share(w: Words, report: Report) -> Cell:
    return percent(w, report.answer.share.share, report.answer.share.hidden)


def _interval(w: Words, report: Report) -> Cell:
    share = report.answer.share
    known = share.interval if share.share is not None else None
    return between(w, known, share.hidden)


def _refused(w: Words, report: Report) -> Cell:
    hidden = any(count.hidden for count in report.coverage.refused)
    return number(w, sum(count.count or 0 for count in report.coverage.refused), hidden)


def _wait(w: Words, report: Report) -> Cell:
    for wait in report.waits:
        if not wait.key and wait.median is not None:
            return Cell(w.percentile(wait.median))
    return Cell(w("none"), "quiet")


def _complaints(w: Words, report: Report) -> Cell:
    rate = report.complaints.rate if report.complaints is not None else None
    if rate is None or rate.per_1000 is None:
        return Cell(w("none"), "quiet")
    return Cell(w.number(rate.per_1000, 2))


_INDICATORS: tuple[tuple[str, Callable[[Words, Report], Cell]], ...] = (
    ("visits", _visits),
    ("votes", _votes),
    ("satisfied", _share),
    ("interval", _interval),
    ("refused", _refused),
    ("median_wait", _wait),
    ("complaints_per_1000", _complaints),
)


def _clauses(w: Words, report: Report) -> list[str]:
    said = [_noted(w, report), _compared(w, report)]
    if found := dissatisfaction(report):
        names = "; ".join(point_says(w, row) for row in found[:_MOST_NAMED])
        said.append(w("draft_points", points=names))
    else:
        said.append(w("draft_no_points"))
    for key, actions in (("draft_overdue", _overdue(report)), ("draft_done", _done(report))):
        if actions:
            said.append(w(key, actions="; ".join(_named(w, action) for action in actions)))
    return [*said, w("draft_publish", checksum=report.method.checksum), w("draft_control")]


def _noted(w: Words, report: Report) -> str:
    found = report.answer
    votes = w("hidden") if found.share.votes is None else w.count("votes", found.share.votes)
    return w(
        "draft_noted",
        period=w.since(report.period),
        votes=votes,
        visits=w.count("of_visits", found.visits),
        share=share_says(w, found.share),
        channels=channels_named(w, found.channels),
    )


def _compared(w: Words, report: Report) -> str:
    parts = []
    for change in (report.answer.month_before, report.answer.year_before):
        by = change_says(w, change)
        said = f"{by}, {verdict(w, change.verdict)}" if by else verdict(w, change.verdict)
        parts.append(w("draft_against", before=w.since(change.before), said=said))
    return w("draft_compared", changes="; ".join(parts))


def _overdue(report: Report) -> tuple[Action, ...]:
    return tuple(action for action in report.actions if action.is_overdue)


def _done(report: Report) -> tuple[Action, ...]:
    return tuple(action for action in report.actions if action.state == "done")


def _named(w: Words, action: Action) -> str:
    return w(
        "draft_action",
        id=w.number(action.id),
        measure=action.measure,
        owner=action.owner,
        deadline=w.date(action.deadline),
    )
