"""The dispenser's real command on a printer that is on a terminal, and a hand on its buttons.

Its pins are gpiozero's mock ones; broker and gateway are real.
"""

import os
import queue
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from simulator.escpos import Sheet
from simulator.pty_printer import PtyPrinter
from tests.bench.client import Client
from tests.bench.rig import DISPENSERS, ROOT, SERVICES, Office, Rig, rss_mb
from wire import topics

PINS = {"passport": 5, "subsidy": 6}
HOLD_S = 0.1  # and the next push comes after it: two within 50 ms are one ticket
PATIENCE_S = 20.0
# Runs the command with gpiozero's mock pins. A line on stdin pushes a pin; the answer says when.
_PUSHED = """
import sys, threading, time
from gpiozero import Device
from firmware.dispenser.cli import main
def push():
    for line in sys.stdin:
        pin = Device.pin_factory.pin(int(line))
        at = time.monotonic()
        pin.drive_low()
        print(at, flush=True)
        time.sleep({hold})
        pin.drive_high()
threading.Thread(target=push, daemon=True).start()
sys.exit(main())
"""
_CONFIG = """
site = "{site}"
node = "{node}"
data = "{data}"
mark = "1"
office = "ЦНАП Подільського району"
[broker]
host = "127.0.0.1"
port = {port}
[printer]
kind = "serial"
device = "{device}"
baud = 115200
flow = "none"
profile = "generic-80"
status = true
render = "{render}"
[ticket]
qr = "https://queue.example.org/{{visit}}"
"""
_BUTTON = '[[button]]\nservice = "{}"\ngpio = {}\nletter = "{}"\ntitle = "Паспорт громадянина"\n'


class Pressed:
    """One dispenser of `office`, from its start to `close`. `printer`: its printer.

    `begun`: when the first byte of each job came, monotonic s; `sheets`: what came out.
    """

    def __init__(self, rig: Rig, office: Office, render: str) -> None:
        self.begun: queue.SimpleQueue[float] = queue.SimpleQueue()
        self.sheets: queue.SimpleQueue[Sheet] = queue.SimpleQueue()
        self.printer = PtyPrinter(dots=576, on_first_byte=self.begun.put, on_sheet=self.sheets.put)
        self.node = DISPENSERS[0]
        folder = rig.folder / f"{office.site}-{render}-{os.urandom(4).hex()}"
        folder.mkdir()
        self._config = folder / "dispenser.toml"
        self._config.write_text(
            _CONFIG.format(
                site=office.site,
                node=self.node,
                data=folder / "data",
                port=rig.port,
                device=self.printer.path,
                render=render,
            )
            + "".join(_BUTTON.format(name, pin, SERVICES[name]) for name, pin in PINS.items()),
            encoding="utf-8",
        )
        self._log = topics.topic(office.site, self.node, topics.LOG)
        self._port = rig.port
        self.start()

    def start(self) -> None:
        """Start it, and wait until its start is on record."""
        with closing(Client(self._port, f"{self._config.parent.name}-watch", [self._log])) as watch:
            self._process = _start(self._config)
            watch.wait_for(self._log, b'"started"')

    def push(self, service: str) -> float:
        """Push a button, which is let go after `HOLD_S`; when, in monotonic s."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(b"%d\n" % PINS[service])
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def memory_mb(self) -> float:
        """Of the dispenser's process."""
        return rss_mb(self._process.pid)

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.communicate()

    def close(self) -> None:
        """Stop it as the system does, and unplug the printer."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.communicate(timeout=40)
            except subprocess.TimeoutExpired:
                self.kill()
        self.printer.close()


def _start(config: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _PUSHED.format(hold=HOLD_S), "run", "--config", str(config)],
        cwd=ROOT,
        env={**os.environ, "GPIOZERO_PIN_FACTORY": "mock"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
