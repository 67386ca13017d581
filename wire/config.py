"""Configs of gateway and collector: TOML into msgspec structs, unknown keys refused.

What is wrong is said with file, key and remedy.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from wire.address import Address

T = TypeVar("T", bound=msgspec.Struct)

_UNKNOWN = re.compile(r"Object contains unknown field `(.+?)`")
_MISSING = re.compile(r"Object missing required field `(.+?)`")
_PLACE = re.compile(r"\s*- at `\$\.?(.*?)`$")


class ConfigError(ValueError):
    """A config that cannot be used: file, what is wrong, and what to do."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}. {remedy}")


class BrokerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a broker is, and how to log in. `ca`: PEM file; with it the link is TLS."""

    host: Annotated[str, msgspec.Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 1883
    username: str = ""
    password: str = ""
    ca: str = ""

    def address(self) -> Address:
        """As `wire.link` takes it."""
        return Address(self.host, self.port, self.username, self.password, self.ca)


def read_config(path: Path, kind: type[T], program: str = "") -> T:
    """Read the TOML file `path` as a `kind`; ConfigError if anything in it is wrong. `program`: of
    which it should be the config; if it is another one's, that is what is wrong."""
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
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        owner = _owner(values)
        if program and owner not in ("", program):
            problem = f"is the config of {owner}, not of {program}"
            raise ConfigError(path, problem, "Check --config.") from None
        raise _explain(path, str(error), kind) from None


def beside(path: Path, folder: str) -> str:
    """A relative `folder` in the config at `path` is beside that file, wherever we are started."""
    return str(path.absolute().parent / folder)


def _owner(values: Mapping[str, object]) -> str:
    """Whose config this looks like; empty if nobody's."""
    if isinstance(values.get("site"), list):
        return "talon-collector"
    if not isinstance(values.get("site"), str):
        return ""
    return "a device" if "node" in values and "device" not in values else "talon-gateway"


def _explain(path: Path, message: str, kind: type[msgspec.Struct]) -> ConfigError:
    place = _PLACE.search(message)
    where = f"[{place.group(1)}]" if place and place.group(1) else "the top of the file"
    unknown = _UNKNOWN.search(message)
    if unknown:
        near = difflib.get_close_matches(unknown.group(1), sorted(_keys(kind)), 1)
        hint = f"Did you mean {near[0]!r}?" if near else "Remove it, or see docs/config.md."
        return ConfigError(path, f"unknown key {unknown.group(1)!r} in {where}", hint)
    missing = _MISSING.search(message)
    if missing:
        key = missing.group(1)
        return ConfigError(path, f"{key!r} is missing in {where}", f"Add {key} = … to {where}.")
    return ConfigError(path, f"{where}: {_PLACE.sub('', message)}", "Mend the value.")


def _keys(kind: object, seen: frozenset[object] = frozenset()) -> set[str]:
    """The keys of a struct and of all structs inside it."""
    found: set[str] = set()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in seen:
        for field in msgspec.structs.fields(kind):
            found |= {field.encode_name} | _keys(field.type, seen | {kind})
    for inner in getattr(kind, "__args__", ()):
        found |= _keys(inner, seen)
    return found
