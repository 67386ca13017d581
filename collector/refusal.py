"""How InfluxDB says no, or says nothing."""


class Refused(Exception):
    """InfluxDB will not take these lines. `too_many`: it may take fewer of them at a time."""

    def __init__(self, reason: str, too_many: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.too_many = too_many


class Unavailable(Exception):
    """InfluxDB did not do it, or did not say so. `retry_after_s`: as it asks, 0 if it does not.

    `unclear`: it may have done it, or may do it yet.
    """

    def __init__(self, reason: str, retry_after_s: float = 0.0, unclear: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s
        self.unclear = unclear


class Missing(Unavailable):
    """InfluxDB is there, but the database (bucket) is not."""
