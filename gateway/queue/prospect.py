"""What who comes now for a service would find. Pure."""

import msgspec


class Prospect(msgspec.Struct, frozen=True, kw_only=True):
    """Of one service. `waiting`: people for it; `ahead`: all before who comes now; `served`:
    somebody serves it now; `wait`: from and to, minutes, None: not known."""

    service: str
    waiting: int
    ahead: int
    served: bool
    wait: tuple[int, int] | None
