"""Sums out of exported months are those of the ledger that they came from."""

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.checksum import whole
from collector.ledger import LAYOUT
from collector.month import bounds
from collector.parquet.engine import Engine, ParquetError
from collector.parquet.manifest import read_manifest
from collector.parquet.tree import Tree
from collector.report.assemble import make_report
from collector.report.period import read_period
from collector.report.setting import Setting
from collector.source import DIMENSIONS, Dimension
from collector.sources.ledger import LedgerSource
from collector.sources.parquet import ParquetSource
from collector.tally import TAGS, TallyRow
from tests.collector.bench import KYIV
from tests.collector.parquet.shelf import HOUR_S, LATER, export, exporter, ledger, made_up, row
from tests.collector.sources.test_sources import AUTUMN, Row, added_up
from wire.store import open_reader

MONTHS = ("2026-09", "2026-10", "2026-11")
SPAN = (bounds("2026-09", KYIV)[0], bounds("2026-11", KYIV)[1])
SITES: tuple[tuple[str, ...], ...] = ((), ("b",), ("b", "c", "none"))
GROUPS: tuple[tuple[str, Sequence[Dimension]], ...] = (
    ("rating", ()),
    ("rating", ("month", "channel")),
    ("rating", ("service", "month", "site")),
    ("rating", ("weekday", "hour")),
    ("rating", ("month", "desk", "site", "hour")),
    ("visit", ("day",)),
    ("device", ("site", "node")),
)

rows_ = st.lists(
    st.tuples(
        st.integers(-300, 300).map(lambda h: AUTUMN + h * HOUR_S),
        st.tuples(
            st.sampled_from(("a", "b")),
            st.sampled_from(("passport", "-")),
            st.sampled_from(("вікно-3", "it's")),
            st.sampled_from(("desk", "web")),
        ),
        st.integers(0, 5),
        st.integers(1, 5),
    ),
    max_size=12,
    unique_by=lambda row: row[:2],
)
dimensions = st.lists(
    st.sampled_from([d for d in DIMENSIONS if d not in ("node", "reason")]), unique=True, max_size=4
)


def source(*roots: Path, zone: ZoneInfo = KYIV, now_s: int = LATER) -> "closing[ParquetSource]":
    """The trees, read until the block ends."""
    return closing(ParquetSource(roots, zone, now_s))


def ratings(rows: Sequence[Row]) -> dict[str, list[TallyRow]]:
    """As a ledger has them."""
    made = [row("rating", h, *tags, satisfied=a, unsatisfied=b) for h, tags, a, b in rows]
    return {"rating": made}


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    rows=rows_,
    by=dimensions,
    cut=st.one_of(st.none(), st.integers(-100, 300)),
    zone=st.sampled_from(["Europe/Kyiv", "UTC", "Asia/Kathmandu", "America/St_Johns"]),
)
def test_sums_are_those_of_its_tallies_by_whatever_they_are_grouped(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[Row],
    by: list[Dimension],
    cut: int | None,
    zone: str,
) -> None:
    """By any dimensions in any order, over whole months and cut ones, in any zone: what adding up
    tally by tally gives, and what the ledger gives."""
    folder, here = tmp_path_factory.mktemp("example"), ZoneInfo(zone)
    span = (bounds("2026-10", here)[0], bounds("2026-11", here)[1])
    if cut is not None:
        span = (AUTUMN - 200 * HOUR_S, AUTUMN + cut * HOUR_S)
    who = exporter(ledger(folder / "ledger.db", ratings(rows)), zone=here)
    export(who, folder / "out", *MONTHS[1:])
    fields = ("unsatisfied", "satisfied")
    with source(folder / "out", zone=here) as one:
        found = one.sums("rating", *span, by, fields)
    expected = added_up(rows, span, by, here)
    assert found == [(key, (b, a)) for key, (a, b) in expected]
    with closing(open_reader(who.ledger, LAYOUT)) as db:
        assert found == LedgerSource(db, here).sums("rating", *span, by, fields)


