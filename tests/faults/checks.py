"""What must hold in the virtual city: at every step, and when all has been put right.

The checks know only what the devices really wrote (`Witness`), what was published, and what lies in
the databases; they do not ask the programs how they see it. All of them are in this one file, since
they share one picture of what is true.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from typing import Any
from zoneinfo import ZoneInfo

from collector.audit import audit
from collector.month import bounds
from simulator.microcosm.card import Files, logged
from simulator.microcosm.collector import VirtualCollector
from simulator.microcosm.device import Device
from simulator.microcosm.gateway import VirtualGateway
from simulator.microcosm.mishaps import LATEST_MS
from simulator.microcosm.stage import Witness
from simulator.microcosm.world import SETTLE_MS, World
from wire import topics
from wire.batch import Batch, Mark, decode_batch
from wire.link import Incoming
from wire.store import open_reader

MONTH = "2026-10"
KYIV = ZoneInfo("Europe/Kyiv")
_UNDER_WAY_MS = 4 * LATEST_MS  # twice over a broker, and in a slow store's inbox
_EVERY = 4  # commits of the collector, between two looks into its ledger

Name = tuple[str, str]  # site, node
Key = tuple[str, str, str]  # site, node, epoch
Place = tuple[str, str, str, int]  # site, node, epoch, seq


class Violation(AssertionError):
    """Something that must never happen has happened."""


class Checks(Witness):
    """Follows one run. Raises Violation."""

    def __init__(self) -> None:
        self.written: dict[Place, set[bytes]] = defaultdict(set)
        self.booted: dict[str, int] = {}  # Unix ms of each device's boots
        self.pushes: dict[Name, int] = defaultdict(int)
        self.confirmed: dict[Name, set[bytes]] = defaultdict(set)
        self.stored: dict[Name, set[bytes]] = defaultdict(set)  # once at the gateway
        self.destroyed: dict[Name, set[bytes]] = defaultdict(set)  # with a card
        self.marks: dict[Key, int] = {}  # committed now, at gateways and collector
        self.ever: dict[Key, int] = defaultdict(int)  # committed at any time
        self.events: dict[Place, tuple[str, str]] = {}  # kind and status of what is in the ledger
        self.counted: set[tuple[str, str, bytes]] = set()
        self.lost_a_journal = False
        self.doubtful: set[str] = set()  # offices whose gateway did not know the time for a while
        self.epochs: dict[Name, set[str]] = defaultdict(set)  # left behind with a card
        self.twins: set[Name] = set()  # whose card went back to an epoch left behind
        self._seen: dict[str, tuple[str, int]] = {}  # how far each journal has been read
        self._in_journal: dict[str, dict[tuple[str, str, int], bytes]] = defaultdict(dict)
        self._commits = 0
        self._reader: sqlite3.Connection | None = None

    # Devices.

    def pushed(self, device: Device) -> None:
        """A visitor's hand."""
        self.pushes[name_of(device)] += 1

    def wrote(self, device: Device, epoch: str, seq: int, record: bytes) -> None:
        """A device confirmed a record: from now on it is on the card, or farther."""
        self.confirmed[name_of(device)].add(record)
        self.card_holds(device, epoch, seq, record)

    def card_holds(self, device: Device, epoch: str, seq: int, record: bytes) -> None:
        """What a card holds has been written by its device, whether confirmed or not."""
        self.written[(*name_of(device), epoch, seq)].add(record)

    def device_started(self, device: Device) -> None:
        """After a power cut, all that was confirmed is there, unless it has gone on."""
        self.booted[device.clock.boot] = device.clock.booted
        self._is_all_somewhere(device)

    def removes(self, device: Device, name: str) -> None:
        """A file goes only if all in it is at the gateway, or in another file."""
        image = device.card.image()
        if name not in image:
            return
        kept = set(logged(image, without=name).values())
        gone = set(logged({name: image[name]}).values()) - kept
        missing = gone & self.confirmed[name_of(device)] - self.stored[name_of(device)]
        missing -= self.destroyed[name_of(device)]
        if missing:
            raise Violation(f"{device.name} deletes {name}, but nobody else has {_some(missing)}")

    def thanked(self, device: Device, button: str) -> None:
        """A lamp: the press is on the card, whatever happens in this very moment."""
        press = {"kind": "press", "button": button, "up": device.clock.up()}
        held = sorted(logged(device.card.image()).items())[-2:]  # presses missed before may follow
        if not any(press.items() <= json.loads(raw).items() for _, raw in held):
            raise Violation(f"{device.name} thanks for {button}, but its card ends with {held}")

    def printed(self, device: Device, visit: str) -> None:
        """A ticket: its number is on the card."""
        held = logged(device.card.image())
        if not any(json.loads(raw).get("visit") == visit for raw in held.values()):
            raise Violation(f"{device.name} prints {visit}, which is not on its card")

    def replaces_card(self, device: Device, image: Files) -> None:
        """What was on no other place than this card is gone with it; nobody can help that."""
        name = name_of(device)
        mine = {epoch for epoch, _ in logged(device.card.image())}
        if {epoch for epoch, _ in logged(image)} - mine:
            self.twins.add(name)
        self.epochs[name] |= mine
        held = set(logged(device.card.image()).values())
        self.destroyed[name] |= held - self.stored[name]

    def device_acted(self, device: Device) -> None:
        """A device believes only what was committed."""
        sender = device.node.sender
        key = (device.site, device.node_name, device.log.epoch)
        if sender.acked > max(self.ever[key], device.log.oldest - 1):
            raise Violation(
                f"{device.name} takes {sender.acked} for stored; it is {self.ever[key]}"
            )

    # Gateways.

    def gateway_started(self, gateway: VirtualGateway) -> None:
        """What was committed has outlived the process."""
        if not gateway.clock.is_set:
            self.doubtful.add(gateway.site)
        found = {
            (gateway.site, node, mark.epoch): mark.seq
            for node, marks in _marks_of(gateway).items()
            for mark in marks
        }
        mine = {k for k in self.marks if k[0] == gateway.site and k[1] != topics.GATEWAY}
        self._outlived(mine, found)

    def gateway_stored(self, gateway: VirtualGateway) -> None:
        """Every number up to a new watermark came in this group, or is known to be lost."""
        self._journal_grew(gateway)
        for (site, node), batches in _batches(gateway.group).items():
            for mark in gateway.journal.marks.load(site, node)[0]:
                self._gateway_moved((site, node, mark.epoch), mark.seq, batches)

    def gateway_heard(self, gateway: VirtualGateway) -> None:
        """A gateway believes only what was committed in the city."""
        key = (gateway.site, topics.GATEWAY, gateway.journal.log.epoch)
        if gateway.sender.acked > self.ever[key]:
            raise Violation(f"{gateway.name} takes {gateway.sender.acked} for stored")

    def loses_journal(self, gateway: VirtualGateway) -> None:
        """Its watermarks are those of the other journal from now on."""
        self.lost_a_journal = True
        self._seen.pop(gateway.site, None)
        self._in_journal.pop(gateway.site, None)
        for key in [k for k in self.marks if k[0] == gateway.site and k[1] != topics.GATEWAY]:
            del self.marks[key]

    def promises(self, site: str, node: str, mark: Mark) -> None:
        """A watermark that is published is committed."""
        committed = self.marks.get((site, node, mark.epoch), 0)
        if mark.seq > committed:
            raise Violation(f"{site}/{node} is promised {mark.seq}; committed is {committed}")

    # The collector.

    def collector_started(self, collector: VirtualCollector) -> None:
        """What was committed has outlived the process."""
        self._outlived({k for k in self.marks if k[1] == topics.GATEWAY}, _uplink_marks(collector))

    def collector_stored(self, collector: VirtualCollector) -> None:
        """The same for the uplinks; and now and then a look at the events."""
        for (site, node), batches in _batches(collector.group).items():
            for mark in collector.ledger.marks.load(site, node)[0]:
                key = (site, node, mark.epoch)
                for seq in range(self.marks.get(key, 0) + 1, mark.seq + 1):
                    _records_at(key, seq, batches)
                self._commit(key, mark.seq)
        self._commits += 1
        if self._commits % _EVERY == 0:
            self.look_into_ledger(collector)

    def loses_ledger(self, collector: VirtualCollector) -> None:
        """What is in the other ledger is found when it is looked into."""
        self.close()
        self.events.clear()
        self.counted.clear()
        for key in [k for k in self.marks if k[1] == topics.GATEWAY]:
            del self.marks[key]

    def look_into_ledger(self, collector: VirtualCollector) -> None:
        """Every event is a record that a device wrote, under its number; none counts twice."""
        if self._reader is None:
            self._reader = open_reader(collector.path)
        for site, node, epoch, seq, kind, status, at, body in self._reader.execute(
            "SELECT site, node, o.epoch, seq, kind, status, at, body FROM event"
            " JOIN origin o ON id=origin"
        ):
            place = (site, node, epoch, seq)
            if place not in self.events:
                self.events[place] = (kind, status)
                self._event_is_true(place, status, at, body)

    def close(self) -> None:
        """Give the ledger back."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    # In the end.

    def all_is_well(self, world: World) -> None:
        """After all has been mended and has had time: nothing is pending and all of it adds up."""
        if not world.settle():
            raise Violation(f"after {SETTLE_MS // 1000} s: {'; '.join(world.pending())}")
        world.clockwork.run_until(world.stage.now + 75_000)  # all say how it is, and are heard
        if not world.settle():
            raise Violation(f"after {SETTLE_MS // 1000} s: {'; '.join(world.pending())}")
        world.clockwork.run_until(world.stage.now + 15_000)  # everybody says once more how it is
        for device in world.devices:
            self._is_all_somewhere(device)
        self.look_into_ledger(world.collector)
        self._all_has_arrived()
        self._no_number_is_given_twice()
        self._no_limit_is_passed(world)
        self._audit(world)

    def _all_has_arrived(self) -> None:
        assert self._reader is not None
        lost: dict[Key, set[int]] = defaultdict(set)
        for site, node, epoch, first, last in self._reader.execute(
            "SELECT site, node, epoch, first, last FROM lost JOIN origin ON id=origin"
        ):
            lost[site, node, epoch] |= set(range(first, last + 1))
        places: dict[tuple[str, str, bytes], list[Place]] = defaultdict(list)
        for place, raws in self.written.items():
            for raw in raws:
                places[place[0], place[1], raw].append(place)
        for name, records in self.confirmed.items():
            for raw in records - self.destroyed[name]:
                mine = places[(*name, raw)]
                if not any(p in self.events or p[3] in lost[p[:3]] for p in mine):
                    raise Violation(f"{name}: {raw!r} is nowhere and not on record as lost")
        self._nothing_is_lost_without_a_reason(lost)

    def _nothing_is_lost_without_a_reason(self, lost: dict[Key, set[int]]) -> None:
        """Only a gateway's disk can take records with it that a device had let go of."""
        if self.lost_a_journal:
            return
        for key, numbers in lost.items():
            if not all((*key, seq) in self.events for seq in numbers):
                raise Violation(f"{key}: {numbers} are said to be lost, for no reason")

    def _no_number_is_given_twice(self) -> None:
        """Ticket numbers, unless who gives them has lost his memory."""
        given: dict[tuple[str, ...], str] = {}
        for (site, node), records in self.confirmed.items():
            for said in map(json.loads, records):
                if said["kind"] != "issued":
                    continue
                own = said["by"] == "dispenser"
                if (site, node) in self.epochs if own else self.lost_a_journal:
                    continue
                number = (site, node if own else "", said["number"])
                if given.setdefault(number, said["visit"]) != said["visit"]:
                    raise Violation(f"{number} is given twice")

    def _no_limit_is_passed(self, world: World) -> None:
        """By the gateway; a dispenser that is alone knows no more than what it heard."""
        for gateway in world.gateways:
            limits = {service.id: service.limit for service in gateway.config.service}
            with closing(open_reader(gateway.config.journal_path())) as db:
                given = db.execute("SELECT day, service, count(*) FROM given GROUP BY day, service")
                for day, service, count in given.fetchall():
                    if count > (limits[service] or count):
                        raise Violation(f"{gateway.name} gave {count} of {service} on {day}")

    def _audit(self, world: World) -> None:
        begin, end = bounds(MONTH, KYIV)
        db = open_reader(world.collector.path)
        try:
            found = audit(db, MONTH, begin, end, world.collector.influx.read)
        finally:
            db.close()
        # A card from before a renewal looks like a second device of that name, and is told as one.
        excused = {f"{site}/{node}: two devices speak with this name" for site, node in self.twins}
        problems = set(found.problems) - excused
        if problems:
            raise Violation(f"audit: {problems}")
        for mine in found.accounts:
            if mine.pending_uplink:
                raise Violation(f"audit: {mine.node}: {mine.pending_uplink} pending on the uplink")
            # A card that is gone leaves what it was known to have written pending, for ever.
            if mine.pending_device and (mine.site, mine.node) not in self.epochs:
                raise Violation(f"audit: {mine.node}: {mine.pending_device} pending on the device")
            presses = mine.counted + mine.visits + mine.declined + mine.not_taken
            if presses > self.pushes[mine.site, mine.node]:
                raise Violation(f"audit: {mine.node}: {presses} presses are counted")

    # Tools.

    def _is_all_somewhere(self, device: Device) -> None:
        name = name_of(device)
        held = set(logged(device.card.image()).values())
        missing = self.confirmed[name] - self.stored[name] - self.destroyed[name] - held
        if missing:
            raise Violation(f"{device.name}: nobody has {_some(missing)}")

    def _gateway_moved(self, key: Key, upto: int, batches: list[Batch]) -> None:
        for seq in range(self.marks.get(key, 0) + 1, upto + 1):
            raws = _records_at(key, seq, batches)
            true = raws & self.written[(*key, seq)]
            self.stored[key[:2]] |= true
            if raws and not true:
                raise Violation(f"{key}: {seq} is stored, but was never written: {raws}")
            late = any(batch.oldest > seq for batch in batches)  # came, but was lost already
            if raws and not late and (*key[1:], seq) not in self._in_journal[key[0]]:
                raise Violation(f"{key}: {seq} is under the watermark, but not in the journal")
        self._commit(key, upto)

    def _journal_grew(self, gateway: VirtualGateway) -> None:
        """No number of a device is in a journal twice."""
        log = gateway.journal.log
        epoch, upto = self._seen.get(gateway.site, ("", 0))
        if epoch != log.epoch:
            upto = 0
        if upto < log.last:
            mine = self._in_journal[gateway.site]
            for body in log.read(upto + 1, log.last - upto, 1 << 60):
                said = json.loads(body)
                number = (said["node"], said["epoch"], said["seq"])
                if said["kind"] in _FIELDS or said["kind"] == "device":
                    if mine.get(number, body) != body or (number in mine and epoch == log.epoch):
                        raise Violation(f"{gateway.name}: {number} is in its journal twice")
                    mine[number] = body
        self._seen[gateway.site] = (log.epoch, log.last)

    def _commit(self, key: Key, seq: int) -> None:
        if seq < self.marks.get(key, 0):
            raise Violation(f"{key}: the watermark goes back to {seq}")
        self.marks[key] = seq
        self.ever[key] = max(self.ever[key], seq)

    def _outlived(self, known: set[Key], found: dict[Key, int]) -> None:
        for key in sorted(known | found.keys()):
            if found.get(key, 0) < self.marks.get(key, 0):
                raise Violation(f"{key}: {found.get(key)} stored; it was {self.marks[key]}")
            self._commit(key, found[key])

    def _event_is_true(self, place: Place, status: str, at: int, body: bytes) -> None:
        said = json.loads(body)
        doubtful = place[0] in self.doubtful
        true = [
            raw for raw in self.written[place] if self._became(json.loads(raw), said, at, doubtful)
        ]
        if not true:
            raise Violation(f"{place}: {body!r} is not what was written: {self.written[place]}")
        if status == "counted":
            identity = (place[0], place[1], true[0])
            if len(true) == 1 and identity in self.counted:
                raise Violation(f"{place}: {true[0]!r} is counted twice")
            self.counted.add(identity)

    def _became(
        self, raw: dict[str, Any], said: dict[str, Any], placed: int, doubtful: bool
    ) -> bool:
        """Whether an office record is what became of a device's record, at its time.

        `doubtful`: the gateway did not know the time for a while. A time that is called unknown
        need not be the device's, even if that knew it: the gateway places a record by the batch
        before, and may not believe it when that batch was late.
        """
        if not _says_the_same(raw, said):
            return False
        happened = self.booted[raw["boot"]] + raw["up"]
        if said["clock"] == "unknown":
            return doubtful or placed >= happened
        if raw["at"] is not None and said["clock"] == "set":
            return bool(placed == raw["at"])
        return bool(said["clock"] == "placed") and happened <= placed <= happened + _UNDER_WAY_MS


