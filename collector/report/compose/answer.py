"""The first page: the share, how sure it is, of whom, and whether anything changed."""

from collector.report.compose.cells import verdict
from collector.report.document import Block, Fact, Facts, Section, Text
from collector.report.model import Answer, Change, Report
from collector.report.words import Words


def answer(w: Words, report: Report) -> Section:
    """The answers, then what must be known to read them."""
    found = report.answer
    changes = (found.month_before, found.year_before)
    is_hidden = found.share.hidden
    compared = (_change(w, change, is_hidden) for change in changes)
    facts = (_share(w, found), _votes(w, found), *compared)
    return Section(
        id="answer", title=w("answer_title"), blocks=(Facts(facts=facts), *_remarks(w, found))
    )


def channels_named(w: Words, keys: tuple[str, ...]) -> str:
    """The channels that a figure is over, as a list in words."""
    return ", ".join(w.name("channel", key) for key in keys) or w("none")


def _share(w: Words, found: Answer) -> Fact:
    share = found.share
    if share.hidden:
        return Fact(w("answer_share"), w("hidden"), w("hidden_why"))
    if share.share is None or share.interval is None:
        return Fact(w("answer_share"), w("none"), w("answer_no_votes"))
    detail = w("answer_interval", interval=w.between(share.interval))
    return Fact(w("answer_share"), w.percent(share.share), detail)


def _votes(w: Words, found: Answer) -> Fact:
    share = found.share
    value = w("hidden") if share.votes is None else w.number(share.votes)
    detail = w.count("of_visits", found.visits)
    if share.votes is not None and found.response is not None:
        key = "answer_response" if found.response <= 1 else "answer_response_above"
        detail = w(key, visits=detail, response=w.percent(found.response))
    return Fact(w("answer_votes"), value, detail)


def _change(w: Words, change: Change, is_hidden: bool) -> Fact:
    label = w("answer_change", before=w.since(change.before))
    if is_hidden or change.earlier.hidden:
        return Fact(label, w("hidden"), "")
    said = verdict(w, change.verdict)
    if change.difference is None or change.interval is None:
        return Fact(label, w("none"), "", said)
    detail = w("answer_change_interval", interval=w.points_between(change.interval))
    return Fact(label, w.points(change.difference), detail, said)


def _remarks(w: Words, found: Answer) -> tuple[Block, ...]:
    said = []
    if found.channels:
        said.append(w("answer_channels", channels=channels_named(w, found.channels)))
    if found.share.share is not None and found.of_visits is not None:
        said.append(w("answer_of_visits", interval=w.between(found.of_visits)))
    if found.share.share is not None and found.at_worst is not None:
        ends = {"low": w.percent(found.at_worst.low), "high": w.percent(found.at_worst.high)}
        said.append(w("answer_at_worst", **ends))
    said.append(w("answer_verdict"))
    return tuple(Text(text=text) for text in said)
