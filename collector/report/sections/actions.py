"""The action register: what was decided, how it stands, and what it brought as measured. Pure."""

from datetime import date

from collector.report.facts import Cell, Facts, add_up, over
from collector.report.model import Action, Change
from collector.report.period import months_between
from collector.report.sections.figures import change_of, share_of
from collector.report.setting import Decision, Span


def action_of(decision: Decision, facts: Facts, today: date) -> Action:
    """An entry of the register with the shares before and since, of what it concerns.

    `today`: the office's day, by which a deadline has passed or not."""
    before = _cell(decision, facts, "before", decision.before)
    since = _cell(decision, facts, "since", decision.since)
    change: Change | None = None
    if before is not None and since is not None and decision.before is not None:
        change = change_of(since, before, "/".join(decision.before))
    return Action(
        id=decision.id,
        point=decision.point,
        measure=decision.measure,
        owner=decision.owner,
        deadline=decision.deadline,
        decided=decision.decided,
        state=decision.state,
        is_overdue=decision.state in ("planned", "under_way")
        and today.isoformat() > decision.deadline,
        effect=decision.effect,
        before=share_of(before) if before is not None else None,
        since=share_of(since) if since is not None else None,
        change=change,
    )


def _cell(decision: Decision, facts: Facts, when: str, span: Span | None) -> Cell | None:
    """The boxes' votes of what it concerns; None if there is nothing to compare."""
    if span is None:
        return None
    months = months_between(*span)
    if decision.site and decision.service:
        return facts.effects.get((str(decision.id), when))
    if decision.service:
        return over(facts.services, months, decision.service)
    if decision.site and facts.sites:
        return over(facts.sites, months, decision.site)
    return add_up(facts.total.get(month, Cell()) for month in months)
