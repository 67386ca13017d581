"""What the pages refuse: other sites, wrong PINs, those who have not logged in."""

import urllib.error
import urllib.parse
import urllib.request
from email.message import Message

import pytest
from starlette.datastructures import Headers

from gateway.pages import guarding
from gateway.pages.guarding import is_same_site
from tests.gateway.pages.office import MIN, PIN, PagesOffice


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def ask(
    office: PagesOffice, path: str, form: dict[str, str] | None = None, **headers: str
) -> tuple[int, Message, str]:
    """Status, headers and text of an answer; a post says that it comes from the office's page."""
    data = None if form is None else urllib.parse.urlencode(form).encode()
    said = {"Origin": office.url} if form is not None else {}
    request = urllib.request.Request(office.url + path, data, said | headers)
    opener = urllib.request.build_opener(_Stay)
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def log_in(office: PagesOffice, clerk: str = "olena", pin: str = PIN, desk: str = "1") -> int:
    return ask(office, "/desk/login", {"clerk": clerk, "pin": pin, "desk": desk})[0]


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://office:8080"}, False),
        ({"origin": "http://office:8080"}, True),
        ({"origin": "http://office"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({}, False),
    ],
)
def test_a_post_is_of_this_site_or_refused(headers: dict[str, str], same: bool) -> None:
    """By what the browser says; who says nothing is no browser."""
    assert is_same_site(Headers({"host": "office:8080", **headers})) is same


def test_a_post_from_another_site_changes_nothing(office: PagesOffice) -> None:
    """Whatever cookies come with it."""
    form = {"clerk": "olena", "pin": PIN, "desk": "1"}
    status, _, text = ask(office, "/desk/login", form, Origin="http://evil.example")
    assert status == 403
    assert "з іншого сайту" in text
    assert office.do(office.reception.posts.open) == []


