"""Memory of a rating box's and a dispenser's program after a press and a ticket."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.bench.client import Client
from tests.bench.rig import ROOT, Rig, rss_mb
from wire import topics

# Runs the command with gpiozero's mock pins, and pushes a button when told to.
_PUSHED = """
import sys, threading
from gpiozero import Device
from firmware.{program}.cli import main
def push():
    if sys.stdin.readline():
        Device.pin_factory.pin({pin}).drive_low()
threading.Thread(target=push, daemon=True).start()
sys.exit(main())
"""
_BUTTON = '[[button]]\ngpio = 5\nservice = "passport"\nletter = "А"\ntitle = "Паспорт"\n'


def devices(rig: Rig, _size: int) -> dict[str, float]:
    """MB of the rating box after a press and of the dispenser after a ticket."""
    site = rig.office().site
    with socket.create_server(("127.0.0.1", 0)) as printer:
        lines = (
            'mark = "1"\noffice = "ЦНАП"\n{broker}[printer]\nkind = "network"\n'
            f'host = "127.0.0.1"\nport = {printer.getsockname()[1]}\nstatus = false\n{_BUTTON}'
        )
        return {
            "ratingbox": _memory(rig, site, "ratingbox", "{broker}", 17, b'"press"'),
            "dispenser": _memory(rig, site, "dispenser", lines, 5, b'"outcome":"printed"'),
        }


def _memory(rig: Rig, site: str, program: str, lines: str, pin: int, wanted: bytes) -> float:
    """Start `program`, push the button at `pin`, wait until its log says `wanted`."""
    folder = rig.folder / f"{site}-{program}"
    config = _config(rig, site, program, lines, folder)
    log = topics.topic(site, program, topics.LOG)
    with closing(Client(rig.port, f"{site}-{program}-watch", [log])) as watch:
        process = _start(program, pin, config)
        try:
            watch.wait_for(log, b'"started"')
            assert process.stdin
            process.stdin.write(b"push\n")
            process.stdin.flush()
            watch.wait_for(log, wanted)
            return rss_mb(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _config(rig: Rig, site: str, program: str, lines: str, folder: Path) -> Path:
    folder.mkdir()
    broker = f'[broker]\nhost = "127.0.0.1"\nport = {rig.port}\n'
    path = folder / "device.toml"
    path.write_text(
        f'site = "{site}"\nnode = "{program}"\ndata = "{folder}/data"\n'
        + lines.replace("{broker}", broker),
        encoding="utf-8",
    )
    return path


def _start(program: str, pin: int, config: Path) -> subprocess.Popen[bytes]:
    code = _PUSHED.format(program=program, pin=pin)
    return subprocess.Popen(
        [sys.executable, "-c", code, "run", "--config", str(config)],
        cwd=ROOT,
        env={**os.environ, "GPIOZERO_PIN_FACTORY": "mock"},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
