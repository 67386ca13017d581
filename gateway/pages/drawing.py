"""How pages are drawn: here, on the server; whole at first, and then anew by server-sent events
each time that something has changed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.pages.access import Clerk
from gateway.pages.events import FRESH_S, LEAST_PAUSE_S, no_answers, stream
from gateway.pages.faults import fault_runs
from gateway.pages.hub import Hub
from gateway.pages.words import KEYS, LANGUAGES, WORDS
from gateway.queue.hall import QueueError
from gateway.queue.visit import Illegal

HERE = Path(__file__).parent

T = TypeVar("T")
Titles = Mapping[str, Mapping[str, str]]


class Store(Protocol):
    """The thread that owns the journal: `wire.pump.StoreThread`."""

    def do(self, work: Callable[[], T]) -> Awaitable[T]:
        """Run `work` there."""


class Office:
    """What the pages say of the office. `services`, `classes`: titles of services and of priority
    classes, by id and language; `letters`: with which their tickets begin, by service."""

    def __init__(
        self,
        name: str,
        services: Titles,
        clerks: Sequence[Clerk],
        classes: Titles = {},  # noqa: B006  nobody changes it
        letters: Mapping[str, str] = {},
    ) -> None:
        self.name = name
        self.services = services
        self.classes = classes
        self.letters = letters
        self.clerks = {clerk.id: clerk for clerk in clerks}

    def name_of(self, clerk: str) -> str:
        """A clerk's name."""
        known = self.clerks.get(clerk)
        return known.name if known else clerk


class Drawing:
    """Draws the pages of one office. Views come from `store`, changes from `hub`."""

    def __init__(self, office: Office, store: Store, hub: Hub) -> None:
        self.office = office
        self.store = store
        self.hub = hub
        self._drawn: dict[tuple[str, str], tuple[Any, str]] = {}  # the newest of each kind
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """A page, or a part of one."""
        return HTMLResponse(self._part(request, template, values), status)

    def stream(
        self,
        request: Request,
        template: str,
        look: Callable[[], Any],
        pause_s: float = LEAST_PAUSE_S,
        answers: Callable[[], int] = no_answers,
    ) -> Response:
        """A page's pictures, one for each change of what `look` sees, in the store thread.
        `pause_s`, `answers`: as of `events.pictures`."""

        async def see() -> Any:
            return await self.store.do(look)

        return self.live(request, template, see, pause_s=pause_s, answers=answers)

    def live(
        self,
        request: Request,
        template: str,
        look: Callable[[], Awaitable[Any]],
        fresh_s: float = FRESH_S,
        pause_s: float = LEAST_PAUSE_S,
        answers: Callable[[], int] = no_answers,
        **derived: Callable[[Any], Any],
    ) -> Response:
        """As `stream`, of what takes several looks. `fresh_s`: how often it is looked at without a
        change; `derived`: values made of the view."""
        lang = lang_of(request)

        async def draw() -> str:
            view = await look()
            last, drawn = self._drawn.get((template, lang), (None, ""))
            if view != last:  # ten boards show the same
                more = {name: make(view) for name, make in derived.items()}
                drawn = self._part(request, template, {"view": view, **more})
                self._drawn[template, lang] = view, drawn
            return drawn

        return stream(self.hub, draw, fresh_s, pause_s, answers)

    def error(self, request: Request, error: Illegal | QueueError) -> str:
        """Why something cannot be, in the page's language."""
        words = WORDS[lang_of(request)]
        if isinstance(error, QueueError):
            values = dict(error.values)
            if "clerk" in values:
                values["clerk"] = self.office.name_of(values["clerk"])
            return words[f"error_{error.code}"].format(**values)
        if error.kind == "missed" and error.state == "called":
            return words["more_calls"].format(number=error.number)
        said = words["illegal"].format(number=error.number, state=words[f"state_{error.state}"])
        return f"{said} {words[f'remedy_{error.state}']}" if error.is_usual else said

    def _class_name(self, lang: str, id_: str) -> str:
        """As the config calls a priority class, else as the words do."""
        of = self.office.classes.get(id_, {})
        return of.get(lang) or WORDS[lang].get(f"class_{id_}") or of.get("uk") or id_

    def _part(self, request: Request, template: str, values: Mapping[str, Any]) -> str:
        lang = lang_of(request)
        titles = {id_: of.get(lang) or of["uk"] for id_, of in self.office.services.items()}
        return self._templates.get_template(template).render(
            {"message": "", **values},
            w=WORDS[lang],
            key_names=KEYS[lang],
            lang=lang,
            office=self.office.name,
            titles=titles,
            letters=self.office.letters,
            class_name=partial(self._class_name, lang),
            name_of=self.office.name_of,
            fault_runs=partial(fault_runs, lang=lang, titles=titles),
        )


def lang_of(request: Request) -> str:
    """Ukrainian, unless the page was asked for in another language (?lang=en)."""
    asked = request.query_params.get("lang") or request.session.get("lang", "")
    return asked if asked in LANGUAGES else LANGUAGES[0]
