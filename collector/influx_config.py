"""`[influx]` of the collector's config."""

from typing import Annotated, Literal

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=1)]
Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^/\s?#@]+(/[^\s?#]*)?$")]

LATE_FACTOR = 20  # how many times `timeout_s` a write that was given up may still be on its way


class InfluxConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where tallies go. `database`: for 2.x and 3 the bucket. `timeout_s`: to connect and answer.

    1.x logs in with `username` and `password`, 2.x and 3 with `token`; `org` is asked for by 2.x.
    """

    url: Url
    version: Literal[1, 2, 3] = 1
    database: Text = "talon"
    username: str = ""
    password: str = ""
    org: Text = "-"
    token: str = ""
    timeout_s: Annotated[float, msgspec.Meta(gt=0)] = 10.0

    @property
    def late_s(self) -> float:
        """Seconds after which a write that was given up is over: done, or never to be done."""
        return LATE_FACTOR * self.timeout_s