def test_a_ledger_and_its_export_give_the_same_figures(tmp_path: Path) -> None:
    """Of every measurement, all fields and some, all offices and one, one tree and two."""
    path = ledger(tmp_path / "ledger.db", made_up(3, MONTHS, ["a", "b", "c"]))
    export(exporter(path), tmp_path / "one", *MONTHS)
    for name, sites in (("east", "a"), ("west", "bc")):
        part = ledger(
            tmp_path / f"{name}.db",
            {
                m: [r for r in rows if r[1][0] in sites]
                for m, rows in made_up(3, MONTHS, "abc").items()
            },
        )
        export(exporter(part, name), tmp_path / "two" / name[0], *MONTHS)
    trees = ([tmp_path / "one"], [tmp_path / "two" / "e", tmp_path / "two" / "w"])
    with closing(open_reader(path, LAYOUT)) as db:
        theirs = LedgerSource(db, KYIV)
        for roots in trees:
            with source(*roots) as ours:
                for measurement, by in GROUPS:
                    for some in SITES:
                        for end in (SPAN[1], SPAN[1] - HOUR_S):
                            asked = (measurement, SPAN[0], end, by, (), some)
                            assert ours.sums(*asked) == theirs.sums(*asked) != []


def test_a_report_out_of_an_export_is_the_ledgers_but_for_the_name(tmp_path: Path) -> None:
    """Every figure of it, its checksum too."""
    path = ledger(tmp_path / "ledger.db", made_up(6, MONTHS, "abc"))
    export(exporter(path), tmp_path / "out", *MONTHS)
    period, setting = read_period("2026-11"), Setting(zone=KYIV, now_s=LATER)
    with closing(open_reader(path, LAYOUT)) as db, source(tmp_path / "out") as ours:
        mine = make_report(ours, period, setting, "internal")
        theirs = make_report(LedgerSource(db, KYIV), period, setting, "internal")
    method = msgspec.structs.replace(mine.method, source="ledger")
    assert mine.method.source == "parquet"
    assert msgspec.structs.replace(mine, method=method) == theirs
    assert theirs.answer.share.votes


def test_every_measurement_and_tag_can_be_asked_for(tmp_path: Path) -> None:
    """Also those that later versions add: none is known by name here."""
    path = ledger(tmp_path / "ledger.db", made_up(4, MONTHS))
    export(exporter(path), tmp_path / "out", *MONTHS)
    with closing(open_reader(path, LAYOUT)) as db, source(tmp_path / "out") as ours:
        for measurement, tags in TAGS.items():
            by = [d for d in DIMENSIONS if d in tags]
            found = ours.sums(measurement, *SPAN, by)
            assert found == LedgerSource(db, KYIV).sums(measurement, *SPAN, by) != []


