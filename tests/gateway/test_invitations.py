"""What the rating boxes at the desks are told."""

from gateway.invitations import invitations
from gateway.roster import Device

DEVICES = [
    Device("box-1", "ratingbox", "desk", "1"),
    Device("box-1b", "ratingbox", "desk", "1"),
    Device("box-2", "ratingbox", "desk", "2"),
    Device("exit-1", "ratingbox", "exit", "1"),
    Device("disp-1", "dispenser", mark="1"),
]


def test_every_box_of_a_desk_is_told_and_no_other() -> None:
    """Boxes at the exit are always open."""
    assert invitations("kyiv-1", DEVICES, {"1": 60_000}) == [
        ("talon/v1/kyiv-1/box-1/command", b"open 60000"),
        ("talon/v1/kyiv-1/box-1b/command", b"open 60000"),
    ]
    assert invitations("kyiv-1", DEVICES, {"2": 0, "9": 60_000}) == [
        ("talon/v1/kyiv-1/box-2/command", b"open 0"),
    ]
    assert invitations("kyiv-1", DEVICES, {}) == []
