"""The servers that are measured: a broker, and a gateway and a collector as the commands run them.

Everything is on loopback and in a folder of its own; whatever was started is stopped by `close`.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path

from iotcore import Broker

from simulator.mosquitto import Mosquitto
from simulator.server import ServerError, free_port
from tests.bench.client import Client
from tests.noon import zone_of_noon
from wire import topics
from wire.batch import Batch, encode_batch
from wire.clock import random_epoch

ROOT = Path(__file__).parents[2]
BOXES = [f"box-{i}" for i in range(1, 9)]
DISPENSERS = [f"disp-{i}" for i in range(1, 33)]
SERVICES = {"passport": "A", "subsidy": "B", "land": "C", "tax": "D"}
PROBE = "bench-probe"  # a node and a site that only ask whether somebody is there
_PATIENCE_S = 20.0


class Rig:
    """A broker and a folder on a real disk. `broker`: which one it is."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        folder = self._stack.enter_context(
            tempfile.TemporaryDirectory(prefix="talon-bench-", dir=real_disk())
        )
        self.folder = Path(folder)
        try:
            # QoS 1 messages that wait for the yardstick's subscriber are not to be dropped.
            mosquitto = Mosquitto(config=["max_queued_messages 0"])
            self._stack.enter_context(mosquitto)
            self.broker, self.port = "mosquitto", mosquitto.port
        except ServerError:
            self.broker, self.port = "iotcore (mosquitto is not installed)", free_port()
            self._stack.enter_context(
                Broker(port=self.port, listen="127.0.0.1", max_payload_size=1 << 20)
            )

    def office(self, more: str = "") -> "Office":
        """A new office, whose topics nobody has used yet. `more`: of its config."""
        return Office(self.folder, self.port, more)

    def close(self) -> None:
        """Stop the broker and delete the folder."""
        self._stack.close()


class Office:
    """One office with its gateway and, for itself, a collector. Close it after use."""

    def __init__(self, folder: Path, port: int, more: str = "") -> None:
        self.site = f"bench-{os.urandom(4).hex()}"
        self.folder = folder / self.site
        self.folder.mkdir()
        self._port = port
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        (self.folder / "office.toml").write_text(_office(self.site, port) + more)
        (self.folder / "city.toml").write_text(
            f'data = "city"\n[broker]\nhost = "127.0.0.1"\nport = {port}\n'
        )

    @property
    def journal(self) -> Path:
        """The gateway's journal."""
        return self.folder / "office" / "journal.db"

    @property
    def ledger(self) -> Path:
        """The collector's ledger."""
        return self.folder / "city" / "ledger.db"

    def start_gateway(self) -> None:
        """Start the gateway and wait until it speaks to the city."""
        state = topics.topic(self.site, topics.GATEWAY, topics.STATE)
        watch = Client(self._port, f"{self.site}-watch", [state])
        self._start("gateway", "office.toml")
        watch.wait_for(state, b'"online":true')
        watch.close()

    def wait_for_gateway(self) -> None:
        """Wait until the gateway also hears its devices, which is another connection."""
        visit = random_epoch()
        ask = f'{{"v":1,"visit":"{visit}","service":"passport"}}'.encode()
        self._probe("gateway", self.site, PROBE, (topics.ASK, topics.ANSWER), ask, visit)

    def start_collector(self) -> None:
        """Start the collector and wait until it hears gateways."""
        self._start("collector", "city.toml")
        epoch = random_epoch()
        batch = encode_batch(Batch(epoch, 1, 1, "00000000", 0, [b"{}"]))
        self._probe("collector", PROBE, topics.GATEWAY, (topics.LOG, topics.ACK), batch, epoch)

    def _probe(
        self, name: str, site: str, node: str, channels: tuple[str, str], said: bytes, wanted: str
    ) -> None:
        """Say something on the first channel until `wanted` comes back on the second."""
        say, hear = (topics.topic(site, node, channel) for channel in channels)
        deadline = time.monotonic() + _PATIENCE_S
        with closing(Client(self._port, f"{self.site}-probe", [hear])) as probe:
            probe.socket.settimeout(0.05)
            while time.monotonic() < deadline:
                probe.publish(say, said)
                try:
                    return probe.wait_for(hear, wanted.encode())
                except TimeoutError:
                    continue
        raise TimeoutError(f"the {name} does not answer: {self._said(name)}")

    def pid(self, name: str) -> int:
        """Of `gateway` or `collector`."""
        return self._processes[name].pid

    def rss_mb(self, name: str) -> float:
        """Memory of `gateway` or `collector`, in MB."""
        return rss_mb(self._processes[name].pid)

    def stop(self, name: str) -> None:
        """Stop a server as the system does."""
        process = self._processes.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self) -> None:
        """Stop all that was started."""
        for name in list(self._processes):
            self.stop(name)

    def _start(self, name: str, config: str) -> None:
        code = f"from {name}.cli import cli; cli()"
        command = [sys.executable, "-c", code, "run", "--config", str(self.folder / config)]
        with (self.folder / f"{name}.log").open("wb") as log:
            self._processes[name] = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)

    def _said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()[-500:]


def rss_mb(pid: int) -> float:
    """Resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def peak_mb() -> float:
    """The most memory that this process has had so far, in MB. What its parent had before it
    started it, which `ru_maxrss` would count, is not in it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def real_disk() -> Path:
    """A folder that is not in memory: fsync costs there what it costs."""
    candidates = [Path(tempfile.gettempdir()), Path("/var/tmp"), ROOT]
    return next((path for path in candidates if _kind(path) not in ("tmpfs", "ramfs")), ROOT)


def _kind(path: Path) -> str:
    """The kind of file system that holds `path`."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    parents = {str(parent): kind for _, parent, kind, *_ in mounts}
    path = path.resolve()
    return next(parents[str(p)] for p in (path, *path.parents) if str(p) in parents)


def _office(site: str, port: int) -> str:
    lines = [f'site = "{site}"\nname = "Bench"\ndata = "office"\ntimezone = "{zone_of_noon()}"']
    lines += [f'[broker]\nhost = "127.0.0.1"\nport = {port}']
    lines += ['[ticket]\nqr = "https://queue.example.org/{visit}"']
    for service, letter in SERVICES.items():
        lines += [f'[[service]]\nid = "{service}"\nletter = "{letter}"\ntitle = "{service}"']
    for i, node in enumerate(BOXES):
        service = list(SERVICES)[i % len(SERVICES)]
        lines += [
            f'[[device]]\nnode = "{node}"\nkind = "ratingbox"\nchannel = "desk"\n'
            f'desk = "{i + 1}"\nservice = "{service}"'
        ]
    for i, node in enumerate(DISPENSERS):
        lines += [f'[[device]]\nnode = "{node}"\nkind = "dispenser"\nmark = "{i + 1}"']
    return "\n".join(lines) + "\n"
