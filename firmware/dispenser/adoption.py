"""The office's setup, adopted: checked, kept on the card, and used, also without a gateway.

The dispenser's own TOML says what the office has not (yet) said: which button is which service
always, all the rest until the first setup has come. A setup that cannot be used is refused as a
whole; the one before it stays.
"""

import binascii
import dataclasses
from collections.abc import Callable
from typing import Protocol

from firmware.dispenser.config import Config, check_printable
from firmware.dispenser.counter import Service
from firmware.dispenser.ticket import Layout
from wire.hours import Hours
from wire.records import DispenserSetup
from wire.setup import SetupError, check_letters, read_setup

_FILE = "setup"
_HEAD = b"talon setup %08x\n"  # CRC-32 of what follows: the message as it came
_HEAD_BYTES = len(_HEAD % 0)


class Disk(Protocol):
    """What is needed of a disk; see firmware.common.posix_disk."""

    def names(self) -> list[str]: ...
    def read(self, name: str) -> bytes: ...
    def create(self, name: str, data: bytes) -> None:
        """All of `data` or nothing; durable on return; replaces a file of that name."""


class Adoption:
    """`config`, `layout`: to be used now. `fault`: what is wrong with the last setup; empty:
    nothing. `adopted`: whether they are the office's, not only this dispenser's own.

    `open_layout`: makes a config's layout; OSError if it cannot.
    """

    def __init__(self, own: Config, disk: Disk, open_layout: Callable[[Config], Layout]) -> None:
        self._own = own
        self._disk = disk
        self._open_layout = open_layout
        self._kept = b""  # the message that is in use
        self._refused = b""
        self.fault = ""
        self.config = own
        kept = self._load()
        if not kept or not self._use(kept):
            self.layout = open_layout(own)

    @property
    def adopted(self) -> bool:
        """Whether the office's setup is in use."""
        return bool(self._kept)

    def take(self, payload: bytes) -> bool:
        """A setup has come. Returns whether from now on another one is used."""
        if payload == self._kept:
            self.fault = ""
            return False
        if not payload or payload == self._refused:  # empty: the broker was told to forget it
            return False
        if not self._use(payload):
            self._refused = payload
            return False
        self._refused = b""
        try:
            self._disk.create(_FILE, _HEAD % binascii.crc32(payload) + payload)
        except OSError as error:
            self.fault = f"setup: in use, but not kept for the next start: {error}"
        return True

    def _use(self, payload: bytes) -> bool:
        try:
            config = merge(self._own, read_setup(payload))
            self.layout = self._open_layout(config)
        except SetupError as error:
            self.fault = f"setup refused: {error}"
            return False
        except Exception as error:  # noqa: BLE001 - a picture may make Pillow raise anything
            self.fault = f"setup refused: ticket.logo: {error}. Use another picture."
            return False
        self.config = config
        self._kept = payload
        self.fault = ""
        return True

    def _load(self) -> bytes:
        """The setup on the card; empty if there is none, or none that can be trusted."""
        try:
            data = self._disk.read(_FILE) if _FILE in self._disk.names() else b""
        except OSError as error:
            self.fault = f"setup: the card cannot be read: {error}"
            return b""
        head, payload = data[:_HEAD_BYTES], data[_HEAD_BYTES:]
        if data and head != _HEAD % binascii.crc32(payload):
            self.fault = (
                "setup: damaged on the card; this dispenser's own until the office sends it"
            )
            return b""
        return payload


def merge(own: Config, setup: DispenserSetup) -> Config:
    """A dispenser's config with what its office says. SetupError if the two do not go together."""
    offered = {service.id: service for service in setup.services}
    services = dict(own.services)
    for name in services:
        if name in offered:
            said = offered[name]
            hours = Hours(said.hours)
            services[name] = Service(said.letter, said.title, said.title_en, hours, said.limit)
    check_letters((name, service.letter) for name, service in services.items())
    config = dataclasses.replace(
        own,
        office=setup.office,
        timezone=setup.timezone,
        ticket=setup.ticket,
        logo=setup.logo,
        services=services,
    )
    check_printable(config)
    return config
