"""Channels side by side: each asks other people in another way, so they are never added up."""

from collector.report.compose.cells import number, reasons, share_cells, share_columns
from collector.report.document import Block, Cell, Column, Section, Table, Text
from collector.report.model import Report
from collector.report.words import Words


def channels(w: Words, report: Report) -> Section:
    """One row a channel; which of them the first page is over stands in a column."""
    if not report.channels:
        blocks: tuple[Block, ...] = (Text(text=w("channels_none")),)
        return Section(id="channels", title=w("channels_title"), blocks=blocks)
    columns = (
        Column(w("channel")),
        *share_columns(w),
        Column(w("refused"), True),
        Column(w("channels_in_answer")),
    )
    rows = tuple(
        (
            Cell(w.name("channel", found.key)),
            *share_cells(w, found.share),
            number(w, found.refused),
            Cell(w("yes" if found.key in report.answer.channels else "no")),
        )
        for found in report.channels
    )
    table = Table(caption=w("channels_table"), columns=columns, rows=rows, notes=reasons(w, rows))
    blocks = (Text(text=w("channels_lead")), table)
    return Section(id="channels", title=w("channels_title"), blocks=blocks)
