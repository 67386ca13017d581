"""What is fuzzed: every place where bytes of somebody else's come in. See tests.faults.fuzz.

A target is made once, in a folder of its own, and then gets one input after another. Whatever it
raises is a finding: errors that the product documents are caught here, and here only.
"""

import contextlib
import itertools
import json
import random
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

import firmware.common.config
import wire.config
from collector.city import City
from collector.config import read_collector
from collector.influx import Influx
from collector.influx_config import InfluxConfig
from collector.ledger import LAYOUT as LEDGER
from collector.ledger import Ledger
from collector.refusal import Refused, Unavailable
from firmware.common import logline
from firmware.common.filelog import MAX_RECORD, FileLog
from firmware.dispenser import config as dispenser_config
from firmware.dispenser.series import LAST, Series
from firmware.dispenser.touch import Choices
from firmware.ratingbox import config as ratingbox_config
from gateway.config import read_office
from gateway.journal import LAYOUT as JOURNAL
from gateway.journal import Journal
from gateway.office import Office
from simulator.disk import SimDisk
from tests.collector import bench as city_bench
from tests.collector.test_upgrade import BACK_TO_1 as LEDGER_OF_1
from tests.faults.order_targets import ORDERS
from tests.gateway import bench as office_bench
from wire import topics
from wire.batch import BatchError, decode_batch, decode_mark, encode_batch, encode_mark
from wire.lines import UNREADABLE, decode_each
from wire.link import Incoming, Outgoing
from wire.meaning import EXAMPLES
from wire.records import (
    Answer,
    Ask,
    Choice,
    DeviceRecord,
    DispenserSetup,
    OfficeRecord,
    Reply,
    State,
)
from wire.setup import SetupError, read_setup
from wire.store import Layout, StoreError, open_reader

Check = Callable[[bytes], None]
CUT = b"\n~~\n"  # between the files, or the topic and the payload, of one input


class Target(NamedTuple):
    """`make(folder)`: the check. `examples`: valid inputs, to begin from. `runs`: per test.

    `words`: keys and values that structured inputs are made of.
    """

    make: Callable[[Path], Check]
    examples: tuple[bytes, ...]
    runs: int
    words: tuple[str, ...] = ()


def _check_words(said: str, path: Path) -> None:
    assert said.startswith(f"{path}: "), f"an error that does not name its file: {said}"


def _check_bytes(path: Path, data: bytes) -> None:
    assert path.read_bytes() == data, "a file that was refused has been changed"


# ---- pure decoders ------------------------------------------------------------------------------
def _topic(_: Path) -> Check:
    def check(data: bytes) -> None:
        name = data.decode(errors="surrogateescape")
        try:
            found = topics.parse(name)
        except topics.TopicError:
            return
        assert topics.topic(*found) == name

    return check


def _batch(_: Path) -> Check:
    def check(data: bytes) -> None:
        try:
            batch = decode_batch(data)
        except BatchError:
            return
        again = decode_batch(encode_batch(batch))
        assert all(getattr(again, name) == getattr(batch, name) for name in batch.__slots__)

    return check


def _mark(_: Path) -> Check:
    def check(data: bytes) -> None:
        try:
            mark = decode_mark(data)
        except BatchError:
            return
        again = decode_mark(encode_mark(mark))
        assert all(getattr(again, name) == getattr(mark, name) for name in mark.__slots__)

    return check


def _setup(_: Path) -> Check:
    def check(data: bytes) -> None:
        try:
            setup = read_setup(data)
        except SetupError as error:
            assert error.remedy  # noqa: PT017 - most inputs are refused, and no few are not
            return
        assert read_setup(msgspec.json.encode(setup)) == setup

    return check


def _records(kind: Any) -> Callable[[Path], Check]:
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(kind)

    def check(data: bytes) -> None:
        lines = data.split(b"\n")
        found = decode_each(decoder, lines)
        assert [line for line, _ in found] == lines
        for _, record in found:
            if not isinstance(record, str):
                assert decoder.decode(msgspec.json.encode(record)) == record

    return lambda _: check


def _messages(_: Path) -> Check:
    decoders = [
        msgspec.json.Decoder(kind) for kind in (State, Ask, Answer, Choice, Reply, DispenserSetup)
    ]

    def check(data: bytes) -> None:
        Choices().take(data)
        for decoder in decoders:
            try:
                message = decoder.decode(data)
            except UNREADABLE:
                continue
            assert decoder.decode(msgspec.json.encode(message)) == message

    return check


