"""The report as plain text, for a terminal or a mail. Pure."""

import textwrap
from collections.abc import Iterable

from collector.report.document import Block, Document, Facts, Items, Picture, Table, Text

_WIDTH = 100
_MOST_CELL = 40


def as_text(document: Document) -> str:
    """Everything but the charts, whose numbers stand in the tables beside them."""
    out = [document.title, f"{document.place}. {document.edition}.", ""]
    for notice in document.notices:
        out += [f"!! {notice}", ""]
    for section in document.sections:
        out += [section.title, "=" * len(section.title), ""]
        for block in section.blocks:
            if lines := list(_lines(block)):
                out += [*lines, ""]
    return "\n".join([*out, document.foot, ""])


def _lines(block: Block) -> Iterable[str]:
    if isinstance(block, Text):
        return textwrap.wrap(block.text, _WIDTH)
    if isinstance(block, Items):
        return _items(block)
    if isinstance(block, Facts):
        return [
            f"{fact.label}: {fact.value}"
            + "".join(f"; {said}" for said in (fact.detail, fact.verdict) if said)
            for fact in block.facts
        ]
    if isinstance(block, Picture):
        return ()
    return _table(block)


def _items(block: Items) -> Iterable[str]:
    for number, item in enumerate(block.items, 1):
        mark = f"{number}. " if block.ordered else "- "
        yield from textwrap.wrap(
            item, _WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark)
        )


def _table(block: Table) -> Iterable[str]:
    head = tuple(column.title for column in block.columns)
    rows = [_wrapped(texts) for texts in (head, *(tuple(c.text for c in r) for r in block.rows))]
    widths = [max(len(line) for row in rows for line in row[i]) for i in range(len(block.columns))]
    yield block.caption
    for number, row in enumerate(rows):
        for i in range(max(len(cell) for cell in row)):
            lines = [cell[i] if i < len(cell) else "" for cell in row]
            yield _aligned(block, lines, widths)
        if not number:
            yield "  " + "-" * (sum(widths) + 2 * (len(widths) - 1))
    for note in block.notes:
        yield from textwrap.wrap(note, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _wrapped(cells: tuple[str, ...]) -> list[list[str]]:
    return [textwrap.wrap(cell, _MOST_CELL) or [""] for cell in cells]


def _aligned(block: Table, lines: list[str], widths: list[int]) -> str:
    cells = [
        line.rjust(width) if column.is_number else line.ljust(width)
        for line, width, column in zip(lines, widths, block.columns, strict=True)
    ]
    return ("  " + "  ".join(cells)).rstrip()
