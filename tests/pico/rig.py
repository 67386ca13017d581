"""An office for simulated Picos: a real broker, the real gateway, and what it has stored."""

import json
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.ratingbox.contents import ROOT, cache_folder, fetch_umqtt
from tests.integration.rig import Server, free_port, open_broker
from tests.micropython.test_on_micropython import program

CONFIG = """
site = "kyiv-1"
name = "ЦНАП"
data = "office"
[broker]
host = "127.0.0.1"
port = {port}
[policies]
repeat_s = 0.0
flood_presses = 1000000
[[service]]
id = "passport"
letter = "А"
title = "Паспорт"
"""
DEVICE = """
[[device]]
node = "{node}"
kind = "ratingbox"
channel = "exit"
"""


@dataclass(frozen=True)
class Press:
    """A press whose lamp lit, or as the gateway stored it: record `seq` of `node` in `epoch`."""

    node: str
    epoch: str
    seq: int
    button: str


class Office:
    """A broker at `port` and a gateway that hears it."""

    def __init__(self, folder: Path, port: int, nodes: Sequence[str]) -> None:
        self.port = port
        self.folder = folder
        config = folder / "office.toml"
        devices = [DEVICE.format(node=node) for node in nodes]
        config.write_text(CONFIG.format(port=port) + "".join(devices), encoding="utf-8")
        self.gateway = Server(folder, "talon-gateway", "run", "--config", config)

    def presses(self) -> list[Press]:
        """All that the gateway has, in the order in which it came."""
        return [
            Press(one["node"], one["epoch"], one["seq"], one["value"]) for one in self._ratings()
        ]

    def statuses(self) -> list[str]:
        """What became of each press."""
        return [one["status"] for one in self._ratings()]

    def clocks(self) -> list[str]:
        """How the gateway knows the time of each press."""
        return [one["clock"] for one in self._ratings()]

    def _ratings(self) -> list[dict[str, Any]]:
        """What the box writes by hand was checked against `wire.records`: nothing of it may be in
        quarantine."""
        with closing(sqlite3.connect(self.folder / "office" / "journal.db")) as db:
            rows = db.execute("SELECT body FROM journal ORDER BY n").fetchall()
        said = [json.loads(body) for (body,) in rows]
        assert {one["kind"] for one in said} <= {"rating", "device"}
        return [one for one in said if one["kind"] == "rating"]


@contextmanager
def open_office(folder: Path, nodes: Sequence[str] = ("box-3",)) -> Iterator[Office]:
    """An office that works, with these boxes."""
    port = free_port()
    with open_broker(port):
        office = Office(folder, port, nodes)
        office.gateway.start("connected")
        try:
            yield office
        finally:
            office.gateway.kill()


def start_board(
    script: str, *arguments: object, heap: str = "16m", path: Path = ROOT
) -> "subprocess.Popen[str]":
    """Run a script of `tests/pico` under MicroPython; what it says comes through its stdout.

    `path`: the folder with the firmware's modules.
    """
    command = [program("micropython"), "-X", f"heapsize={heap}", str(ROOT / "tests/pico" / script)]
    folders = f"{path}:{fetch_umqtt(cache_folder())}"
    return subprocess.Popen(
        [*command, folders, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run_board(
    script: str, *arguments: object, heap: str = "16m", path: Path = ROOT, timeout_s: float = 100
) -> list[str]:
    """The same to its end; the lines that it said. A script that fails is a failure here."""
    board = start_board(script, *arguments, heap=heap, path=path)
    try:
        said, _ = board.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        board.kill()
        said, _ = board.communicate()
        raise AssertionError(f"{script} did not end in {timeout_s} s: {said[-2000:]}") from None
    assert board.returncode == 0, said[-4000:]
    return said.splitlines()


def thanked(lines: list[str]) -> list[Press]:
    """The lamps that lit, of what a board said."""
    node = "box-3"
    found: list[Press] = []
    for line in lines:
        word, *rest = line.split()
        if word == "node":
            node = rest[0]
        if word == "lamp":
            found.append(Press(node, rest[0], int(rest[1]), rest[2]))
    return found