# ---- files of a device --------------------------------------------------------------------------
def _filelog(_: Path) -> Check:
    def check(data: bytes) -> None:
        disk = SimDisk()
        for index, text in enumerate(data.split(CUT)[:4]):
            disk.create(f"{index + 1:08d}.log", _with_crcs(text))
        before = {name: disk.read(name) for name in disk.names()}
        numbers = itertools.count(1)
        log = FileLog(disk, lambda: f"{next(numbers):016x}", 300)
        held = log.read(log.oldest, 1000, 1 << 20) if log.oldest <= log.last else []
        assert all(len(record) <= max(MAX_RECORD, len(data)) for record in held)
        record = b'{"kind":"press"}'
        number = log.append(record)
        again = FileLog(disk, lambda: f"{next(numbers):016x}", 300)
        assert (again.epoch, again.last) == (log.epoch, number)
        assert again.read(number, 1, 1) == [record]
        for name, bytes_ in before.items():  # no file is rewritten; one of the past may go
            assert name not in disk.names() or disk.read(name).startswith(bytes_)

    return check


def _with_crcs(text: bytes) -> bytes:
    """Lines that begin with '!' get the CRC without which nothing behind it is ever looked at.

    Heads only as we write them: who forges those may as well write any records he likes."""
    return b"\n".join(_sealed(line) if line[:1] == b"!" else line for line in text.split(b"\n"))


def _sealed(line: bytes) -> bytes:
    said = line[1:]
    if re.fullmatch(rb"talon 1 [0-9a-f]{16} [1-9]\d{0,3}( (-|[0-9a-f]{16}) \d{1,4})?", said):
        return said + b" " + logline.crc_text(said)
    number, _, record = said.partition(b" ")
    return number + b" " + logline.crc_text(number + b" " + record) + b" " + record


def _series(_: Path) -> Check:
    held = [b'{"kind":"issued","by":"dispenser","number":"\xd0\x901-007"}']

    def check(data: bytes) -> None:
        for records in (None, held):
            disk = SimDisk()
            for index, text in enumerate(data.split(CUT)[:2]):
                disk.create(f"series-{index}", text)
            series = Series(disk, lambda r=records: r, lambda: "0" * 16)  # type: ignore[misc]
            given = [series.take(), series.take()]
            given.append(Series(disk, list, lambda: "0" * 16).take())
            assert len(set(given)) == 3 and all(1 <= number <= LAST for number in given)

    return check


# ---- configs ------------------------------------------------------------------------------------
def _config(read: Callable[[Path], object], error: type[Exception]) -> Callable[[Path], Check]:
    def make(folder: Path) -> Check:
        path = folder / "config.toml"

        def check(data: bytes) -> None:
            path.write_bytes(data)
            try:
                read(path)
            except error as refusal:
                _check_words(str(refusal), path)

        return check

    return make


def _check_length(reason: str) -> None:
    assert len(reason) < 2_000, f"{len(reason)} characters for a reason"


# ---- InfluxDB -----------------------------------------------------------------------------------
class _PretendPool:
    """Answers everything with the same: a status, a Retry-After, a body."""

    def __init__(self) -> None:
        self.status = 200
        self.data = b""
        self.headers: dict[str, str] = {}

    def request(self, *_: object, **__: object) -> "_PretendPool":
        """As urllib3 does it."""
        return self


def _influx(_: Path) -> Check:
    pool = _PretendPool()
    influx = Influx(InfluxConfig(url="http://127.0.0.1:1"))
    hidden: Any = influx
    hidden._pool = hidden._writer._pool = pool

    def check(data: bytes) -> None:
        head, _, pool.data = data.partition(b"\n")
        status, _, retry = head.decode("latin-1").partition(" ")
        pool.status = int(status) if re.fullmatch("[2-5][0-9][0-9]", status) else 200
        pool.headers = {"Retry-After": retry}
        for ask in (
            lambda: influx.write("x v=1i 0"),
            influx.create,
            lambda: [msgspec.json.encode(row) for row in influx.read("device", 0, 1)],
        ):
            try:
                ask()
            except (Refused, Unavailable) as error:
                _check_length(error.reason)

    return check


