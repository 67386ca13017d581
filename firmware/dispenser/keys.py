"""The service buttons of a dispenser: from edges to presses. Decides; no I/O."""

from collections.abc import Mapping

from firmware.common.debounce import Debounce


class Keys:
    """One debounced button per service. `levels`: which are down now. `now`: ms since boot."""

    def __init__(self, levels: Mapping[str, bool], now: int) -> None:
        self._keys = {service: Debounce(down, now) for service, down in levels.items()}

    def edge(self, service: str, pressed: bool, now: int) -> list[tuple[str, str]]:
        """The contact changed, or was looked at. Returns (service, what happened), in order."""
        key = self._keys[service]
        if not pressed and key.idle:
            return []
        return [(service, event) for event in key.update(pressed, now)]

    def due(self, now: int) -> int | None:
        """In how many ms a key may have news if no contact changes; None: never."""
        waits = (key.due(now) for key in self._keys.values())
        return min((wait for wait in waits if wait is not None), default=None)
