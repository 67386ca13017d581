"""Paper against visits: what came out of a printer, and what is on record of it.

Every ticket on paper belongs to one visit; every visit has one paper, or a stated doubt, and at
most one copy, which is marked; nothing that has failed is on paper; nothing is on paper before it
is on record, and nothing is called printed before it is on paper.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from simulator.escpos import LINE_DOTS, Element, Feed, Line, Sheet
from simulator.microcosm.device import Device
from simulator.microcosm.hall import Hall
from simulator.microcosm.stage import Witness

_NUMBER = re.compile(r"[АБ](9-)?\d{3,}")
_END = Feed(4 * LINE_DOTS)
NOTICED_MS = 12_000  # the longest back-off, and a look that waits


class Violation(BaseException):
    """Something that must never happen has happened. Not an `Exception`: the program, which goes
    on after whatever a driver raises, does not go on after this."""


class Paper(NamedTuple):
    """A ticket on paper. `whole`: to its end; `copy`: marked as one. `below`: number of a half
    ticket from which nothing keeps it apart."""

    number: str
    copy: bool
    whole: bool
    below: str = ""


class Strip:
    """The paper of a printer, read as it comes out. `papers`: the tickets on it: all that shows a
    number."""

    def __init__(self) -> None:
        self.papers: list[Paper] = []
        self._marked = False
        self._sheets = 0  # read to their end
        self._elements = 0  # read of the sheet after those

    def read(self, sheets: Sequence[Sheet], unfinished: Sheet) -> list[Paper]:
        """The papers that are new. Sheets that are cut, and the one that is not."""
        known = len(self.papers)
        for sheet in sheets[self._sheets :]:
            self._take(sheet.elements[self._elements :])
            self._elements = 0
            self._sheets += 1
        self._take(unfinished.elements[self._elements :])
        self._elements = len(unfinished.elements)
        return self.papers[known:]

    def _take(self, elements: Iterable[Element]) -> None:
        for element in elements:
            if isinstance(element, Line) and element.height > 1:
                if element.text == "КОПІЯ":
                    self._marked = True
                elif _NUMBER.fullmatch(element.text):
                    half = self.papers and not self.papers[-1].whole
                    below = self.papers[-1].number if half else ""
                    self.papers.append(Paper(element.text, self._marked, False, below))
                    self._marked = False
            elif element == _END:
                self._marked = False
                if self.papers:
                    self.papers[-1] = self.papers[-1]._replace(whole=True)


class Reconciliation(Witness):
    """Follows one hall. Raises Violation."""

    def __init__(self) -> None:
        self.hall: Hall | None = None
        self.issued: dict[str, dict[str, Any]] = {}  # by number
        self.deceived: set[str] = set()  # numbers
        self._strip = Strip()
        self._hindered_since: int | None = None
        self._started = 0

    # At every step

    def device_started(self, device: Device) -> None:
        """What a new life may not know yet."""
        self._started = device.stage.now

    def wrote(self, device: Device, epoch: str, seq: int, record: bytes) -> None:
        """A record is on the card, and is believed from now on."""
        said = json.loads(record)
        if said["kind"] == "issued":
            self._hall.stage.tell(f"{said['number']} is issued")
            self._take_issued(said)
        elif said["kind"] == "printed":
            self._hall.stage.tell(f"a paper is {said['outcome']}: {said['detail']}")
            self._take_outcome(said)

    def changed(self) -> None:
        """The paper, or what hinders the printer, may have changed."""
        hall = self._hall
        for paper in self._strip.read(hall.cable.sheets, hall.cable.unfinished):
            hall.stage.tell(f"{paper.number} is on paper{', as a copy' if paper.copy else ''}")
            if paper.number not in self.issued:
                raise Violation(f"{paper.number} is on paper and not on record")
            if paper.below not in ("", *self.deceived) and hall.asked:
                raise Violation(f"{paper.number} is on one paper with half of {paper.below}")
        if not hall.cable.hindered:
            self._hindered_since = None
        elif self._hindered_since is None:
            self._hindered_since = hall.stage.now

    # In the end

    def ends_well(self, records: Sequence[bytes]) -> None:
        """Who pressed after all was mended has a ticket."""
        last = json.loads(records[-1])
        if last["kind"] != "printed" or last["outcome"] != "printed":
            raise Violation(f"all is mended, and there is no ticket: {last}")
        if not self._strip.papers[-1].whole:
            raise Violation(f"all is mended, and the ticket is not whole: {last}")

    def reconcile(self, records: Sequence[bytes]) -> Counter[str]:
        """What the office has been told against what is on paper. Returns how often what."""
        said = [json.loads(record) for record in records]
        issued = [one for one in said if one["kind"] == "issued"]
        visits = Counter(one["visit"] for one in issued)
        numbers = Counter(one["number"] for one in issued)
        _none(
            (
                f"{what} is on record twice"
                for what, times in (visits + numbers).items()
                if times > 1
            )
        )
        outcomes: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for one in said:
            if one["kind"] == "printed":
                outcomes[one["visit"]].append(one)
        _none(f"an outcome of nobody: {visit}" for visit in outcomes.keys() - visits.keys())
        found: dict[str, list[Paper]] = defaultdict(list)
        for paper in self._strip.papers:
            found[paper.number].append(paper)
        _none(f"paper without a record: {number}" for number in found.keys() - numbers.keys())
        totals = Counter(visits=len(visits), papers=sum(map(len, found.values())))
        for one in issued:
            ends = outcomes[one["visit"]]
            if len(ends) != 1:
                raise Violation(f"{one['number']} has {len(ends)} outcomes")
            of = found[one["number"]]
            sure = self._hall.asked and one["number"] not in self.deceived
            totals[_check_visit(one["number"], ends[0], of, sure)] += 1
        totals["deceived"] = len(self.deceived)
        totals["copies"] = sum(paper.copy for each in found.values() for paper in each)
        return totals

    def _take_issued(self, said: dict[str, Any]) -> None:
        if said["number"] in self.issued:
            raise Violation(f"{said['number']} is given twice")
        self.issued[said["number"]] = said
        hall = self._hall
        if not hall.asked or self._hindered_since is None or hall.cable.is_stalled:
            return
        if hall.stage.now - max(self._hindered_since, self._started) > NOTICED_MS:
            raise Violation(f"{said['number']} is taken while the printer is known to be out")

    def _take_outcome(self, said: dict[str, Any]) -> None:
        if said["outcome"] != "printed" or not self._hall.asked:
            return
        number = next(n for n, one in self.issued.items() if one["visit"] == said["visit"])
        if not any(paper.whole for paper in self._strip.papers if paper.number == number):
            if not self._was_deceived(self.issued[number]["at"]):
                raise Violation(f"{number} is called printed and is not on paper")
            self.deceived.add(number)

    def _was_deceived(self, since: int) -> bool:
        """A printer on a serial line that lost its power in the middle of a job, and was back
        before its end, says that it has printed all: nobody can tell (docs/decisions/0011)."""
        cable = self._hall.cable
        return cable.drains and cable.failed_at >= since

    @property
    def _hall(self) -> Hall:
        assert self.hall is not None
        return self.hall


def _check_visit(number: str, end: dict[str, Any], found: list[Paper], sure: bool) -> str:
    """One visit's paper against its outcome, which is returned.

    `sure`: whether the printer can tell that it printed; else `printed` is what it has taken.
    """
    outcome, detail = end["outcome"], end["detail"]
    plain = [paper for paper in found if not paper.copy]
    copies = [paper for paper in found if paper.copy]
    said = f"{number}, {outcome} ({detail}): {len(plain)} papers, {len(copies)} copies"
    if len(plain) > 1 or len(copies) > 1:
        raise Violation(f"more than one paper and one copy: {said}")
    asked_for = "as a copy" in detail or "the program ended" in detail
    if copies and not asked_for:
        raise Violation(f"a copy that nobody asked for: {said}")
    if outcome == "failed" and found:
        raise Violation(f"it has failed and is on paper: {said}")
    if sure and outcome == "printed" and not any(paper.whole for paper in copies or plain):
        raise Violation(f"printed, and there is no whole paper: {said}")
    return str(outcome)


def _none(violations: Iterable[str]) -> None:
    for violation in violations:
        raise Violation(violation)
