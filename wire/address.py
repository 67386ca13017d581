"""Where a broker is. Who only reads a config loads no MQTT library for it."""

from dataclasses import dataclass


class LinkError(RuntimeError):
    """A link that can never come up; the message says what to do."""


@dataclass(frozen=True)
class Address:
    """Where a broker is. `ca`: PEM file of its authority; with it the link is TLS."""

    host: str
    port: int = 1883
    username: str = ""
    password: str = ""
    ca: str = ""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"