def test_no_page_can_be_framed_or_run_what_is_not_ours(office: PagesOffice) -> None:
    """By the headers of every answer."""
    _, headers, _ = ask(office, "/board")
    assert headers["content-security-policy"] == (
        "default-src 'self'; frame-ancestors 'none'; form-action 'self'; frame-src 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"


def test_whom_the_office_names_may_frame_its_pages() -> None:
    """And nobody else; nothing else of the headers changes."""
    strict, framed = guarding.headers(), guarding.headers(["http://a.example", "https://b.example"])
    assert framed == strict | {
        "content-security-policy": strict["content-security-policy"].replace(
            "frame-ancestors 'none'", "frame-ancestors http://a.example https://b.example"
        )
    }


def test_the_cookie_is_for_this_site_and_for_no_script(office: PagesOffice) -> None:
    """HttpOnly and SameSite=Strict."""
    _, headers, _ = ask(office, "/desk/login", {"clerk": "olena", "pin": PIN, "desk": "1"})
    assert "httponly" in headers["set-cookie"].lower()
    assert "samesite=strict" in headers["set-cookie"].lower()


def test_guessing_pins_is_slowed_and_on_record(office: PagesOffice) -> None:
    """The right one waits, too; after the wait it is taken."""
    assert [log_in(office, pin=f"000{n}") for n in range(4)] == [403, 403, 403, 429]
    assert log_in(office) == 429
    office.clock.at += MIN
    assert log_in(office) == 303
    posts = office.do(lambda: office.reception._turns.posts_of(office.reception.today.day))
    assert [(post.kind, post.clerk) for post in posts] == [
        *[("refused", "olena")] * 3,
        ("opened", "olena"),
    ]
    assert {post.address for post in posts} == {"127.0.0.1"}


def test_nobody_learns_whether_a_clerk_exists(office: PagesOffice) -> None:
    """The same words for a wrong name as for a wrong PIN."""
    wrong = ask(office, "/desk/login", {"clerk": "nobody", "pin": PIN, "desk": "1"})
    office.clock.at += MIN
    other = ask(office, "/desk/login", {"clerk": "olena", "pin": "9999", "desk": "1"})
    assert (wrong[0], wrong[2]) == (other[0], other[2].replace('"olena" selected', '"olena"'))
    assert wrong[0] == 403


@pytest.mark.parametrize("path", ["/desk/next", "/desk/act", "/desk/pause"])
def test_who_has_not_logged_in_does_nothing(office: PagesOffice, path: str) -> None:
    """And is shown where to."""
    office.issue()
    status, _, text = ask(office, path, {"kind": "called", "visit": "x"})
    assert status == 403
    assert 'action="/desk/login"' in text
    assert len(office.do(lambda: office.reception.hall.waiting())) == 1


@pytest.mark.parametrize("path", ["/desk/next", "/desk/act", "/desk/pause"])
def test_a_page_whose_clerk_has_logged_out_is_sent_to_the_page_where_one_logs_in(
    office: PagesOffice, path: str
) -> None:
    """A refusal would be shown nowhere, and the button would seem to be dead."""
    form = {"kind": "called", "visit": "x"}
    status, headers, text = ask(office, path, form, **{"HX-Request": "true"})
    assert (status, headers["hx-redirect"], text) == (200, "/desk", "")


def test_a_pause_that_is_clicked_twice_is_one(office: PagesOffice) -> None:
    """A click says what it means, not that it be the other way round; rubbish is refused."""
    _, headers, _ = ask(office, "/desk/login", {"clerk": "olena", "pin": PIN, "desk": "1"})
    answers = [
        ask(office, "/desk/pause", {"kind": kind}, Cookie=headers["set-cookie"])[0]
        for kind in ("resumed", "paused", "paused", "closed", "", "resumed", "resumed")
    ]
    assert answers == [200, 200, 200, 409, 409, 200, 200]
    posts = office.do(lambda: office.reception._turns.posts_of(office.reception.today.day))
    assert [post.kind for post in posts] == ["opened", "paused", "resumed"]


@pytest.mark.parametrize("kind", ["held", "left", "called", "unfinished", "requeued"])
def test_a_clerk_does_only_what_a_page_offers(office: PagesOffice, kind: str) -> None:
    """Nobody who waits is ended or put on hold by a made-up post, and nothing of a rule is done."""
    called, cookie = called_at_1(office)
    waits = office.issue()
    form = {"kind": kind, "visit": waits}
    assert ask(office, "/desk/act", form, Cookie=cookie)[0] == 409
    assert office.do(lambda: office.reception.hall.visit(waits).state) == "waiting"
    if kind not in ("held", "left"):
        assert ask(office, "/desk/act", form | {"visit": called}, Cookie=cookie)[0] == 409
        assert office.do(lambda: office.reception.hall.visit(called).state) == "called"


def called_at_1(office: PagesOffice) -> tuple[str, str]:
    """A visit that olena has called to desk 1, and her cookie."""
    visit = office.issue()
    _, headers, _ = ask(office, "/desk/login", {"clerk": "olena", "pin": PIN, "desk": "1"})
    assert ask(office, "/desk/next", {}, Cookie=headers["set-cookie"])[0] == 200
    return visit, headers["set-cookie"]


@pytest.mark.parametrize("hx", [{"HX-Request": "true"}, {}])
def test_who_has_a_visitor_is_told_what_to_do_before_logging_out(
    office: PagesOffice, hx: dict[str, str]
) -> None:
    """On the desk's page, in its language; the clerk stays logged in, and can log out after it."""
    visit, cookie = called_at_1(office)
    status, _, text = ask(office, "/desk/logout", {}, Cookie=cookie, **hx)
    assert status == (200 if hx else 409)
    assert "За вікном 1 ще талон А001. Спершу завершіть, відкладіть або перенаправте" in text
    text = ask(office, "/desk/logout?lang=en", {}, Cookie=cookie, **hx)[2]
    assert "Ticket А001 is still at desk 1. First finish it there" in text
    assert office.do(office.reception.posts.open) == ["1"]
    ask(office, "/desk/act", {"kind": "left", "visit": visit}, Cookie=cookie)
    status, headers, _ = ask(office, "/desk/logout", {}, Cookie=cookie, **hx)
    assert (status, headers["hx-redirect" if hx else "location"]) == (200 if hx else 303, "/desk")
    assert office.do(office.reception.posts.open) == []


def test_who_has_a_visitor_logs_in_at_that_desk_only(office: PagesOffice) -> None:
    """Any number of times; who takes it over takes the visitor along."""
    called_at_1(office)
    form = {"clerk": "olena", "pin": PIN, "desk": "2"}
    status, _, text = ask(office, "/desk/login", form)
    assert status == 409
    assert "За вікном 1 ще талон А001" in text
    assert log_in(office) == 303
    form = {"clerk": "petro", "pin": PIN, "desk": "1", "over": "1"}
    status, headers, _ = ask(office, "/desk/login", form)
    assert status == 303
    assert "А001" in ask(office, "/desk", Cookie=headers["set-cookie"])[2]
    assert log_in(office, desk="2") == 303
    assert office.do(office.reception.posts.open) == ["1", "2"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/office", 303),
        ("/nowhere", 404),
        ("/t/0123456789abcdef", 404),
        ("/board/call/1.wav", 404),
        ("/static/../site.py", 404),
    ],
)
def test_what_is_not_there_or_not_for_everybody(
    office: PagesOffice, path: str, status: int
) -> None:
    """Each by its status."""
    assert ask(office, path)[0] == status


@pytest.mark.parametrize("path", ["/office/stream", "/desk/stream", "/t/0123456789abcdef/stream"])
def test_the_stream_of_what_is_no_more_says_nothing_but_that(
    office: PagesOffice, path: str
) -> None:
    """A browser tells no page why a stream was refused; the page is to be loaded anew."""
    status, headers, text = ask(office, path)
    assert (status, headers.get_content_type()) == (200, "text/event-stream")
    assert text == "event: over\ndata: \n\n"


def test_a_clerk_does_not_see_the_managers_page(office: PagesOffice) -> None:
    """A manager does, without a desk; and no clerk works without one."""
    _, headers, _ = ask(office, "/desk/login", {"clerk": "olena", "pin": PIN, "desk": "1"})
    assert ask(office, "/office", Cookie=headers["set-cookie"])[0] == 403
    _, headers, _ = ask(office, "/desk/login", {"clerk": "iryna", "pin": PIN, "desk": ""})
    assert ask(office, "/office", Cookie=headers["set-cookie"])[0] == 200
    assert log_in(office, "petro", desk="") == 409
    assert office.do(office.reception.posts.open) == ["1"]


def test_the_way_back_after_a_change_of_language_stays_in_the_office(office: PagesOffice) -> None:
    """No page can be made to send a clerk elsewhere."""
    for back in ("//evil.example/", "http://evil.example/", "/\\evil.example"):
        _, headers, _ = ask(office, "/language", {"back": back})
        assert headers["location"] == "/"
    _, headers, _ = ask(office, "/language", {"back": "/board"})
    assert headers["location"] == "/board"
