"""What a Pico gets, from file and command line; what is missing or wrong is named."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from firmware.common.config import ConfigError
from firmware.ratingbox.box_config import BoxConfig
from firmware.ratingbox.box_setup import CA_ON_BOARD, PINS, Given, Setup, read_setup

EXAMPLE = Path(__file__).parents[3] / "docs/examples/box.toml"
FULL = """
site = "tsnap-1"
node = "box-3"
[broker]
host = "127.0.0.2"
username = "box-3"
password = "бурштин"
[wifi]
ssid = "office"
password = "wifi-secret"
"""


class Typist:
    """A person who is asked for passwords."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, what: str) -> str:
        self.asked.append(what)
        return "typed"


def read(folder: Path, text: str, **given: Any) -> tuple[Setup, list[str]]:
    """What comes of a file and options, and what was asked for."""
    path = folder / "box.toml"
    path.write_text(text)
    typist = Typist()
    given.setdefault("key_file", folder / "box.key")
    return read_setup(Given(config=path, **given), typist), typist.asked


def box(setup: Setup) -> dict[str, Any]:
    """/box.json."""
    said: dict[str, Any] = json.loads(setup.files["/box.json"])
    return said


def test_a_file_that_says_everything_asks_nothing(tmp_path: Path) -> None:
    """Ukrainian letters as they are."""
    setup, asked = read(tmp_path, FULL)
    assert asked == []
    said = box(setup)
    assert BoxConfig(said).key == setup.key  # the board's own reader takes it
    assert said.pop("key") == setup.key.hex()
    assert said == {
        "site": "tsnap-1",
        "node": "box-3",
        "broker": {
            "host": "127.0.0.2",
            "port": 1883,
            "username": "box-3",
            "password": "бурштин",
            "ca": "",
        },
        "wifi": {"ssid": "office", "password": "wifi-secret", "country": "UA"},
    }
    assert "бурштин".encode() in setup.files["/box.json"]
    assert json.loads(setup.files["/pins.json"]) == PINS


def test_the_example_is_accepted(tmp_path: Path) -> None:
    """The node, and the WiFi's password, come from elsewhere."""
    typist = Typist()
    given = Given(config=EXAMPLE, node="box-3", key_file=tmp_path / "k")
    assert read_setup(given, typist).site == "tsnap-1"
    assert typist.asked == ["password of the WiFi office"]


def test_the_command_line_goes_before_the_file(tmp_path: Path) -> None:
    """So one file serves all boxes of an office."""
    setup, _ = read(tmp_path, FULL, node="box-4", broker="127.0.0.3:8883", wifi="hall")
    said = box(setup)
    assert (said["node"], said["broker"]["host"], said["broker"]["port"]) == (
        "box-4",
        "127.0.0.3",
        8883,
    )
    assert said["wifi"]["ssid"] == "hall"


def test_passwords_that_are_not_in_the_file_are_asked_for(tmp_path: Path) -> None:
    """They have no option: a command line is seen by others. An open network says password = ""."""
    typist = Typist()
    given = Given(
        site="s",
        node="n",
        broker="127.0.0.2",
        username="n",
        wifi="w",
        key_file=tmp_path / "k",
    )
    setup = read_setup(given, typist)
    assert typist.asked == ["password of n at the broker", "password of the WiFi w"]
    assert box(setup)["wifi"]["password"] == "typed"
    _, asked = read(tmp_path, FULL.replace('"wifi-secret"', '""'))
    assert asked == []


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    """The next set-up of the box uses the same one."""
    first, _ = read(tmp_path, FULL)
    again, _ = read(tmp_path, FULL)
    assert first.key == again.key
    assert len(first.key) == 32
    assert stat.S_IMODE((tmp_path / "box.key").stat().st_mode) == 0o600
    assert first.remarks[0].startswith("the box's key is new")
    assert again.remarks == ()
    assert first.key.hex() not in repr(first)


def test_nothing_is_made_of_a_config_that_is_wrong(tmp_path: Path) -> None:
    """Not even the key."""
    with pytest.raises(ConfigError):
        read(tmp_path, FULL.replace("ssid", "sid"))
    assert not (tmp_path / "box.key").exists()


def test_a_name_becomes_the_address_that_the_box_keeps(tmp_path: Path) -> None:
    """A Pico looks no names up: that can block for ever."""
    setup, _ = read(tmp_path, FULL.replace("127.0.0.2", "localhost"))
    assert box(setup)["broker"]["host"] == "127.0.0.1"
    assert any("localhost is 127.0.0.1 now" in remark for remark in setup.remarks)


def test_an_authority_goes_along_as_the_board_reads_it(tmp_path: Path) -> None:
    """PEM becomes DER."""
    pem = "-----BEGIN CERTIFICATE-----\nAAEC/w==\n-----END CERTIFICATE-----\n"
    (tmp_path / "ca.pem").write_text(pem)
    setup, _ = read(tmp_path, FULL.replace("[wifi]", 'ca = "ca.pem"\n[wifi]'))
    assert setup.files[CA_ON_BOARD] == b"\x00\x01\x02\xff"
    assert box(setup)["broker"]["ca"] == CA_ON_BOARD


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('site = "tsnap-1"', "", "site is missing"),
        ('"box-3"\n[', '"Box 3"\n[', "node: 'Box 3'"),
        ('host = "127.0.0.2"', "", "broker.host is missing"),
        ("127.0.0.2", "no.such.invalid", "has no address"),
        ('host = "127.0.0.2"', 'host = "127.0.0.2"\nport = 0', "broker.port = 0"),
        ("[wifi]", '[wifi]\nchannel = "6"', "unknown key 'wifi.channel'"),
        ('ssid = "office"', "", "wifi.ssid is missing"),
        ("[wifi]", 'ca = "no.pem"\n[wifi]', "broker.ca = 'no.pem'"),
        ("[wifi]", "[pins]\nbuzer = 6\n[wifi]", "Did you mean 'buzzer'?"),
        ("[wifi]", "[pins]\nbuzzer = 23\n[wifi]", "buzzer = 23 is not a free GPIO"),
        ("[wifi]", "[pins]\nbuzzer = 4\n[wifi]", "satisfied_lamp and buzzer are both GP4"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, why: str) -> None:
    """With its key."""
    assert old in FULL
    with pytest.raises(ConfigError, match=why.replace("?", r"\?")):
        read(tmp_path, FULL.replace(old, new, 1))


def test_without_a_file_the_options_say_who_it_is() -> None:
    """All of them."""
    with pytest.raises(ConfigError, match="--wifi is missing"):
        read_setup(Given(site="s", node="n", broker="127.0.0.2"), Typist())


def test_a_file_that_is_no_key_is_not_overwritten(tmp_path: Path) -> None:
    """It may be somebody's."""
    (tmp_path / "box.key").write_text("my diary")
    with pytest.raises(ConfigError, match="is no key"):
        read(tmp_path, FULL)
    assert (tmp_path / "box.key").read_text() == "my diary"
