"""Device configs: TOML, read strictly. What is wrong is said with file, key and remedy."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wire.topics import TopicError, check_name

MAX_LOG_MB = 4_096  # a file system of 32 bits, and far more than a device ever writes


class ConfigError(ValueError):
    """A config that cannot be used: `path`, what is wrong, and what to do."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}. {remedy}")


MAX_PORT = 65_535


@dataclass(frozen=True)
class Broker:
    """Where the MQTT broker is, and how to log in. `ca`: PEM file; with it the link is TLS."""

    host: str
    port: int = 1883
    username: str = ""
    password: str = ""
    ca: str = ""


@dataclass(frozen=True)
class Identity:
    """What every device's config begins with. A relative `data` is beside the config file.

    `log_mb`: what the log of records never outgrows, in units of 2²⁰ bytes.
    """

    site: str
    node: str
    data: Path
    broker: Broker
    log_mb: int = 64

    @property
    def log_bytes(self) -> int:
        """`log_mb` in bytes."""
        return self.log_mb << 20


class Table:
    """One TOML table that is taken key by key; what is left over at the end is refused."""

    def __init__(self, path: Path, name: str, values: Mapping[str, Any]) -> None:
        self.path = path
        self.name = name
        self._values = dict(values)
        self._known: list[str] = []

    def take(self, key: str, kind: type, default: Any = None) -> Any:
        """The value of `key`, of type `kind`; without a default the key must be there."""
        self._known.append(key)
        if key not in self._values:
            if default is None:
                raise self.error(f"{self._full(key)} is missing", f"Add it to {self._where()}.")
            return default
        value = self._values.pop(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(
                f"{self._full(key)} = {value!r} is not of type {kind.__name__}",
                "Mend the value.",
            )
        return value

    def take_name(self, key: str) -> str:
        """The value of `key`, which must be a name that may stand in a topic."""
        value: str = self.take(key, str)
        try:
            return check_name(value)
        except TopicError as error:
            raise self.error(f"{self._full(key)}: {error}", "Choose another name.") from None

    def table(self, key: str, required: bool = True) -> "Table":
        """The table under `key`."""
        values = self.take(key, dict, None if required else {})
        return Table(self.path, self._full(key), values)

    def tables(self, key: str) -> "list[Table]":
        """The array of tables under `key`."""
        found = self.take(key, list, [])
        if not all(isinstance(one, dict) for one in found):
            raise self.error(
                f"{self._full(key)} is not a list of tables", f"Write [[{self._full(key)}]]."
            )
        return [Table(self.path, f"{self._full(key)}[{i}]", t) for i, t in enumerate(found)]

    def rest(self) -> dict[str, Any]:
        """What nobody has taken yet."""
        return dict(self._values)

    def end(self) -> None:
        """Refuse what nobody took."""
        for key in self._values:
            near = difflib.get_close_matches(key, self._known, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(self._known)}."
            raise self.error(f"unknown key {self._full(key)!r}", hint)

    def error(self, problem: str, remedy: str) -> ConfigError:
        """A `ConfigError` about this file."""
        return ConfigError(self.path, problem, remedy)

    def _full(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def _where(self) -> str:
        return f"[{self.name}]" if self.name else "the top of the file"


def read_table(path: Path) -> Table:
    """Read a TOML file; ConfigError if it cannot be read or is not TOML."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(path, f"cannot be read ({error.strerror})", "Check --config.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = f"is no text in UTF-8: byte 0x{error.object[error.start]:02x} in line {line}"
        raise ConfigError(path, problem, "Check --config, or save it as UTF-8.") from None
    except (ValueError, RecursionError) as error:  # also numbers too long, tables too deep
        raise ConfigError(path, f"is not TOML: {error}", "Mend that line.") from None
    return Table(path, "", values)


def take_identity(table: Table) -> Identity:
    """The keys that every device has: site, node, data, log_mb, [broker]."""
    broker = table.table("broker")
    identity = Identity(
        site=table.take_name("site"),
        node=table.take_name("node"),
        data=table.path.absolute().parent / table.take("data", str),
        broker=Broker(
            host=broker.take("host", str),
            port=broker.take("port", int, 1883),
            username=broker.take("username", str, ""),
            password=broker.take("password", str, ""),
            ca=broker.take("ca", str, ""),
        ),
        log_mb=_take_log_mb(table),
    )
    if not identity.broker.host or not 1 <= identity.broker.port <= MAX_PORT:
        address = f"{identity.broker.host}:{identity.broker.port}"
        raise broker.error(f"broker = {address!r} is no address", "Give host, and port 1 to 65535.")
    broker.end()
    return identity


def _take_log_mb(table: Table) -> int:
    megabytes: int = table.take("log_mb", int, Identity.log_mb)
    if not 1 <= megabytes <= MAX_LOG_MB:
        raise table.error(
            f"log_mb = {megabytes} is not 1 to {MAX_LOG_MB}",
            f"Leave it out for {Identity.log_mb}, which is more than a year of presses.",
        )
    return megabytes
