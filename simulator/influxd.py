"""A private InfluxDB 1.x: the real influxd on loopback ports of its own, in a folder of its own."""

from pathlib import Path

import urllib3

from simulator.server import Server

# Only what differs from influxd's defaults; whatever would listen or call home is off.
_CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
[ifql]
  enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
"""


class Influxd(Server):
    """One influxd."""

    def __init__(self) -> None:
        super().__init__("influxd", "influxdb", ready_s=30.0)

    @property
    def url(self) -> str:
        """Where it listens; the same after a restart."""
        return f"http://{self.host}:{self.port}"

    def config(self) -> str:
        """Quiet, and on loopback only."""
        return _CONFIG.format(folder=self.folder, port=self.port)

    def command(self, program: str, config: Path) -> list[str]:
        """How it is started."""
        return [program, "-config", str(config)]

    def answers(self) -> bool:
        """Whether its HTTP side answers."""
        try:
            response = urllib3.request("GET", f"{self.url}/ping", retries=False, timeout=1.0)
        except urllib3.exceptions.HTTPError:
            return False
        return response.status == 204

    def restart(self) -> None:
        """Start it again on what it holds; one that still runs is stopped first."""
        self.stop()
        self.start()
