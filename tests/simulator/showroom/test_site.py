"""What the showroom answers: its page, hands on the devices, and what it refuses."""

import http.client
import re
import urllib.request

import pytest

from simulator import profile
from tests.simulator.showroom.room import Room

SERVICES = [service.id for service in profile.SERVICES]


def test_the_page_shows_all_that_there_is_in_two_languages(room: Room) -> None:
    """Thirty service buttons, four of the boxes, a lamp for each, and the office's three pages."""
    for lang, words in (("uk", "Вхід: візьміть талон"), ("en", "Entrance: take a ticket")):
        status, _, body = room.ask(f"/?lang={lang}")
        page = body.decode()
        assert status == 200 and words in page and f'<html lang="{lang}">' in page
        assert re.findall(r'id="key-([a-z-]+)"', page) == SERVICES
        assert re.findall(r'id="((?:box|exit)-1-\w+)"', page) == [
            *("box-1-satisfied", "box-1-unsatisfied", "exit-1-satisfied", "exit-1-unsatisfied")
        ]
        assert page.count("data-lit=") == len(SERVICES) + 4
        assert page.count(">немає зв’язку<" if lang == "uk" else ">not connected<") == 3
        assert re.findall(r'<iframe src="([^"]+)"', page) == [
            f"{room.pages_url}/kiosk/disp-1?lang={lang}",
            f"{room.pages_url}/board?lang={lang}",
            f"{room.pages_url}/desk?lang={lang}&amp;desk=1&amp;clerk=clerk-1",
        ]
        assert f"Олена Коваль, {'вікно' if lang == 'uk' else 'desk'} 1, PIN 1234" in page


def test_a_press_is_a_press_of_the_boxs_button(room: Room) -> None:
    """It goes on record on the card, and the firmware lights the lamp."""
    assert room.ask("/press", {"box": "exit-1", "button": "unsatisfied"})[0] == 204
    box = room.boxes["exit-1"]
    assert b'"button":"unsatisfied"' in box.node.log.read(box.node.log.last, 1, 1000)[0]
    assert box.panel.lamps == {"satisfied": False, "unsatisfied": True}
    assert box.panel.sounds == ["thanks"]


def test_a_choice_is_a_press_of_the_dispensers_button_and_its_paper_a_picture(room: Room) -> None:
    """Without a gateway it numbers by its own series."""
    assert room.ask("/slip/1.png")[0] == 404
    assert room.ask("/choose", {"service": "land"})[0] == 204
    (paper,) = room.dispensers["disp-1"].printer.paper
    assert "Земельні питання".encode("cp1251") in paper
    status, headers, png = room.ask("/slip/1.png")
    assert (status, headers["content-type"], png[:8]) == (200, "image/png", b"\x89PNG\r\n\x1a\n")


def test_other_visitors_come_when_they_are_let(room: Room) -> None:
    """And stay away again."""
    assert not room.crowd.comes
    assert room.ask("/visitors", {"verb": "come"})[0] == 204
    assert room.crowd.comes
    status, _, body = room.ask("/visitors?lang=en", {"verb": "dance"})
    assert (status, body.decode()) == (400, "Visitors cannot “dance”. They can: come, stay.")
    assert room.crowd.comes
    assert room.ask("/visitors", {"verb": "stay"})[0] == 204
    assert not room.crowd.comes


def test_without_paper_the_lamps_are_dark_until_a_roll_is_loaded(room: Room) -> None:
    """By the firmware, which asks its printer; a press meanwhile takes no number."""
    machine = room.dispensers["disp-1"]
    room.ask("/choose", {"service": "land"})
    assert set(machine.buttons.lamps.values()) == {True}
    assert room.ask("/paper", {"verb": "tear"})[0] == 204
    assert set(machine.buttons.lamps.values()) == {False}
    assert "no paper" in machine.node.fault
    room.ask("/choose", {"service": "land"})
    assert len(machine.printer.paper) == 1
    assert room.ask("/paper", {"verb": "load"})[0] == 204
    assert set(machine.buttons.lamps.values()) == {True}


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("/press", {"box": "box-2", "button": "satisfied"}, "Скриньки «box-2» тут немає. Є: box-1"),
        ("/press", {"box": "box-1", "button": "both"}, "Кнопки «both» тут немає. Є: satisfied"),
        ("/press", {"box": "box-1"}, "Кнопки «» тут немає"),
        ("/press", {}, "Скриньки «» тут немає"),
        ("/press?lang=en", {"box": "<b>"}, "There is no box “<b>” here. There are: box-1, exit-1."),
        ("/choose", {"service": "lottery"}, "Послуги «lottery» тут немає. Є: residence"),
        ("/choose", {"service": "x" * 500}, "Послуги «" + "x" * 64 + "» тут немає"),
        ("/paper", {"verb": "burn"}, "«burn» з папером не зробити. Можна: tear, load"),
    ],
)
def test_what_there_is_not_is_refused_in_words(
    room: Room, path: str, form: dict[str, str], said: str
) -> None:
    """As plain text, and nothing happens to any device."""
    before = room.cards()
    status, headers, body = room.ask(path, form)
    assert status == 400
    assert headers["content-type"].startswith("text/plain")
    assert said in body.decode()
    assert room.cards() == before


