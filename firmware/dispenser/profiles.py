"""The profiles of printers that profiles.toml has."""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path

from firmware.dispenser.escpos import Profile

FILE = Path(__file__).with_name("profiles.toml")


class UnknownProfile(LookupError):
    """No profile of this name: `name`, and what to do."""

    def __init__(self, name: str, known: Mapping[str, Profile]) -> None:
        self.name = name
        near = difflib.get_close_matches(name.lower(), known, 1, cutoff=0.4)
        self.remedy = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
        super().__init__(f"{name!r} is not known. {self.remedy}")


def all_profiles() -> Mapping[str, Profile]:
    """By name."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: Profile(name, **table) for name, table in tables.items()}


def find(name: str) -> Profile:
    """One profile; UnknownProfile names the nearest."""
    known = all_profiles()
    if name not in known:
        raise UnknownProfile(name, known)
    return known[name]
