"""What a Pico gets besides its firmware: who it is, its broker, its WiFi, its key, its wiring.

From a TOML file and the command line; passwords from the file or typed in, never from the command
line, which other users of the machine can read.
"""

import json
import os
import secrets
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware.common.config import MAX_PORT, ConfigError, Table, read_table
from firmware.ratingbox.box_config import BoxConfigError, check_pins
from wire.seal import KEY_BYTES

CA_ON_BOARD = "/ca.der"
PINS: Mapping[str, int] = json.loads(Path(__file__).with_name("pins_pico.json").read_bytes())
"""GPIO by use, as wired in hardware/ratingbox, which links to that file."""
Ask = Callable[[str], str]
"""Has a person type in a password: gets what for."""


@dataclass(frozen=True)
class Given:
    """What the command line says; it goes before the file. Empty: nothing."""

    config: Path | None = None
    site: str = ""
    node: str = ""
    broker: str = ""
    username: str = ""
    ca: str = ""
    wifi: str = ""
    key_file: Path | None = None


@dataclass(frozen=True)
class Setup:
    """One box. `files`: what its flash gets at the root, by path; `remarks`: what the technician
    should know."""

    site: str
    node: str
    key: bytes = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)
    remarks: tuple[str, ...] = ()


def read_setup(given: Given, ask: Ask) -> Setup:
    """Put it together; ConfigError says what is missing or wrong. Makes the key if there is none,
    after everything else was found right."""
    table = _open(given)
    site, node = table.take_name("site"), table.take_name("node")
    remarks: list[str] = []
    broker, ca = _broker(table, ask, remarks)
    wifi = _wifi(table, ask)
    pins = _pins(table.table("pins", required=False))
    table.end()
    key, made = _key(given.key_file or Path(f"{node}.key"))
    remarks += made
    said = {"site": site, "node": node, "key": key.hex(), "broker": broker, "wifi": wifi}
    files = {"/box.json": _json(said), "/pins.json": _json(pins)}
    if ca:
        files[CA_ON_BOARD] = ca
    return Setup(site, node, key, files, tuple(remarks))


def _open(given: Given) -> Table:
    """The file's table, with what the command line says put over it."""
    if given.config is not None:
        table = read_table(given.config)
        path, values = given.config, table.rest()
    else:
        path, values = Path("the command line"), {}
        for option in ("site", "node", "broker", "wifi"):
            if not getattr(given, option):
                raise ConfigError(path, f"--{option} is missing", "Give it, or a --config FILE.")
    for key in ("site", "node"):
        if getattr(given, key):
            values[key] = getattr(given, key)
    broker, wifi = values.setdefault("broker", {}), values.setdefault("wifi", {})
    if given.broker:
        host, _, port = given.broker.partition(":")
        broker["host"] = host
        if port:
            broker["port"] = int(port) if port.isdigit() else port
    for key in ("username", "ca"):
        if getattr(given, key):
            broker[key] = getattr(given, key)
    if given.wifi:
        wifi["ssid"] = given.wifi
    return Table(path, "", values)


def _broker(table: Table, ask: Ask, remarks: list[str]) -> tuple[dict[str, Any], bytes]:
    broker = table.table("broker")
    host: str = broker.take("host", str)
    port: int = broker.take("port", int, 1883)
    username: str = broker.take("username", str, "")
    password: str = broker.take("password", str, "")
    ca: str = broker.take("ca", str, "")
    broker.end()
    if not 1 <= port <= MAX_PORT:
        raise broker.error(f"broker.port = {port}", "Give 1 to 65535.")
    if username and not password:
        password = ask(f"password of {username} at the broker")
    address = _address(broker, host)
    if address != host:
        remarks.append(f"{host} is {address} now, and the box keeps that: make it a fixed address")
    said = {"host": address, "port": port, "username": username, "password": password}
    said["ca"] = CA_ON_BOARD if ca else ""
    return said, _read_ca(broker, ca) if ca else b""


def _address(table: Table, host: str) -> str:
    try:
        return socket.gethostbyname(host)
    except OSError as error:
        raise table.error(
            f"broker.host = {host!r} has no address ({error})",
            "Give the gateway's IPv4 address; a Pico looks no names up.",
        ) from None


def _read_ca(table: Table, ca: str) -> bytes:
    path = table.path.absolute().parent / ca if table.path.suffix else Path(ca)
    try:
        return ssl.PEM_cert_to_DER_cert(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise table.error(f"broker.ca = {ca!r}: {error}", "It is one PEM certificate.") from None


def _wifi(table: Table, ask: Ask) -> dict[str, str]:
    wifi = table.table("wifi")
    ssid: str = wifi.take("ssid", str)
    country: str = wifi.take("country", str, "UA")
    password: str = wifi.take("password", str, _UNSAID)
    wifi.end()
    if password == _UNSAID:
        password = ask(f"password of the WiFi {ssid}")
    return {"ssid": ssid, "password": password, "country": country}


_UNSAID = "\0"  # no password can be it


def _pins(table: Table) -> dict[str, int]:
    pins: dict[str, int] = {use: table.take(use, int, pin) for use, pin in PINS.items()}
    table.end()
    try:
        return check_pins(pins)
    except BoxConfigError as error:
        raise table.error(str(error).partition(": ")[2], "See hardware/ratingbox.") from None


def _key(path: Path) -> tuple[bytes, list[str]]:
    """The box's key, and what to do with one that was made now."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return _make_key(path)
    except OSError as error:
        raise ConfigError(path, f"cannot be read ({error.strerror})", "Check --key-file.") from None
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError(path, "is no key", "It holds 64 hex digits. Name another --key-file.")
    return key, []


def _make_key(path: Path) -> tuple[bytes, list[str]]:
    key = secrets.token_bytes(KEY_BYTES)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigError(path, f"cannot be made ({error.strerror})", "See --key-file.") from None
    with os.fdopen(file, "w") as out:
        out.write(key.hex() + "\n")
    return key, [
        f"the box's key is new: {path}. Carry it to the gateway, and name it there as key_file of"
        " its [[device]]: without it, no update over the air"
    ]


def _json(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()
