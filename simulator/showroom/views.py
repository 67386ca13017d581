"""What the page says of the city's figures, as values. Pure; no words, no HTML."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from collector.tally import FIELDS
from simulator.showroom.seen import Card
from wire.records import REFUSALS

HOUR_S = 3_600
COUNTED = "counted"
_SATISFIED, _UNSATISFIED = (FIELDS["rating"].index(of) for of in ("satisfied", "unsatisfied"))
_REFUSED = tuple(FIELDS["rating"].index(why) for why in REFUSALS)


class City(msgspec.Struct, frozen=True):
    """What the ledger holds. `tops`: the newest record of each box's card; `ratings`: how many of
    the cards' presses have which status; `stored`: the status of notes that have arrived, by node,
    epoch and number; `tallies`: ((service, desk, channel), sums) of this hour."""

    tops: Mapping[str, int] = {}
    ratings: Mapping[str, int] = {}
    stored: Mapping[tuple[str, str, int], str] = {}
    tallies: Sequence[tuple[tuple[str, ...], tuple[int, ...]]] = ()


class TallyLine(msgspec.Struct, frozen=True):
    """Sums of one hour. `of`: `desk`, the newcomer's; `others`: the other desks; or the channel."""

    of: str
    satisfied: int
    unsatisfied: int
    refused: int


class Balance(msgspec.Struct, frozen=True):
    """The accounting of all presses since the demo is live. `refused`: how many, by reason."""

    pressed: int
    counted: int
    refused: Mapping[str, int]
    pending: int

    @property
    def explained(self) -> int:
        """Of how many presses it is known what became of them."""
        return self.counted + sum(self.refused.values()) + self.pending

    @property
    def balanced(self) -> bool:
        """Whether that is all of them."""
        return self.explained == self.pressed


def balance(cards: Iterable[Card], city: City) -> Balance:
    """Cards against ledger: what was pressed, and what the city says of it. Pending is a press
    whose number is above the newest that the ledger has of its card."""
    pressed = pending = 0
    for card in cards:
        pressed += len(card.presses)
        top = city.tops.get(card.node, 0)
        pending += sum(1 for seq in card.presses if seq > top)
    refused = {status: n for status, n in city.ratings.items() if status != COUNTED}
    return Balance(
        pressed=pressed,
        counted=city.ratings.get(COUNTED, 0),
        refused=dict(sorted(refused.items())),
        pending=pending,
    )


def tally(city: City, desk: str) -> tuple[TallyLine, ...]:
    """This hour's sums: of `desk`, of the other desks, of the exits, of other channels if there are
    any. Channels are never added up."""
    sums: dict[str, list[int]] = {of: [0, 0, 0] for of in ("desk", "others", "exit")}
    for (_, at, channel), values in city.tallies:
        of = channel if channel != "desk" else "desk" if at == desk else "others"
        line = sums.setdefault(of, [0, 0, 0])
        line[0] += values[_SATISFIED]
        line[1] += values[_UNSATISFIED]
        line[2] += sum(values[i] for i in _REFUSED)
    return tuple(TallyLine(of, *line) for of, line in sums.items())
