"""The office's setup: what is refused, with key and remedy."""

import io
from typing import Any

import msgspec
import pytest
from PIL import Image

from wire.meaning import EXAMPLES
from wire.records import DispenserSetup
from wire.setup import MAX_LOGO, MAX_SETUP, SetupError, check_logo, read_setup

(EXAMPLE,) = (one for one in EXAMPLES if isinstance(one, DispenserSetup))
PLAIN: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(EXAMPLE))
SERVICE = PLAIN["services"][0]


def png(size: tuple[int, int] = (8, 8)) -> bytes:
    """A picture."""
    out = io.BytesIO()
    Image.new("1", size).save(out, "PNG")
    return out.getvalue()


def test_a_sound_setup_is_read() -> None:
    """As it was sent."""
    assert read_setup(msgspec.json.encode(EXAMPLE)) == EXAMPLE


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"v": 2}, ""),
        ({"smile": 1}, ""),
        ({"services": [SERVICE, SERVICE]}, "services"),
        ({"services": [SERVICE | {"letter": "Ы"}]}, "services.passport.letter"),
        ({"services": [SERVICE, SERVICE | {"id": "x", "letter": "A"}]}, "services.x.letter"),
        ({"services": [SERVICE | {"hours": {"mon": "9"}}]}, "services.passport.hours.mon"),
        ({"services": [SERVICE | {"limit": 0}]}, ""),
        ({"timezone": "Europe/Kiyv"}, "timezone"),
        ({"ticket": {"show": ["office"]}}, "ticket.show"),
        ({"ticket": {"show": ["number", "number"]}}, "ticket.show"),
        ({"ticket": {"languages": []}}, "ticket.languages"),
        ({"ticket": {"qr": "{who}"}}, "ticket.qr"),
        ({"ticket": {"qr": "x" * 214}}, "ticket.qr"),
        ({"ticket": {"logo": "arms.png"}}, "ticket.logo"),
        ({"logo": "aGVsbG8="}, "ticket.logo"),
        ({"ticket": {"logo": "arms.png"}, "logo": "aGVsbG8="}, "ticket.logo"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_key(change: dict[str, Any], key: str) -> None:
    """And with what to do."""
    with pytest.raises(SetupError) as caught:
        read_setup(msgspec.json.encode(PLAIN | change))
    assert caught.value.key == key
    assert caught.value.remedy.endswith(".")


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[" * 50_000, b"{" + b" " * MAX_SETUP])
def test_rubbish_is_no_setup(payload: bytes) -> None:
    """Nor is what is longer than any."""
    with pytest.raises(SetupError):
        read_setup(payload)


def test_a_picture_is_a_small_png() -> None:
    """By its bytes, and by the dots that it stands for."""
    check_logo(png())
    with pytest.raises(SetupError, match="3000 × 8 dots"):
        check_logo(png((3000, 8)))
    with pytest.raises(SetupError, match=f"At most {MAX_LOGO}"):
        check_logo(png() + bytes(MAX_LOGO))


def test_a_qr_that_fits_with_the_longest_number_is_taken() -> None:
    """{visit} stands for 16 bytes, {number} for up to 64."""
    fits = "x" * (213 - 64) + "{number}"
    assert read_setup(msgspec.json.encode(PLAIN | {"ticket": {"qr": fits}})).ticket.qr == fits
    with pytest.raises(SetupError, match="214 bytes"):
        read_setup(msgspec.json.encode(PLAIN | {"ticket": {"qr": "x" + fits}}))
