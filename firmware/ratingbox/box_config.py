"""A Pico's /box.json and /pins.json, read strictly. Runs on MicroPython."""

import json

from wire.topics import TopicError, check_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BOX, PINS = "/box.json", "/pins.json"
USES = ("satisfied", "unsatisfied", "satisfied_lamp", "unsatisfied_lamp", "buzzer")
LID = "lid"  # the only one that may be left out
_LAST_PIN = 28  # GP23, GP24, GP25 and GP29 belong to the Pico W's radio
_RADIO = (23, 24, 25)
_TEXTS = {"site": "", "node": "", "key": ""}
_BROKER = {"host": "", "port": 1883, "username": "", "password": "", "ca": ""}
_WIFI = {"ssid": "", "password": "", "country": "UA"}


class BoxConfigError(ValueError):
    """A config that cannot be used: which file, which key, and what is wrong."""


class BoxConfig:
    """One box. `host`: an IPv4 address, since looking up a name may block for ever. `key`: signs
    orders and updates; empty: none are taken. `ca`: DER file, with it the link is TLS."""

    def __init__(self, said: "dict[str, Any]") -> None:
        broker, wifi = said.get("broker", {}), said.get("wifi", {})
        one = _take(BOX, "", said, _TEXTS, ("broker", "wifi"))
        for name in ("site", "node"):
            try:
                check_name(one[name])
            except TopicError as error:
                raise BoxConfigError("%s: %s: %s" % (BOX, name, error))  # noqa: B904
        self.site = one["site"]
        self.node = one["node"]
        self.key = _key(one["key"])
        link = _take(BOX, "broker.", broker, _BROKER)
        self.host = link["host"]
        self.port = link["port"]
        self.username = link["username"]
        self.password = link["password"]
        self.ca = link["ca"]
        if not is_address(self.host) or not 1 <= self.port <= 65_535:
            raise BoxConfigError(
                "%s: broker = %s:%s is no IPv4 address and port" % (BOX, self.host, self.port)
            )
        radio = _take(BOX, "wifi.", wifi, _WIFI)
        self.ssid = radio["ssid"]
        self.wifi_password = radio["password"]
        self.country = radio["country"]
        if not self.ssid:
            raise BoxConfigError("%s: wifi.ssid is missing" % BOX)


def read_box(path: str = BOX) -> BoxConfig:
    """Read /box.json; BoxConfigError if it cannot be used."""
    return BoxConfig(_read(path))


def read_pins(path: str = PINS) -> "dict[str, int]":
    """GPIO number by use. The buttons are neighbours: one program samples both."""
    return check_pins(_read(path))


def check_pins(said: "dict[str, Any]") -> "dict[str, int]":
    """The pins as they may be used; BoxConfigError if they may not."""
    for use in USES:
        if use not in said:
            raise BoxConfigError("%s: %s is missing" % (PINS, use))
    taken: "dict[int, str]" = {}
    for use in said:
        pin = said[use]
        if use not in USES and use != LID:
            raise BoxConfigError("%s: unknown key %s" % (PINS, use))
        if not _is_number(pin) or not 0 <= pin <= _LAST_PIN or pin in _RADIO:
            raise BoxConfigError("%s: %s = %r is not a free GPIO" % (PINS, use, pin))
        if pin in taken:
            raise BoxConfigError("%s: %s and %s are both GP%d" % (PINS, taken[pin], use, pin))
        taken[pin] = use
    if said["unsatisfied"] != said["satisfied"] + 1:
        raise BoxConfigError("%s: unsatisfied must be the GPIO after satisfied" % PINS)
    return said


def is_address(text: str) -> bool:
    """Whether it is an IPv4 address in four numbers."""
    parts = text.split(".")
    return len(parts) == 4 and all(
        part.isdigit() and len(part) < 4 and int(part) < 256 for part in parts
    )


def _take(
    file: str, table: str, said: "Any", known: "dict[str, Any]", tables: "tuple[str, ...]" = ()
) -> "dict[str, Any]":
    """The values of a table, those of `known` where it says nothing."""
    if not isinstance(said, dict):
        raise BoxConfigError("%s: %s is not a table" % (file, table))
    for name in said:
        if name not in known and name not in tables:
            raise BoxConfigError("%s: unknown key %s%s" % (file, table, name))
    found = dict(known)
    for name in known:
        value = said.get(name, known[name])
        if isinstance(known[name], int) != _is_number(value) or not isinstance(value, (int, str)):
            raise BoxConfigError("%s: %s%s = %r is of another kind" % (file, table, name, value))
        found[name] = value
    return found


def _is_number(value: "Any") -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _key(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise BoxConfigError("%s: key is not hexadecimal" % BOX)  # noqa: B904


def _read(path: str) -> "dict[str, Any]":
    try:
        with open(path) as file:
            said = json.load(file)
    except (OSError, ValueError) as error:
        raise BoxConfigError("%s cannot be read: %s" % (path, error))  # noqa: B904
    if not isinstance(said, dict):
        raise BoxConfigError("%s is not a table" % path)
    return said
