"""Devices that are processes of their own, and the reckoning with all that they have witnessed."""

import json
import random
import socket
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from firmware.common.filelog import FileLog
from firmware.common.posix_clock import random_token
from firmware.common.posix_disk import PosixDisk
from simulator import profile
from tests.integration.rig import Server, Town, letter, until

SERVICES = ("passport", "land", "residence", "subsidy")
EVERY_MS = 110  # a button takes a press each 200 ms
_BOX = """
site = "{site}"
node = "{node}"
data = "{node}"
log_mb = 4
[broker]
host = "127.0.0.1"
port = {port}
"""
_DISPENSER = """
mark = "{mark}"
office = "ЦНАП"
[printer]
kind = "file"
render = "text"
device = "/dev/null"
"""
_BUTTON = """
[[button]]
service = "{service}"
gpio = {gpio}
letter = "{letter}"
title = "{service}"
"""
_ALL = 1 << 60

Held = dict[int, tuple[str, str]]
"""By number: what a record is (an office record's kind), and which one (its value, or visit)."""


class Witnessed(NamedTuple):
    """What visitors have seen. `lamps`: (epoch, number) to button. `papers`: visit to ticket."""

    pushes: int
    lamps: dict[tuple[str, int], str]
    papers: dict[str, bytes]


class Lone:
    """One `simulator.lone_device` with its config, its card and its witness in `folder`."""

    def __init__(
        self, kind: str, node: str, folder: Path, port: int, every_ms: int = EVERY_MS
    ) -> None:
        self.kind = kind
        self.node = node
        self.data = folder / node
        config = folder / f"{node}.toml"
        config.write_text(_config(kind, node, port), encoding="utf-8")
        self._witness = folder / f"{node}.txt"
        said = ("--kind", kind, "--config", config, "--witness", self._witness)
        self._pressing = Server(folder, "lone-device", *said, "--every-ms", every_ms)
        self._resting = Server(folder, "lone-device", *said, "--presses", 0)

    @property
    def server(self) -> Server:
        """Its process, while it presses."""
        return self._pressing

    def kill(self) -> None:
        """SIGKILL."""
        self._pressing.kill()
        self._resting.kill()

    def rest(self) -> int:
        """Cut its power and start it anew, with nobody at its buttons; the last number it wrote."""
        self.kill()
        last = self.card().last
        self._resting.start()
        return last

    def switch_off(self) -> None:
        """A clean end."""
        assert self._resting.stop() == 0, self._resting.said()

    def card(self) -> FileLog:
        """Its log; of a device that is off."""
        return FileLog(PosixDisk(self.data / "log"), random_token)

    def held(self) -> Held:
        """What its card still holds; of a device that is off."""
        card = self.card()
        records = card.read(card.oldest, _ALL, _ALL)
        return dict(enumerate(map(_what_device_said, records), card.oldest))

    def lamps(self) -> int:
        """How often a lamp has lit so far."""
        return self._witness.read_text().count("lamp ") if self._witness.exists() else 0

    def witnessed(self) -> Witnessed:
        """All that its witness has seen; every line of it is a different event."""
        lines = [line.split() for line in self._witness.read_text().splitlines()]
        found = Witnessed(sum(line[0] == "push" for line in lines), {}, {})
        for word, *rest in lines:
            if word == "lamp":
                key = (rest[0], int(rest[1]))
                assert key not in found.lamps, f"{self.node}: one record, two lamps: {key}"
                found.lamps[key] = rest[2]
            elif word == "paper":
                assert rest[0] not in found.papers, f"{self.node}: one visit, two papers: {rest}"
                found.papers[rest[0]] = bytes.fromhex(rest[1])
        return found


class Event(NamedTuple):
    """A row of the ledger."""

    epoch: str
    seq: int
    kind: str
    status: str
    body: dict[str, Any]


def reckon(town: Town, devices: Sequence[Lone]) -> dict[str, int]:
    """Let all arrive, then compare cards, witnesses and ledger, which must agree exactly.

    Gateway, collector and broker are up. Returns how many presses and tickets there were, how many
    of them were witnessed, how many a device missed, and how often a button was pushed.
    """
    written = {device.node: device.rest() for device in devices}
    for node, last in written.items():  # and one more: that it was started again
        until(lambda node=node, last=last: _top(town, node) > last, f"all of {node} arrives", 60)  # type: ignore[misc]
    for device in devices:
        device.switch_off()
    for table in ("lost", "conflict", "uplink_lost", "quarantine"):
        assert town.rows(f"SELECT * FROM {table}") == [], table
    totals = Counter[str]()
    for device in devices:
        totals += _reckon_one(town, device)
    _check_numbers(town)
    assert sum(town.counted()) == totals["presses"]
    query = "SELECT coalesce(sum(issued), 0) FROM tally_visit"
    assert town.rows(query) == [(totals["tickets"],)]
    audit = town.audit()
    assert audit.returncode == 0, audit.stdout
    return dict(totals)


