"""A Pico's config files. Runs under MicroPython too."""

from firmware.ratingbox.box_config import BoxConfig, BoxConfigError, check_pins, is_address

RUNS_ON_MICROPYTHON = True

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PINS = {
    "satisfied": 2,
    "unsatisfied": 3,
    "satisfied_lamp": 4,
    "unsatisfied_lamp": 5,
    "buzzer": 6,
    "lid": 7,
}


def said(**more: "Any") -> "dict[str, Any]":
    """A config, with some keys different."""
    whole: "dict[str, Any]" = {
        "site": "kyiv-1",
        "node": "box-3",
        "key": "6b6b",
        "broker": {"host": "192.168.1.10"},
        "wifi": {"ssid": "Центр", "password": "секрет"},
    }
    whole.update(more)
    return whole


def refusal(action: "Callable[[], object]") -> str:
    """What it says."""
    try:
        action()
    except BoxConfigError as error:
        return str(error)
    raise AssertionError("it was taken")


def test_a_whole_config_and_what_it_leaves_out() -> None:
    config = BoxConfig(said())
    assert (config.site, config.node, config.key) == ("kyiv-1", "box-3", b"kk")
    assert (config.host, config.port, config.ca) == ("192.168.1.10", 1883, "")
    assert (config.ssid, config.wifi_password, config.country) == ("Центр", "секрет", "UA")


def test_what_is_wrong_is_said_with_file_and_key() -> None:
    for change, words in (
        ({"node": "Box"}, "/box.json: node"),
        ({"nod": "box-3"}, "/box.json: unknown key nod"),
        ({"key": "6"}, "/box.json: key is not hexadecimal"),
        ({"broker": {"host": "gateway.local"}}, "gateway.local:1883 is no IPv4 address"),
        ({"broker": {"host": "10.0.0.1", "port": 0}}, "10.0.0.1:0 is no IPv4 address"),
        ({"broker": {"host": "10.0.0.1", "port": "1883"}}, "broker.port = '1883'"),
        ({"broker": {"host": "10.0.0.1", "tls": True}}, "unknown key broker.tls"),
        ({"broker": "10.0.0.1"}, "broker. is not a table"),
        ({"wifi": {"ssid": ""}}, "wifi.ssid is missing"),
        ({"site": 3}, "/box.json: site = 3"),
    ):
        found = refusal(lambda change=change: BoxConfig(said(**change)))  # type: ignore[misc]
        assert words in found, found


def test_pins_are_those_of_a_pico_w_each_used_once_and_the_buttons_neighbours() -> None:
    assert check_pins(dict(PINS)) == PINS
    without_lid = {use: PINS[use] for use in PINS if use != "lid"}
    assert check_pins(dict(without_lid)) == without_lid
    for change, words in (
        ({"buzzer": 4}, "are both GP4"),
        ({"buzzer": 25}, "buzzer = 25 is not a free GPIO"),
        ({"buzzer": "6"}, "buzzer = '6' is not a free GPIO"),
        ({"lamp": 9}, "unknown key lamp"),
        ({"unsatisfied": 9}, "unsatisfied must be the GPIO after satisfied"),
    ):
        wrong: "dict[str, Any]" = dict(PINS)
        wrong.update(change)
        found = refusal(lambda wrong=wrong: check_pins(wrong))  # type: ignore[misc]
        assert words in found, found
    few = {use: PINS[use] for use in PINS if use != "buzzer"}
    assert "buzzer is missing" in refusal(lambda: check_pins(few))


def test_an_address_is_four_numbers() -> None:
    for text in ("10.0.0.1", "255.255.255.255"):
        assert is_address(text)
    for text in ("", "10.0.0", "10.0.0.256", "10.0.0.1.2", "10.0.0.a", "localhost", "10.0.0.0001"):
        assert not is_address(text), text
