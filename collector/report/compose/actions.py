"""The action register: what was decided about which point, and what came of it."""

from collector.report.compose.cells import change_says, reasons, share_says, verdict
from collector.report.document import Block, Cell, Column, Section, Table, Text
from collector.report.model import Action, Report
from collector.report.words import Words


def actions(w: Words, report: Report) -> Section:
    """As the register stood when the report was made."""
    if not report.actions:
        blocks: tuple[Block, ...] = (Text(text=w("actions_none")),)
    else:
        blocks = (Text(text=w("actions_lead")), action_table(w, report.actions))
    return Section(id="actions", title=w("actions_title"), blocks=blocks)


def action_table(w: Words, found: tuple[Action, ...]) -> Table:
    """One row an action."""
    heads = ("action_id", "action_point", "action_measure", "action_owner", "action_deadline")
    columns = (
        *(Column(w(head), head == "action_id") for head in heads),
        Column(w("action_state")),
        Column(w("action_effect")),
    )
    rows = tuple(_row(w, action) for action in found)
    return Table(caption=w("actions_table"), columns=columns, rows=rows, notes=reasons(w, rows))


def _row(w: Words, action: Action) -> tuple[Cell, ...]:
    state = w(f"state_{action.state}")
    late = Cell(f"{state}; {w('overdue')}", "strong") if action.is_overdue else Cell(state)
    return (
        Cell(w.number(action.id)),
        Cell(action.point),
        Cell(action.measure),
        Cell(action.owner),
        Cell(w.date(action.deadline)),
        late,
        Cell(effect_says(w, action)),
    )


def effect_says(w: Words, action: Action) -> str:
    """What was written down as the effect, and what was measured."""
    said = [action.effect] if action.effect else []
    if action.before is not None and action.since is not None:
        before, since = share_says(w, action.before), share_says(w, action.since)
        said.append(w("action_measured", before=before, since=since))
    if action.change is not None and (change := change_says(w, action.change)):
        said.append(f"{change}: {verdict(w, action.change.verdict)}.")
    return " ".join(said) or w("action_no_effect")
