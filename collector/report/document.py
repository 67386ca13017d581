"""A report in words, as blocks: what HTML, PDF and plain text show alike. Pure values.

`compose` makes it out of a `Report`; a format only decides how a block looks. So no two formats
can tell different things.
"""

from typing import Literal

import msgspec

Tone = Literal["plain", "quiet", "strong"]
"""`quiet`: hidden, or not defined. `strong`: stands out, and says so in words too."""
Role = Literal["plain", "lead", "note", "warning"]


class _Block(msgspec.Struct, frozen=True, kw_only=True):
    """What follows cannot change; `kind` tells a template what it is."""


class Cell(msgspec.Struct, frozen=True):
    """What stands in one field of a table."""

    text: str
    tone: Tone = "plain"


class Column(msgspec.Struct, frozen=True):
    """A column's head. Numbers stand at the right edge."""

    title: str
    is_number: bool = False


class Text(_Block, frozen=True, kw_only=True):
    """A paragraph."""

    kind: Literal["text"] = "text"
    text: str
    role: Role = "plain"


class Items(_Block, frozen=True, kw_only=True):
    """A list; `ordered`: with numbers."""

    kind: Literal["items"] = "items"
    items: tuple[str, ...]
    ordered: bool = False


class Fact(msgspec.Struct, frozen=True):
    """A figure that must be seen first, and what it means."""

    label: str
    value: str
    detail: str
    verdict: str = ""


class Facts(_Block, frozen=True, kw_only=True):
    """The answers of the first page; the first of them is the largest."""

    kind: Literal["facts"] = "facts"
    facts: tuple[Fact, ...]


class Table(_Block, frozen=True, kw_only=True):
    """Rows under heads; the first cell of a row is its head. `notes` stand below.

    `is_matrix`: many narrow columns of numbers, set smaller.
    """

    kind: Literal["table"] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    is_matrix: bool = False


class Picture(_Block, frozen=True, kw_only=True):
    """A chart; its numbers stand in the table that follows it."""

    kind: Literal["picture"] = "picture"
    name: str
    svg: str
    title: str
    description: str


Block = Text | Items | Facts | Table | Picture


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A chapter. `id` is its anchor; `starts_page`: on paper."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    starts_page: bool = False


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The whole. `ends`: Unix seconds of the period's end, the document's date in every format."""

    lang: str
    title: str
    place: str
    edition: str
    summary: str
    contents_title: str
    skip: str  # the link over the contents, for the keyboard
    scrolls: str  # what a table's frame is called
    foot: str
    notices: tuple[str, ...]
    sections: tuple[Section, ...]
    ends: int
