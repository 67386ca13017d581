"""Messages on our topics that are not ours: counted, told now and then, never acted on."""

import logging
from collections import Counter


class Strays:
    """Counts what a program refused at its door. `log`: where the 1st, 2nd, 4th, 8th, … is told."""

    def __init__(self, log: logging.Logger) -> None:
        self.reasons: Counter[str] = Counter()
        self._log = log

    def add(self, topic: str, error: Exception) -> None:
        """Note one message; nothing that anybody sends can flood the program's own log."""
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        self.reasons[reason.split(":")[0][:80] if len(self.reasons) < 100 else "other"] += 1
        total = self.reasons.total()
        if total & (total - 1) == 0:
            self._log.warning("stray message %d, on %s: %s", total, topic[:120], reason[:300])