@pytest.mark.parametrize("path", ["/press", "/choose", "/paper", "/visitors"])
@pytest.mark.parametrize(
    "said",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},  # another port of this machine
    ],
)
def test_a_post_from_elsewhere_is_refused(room: Room, path: str, said: dict[str, str]) -> None:
    """A page that is open in the same browser presses no buttons here."""
    before = room.cards()
    form = {"box": "box-1", "button": "satisfied", "service": "land", "verb": "tear"}
    status, _, body = room.ask(path, form, **said)
    assert status == 403 and "з іншого сайту" in body.decode()
    assert room.cards() == before
    assert room.dispensers["disp-1"].printer.has_paper


def test_a_form_that_is_too_large_is_refused(room: Room) -> None:
    """Or of a size that it does not say."""
    assert room.ask("/choose", {"service": "x" * 2_000})[0] == 413
    connection = http.client.HTTPConnection("127.0.0.1", int(room.url.rpartition(":")[2]))
    headers = {"Origin": room.url, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/choose", iter([b"service=land"]), headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()
    assert room.dispensers["disp-1"].printer.paper == []


def test_devices_that_nobody_drives_are_said_to_be_so(room: Room) -> None:
    """Not left unanswered."""
    room.is_stuck = True
    status, _, body = room.ask("/press", {"box": "box-1", "button": "satisfied"})
    assert status == 503 and "Прилади не відповідають" in body.decode()


@pytest.mark.parametrize(
    ("path", "status"),
    [("/press", 405), ("/slip/9.png", 404), ("/static/../room.py", 404), ("/desk", 404)],
)
def test_what_is_not_to_be_had_by_a_look(room: Room, path: str, status: int) -> None:
    """Each by its status."""
    assert room.ask(path)[0] == status


def test_nobody_may_frame_the_page_and_it_frames_the_office_only(room: Room) -> None:
    """By the headers of every answer."""
    policy = room.ask("/")[1]["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert f"frame-src {room.pages_url}" in policy


def test_another_name_is_led_to_the_right_one_and_may_do_nothing(room: Room) -> None:
    """The office lets this page frame its own by one name; and a name that somebody else made lead
    here is no name of ours."""
    status, headers, _ = room.ask("/?lang=en", Host="localhost:8090")
    assert (status, headers["location"]) == (307, f"{room.url}/?lang=en")
    evil = {"Host": "evil.example", "Origin": "http://evil.example"}
    assert room.ask("/paper", {"verb": "tear"}, **evil)[0] == 421
    assert room.dispensers["disp-1"].printer.has_paper


def test_the_stream_begins_with_all_parts_and_goes_on_with_what_changes(room: Room) -> None:
    """A press changes its lamp and the buzzer; it ends with the demo."""
    with urllib.request.urlopen(f"{room.url}/stream", timeout=20) as stream:
        first = _events(stream, "log")
        assert {f"lamp-{service}" for service in SERVICES} < first.keys()
        assert first["printer"].count('data-paper="true"') == 1
        room.ask("/press", {"box": "box-1", "button": "satisfied"})
        then = _events(stream, "log")
        assert 'data-lit="true"' in then["lamp-box-1-satisfied"]
        assert 'data-sounds="1"' in then["buzzer-box-1"]
        assert 'data-sum="pressed">1<' in then["balance"]
        assert "box-1: задоволені" in then["log"] and "картка 2" in then["log"]
        assert "lamp-land" not in then and "lamp-box-1-unsatisfied" not in then
        room.showroom.__exit__()
        assert stream.read() is not None


def _events(stream: http.client.HTTPResponse, last: str) -> dict[str, str]:
    """Events as they come, by name, up to the one called `last`."""
    found: dict[str, str] = {}
    name = ""
    for line in stream:
        key, _, value = line.decode().rstrip("\n").partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            found[name] = found.get(name, "") + value
        elif not key and name == last:
            return found
    raise AssertionError(f"the stream has ended before {last!r}; there was: {', '.join(found)}")
