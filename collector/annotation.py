"""Annotations: events that may explain a change, shown on the chart of the months. Pure."""

import msgspec

from collector.entry import (
    Entry,
    EntryError,
    Signature,
    check_replaceable,
    check_text,
    made,
    read_day,
)

BOOK = "annotation"
MOST = 80  # characters, since it stands on a chart


class Annotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event of a day, in both languages. `site`: "-": of all offices. `withdrawn`: it is no
    longer shown. `number`: 1, 2, 3, … in the order in which they were entered."""

    day: str
    uk: str
    en: str
    site: str = "-"
    withdrawn: bool = False
    number: int = 0


def check_annotation(annotation: Annotation) -> Annotation:
    """The annotation with its texts tidied; EntryError if it is not a sound one. It may lie ahead:
    an opening that is fixed is no secret."""
    read_day(annotation.day)
    texts = {field: check_text(field, getattr(annotation, field), MOST) for field in ("uk", "en")}
    for field, text in texts.items():
        if not text:
            raise EntryError("empty", field=field)
    return msgspec.structs.replace(annotation, **texts)


def annotate(annotation: Annotation, now: Signature) -> Entry[Annotation]:
    """A first entry."""
    annotation = check_annotation(annotation)
    return Entry(
        0, annotation.number, annotation.day, now.at, now.who, now.login, None, "", annotation
    )


def change_annotation(
    last: Entry[Annotation], annotation: Annotation, reason: str, now: Signature
) -> Entry[Annotation]:
    """The next entry of an annotation after `last`, its newest that stands. On the day on which
    that was made it replaces it; afterwards it follows it, and wants a reason."""
    annotation = check_annotation(annotation)
    if annotation == last.body:
        raise EntryError("no_change", number=last.subject)
    replaces = None
    try:
        check_replaceable(last, now)
        replaces = last.id
    except EntryError:
        if not reason.strip():
            raise EntryError("no_reason") from None
    reason = check_text("reason", reason)
    return made(now, last.subject, annotation.day, annotation, replaces, reason)