def name_of(device: Device) -> Name:
    """Site and node."""
    return device.site, device.node_name


_FIELDS: dict[str, tuple[str, dict[str, str]]] = {
    "rating": ("press", {"value": "button"}),
    "visit": ("issued", {"visit": "visit", "service": "service", "number": "number", "by": "by"}),
    "missed": ("missed", {"count": "count"}),
    "declined": ("declined", {"service": "service", "reason": "reason", "by": "by"}),
    "printed": ("printed", {"visit": "visit", "service": "service", "outcome": "outcome"}),
}


def _says_the_same(raw: dict[str, Any], said: dict[str, Any]) -> bool:
    """Whether an office record is what became of a device's record."""
    if said["kind"] == "device":
        if raw["kind"] == "started":
            return bool(said["event"] == "started" and said["detail"] == raw["version"])
        return bool(raw["kind"] == "button" and said["event"] == raw["state"])
    kind, fields = _FIELDS[said["kind"]]
    return raw["kind"] == kind and all(said[to] == raw[of] for to, of in fields.items())


def _batches(messages: Sequence[Incoming]) -> dict[Name, list[Batch]]:
    """The batches among messages that are meant for whoever took them."""
    came: dict[Name, list[Batch]] = defaultdict(list)
    for topic, payload in messages:
        site, node, channel = topics.parse(topic)
        if channel == topics.LOG:
            came[site, node].append(decode_batch(payload))
    return came


def _records_at(key: Key, seq: int, batches: list[Batch]) -> set[bytes]:
    """What came as number `seq`; empty if it is known to be lost."""
    mine = [batch for batch in batches if batch.epoch == key[2]]
    raws = {b.records[seq - b.first] for b in mine if b.first <= seq <= b.last}
    if not raws and not any(batch.oldest > seq for batch in mine):
        raise Violation(f"{key}: {seq} is taken for stored, but nothing of it came")
    return raws


def _marks_of(gateway: VirtualGateway) -> dict[str, list[Mark]]:
    nodes = [device.node for device in gateway.config.device]
    return {node: gateway.journal.marks.load(gateway.site, node)[0] for node in nodes}


def _uplink_marks(collector: VirtualCollector) -> dict[Key, int]:
    sites = {site for site, _, _ in collector.ledger.marks.newest()}
    return {
        (site, topics.GATEWAY, mark.epoch): mark.seq
        for site in sorted(sites)
        for mark in collector.ledger.marks.load(site, topics.GATEWAY)[0]
    }


def _some(records: set[bytes]) -> str:
    return f"{len(records)} records, e.g. {min(records)!r}"
