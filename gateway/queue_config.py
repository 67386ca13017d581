"""The part of the office config that is about the queue: desks, clerks, rules, pages."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec

from gateway.pages.access import Clerk, is_hash
from gateway.queue.choice import Fairness
from gateway.queue.hall import Desk, Rules
from gateway.roster import Service
from wire.config import ConfigError
from wire.records import Name, Tag, Title

MINUTE_MS = 60_000
_ORIGIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::([1-9][0-9]{0,4}))?")
_LAST_PORT = 65_535


class Queue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`classes`: priority classes, the first goes first; `class_titles`, `class_titles_en`: what
    the touch page calls them, by id. `most_calls`: calls before a visitor may
    be missed. `most_overtaken`: how many younger tickets may go before one. `evening`: from then
    on what is open is closed. `minutes`: how long services take, by id, until that is measured."""

    classes: list[Name] = []
    class_titles: dict[str, Title] = {}
    class_titles_en: dict[str, Title] = {}
    most_calls: Annotated[int, msgspec.Meta(ge=1, le=20)] = 3
    most_overtaken: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 3
    evening: Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "23:00"
    minutes: dict[str, Annotated[float, msgspec.Meta(gt=0, le=480)]] = {}


class Pages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the pages are served: to this machine only, unless `host` says otherwise. `framed_by`:
    the origins (RFC 6454: scheme, host, port) whose pages may show these in a frame."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=_LAST_PORT)] = 8080
    framed_by: list[str] = []


def rules_of(services: Iterable[Service], desks: Iterable[Desk], queue: Queue) -> Rules:
    """How this office queues."""
    return Rules(
        services=tuple(service.id for service in services),
        desks=tuple(desks),
        classes=tuple(queue.classes),
        most_calls=queue.most_calls,
        fairness=Fairness(queue.most_overtaken),
        stated={id_: round(minutes * MINUTE_MS) for id_, minutes in queue.minutes.items()},
    )


def check_queue(
    path: Path, services: list[Service], desks: list[Desk], clerks: list[Clerk], queue: Queue
) -> None:
    """ConfigError says file, key and remedy."""
    known = [service.id for service in services]
    for i, desk in enumerate(desks):
        try:
            msgspec.convert(desk.id, Tag)
        except msgspec.ValidationError:
            raise ConfigError(
                path, f"desk[{i}].id = {desk.id!r}", "1 to 64 characters, as on the board."
            ) from None
        for service in desk.services:
            _check_known(path, f"desk[{i}].services", service, known)
    for service in queue.minutes:
        _check_known(path, "queue.minutes", service, known)
    for key, titles in (
        ("class_titles", queue.class_titles),
        ("class_titles_en", queue.class_titles_en),
    ):
        for id_ in titles:
            if id_ not in queue.classes:
                problem = f"queue.{key}: {id_!r} is no priority class"
                raise ConfigError(path, problem, "Add it to queue.classes, or remove its title.")
    for i, clerk in enumerate(clerks):
        if not is_hash(clerk.pin):
            raise ConfigError(
                path, f"clerk[{i}].pin is no hash of a PIN", "Make one: talon-gateway pin."
            )
    _refuse_twins(path, "desk", [desk.id for desk in desks])
    _refuse_twins(path, "clerk", [clerk.id for clerk in clerks])
    if desks and not clerks:
        raise ConfigError(path, "there are desks and no [[clerk]]", "Add who works at them.")
    if clerks and not desks:
        raise ConfigError(path, "there are clerks and no [[desk]]", "Add where they work.")


def check_pages(path: Path, pages: Pages) -> None:
    """ConfigError says file, key and remedy."""
    for i, origin in enumerate(pages.framed_by):
        if not _is_origin(origin):  # it becomes a part of a header, too
            raise ConfigError(
                path,
                f"pages.framed_by[{i}] = {origin!r} is no origin",
                'Scheme, host and port, no more: "https://intranet.example" or'
                ' "http://127.0.0.1:8090".',
            )


def _is_origin(text: str) -> bool:
    found = _ORIGIN.fullmatch(text)
    return found is not None and int(found[1] or 0) <= _LAST_PORT


def _check_known(path: Path, key: str, service: str, known: list[str]) -> None:
    if service not in known:
        raise ConfigError(path, f"{key}: {service!r} is no service", f"One of: {', '.join(known)}.")


def _refuse_twins(path: Path, table: str, ids: list[str]) -> None:
    for i, id_ in enumerate(ids):
        if id_ in ids[:i]:
            problem = f"{table}[{i}].id = {id_!r} is taken by {table}[{ids.index(id_)}]"
            raise ConfigError(path, problem, "Each needs its own.")