# ---- stores -------------------------------------------------------------------------------------
# Else it is ours, and was found damaged while it was led on: each step whole, or not at all.
_NOT_OURS = ("is no ", "another version", "not a database")


def _store(open_it: Callable[[Path], Any], layout: Layout) -> Callable[[Path], Check]:
    def make(folder: Path) -> Check:
        path = folder / "store.db"

        def check(data: bytes) -> None:
            for suffix in ("", "-wal", "-shm", ".lock"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            path.write_bytes(data)
            try:
                open_reader(path, layout).close()
            except StoreError:
                _check_bytes(path, data)
            try:
                open_it(path).close()
            except StoreError as refusal:
                _check_words(str(refusal), path)
                if any(words in str(refusal) for words in _NOT_OURS):
                    _check_bytes(path, data)

        return check

    return make


def _open_journal(path: Path) -> Journal:
    return Journal(path, office_bench.tokens())


def _sound_stores(kind: type[city_bench.Bench | office_bench.Bench], older: str) -> list[bytes]:
    """One with something in it, and the same as version 1 left it."""
    folder = Path(tempfile.mkdtemp(prefix="talon-fuzz-"))
    try:
        bench = kind(folder)
        if isinstance(bench, city_bench.Bench):
            bench.take(city_bench.rating(1), city_bench.visit(1))
            bench.ledger.close()
            path = bench.path
        else:
            bench.handle(_BOX.batch())
            bench.journal.close()
            path = bench.config.journal_path()
        found = [path.read_bytes()]
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.executescript(older)
        return [*found, path.read_bytes()]
    finally:
        shutil.rmtree(folder)


def _other_store(application: int, version: int) -> bytes:
    """Somebody else's, not in WAL."""
    db = sqlite3.connect(":memory:")
    db.execute(f"PRAGMA application_id={application:d}")
    db.execute(f"PRAGMA user_version={version:d}")
    db.execute("CREATE TABLE other (x)")
    return db.serialize()


# ---- office and city ----------------------------------------------------------------------------
_RENEW = 2_000  # inputs after which a store is begun anew, to keep it small
_GOOD_EVERY = 25


class _Hall:
    """An office or a city under fire: what it refuses leaves no trace, and it goes on taking."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._epochs = (f"{number:016x}" for number in itertools.count(0xFEED_0000))
        self._open()

    def __call__(self, data: bytes) -> None:
        topic, _, payload = data.partition(CUT)
        name = topic.decode(errors="replace").replace("\0", "")
        self._rest()
        before = self._changes(), self._refused()
        self._handle([(name, payload)])
        if self._refused() > before[1]:
            assert self._changes() == before[0], "what was refused has left a trace"
        self._count += 1
        if self._count % _GOOD_EVERY == 0:
            self._take_good()
        if self._count % _RENEW == 0:
            self._close()
            self._open()

    def _take_good(self) -> None:
        before = self._changes()
        epoch = next(self._epochs)
        marks = office_bench.marks(self._handle([self._good(epoch)]))
        mark = marks[self._speaker]
        assert (mark.epoch, mark.seq) == (epoch, 3), "a good batch was not taken"
        assert self._changes() > before

    _speaker = ""

    def _rest(self) -> None:
        """What it does by itself between two messages."""

    def _open(self) -> None:
        raise NotImplementedError

    def _close(self) -> None:
        raise NotImplementedError

    def _handle(self, messages: list[Incoming]) -> list[Outgoing]:
        raise NotImplementedError

    def _good(self, epoch: str) -> Incoming:
        raise NotImplementedError

    def _db(self) -> sqlite3.Connection:
        raise NotImplementedError

    def _refused(self) -> int:
        raise NotImplementedError

    def _changes(self) -> int:
        """Rows that have ever been written by this connection."""
        return self._db().total_changes


class _OfficeHall(_Hall):
    _speaker = "box-2"

    def _open(self) -> None:
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        config = office_bench.config(folder)
        self._journal = Journal(config.journal_path(), office_bench.tokens())
        self._db().execute("PRAGMA synchronous=OFF")  # only to be quick
        self._office = Office(config, self._journal, office_bench.StepClock(), random.Random(1))

    def _rest(self) -> None:
        self._office.tend()

    def _close(self) -> None:
        self._journal.close()

    def _handle(self, messages: list[Incoming]) -> list[Outgoing]:
        return self._office.handle(messages)

    def _good(self, epoch: str) -> Incoming:
        return office_bench.pressed(3, self._speaker, epoch).batch()

    def _db(self) -> sqlite3.Connection:
        return self._journal._database.db

    def _refused(self) -> int:
        return self._office.strays.reasons.total()


class _CityHall(_Hall):
    _speaker = topics.GATEWAY

    def _open(self) -> None:
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        self._ledger = Ledger(folder / "ledger.db")
        self._db().execute("PRAGMA synchronous=OFF")  # only to be quick
        self._city = City(self._ledger, city_bench.StepClock(), frozenset(["kyiv-1", "kyiv-2"]))

    def _close(self) -> None:
        self._ledger.close()

    def _handle(self, messages: list[Incoming]) -> list[Outgoing]:
        return self._city.handle(messages)

    def _good(self, epoch: str) -> Incoming:
        gateway = city_bench.Gateway("kyiv-2", epoch)
        return gateway.write(*(city_bench.rating(n, epoch=epoch) for n in (1, 2, 3))).batch()

    def _db(self) -> sqlite3.Connection:
        return self._ledger._database.db

    def _refused(self) -> int:
        return self._city.strays.reasons.total()


# ---- the table ----------------------------------------------------------------------------------
def _message(incoming: Incoming) -> bytes:
    return incoming[0].encode() + CUT + bytes(incoming[1])


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_BOX = office_bench.pressed(3)
_OFFICE_RECORDS = (city_bench.rating(1), city_bench.visit(2), city_bench.printed(3))
_GATEWAY = city_bench.Gateway().write(*_OFFICE_RECORDS, city_bench.lost(7, 9))
_DEVICE_LINES = (
    b'{"kind":"press","at":null,"boot":"b0000001","up":7,"button":"satisfied"}',
    b'{"kind":"button","at":5,"boot":"b0000001","up":7,"button":"satisfied","state":"stuck"}',
    b'{"kind":"issued","at":5,"boot":"b0000001","up":7,"visit":"00000000000000a1",'
    b'"service":"passport","number":"\xd0\x90001","by":"gateway"}',
    b'{"kind":"printed","at":5,"boot":"b0000001","up":7,"visit":"00000000000000a1",'
    b'"service":"passport","outcome":"failed","detail":"no paper"}',
    b'{"kind":"started","at":5,"boot":"b0000001","up":7,"version":"0.1"}',
)
_DEEP = b"[" * 3_000 + b"]" * 3_000
_STATES = (
    _BOX.state()[1],
    _GATEWAY.state(9, at=1, written=3, stored=2)[1],
    office_bench.ask()[1],
    b'{"v":1,"visit":"00000000000000a1","number":"\xd0\x90001"}',
    b'{"v":1,"online":true,"x":' + _DEEP + b"}",
    b'{"v":1,"press":"passport","id":"00000000000000a1","at":1}',
    b'{"v":1,"re":"press","id":"00000000000000a1","error":"busy"}',
)
_SETUP = msgspec.json.encode(next(one for one in EXAMPLES if isinstance(one, DispenserSetup)))
_SETUP_WORDS = _split(
    "v office timezone ticket services logo show languages footer qr id letter title hours limit"
    " mon sun number uk en {visit} {who} 08:00-17:00 Europe/Kyiv A"
)
_RECORD_WORDS = _split(
    "kind at boot up press button state issued visit service number by printed outcome detail"
    " started version damaged node epoch seq clock set placed unknown rating value status channel"
    " desk satisfied unsatisfied counted quarantined reason raw lost last gap conflict gateway"
    " passport v online oldest first count prev written stored seen devices error"
)
_CONFIG_WORDS = _split(
    "site name node data broker host port username password ca service device id letter title kind"
    " channel desk mark timezone hours mon policies store limit_mb keep_days keep_months influx url"
    " version database token timeout_s services office printer button gpio pins buzzer code_page"
    " code_page_number vendor baud dispenser ratingbox serial cp1251 utf_16 Europe/Kyiv"
)
_REPLY = (
    b'200 0\n{"results":[{"series":[{"name":"device","tags":{"site":"a","node":"b"},"columns":'
    b'["time","counted","refused","visits","prints","notes","quarantined","lost"],'
    b'"values":[[0,1,2,3,4,5,6,7],[3600,null,0,0,0,0,0,0]]}]}]}'
)


def _texts(*parts: str) -> Iterator[bytes]:
    from tests.collector.test_config import GOOD as CITY
    from tests.firmware.ratingbox.test_config import GOOD as BOX
    from tests.gateway.test_config import GOOD as OFFICE

    dispenser = Path(__file__).parents[2] / "docs/examples/dispenser.toml"
    known = {"city": CITY, "box": BOX, "office": OFFICE, "dispenser": dispenser.read_text()}
    for part in parts:
        yield known[part].encode()
        yield b"button = [1]\n" + known[part].partition("[[button]]")[0].encode()
        yield known[part].replace("08:00", "\u00b28:00").encode()
    yield b"a = " + b"[" * 1_200
    yield b"a = " + b"9" * 5_000
    yield b"device = [1]\nbutton = [1]\nsite = 1"


_NO_STORES = (b"", b"SQLite format 3\0", _other_store(7, 0), _other_store(0, 99))
JOURNAL_OF_1 = """
ALTER TABLE boot DROP COLUMN forgotten;
DROP TABLE account; DROP TABLE lost; DROP TABLE restored; DROP TABLE quarantine;
PRAGMA user_version=1;
PRAGMA application_id=0;
"""


def _targets() -> dict[str, Target]:
    device_error, wire_error = firmware.common.config.ConfigError, wire.config.ConfigError
    log = b"!talon 1 00000000000000e1 1\n!1 " + _DEVICE_LINES[0] + b"\n!2 x\n"
    more = b"!talon 1 00000000000000e1 3 - 0\n!3 " + _DEVICE_LINES[0] + b"\n!9 x\n!10"
    new = b"!talon 1 00000000000000e2 2 00000000000000e1 1\n!2 y\n"
    return {
        "topic": Target(
            _topic, (b"talon/v1/kyiv-1/box-1/log", b"talon/v1/kyiv-1/gateway/state"), 20_000
        ),
        "batch": Target(_batch, (_BOX.batch()[1], _GATEWAY.batch()[1]), 10_000, _RECORD_WORDS),
        "mark": Target(
            _mark,
            (b'{"v":1,"epoch":"00000000000000e1","seq":7,"crc":9}', b'{"v":' + _DEEP + b"}"),
            10_000,
            _RECORD_WORDS,
        ),
        "device-record": Target(
            _records(DeviceRecord),
            (*_DEVICE_LINES, b"\n".join(_DEVICE_LINES), _DEEP),
            10_000,
            _RECORD_WORDS,
        ),
        "office-record": Target(
            _records(OfficeRecord), (*_GATEWAY.log, b"\n".join(_GATEWAY.log)), 10_000, _RECORD_WORDS
        ),
        "message": Target(_messages, _STATES, 10_000, _RECORD_WORDS),
        "setup": Target(_setup, (_SETUP, _DEEP), 5_000, _SETUP_WORDS),
        "filelog": Target(
            _filelog,
            (
                log,
                log + CUT + more,
                log + CUT + new,
                more + CUT + log,
                log + b"!99999999999 y\nx" + CUT + log,
            ),
            5_000,
        ),
        "series": Target(
            _series,
            (
                b"talon series 7 6b1f0c3c\n" + CUT + b"talon series 8 fb7a1ba6\n",
                b"talon series " + b"9" * 5_000 + b" 00000000",
                b"x" + CUT,
                b"",
            ),
            10_000,
        ),
        "office-config": Target(
            _config(read_office, wire_error), tuple(_texts("office")), 300, _CONFIG_WORDS
        ),
        "city-config": Target(
            _config(read_collector, wire_error), tuple(_texts("city")), 300, _CONFIG_WORDS
        ),
        "ratingbox-config": Target(
            _config(ratingbox_config.read, device_error), tuple(_texts("box")), 300, _CONFIG_WORDS
        ),
        "dispenser-config": Target(
            _config(dispenser_config.read, device_error),
            tuple(_texts("dispenser")),
            300,
            _CONFIG_WORDS,
        ),
        "influx-reply": Target(
            _influx,
            (
                _REPLY,
                b'429 7\n{"error":"too many"}',
                b'400 \n{"error":"partial write","data":' + _DEEP + b"}",
                b'200 \n{"results":' + _DEEP + b"}",
            ),
            10_000,
            ("results", "series", "columns", "values", "tags", "error", "message", "partial"),
        ),
        "ledger": Target(
            _store(Ledger, LEDGER),
            (*_sound_stores(city_bench.Bench, LEDGER_OF_1), *_NO_STORES),
            60,
        ),
        "journal": Target(
            _store(_open_journal, JOURNAL),
            (*_sound_stores(office_bench.Bench, JOURNAL_OF_1), *_NO_STORES),
            60,
        ),
        "office": Target(
            _OfficeHall,
            (
                _message(_BOX.batch()),
                _message(_BOX.state()),
                _message(office_bench.ask()),
                b"talon/v1/kyiv-1/box-1/log" + CUT + b'{"v":' + _DEEP + b"}\n",
                b"talon/v1/kyiv-1/disp-1/ask" + CUT + b'{"v":' + _DEEP + b"}\n",
            ),
            5_000,
            _RECORD_WORDS,
        ),
        "city": Target(
            _CityHall,
            (_message(_GATEWAY.batch()), _message(_GATEWAY.state(9, at=1, written=3, stored=2))),
            5_000,
            _RECORD_WORDS,
        ),
    }


def _planted(_: Path) -> Check:
    """Shows that the fuzzer finds what there is: one byte kills, another hangs, a third eats."""

    def check(data: bytes) -> None:
        if data[:1] == b"!":
            raise RuntimeError("planted")
        while data[:1] == b"~":
            pass
        if data[:1] == b"#":
            bytearray(1 << 33)

    return check


PLANTED = "planted"  # only fuzzed when it is named
TARGETS = _targets() | {name: Target(*parts) for name, parts in ORDERS.items()}
TARGETS |= {PLANTED: Target(_planted, (b"harmless",), 20_000)}


# ---- inputs -------------------------------------------------------------------------------------
_NASTY = (
    b"\0", b"\xff", b"\xed\xa0\x80", b"\xc2\xb2", b"\xd9\xa2", b"\\ud800", b"\\u0000", b"-1", b"0",
    b"1e999", b"NaN", b"null", b"true", b"{}", b"[]", b'""', b"9" * 20, b"9" * 5_000, b"\n", b"\r",
    b"!", b" ", b"9007199254740993", b"\xe2\x80\xa8", b"[" * 2_000, b"''", b'"""', CUT,
)  # fmt: skip


