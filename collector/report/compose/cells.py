"""Cells of tables: a figure, or the word that says why there is none."""

from collector.analysis.interval import Interval
from collector.report.document import Cell, Column
from collector.report.model import Change, Clue, Share, Verdict
from collector.report.words import Words


def number(w: Words, count: int | None, hidden: bool = False) -> Cell:
    """A count."""
    if hidden:
        return Cell(w("hidden"), "quiet")
    return Cell(w("none"), "quiet") if count is None else Cell(w.number(count))


def percent(w: Words, share: float | None, hidden: bool = False) -> Cell:
    """A share."""
    if hidden:
        return Cell(w("hidden"), "quiet")
    return Cell(w("none"), "quiet") if share is None else Cell(w.percent(share))


def between(w: Words, interval: Interval | None, hidden: bool = False) -> Cell:
    """Both ends of an interval of shares."""
    if hidden:
        return Cell(w("hidden"), "quiet")
    return Cell(w("none"), "quiet") if interval is None else Cell(w.between(interval))


def share_columns(w: Words) -> tuple[Column, ...]:
    """The heads over `share_cells`."""
    return tuple(Column(w(key), True) for key in ("votes", "satisfied", "interval"))


def share_cells(w: Words, share: Share) -> tuple[Cell, ...]:
    """Votes, share and interval; of a hidden one three times that it is."""
    interval = share.interval if share.share is not None else None
    return (
        number(w, share.votes, share.hidden),
        percent(w, share.share, share.hidden),
        between(w, interval, share.hidden),
    )


def share_says(w: Words, share: Share) -> str:
    """A share in a sentence: 94,3 % (92,1–96,0 %)."""
    if share.hidden:
        return w("hidden")
    if share.share is None:
        return w("none")
    said = w.percent(share.share)
    return said if share.interval is None else f"{said} ({w.between(share.interval)})"


def change_says(w: Words, change: Change) -> str:
    """By how much a share changed; empty if there is nothing to compare."""
    if change.difference is None:
        return ""
    said = w.points(change.difference)
    if change.interval is None:
        return said
    return f"{said} ({w.points_between(change.interval)})"


def change_cell(w: Words, change: Change | None, share: Share) -> Cell:
    """A row's change in percentage points, with both ends of its interval."""
    if change is None or change.difference is None or change.interval is None:
        hidden = share.hidden or (change is not None and change.earlier.hidden)
        return Cell(w("hidden" if hidden else "none"), "quiet")
    low, high = (w.signed(end * 100) for end in (change.interval.low, change.interval.high))
    return Cell(w("change_short", n=w.signed(change.difference * 100), low=low, high=high))


def verdict(w: Words, verdict: Verdict) -> str:
    """«зміна: стало краще», or that there are no grounds to say so."""
    return w(f"verdict_{verdict}")


def clue_cell(w: Words, clue: Clue, share: Share, change: Change | None = None) -> Cell:
    """Where a share lies against its limits, and its `change` if that stands out, in words."""
    if share.hidden:
        return Cell(w("hidden"), "quiet")
    if share.share is None:
        return Cell(w("none"), "quiet")
    said = w(f"clue_{clue}")
    if change is not None:
        return Cell(f"{said}; {verdict(w, change.verdict)}", "strong")
    return Cell(said, "plain" if clue == "inside" else "strong")


def has_hidden(cells: tuple[tuple[Cell, ...], ...], w: Words) -> bool:
    """Whether any cell is hidden, so that the table must say why."""
    return any(w("hidden") in cell.text for row in cells for cell in row)


def reasons(w: Words, rows: tuple[tuple[Cell, ...], ...]) -> tuple[str, ...]:
    """The note under a table that hides something."""
    return (w("hidden_why"),) if has_hidden(rows, w) else ()
