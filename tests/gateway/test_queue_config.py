"""Every refusal of the queue's part of an office config names file, key and remedy."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import cli
from gateway.config import read_office
from gateway.pages.access import hash_pin, is_pin
from gateway.queue_config import rules_of
from tests.gateway.test_config import GOOD
from wire.config import ConfigError

PIN = hash_pin("4711", bytes(16))
QUEUE = (
    GOOD
    + f"""
[[desk]]
id = "1"

[[desk]]
id = "2"
services = ["subsidy"]

[[clerk]]
id = "olena"
name = "Олена Коваль"
pin = "{PIN}"

[queue]
classes = ["booked"]
minutes = {{ passport = 7.5 }}
"""
)


def read(folder: Path, text: str) -> str:
    """Why a config is refused; empty: it is not."""
    path = folder / "office.toml"
    path.write_text(text)
    try:
        read_office(path)
    except ConfigError as error:
        return str(error)
    return ""


def test_the_rules_are_as_the_config_says(tmp_path: Path) -> None:
    """Desks, services, classes, times."""
    assert read(tmp_path, QUEUE) == ""
    config = read_office(tmp_path / "office.toml")
    rules = rules_of(config.service, config.desk, config.queue)
    assert rules.services == ("passport", "subsidy")
    assert [(desk.id, desk.services) for desk in rules.desks] == [("1", ()), ("2", ("subsidy",))]
    assert (rules.rank("booked"), rules.rank("")) == (0, 1)
    assert rules.stated == {"passport": 450_000}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "2"', 'id = "1"', "desk[1].id = '1' is taken by desk[0]. Each needs its own"),
        ('id = "2"', 'id = "a b"', "desk[1].id = 'a b'. 1 to 64 characters, as on the board"),
        ('["subsidy"]', '["fish"]', "desk[1].services: 'fish' is no service. One of: passport"),
        ("passport = 7.5", "fish = 1", "queue.minutes: 'fish' is no service"),
        (PIN, "4711", "clerk[0].pin is no hash of a PIN. Make one: talon-gateway pin"),
        ("[queue]", '[queue]\nevening = "24:00"', "queue.evening"),
        ("[queue]", "[queue]\nmost_calls = 0", "queue.most_calls"),
        ("[queue]", "[pages]\nport = 0\n[queue]", "pages.port"),
        *(
            ("[queue]", f'[pages]\nframed_by = ["{origin}"]\n[queue]', "is no origin. Scheme, host")
            for origin in (
                *(
                    "*",
                    "http://*",
                    "intranet.example",
                    "http://intranet.example/",
                    "ftp://a.example",
                ),
                *("http://a.example; script-src *", "http://a.example http://b.example", ""),
                *(
                    "http://a.example:0",
                    "http://a.example:65536",
                    "http://a.example:port",
                    "http://a@b.example",
                    "HTTP://A",
                ),
            )
        ),
        ("[queue]", "[queue]\nmost_call = 1", "most_calls"),
        (
            "[queue]",
            '[queue]\nclass_titles = { vip = "Особлива" }',
            "queue.class_titles: 'vip' is no priority class. Add it to queue.classes",
        ),
        ("[queue]", '[queue]\nclass_titles_en = { booked = "" }', "class_titles_en"),
    ],
)
def test_a_refusal_names_key_and_remedy(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Nothing is taken from a config that is wrong."""
    assert old in QUEUE
    assert said in read(tmp_path, QUEUE.replace(old, new, 1))


def test_desks_without_clerks_are_refused_and_clerks_without_desks(tmp_path: Path) -> None:
    """Nobody could work."""
    no_clerk = re.sub(r"\[\[clerk\]\](.|\n)*?\n\n", "", QUEUE)
    assert "there are desks and no [[clerk]]. Add who works" in read(tmp_path, no_clerk)
    no_desk = re.sub(r"\[\[desk\]\](.|\n)*?\n\n", "", QUEUE)
    assert "there are clerks and no [[desk]]. Add where" in read(tmp_path, no_desk)


def test_an_origin_may_frame_the_pages(tmp_path: Path) -> None:
    """Name or address, with a port or without."""
    origins = ["https://intranet.example", "http://127.0.0.1:8090", "http://tsnap:65535"]
    pages = f"[pages]\nframed_by = {origins}\n[queue]"
    assert read(tmp_path, QUEUE.replace("[queue]", pages)) == ""
    assert read_office(tmp_path / "office.toml").pages.framed_by == origins


def test_a_pin_is_asked_for_twice_and_printed_as_its_hash() -> None:
    """It is not on the command line, where others could read it."""
    found = CliRunner().invoke(cli, ["pin"], input="4711\n4711\n")
    assert found.exit_code == 0
    (hashed,) = re.findall(r'pin = "(.*)"', found.output)
    assert is_pin("4711", hashed)
    assert "4711" not in found.output.replace(hashed, "")


@pytest.mark.parametrize("typed", ["12\n12\n", "abcd\nabcd\n"])
def test_what_is_no_pin_is_refused_with_the_reason(typed: str) -> None:
    """Digits, four to twelve."""
    found = CliRunner().invoke(cli, ["pin"], input=typed)
    assert found.exit_code == 2
    assert "a PIN is 4 to 12 digits. Try again" in found.output
