"""A firmware as one file: read as it was written, and refused whatever else it is."""

import io
import zipfile

import pytest

from wire.image import Image, read_image, write_image
from wire.update import UpdateError

IMAGE = Image("0.2.0", {"wire/hop.mpy": b"hop" * 500, "wire/__init__.mpy": b""})


def packed(files: dict[str, bytes]) -> bytes:
    """Any zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def test_an_image_is_read_as_it_was_written() -> None:
    """In one order, whatever it was made in."""
    read = read_image(write_image(IMAGE))
    assert read == Image("0.2.0", {"wire/__init__.mpy": b"", "wire/hop.mpy": b"hop" * 500})
    assert list(read.files) == ["wire/__init__.mpy", "wire/hop.mpy"]
    assert read.stream() == b"hop" * 500


def test_the_same_modules_make_the_same_bytes() -> None:
    """So that a file can be compared with one made elsewhere."""
    turned = Image("0.2.0", dict(sorted(IMAGE.files.items(), reverse=True)))
    assert write_image(IMAGE) == write_image(turned)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no zip"),
        (b"PK\x05\x06" + b"\x00" * 18, "no firmware in it"),
        (packed({"version": b"1"}), "no firmware in it"),
        (packed({"a.mpy": b""}), "no firmware in it"),
        (packed({"version": b"1", "../a.mpy": b""}), "'../a.mpy' in it"),
        (packed({"version": b"1", "a.py": b""}), "'a.py' in it"),
        (packed({"version": b"", "a.mpy": b""}), "its version is ''"),
        (packed({"version": b"1 0", "a.mpy": b""}), "its version is '1 0'"),
        (packed({"version": b"\xff", "a.mpy": b""}), "its version is no text"),
        (packed({"version": b"1", "a.mpy": b"x" * 200_000}), "200000 are allowed"),
        (packed({"version": b"1"} | {f"f{i}.mpy": b"" for i in range(65)}), "65 files"),
        (write_image(IMAGE)[:-30], "no zip"),
    ],
)
def test_what_is_no_firmware_is_refused(data: bytes, why: str) -> None:
    """With the reason."""
    with pytest.raises(UpdateError, match=why):
        read_image(data)
