"""A rating box's firmware as one file: a zip of its compiled modules, as they lie in a slot.

`talon-ratingbox pack` writes it, `talon-gateway update` reads it. The same modules give the same
bytes. `version` is a file of its own in it. Never loaded by the Pico.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import NamedTuple

from wire.update import MAX_FILES, MAX_IMAGE, Entry, UpdateError, is_path

VERSION = "version"
_SOME_DAY = (1980, 1, 1, 0, 0, 0)  # the first that a zip knows
_MAX_VERSION = 60  # characters
# What zipfile lets pass of bytes that are no zip, or one that it cannot read.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,  # NotImplementedError too: an encrypted file, a method it does not know
    ValueError,
)


class Image(NamedTuple):
    """`files`: what each holds, by its path in the slot."""

    version: str
    files: Mapping[str, bytes]

    def entries(self) -> list[Entry]:
        """As they stand in a manifest."""
        return [
            Entry(path, len(data), hashlib.sha256(data).hexdigest())
            for path, data in self.files.items()
        ]

    def stream(self) -> bytes:
        """All of them, one after another."""
        return b"".join(self.files.values())


def write_image(image: Image) -> bytes:
    """The zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo(VERSION, _SOME_DAY), image.version)
        for path in sorted(image.files):
            packed.writestr(zipfile.ZipInfo(path, _SOME_DAY), image.files[path])
    return out.getvalue()


def read_image(data: bytes) -> Image:
    """Read a zip; raise UpdateError if it is no firmware, or too large for a box."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            infos = {info.filename: info for info in packed.infolist()}
            _check(infos)
            version = packed.read(infos.pop(VERSION)).decode()
            files = {path: packed.read(infos[path]) for path in sorted(infos)}
    except UnicodeDecodeError:
        raise UpdateError("its version is no text") from None
    except _UNREADABLE as error:
        raise UpdateError(f"no zip: {error}") from None
    if not version.isprintable() or not 1 <= len(version) <= _MAX_VERSION or " " in version:
        raise UpdateError(f"its version is {version[:_MAX_VERSION]!r}")
    return Image(version, files)


def _check(infos: Mapping[str, zipfile.ZipInfo]) -> None:
    paths = [path for path in infos if path != VERSION]
    strange = [path for path in paths if not is_path(path)]
    if VERSION not in infos or not paths or strange:
        raise UpdateError(f"no firmware: {strange[0]!r} in it" if strange else "no firmware in it")
    size = sum(infos[path].file_size for path in infos)
    if len(paths) > MAX_FILES or size > MAX_IMAGE:
        raise UpdateError(
            f"{len(paths)} files of {size} bytes; {MAX_FILES} of {MAX_IMAGE} are allowed"
        )