def _reckon_one(town: Town, device: Lone) -> Counter[str]:
    events = _events(town, device.node)
    card = device.card()
    assert {event.epoch for event in events} == {card.epoch}, f"{device.node}: its epochs"
    assert [event.seq for event in events] == list(range(1, card.last + 1)), "gapless, none twice"
    here = {event.seq: _what_city_has(event) for event in events}
    held = device.held()
    other = {seq: (held[seq], here[seq]) for seq in held if held[seq] != here[seq]}
    assert not other, f"{device.node}: card and ledger differ: {other}"
    assert {event.status for event in events} <= {"counted", ""}, f"{device.node}: all count"
    seen = device.witnessed()
    presses = _check_lamps(device.node, events, seen)
    tickets = _check_papers(device.node, events, seen)
    missed = sum(event.body["count"] for event in events if event.kind == "missed")
    assert presses + tickets + missed <= seen.pushes, f"{device.node}: more than were pushed"
    return Counter(
        presses=presses,
        tickets=tickets,
        missed=missed,
        witnessed=len(seen.lamps) + len(seen.papers),
        pushes=seen.pushes,
    )


def _check_lamps(node: str, events: list[Event], seen: Witnessed) -> int:
    """Every lamp has its record, and that counted; returns how many presses there are."""
    ratings = {(e.epoch, e.seq): str(e.body["value"]) for e in events if e.kind == "rating"}
    wrong = {key: button for key, button in seen.lamps.items() if ratings.get(key) != button}
    assert not wrong, f"{node}: thanked for, but not in the ledger: {wrong}"
    return len(ratings)


def _check_papers(node: str, events: list[Event], seen: Witnessed) -> int:
    """Every paper has its visit, once, with the number that it shows; how many visits there are."""
    visits = [event.body for event in events if event.kind == "visit"]
    numbers = {visit["visit"]: str(visit["number"]) for visit in visits}
    assert len(numbers) == len(visits), f"{node}: a visit is there twice"
    for visit, paper in seen.papers.items():
        assert visit in numbers, f"{node}: a paper without its visit {visit}"
        assert numbers[visit].encode("cp1251") in paper, f"{node}: another number on the paper"
    return len(visits)


def _check_numbers(town: Town) -> None:
    """No two tickets of a day have the same number."""
    query = "SELECT at, json_extract(cast(body AS TEXT), '$.number') FROM event WHERE kind='visit'"
    given = Counter((_day(at), number) for at, number in town.rows(query))
    assert [one for one, times in given.items() if times > 1] == []


def _day(at: int) -> str:
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return moment.astimezone(ZoneInfo(profile.ZONE)).date().isoformat()


def _events(town: Town, node: str) -> list[Event]:
    rows = town.rows(
        "SELECT epoch, seq, kind, status, cast(body AS TEXT) FROM event JOIN origin ON id=origin"
        f" WHERE node='{node}' ORDER BY epoch, seq"
    )
    return [Event(row[0], row[1], row[2], row[3], json.loads(row[4])) for row in rows]


def _top(town: Town, node: str) -> int:
    if not town.has_ledger():
        return 0
    query = f"SELECT max(seq) FROM event JOIN origin ON id=origin WHERE node='{node}'"
    top: int | None = town.rows(query)[0][0]
    return top or 0


_KINDS = {"press": "rating", "issued": "visit", "started": "device"}  # the others are the same


def _what_device_said(record: bytes) -> tuple[str, str]:
    said = json.loads(record)
    which = said.get("button") or said.get("visit") or said.get("count") or said["kind"]
    return _KINDS.get(said["kind"], said["kind"]), str(which)


def _what_city_has(event: Event) -> tuple[str, str]:
    body = event.body
    which = body.get("value") or body.get("visit") or body.get("count") or body["event"]
    return event.kind, str(which)


def _config(kind: str, node: str, port: int) -> str:
    text = _BOX.format(site=profile.SITE, node=node, port=port)
    if kind == "box":
        return text
    head, broker = text.split("[broker]")
    named, printer = _DISPENSER.format(mark=node[-1]).split("[printer]")
    buttons = (
        _BUTTON.format(service=service, gpio=17 + i, letter=letter(service))
        for i, service in enumerate(SERVICES)
    )
    return f"{head}{named}[broker]{broker}[printer]{printer}{''.join(buttons)}"


def quiet_port() -> int:
    """A free port that no connection of this machine is given as its own.

    While a server is down, clients that try again and again would else be connected to themselves
    sooner or later, and the server could not have its port back.
    """
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(max(2_000, lowest // 2), lowest)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