def mutate(dice: random.Random, data: bytes, others: tuple[bytes, ...]) -> bytes:
    """A few changes to a valid input: flips, cuts, repeats, numbers, pieces of other inputs."""
    bytes_ = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randint(0, len(bytes_))
        end = min(len(bytes_), at + dice.choice((1, 1, 2, 8, 64)))
        how = dice.randrange(7)
        if how == 0 and at < len(bytes_):
            bytes_[at] ^= 1 << dice.randrange(8)
        elif how == 1:
            del bytes_[at:end]
        elif how == 2:
            bytes_[at:at] = bytes_[at:end]
        elif how == 3:
            bytes_[at:at] = dice.choice(_NASTY)
        elif how == 4:
            bytes_[at:end] = dice.choice(_NASTY)
        elif how == 5:
            other = dice.choice(others)
            start = dice.randint(0, len(other))
            bytes_[at:end] = other[start : start + dice.choice((4, 40, 400))]
        else:
            numbers = list(re.finditer(rb"\d+", bytes_))
            if numbers:
                found = dice.choice(numbers)
                value = str(int(found[0][:15]) + dice.choice((-1, 1, 1 << 31, 1 << 53)))
                bytes_[found.start() : found.end()] = value.encode()
    return bytes(bytes_)


def as_toml(values: dict[str, Any]) -> bytes:
    """Plain values as one line a key; what JSON and TOML write alike."""
    return "\n".join(f"{json.dumps(key)} = {_toml(value)}" for key, value in values.items()).encode(
        errors="surrogatepass"
    )


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items())
        return "{" + inner + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return '"?"' if value is None else json.dumps(value, ensure_ascii=False)
