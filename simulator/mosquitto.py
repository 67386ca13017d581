"""A private mosquitto: the real broker on a loopback port of its own, in a folder of its own."""

import socket
from collections.abc import Sequence
from pathlib import Path

from simulator.server import Server, ServerError


class Mosquitto(Server):
    """One mosquitto.

    `persistence`: keep retained messages and sessions over a restart. As with every mosquitto, that
    is done on `stop`, not on `kill`. `config`: more lines for its config file, e.g.
    `max_queued_messages 10`.
    """

    def __init__(self, *, persistence: bool = False, config: Sequence[str] = ()) -> None:
        super().__init__("mosquitto", "mosquitto", ready_s=10.0)
        self._persistence = persistence
        self._lines = config

    def config(self) -> str:
        """A listener on loopback for everybody, and the caller's lines."""
        lines = [
            f"listener {self.port} {self.host}",
            "allow_anonymous true",
            f"persistence {'true' if self._persistence else 'false'}",
            f"persistence_location {self.folder}/",
            "user root",  # counts for root only: it would become a user who may not use our folder
            "log_dest stderr",
            *self._lines,
        ]
        return "\n".join(lines) + "\n"

    def command(self, program: str, config: Path) -> list[str]:
        """How it is started."""
        return [program, "-c", str(config)]

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            socket.create_connection((self.host, self.port), timeout=1.0).close()
        except OSError:
            return False
        return True

    def restart(self, *, forget: bool) -> None:
        """Start it again, on the same port. One that still runs is killed first if it is to forget,
        and stopped if not. `forget`: whether all that it held is gone.
        """
        if not forget and not self._persistence:
            raise ServerError(
                "this mosquitto cannot remember: make it with Mosquitto(persistence=True)"
            )
        if forget:
            self.kill()
            (self.folder / "mosquitto.db").unlink(missing_ok=True)
        self.stop()
        self.start()
