"""The office's pages: desk, board, kiosk, the office today, and a visitor's own place."""


class PagesError(Exception):
    """The pages cannot be served; the message says where, why (`why`), and what to do."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(
            f"the pages cannot be served at {host}, port {port}: {why}."
            " Stop what is there, or give another `host` or `port` in [pages]"
        )
        self.why = why