@pytest.mark.parametrize(("month", "night", "hours"), [("2026-03", 29, 23), ("2026-10", 25, 25)])
def test_a_night_in_which_the_clocks_are_changed_keeps_all_of_its_hours(
    tmp_path: Path, month: str, night: int, hours: int
) -> None:
    """One vote in each hour of the month: the day has 23 or 25, its 03:00 none or two."""
    begin, end = bounds(month, KYIV)
    votes = [(h, ("a", "-", "-", "desk"), 1, 0) for h in range(begin, end, HOUR_S)]
    export(exporter(ledger(tmp_path / "ledger.db", ratings(votes))), tmp_path / "out", month)
    with source(tmp_path / "out") as one:
        days = dict(one.sums("rating", begin, end, ["day"], ["satisfied"]))
        by_hour = dict(one.sums("rating", begin, end, ["day", "hour"], ["satisfied"]))
        (total,) = one.sums("rating", begin, end, ["month"], ["satisfied"])
    assert days.pop((f"{month}-{night}",)) == (hours,)
    assert set(days.values()) == {(24,)}
    assert by_hour.get((f"{month}-{night}", "03"), (0,)) == ((hours - 24) + 1,)
    assert total == ((month,), ((end - begin) // HOUR_S,))


def test_the_checksum_is_that_of_the_tallies_of_all_trees(tmp_path: Path) -> None:
    """Of the months asked for, of one office or of all."""
    both, parts = made_up(5, MONTHS, "ab"), {}
    done = export(exporter(ledger(tmp_path / "ledger.db", both)), tmp_path / "one", *MONTHS)
    for name in "ab":
        part = {m: [r for r in rows if r[1][0] == name] for m, rows in both.items()}
        who = exporter(ledger(tmp_path / f"{name}.db", part), name)
        parts[name] = export(who, tmp_path / "two", *MONTHS)[1].manifest.checksum
    october = bounds("2026-10", KYIV)
    with source(tmp_path / "two") as two:
        assert whole(two.parts(*october)) == done[1].manifest.checksum
        assert whole(two.parts(*october, sites=["b"])) == parts["b"]


def test_a_month_that_was_not_exported_is_named(tmp_path: Path) -> None:
    """Between others, at the end, and of one collector among two; before all of them is none."""
    a = exporter(ledger(tmp_path / "a.db", made_up(1, MONTHS, ["a"])), "east")
    b = exporter(ledger(tmp_path / "b.db", made_up(2, MONTHS, ["b"])), "west")
    root = tmp_path / "out"
    export(a, root, "2026-09", "2026-11")
    with source(root) as one:
        with pytest.raises(ParquetError, match=r"not exported: 2026-10\. Say"):
            one.sums("rating", *SPAN, ())
        assert one.sums("rating", *bounds("2026-08", KYIV), ()) == []
        assert one.sums("rating", *bounds("2026-11", KYIV), ()) != []
        with pytest.raises(ParquetError, match="not exported: 2026-12"):
            one.sums("rating", SPAN[1], SPAN[1] + HOUR_S, ())
    export(a, root, "2026-10")
    export(b, root, "2026-09", "2026-10")
    west = Tree(root).manifest("2026-10", "west")
    with source(root) as one, pytest.raises(ParquetError, match="exported: 2026-11 of west"):
        one.sums("rating", *SPAN, ())
    assert read_manifest(west).sites == ("b",)


def test_a_collector_whose_offices_went_to_another_need_not_export(tmp_path: Path) -> None:
    """Its months end where the other's begin."""
    a = exporter(ledger(tmp_path / "a.db", made_up(1, MONTHS[:1], ["a"])), "east")
    b = exporter(ledger(tmp_path / "b.db", made_up(2, MONTHS[1:], ["a", "b"])), "west")
    export(a, tmp_path / "out", "2026-09")
    export(b, tmp_path / "out", "2026-10", "2026-11")
    with source(tmp_path / "out") as one:
        assert len(one.sums("rating", *SPAN, ("month",))) == 3


def test_an_office_that_two_have_exported_is_refused(tmp_path: Path) -> None:
    """Its visitors would count twice. The same folder named twice is one."""
    for name, sites in (("east", "ab"), ("west", "bc")):
        who = exporter(ledger(tmp_path / f"{name}.db", made_up(1, MONTHS, sites)), name)
        export(who, tmp_path / name, "2026-10")
    with pytest.raises(ParquetError, match=r"b in 2026-10: east \(.*\) and west \(.*\)\."):
        source(tmp_path / "east", tmp_path / "west")
    (tmp_path / "link").symlink_to(tmp_path / "east")
    with pytest.raises(ParquetError, match=r"have two: a in 2026-10: east .* east \(.*link\)"):
        source(tmp_path / "east", tmp_path / "link")
    with source(tmp_path / "east", tmp_path / "east") as one, source(tmp_path / "east") as other:
        begin, end = bounds("2026-10", KYIV)
        assert one.sums("visit", begin, end, ()) == other.sums("visit", begin, end, ())


def test_a_tree_of_another_time_zone_or_of_none_is_refused(tmp_path: Path) -> None:
    """Its months would be others."""
    with pytest.raises(ParquetError, match=r"nowhere: no exported month\. Say talon-collector"):
        source(tmp_path / "nowhere")
    who = exporter(ledger(tmp_path / "ledger.db", made_up(1, MONTHS)))
    export(who, tmp_path / "out", "2026-10")
    with pytest.raises(ParquetError, match="is one of Europe/Kyiv, the config says UTC"):
        source(tmp_path / "out", zone=ZoneInfo("UTC"))


def test_an_export_by_another_version_is_read_or_refused(tmp_path: Path) -> None:
    """One that lacks fields and measurements is read as having none of them; one of another layout
    says which it is."""
    who = exporter(ledger(tmp_path / "ledger.db", made_up(1, MONTHS)))
    export(who, tmp_path / "out", "2026-10")
    tree = Tree(tmp_path / "out")
    path = tree.manifest("2026-10", "city")
    file = tree.data("months", "rating", "2026-10", "city")
    with closing(Engine()) as engine:
        engine.rows(
            f"COPY (SELECT * EXCLUDE (repeat, measurement, month) FROM '{file}')"
            f" TO '{file}.new' (FORMAT parquet)"
        )
    Path(f"{file}.new").replace(file)
    said = json.loads(path.read_text())
    said["content"]["rating"]["months"]["bytes"] = file.stat().st_size
    said["content"]["rating"]["fields"].remove("repeat")
    del said["content"]["visit"]
    path.write_text(json.dumps(said))
    with source(tmp_path / "out") as one:
        (_, sums) = one.sums("rating", *bounds("2026-10", KYIV), (), ("satisfied", "repeat"))[0]
        assert one.sums("visit", *bounds("2026-10", KYIV), ()) == []
    assert sums[0] > 0 == sums[1]
    path.write_text(json.dumps(said | {"layout": 9}))
    with pytest.raises(ParquetError, match=r"another version of Talon \(layout 9, here 1\)"):
        source(tmp_path / "out")
    path.write_text("{")
    with pytest.raises(ParquetError, match=r"city\.json: is no manifest"):
        source(tmp_path / "out")


def test_months_of_a_version_without_a_measurement_make_a_report_all_the_same(
    tmp_path: Path,
) -> None:
    """Before it was known what voters had spent: those months have nothing of it, later ones do."""
    made = made_up(7, MONTHS, "abc")
    path = ledger(tmp_path / "ledger.db", made)
    export(exporter(path), tmp_path / "out", *MONTHS)
    old = Tree(tmp_path / "out").manifest("2026-10", "city")
    said = json.loads(old.read_text())
    del said["content"]["spent"]
    old.write_text(json.dumps(said))
    with source(tmp_path / "out") as one:
        assert one.sums("spent", *bounds("2026-10", KYIV), ()) == []
        found = one.sums("spent", *SPAN, ("month",), ("satisfied",))
        report = make_report(
            one, read_period("2026-10"), Setting(zone=KYIV, now_s=LATER), "internal"
        )
    assert [month for (month,), _ in found] == ["2026-09", "2026-11"]
    assert report.answer.share.votes


def test_without_duckdb_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra, by its name."""
    export(exporter(ledger(tmp_path / "l.db", made_up(1, MONTHS))), tmp_path / "out", "2026-10")
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ParquetError, match=r"pip install '\.\[country\]'"):
        source(tmp_path / "out")


def test_duckdb_asks_nothing_of_any_network() -> None:
    """It neither installs nor loads extensions, and keeps to its memory."""
    with closing(Engine(memory_mb=64, threads=1)) as engine:
        names = ("autoinstall_known_extensions", "autoload_known_extensions", "threads")
        found = [engine.rows(f"SELECT current_setting('{name}')")[0][0] for name in names]
        assert found == [False, False, 1]
        assert engine.rows("SELECT current_setting('memory_limit')") == [("61.0 MiB",)]
        with pytest.raises(ParquetError, match="DuckDB: "):
            engine.rows("INSTALL httpfs FROM 'nowhere'")
