"""MicroPython's `network`: a radio that reaches the PC's own network, unless it is jammed."""

from simulator.pico.bench import bench

STA_IF = 0

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

joins: "list[str]" = []  # networks it was told to join


class WLAN:
    """The radio."""

    PM_NONE = 0
    IF_STA = 0

    def __init__(self, which: int) -> None:
        self._is_on = False

    def active(self, on: bool) -> None:
        """Switch it."""
        self._is_on = on

    def config(self, **settings: "Any") -> None:
        """Power saving."""

    def connect(self, name: str, password: str) -> None:
        """Begin to join."""
        if not self._is_on:
            raise OSError(5, "the radio is off")
        joins.append(name)

    def disconnect(self) -> None:
        """Leave."""

    def status(self, what: str) -> int:
        """Signal strength; the rest of it lies, and nobody asks."""
        assert what == "rssi"
        if not bench.radio_works:
            raise OSError(5, "no access point")
        return -55
