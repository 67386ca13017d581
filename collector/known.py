"""The offices and services of a city, as far as they are known."""

import sqlite3
from collections.abc import Sequence

from collector.config import Site
from collector.entry import check_name
from collector.tally import NONE

_RECENT_S = 90 * 86_400


class Known:
    """Names that an entry may be about. The config names them; without offices in it, those that
    have reported are meant, and without services of an office, those of its visits of late.

    `now_s`: Unix seconds.
    """

    def __init__(self, db: sqlite3.Connection, sites: Sequence[Site], now_s: int) -> None:
        self._db = db
        self._named = {site.id: site for site in sites}
        self._since = now_s - _RECENT_S

    def check_site(self, site: str, or_all: bool = False) -> None:
        """EntryError if it is none; `or_all`: "-" is one, too."""
        if or_all and site == NONE:
            return
        names = set(self._named) or {
            row[0] for row in self._db.execute("SELECT DISTINCT site FROM stream")
        }
        check_name("site", site, names)

    def check_service(self, service: str, site: str) -> None:
        """EntryError if it is no service of the office ("-": of any); "-" is one."""
        if service == NONE:
            return
        sites = [site] if site != NONE else [*self._named]
        names = {name for one in sites for name in self._services(one)}
        check_name("service", service, names or self._seen(NONE))

    def _services(self, site: str) -> set[str]:
        named = self._named.get(site)
        return set(named.services) if named and named.services else self._seen(site)

    def _seen(self, site: str) -> set[str]:
        rows = self._db.execute(
            "SELECT DISTINCT service FROM tally_visit WHERE hour>=? AND (site=? OR ?='-')",
            (self._since, site, site),
        )
        return {row[0] for row in rows} - {NONE}
