"""A box shows that it is a visitor's turn to vote, when it is told so."""

import pytest

from firmware.ratingbox.invitation import Invitation
from firmware.ratingbox.panel import Panel


class Asked(Panel):
    """A panel that only notes until when it is to invite."""

    def __init__(self) -> None:
        self.until: "list[int]" = []

    def invite(self, until: int, now: int) -> None:
        self.until.append(until - now)


@pytest.mark.parametrize(
    ("payload", "ms"), [(b"open 60000", 60_000), (b"open 0", 0), (b"open 999999", 600_000)]
)
def test_an_invitation_is_for_so_many_milliseconds(payload: bytes, ms: int) -> None:
    """Ten minutes at most."""
    panel = Asked()
    Invitation(panel).handle(payload, 5_000)
    assert panel.until == [ms]


@pytest.mark.parametrize(
    "payload",
    [b"", b"open", b"open ", b"open -1", b"open 1.5", b"open 1234567", b"opened 5", b"test {}"],
)
def test_what_is_no_invitation_changes_nothing(payload: bytes) -> None:
    """Other orders, and rubbish."""
    panel = Asked()
    Invitation(panel).handle(payload, 5_000)
    assert panel.until == []
