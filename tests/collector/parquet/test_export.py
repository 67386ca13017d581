"""Months come out of the ledger whole, the same each time, and never half."""

import os
from pathlib import Path

import pytest

from collector.checksum import digests, whole
from collector.month import MonthError, bounds
from collector.parquet.catalog import Catalog
from collector.parquet.engine import Engine, ParquetError
from collector.parquet.export import check_months, closed_months
from collector.parquet.manifest import misfits, read_manifest
from collector.parquet.tree import Tree
from collector.parquet.tree import put as real_put
from collector.parquet.verify import damages, differences
from tests.collector.bench import KYIV
from tests.collector.parquet.shelf import (
    HOUR_S,
    LATER,
    add,
    export,
    exporter,
    files,
    ledger,
    made_up,
    row,
)
from wire.store import StoreError, claim

OCTOBER = bounds("2026-10", KYIV)
MONTHS = ("2026-09", "2026-10")


def test_the_same_tallies_give_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the order in which they came into the ledger."""
    rows = made_up(1, MONTHS)
    back = {name: rows[name][::-1] for name in reversed(rows)}
    export(exporter(ledger(tmp_path / "a.db", rows)), tmp_path / "a", *MONTHS)
    export(exporter(ledger(tmp_path / "b.db", back)), tmp_path / "b", *reversed(MONTHS))
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert "hours/measurement=rating/month=2026-10/city.parquet" in files(tmp_path / "a")


def test_a_month_that_has_not_changed_is_left_alone(tmp_path: Path) -> None:
    """Not even written again."""
    who = exporter(ledger(tmp_path / "ledger.db", made_up(1, MONTHS)))
    first = export(who, tmp_path / "out", *MONTHS)
    for path in (tmp_path / "out").rglob("*.*"):
        os.utime(path, (1, 1))
    again = export(who, tmp_path / "out", *MONTHS)
    assert [done.state for done in first] == ["written"] * 2
    assert [done.state for done in again] == ["unchanged"] * 2
    kept = [p for p in (tmp_path / "out").rglob("*.*") if p.is_file() and p.suffix != ".lock"]
    assert {path.stat().st_mtime for path in kept} == {1}


def test_the_manifest_has_the_checksum_of_the_tallies(tmp_path: Path) -> None:
    """The one that the ledger's own rows give."""
    rows = made_up(1, ["2026-10"])
    (done,) = export(exporter(ledger(tmp_path / "ledger.db", rows)), tmp_path / "out", "2026-10")
    expected = {
        part: digest
        for name, all_of_it in rows.items()
        for part, digest in digests(name, "2026-10", sorted(all_of_it)).items()
    }
    manifest = read_manifest(Tree(tmp_path / "out").manifest("2026-10", "city"))
    assert manifest == done.manifest
    assert manifest.parts() == expected
    assert manifest.checksum == whole(expected)
    assert {name: c.hours.rows for name, c in manifest.content.items()} == {
        name: len(all_of_it) for name, all_of_it in rows.items()
    }
    assert (manifest.sites, manifest.timezone) == (("center", "north"), "Europe/Kyiv")
    assert "not for publishing" in manifest.note


def test_a_late_correction_renews_its_month_alone(tmp_path: Path) -> None:
    """The check names it, and is content after the next export."""
    path = ledger(tmp_path / "ledger.db", made_up(1, MONTHS))
    who, root = exporter(path), tmp_path / "out"
    export(who, root, *MONTHS)
    before = files(root)
    add(path, "rating", row("rating", OCTOBER[0], "north", "tax", "-", "paper", satisfied=40))
    assert differences(Tree(root), "city", "2026-10", path, KYIV) == [
        "2026-10 rating of north: changed since the export"
    ]
    assert differences(Tree(root), "city", "2026-09", path, KYIV) == []
    states = [done.state for done in export(who, root, *MONTHS)]
    changed = {name for name, said in files(root).items() if before[name] != said}
    assert states == ["unchanged", "renewed"]
    assert changed == {
        "hours/measurement=rating/month=2026-10/city.parquet",
        "months/measurement=rating/month=2026-10/city.parquet",
        "manifests/month=2026-10/city.json",
    }
    assert differences(Tree(root), "city", "2026-10", path, KYIV) == []


def test_an_office_that_is_gone_or_new_is_named_by_the_check(tmp_path: Path) -> None:
    """On either side."""
    path = ledger(tmp_path / "ledger.db", made_up(1, MONTHS, ["center", "north"]))
    export(exporter(path), tmp_path / "out", "2026-10")
    ledger(path, {"visit": made_up(1, MONTHS, ["center", "south"])["visit"]})
    found = differences(Tree(tmp_path / "out"), "city", "2026-10", path, KYIV)
    assert "2026-10 rating of north: no longer in the ledger" in found
    assert "2026-10 visit of south: not exported" in found
    assert differences(Tree(tmp_path / "out"), "city", "2026-09", path, KYIV) == [
        "2026-09 was not exported"
    ]


@pytest.mark.parametrize("after", range(1, 5))
def test_an_export_that_breaks_off_leaves_no_half_a_month(
    tmp_path: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two files, the month counts as missing; the next export mends it."""
    path = ledger(tmp_path / "ledger.db", made_up(1, MONTHS))
    who, root = exporter(path), tmp_path / "out"
    export(who, root, *MONTHS)
    add(path, "rating", row("rating", OCTOBER[0], "north", "tax", "-", "paper", satisfied=40))
    left = [after]

    def put(draft: Path, place: Path) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        real_put(draft, place)

    with monkeypatch.context() as patch:
        patch.setattr("collector.parquet.writer.put", put)
        with pytest.raises(KeyboardInterrupt):
            export(who, root, "2026-10")
    catalog = Catalog([Tree(root)], KYIV, LATER)
    with pytest.raises(ParquetError, match="not exported: 2026-10"):
        catalog.of(["2026-10"])
    export(who, root, "2026-10")
    export(exporter(path), tmp_path / "fresh", *MONTHS)
    assert files(root) == files(tmp_path / "fresh")


def test_a_file_that_was_changed_is_found(tmp_path: Path) -> None:
    """Its size at once, its bytes and its sums by the check."""
    root = tmp_path / "out"
    export(exporter(ledger(tmp_path / "ledger.db", made_up(1, MONTHS))), root, *MONTHS)
    tree = Tree(root)
    manifest = read_manifest(tree.manifest("2026-10", "city"))
    engine = Engine()
    assert damages(engine, tree, manifest) == []
    hours = tree.data("hours", "visit", "2026-10", "city")
    whole_file = hours.read_bytes()
    hours.write_bytes(whole_file[:500] + bytes([whole_file[500] ^ 1]) + whole_file[501:])
    assert damages(engine, tree, manifest) == [
        f"{hours} is damaged: its bytes are not those that were written"
    ]
    hours.write_bytes(whole_file[:-1])
    assert misfits(tree, manifest) == [f"{hours} is not the one that its manifest names"]
    hours.unlink()
    assert misfits(tree, manifest) == [f"{hours} is missing"]
    with pytest.raises(ParquetError, match="Export 2026-10 of city again"):
        Catalog([tree], KYIV, LATER)
    engine.close()


def test_an_export_mends_a_file_that_is_gone(tmp_path: Path) -> None:
    """Though the tallies have not changed."""
    who, root = exporter(ledger(tmp_path / "ledger.db", made_up(1, MONTHS))), tmp_path / "out"
    export(who, root, *MONTHS)
    before = files(root)
    Tree(root).data("months", "visit", "2026-10", "city").unlink()
    assert export(who, root, "2026-10")[0].state == "renewed"
    assert files(root) == before


def test_an_open_month_is_refused_unless_it_is_asked_for(tmp_path: Path) -> None:
    """And marked as one; when it is over, it must be exported again."""
    who, root = exporter(ledger(tmp_path / "ledger.db", made_up(1, MONTHS))), tmp_path / "out"
    middle = OCTOBER[0] + 10 * 24 * HOUR_S
    with pytest.raises(ParquetError, match=r"2026-10 is not over.*--open"):
        check_months(who, ["2026-10"], middle, open_too=False)
    check_months(who, ["2026-10"], middle, open_too=True)
    assert closed_months(who, middle) == ["2026-09"]
    assert export(who, root, "2026-10", now_s=middle)[0].manifest.open
    assert Catalog([Tree(root)], KYIV, middle).of(["2026-10"])
    with pytest.raises(ParquetError, match="2026-10 was exported before it was over"):
        Catalog([Tree(root)], KYIV, LATER)
    done = export(who, root, "2026-10")[0]
    assert (done.state, done.manifest.open) == ("renewed", False)


@pytest.mark.parametrize(
    ("month", "error", "said"),
    [
        ("2026-13", MonthError, "'2026-13' is not a month"),
        ("2027-04", ParquetError, "2027-04 has not begun"),
        ("2026-08", ParquetError, "no tallies of 2026-08; the first is of 2026-09"),
    ],
)
def test_a_month_that_cannot_be_exported_is_refused(
    tmp_path: Path, month: str, error: type[Exception], said: str
) -> None:
    """Before anything is written."""
    who = exporter(ledger(tmp_path / "ledger.db", made_up(1, MONTHS)))
    with pytest.raises(error, match=said):
        check_months(who, [month], LATER, open_too=True)


def test_a_month_without_a_tally_is_exported_as_one(tmp_path: Path) -> None:
    """So that it is not taken for missing."""
    who, root = exporter(ledger(tmp_path / "ledger.db", made_up(1, MONTHS))), tmp_path / "out"
    done = export(who, root, *MONTHS, "2026-11")[-1]
    assert (done.manifest.sites, done.manifest.checksum) == ((), whole({}))
    assert export(who, root, "2026-11")[0].state == "unchanged"


def test_a_ledger_without_tallies_has_no_months(tmp_path: Path) -> None:
    """And says so."""
    who = exporter(ledger(tmp_path / "ledger.db", {}))
    assert closed_months(who, LATER) == []
    with pytest.raises(ParquetError, match="none at all"):
        check_months(who, ["2026-10"], LATER, open_too=False)


def test_tallies_of_nothing_are_not_exported(tmp_path: Path) -> None:
    """They say the same as none."""
    some = row("rating", OCTOBER[0], "north", "-", "-", "exit", satisfied=1)
    nothing = row("rating", OCTOBER[0], "south", "-", "-", "exit")
    path = ledger(tmp_path / "ledger.db", {"rating": [some, nothing]})
    (done,) = export(exporter(path), tmp_path / "out", "2026-10")
    assert done.manifest.sites == ("north",)
    assert done.manifest.content["rating"].hours.rows == 1
    assert differences(Tree(tmp_path / "out"), "city", "2026-10", path, KYIV) == []


def test_an_office_has_one_writer(tmp_path: Path) -> None:
    """A second collector that exports it into the same tree is refused, and nothing is changed."""
    a = ledger(tmp_path / "a.db", made_up(1, MONTHS, ["center", "north"]))
    b = ledger(tmp_path / "b.db", made_up(2, MONTHS, ["north", "south"]))
    root = tmp_path / "out"
    export(exporter(a, "east"), root, *MONTHS)
    before = files(root)
    with pytest.raises(ParquetError, match="east has exported north for 2026-10 already"):
        export(exporter(b, "west"), root, "2026-10")
    assert files(root) == before


def test_two_collectors_do_not_share_a_name(tmp_path: Path) -> None:
    """The second would overwrite the first."""
    a = ledger(tmp_path / "a.db", made_up(1, MONTHS, ["center"]))
    b = ledger(tmp_path / "b.db", made_up(2, MONTHS, ["south"]))
    root = tmp_path / "out"
    export(exporter(a), root, *MONTHS)
    before = files(root)
    with pytest.raises(ParquetError, match="of another collector"):
        export(exporter(b), root, "2026-10")
    assert files(root) == before


def test_one_process_exports_under_a_name_at_a_time(tmp_path: Path) -> None:
    """The second says who does."""
    who, root = exporter(ledger(tmp_path / "ledger.db", made_up(1, MONTHS))), tmp_path / "out"
    root.mkdir()
    lock = claim(Tree(root).workshop("city"))
    with pytest.raises(StoreError, match="is in use by process"):
        export(who, root, "2026-10")
    os.close(lock)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """With what to do."""
    who = exporter(ledger(tmp_path / "ledger.db", made_up(1, MONTHS)))
    (tmp_path / "file").write_text("")
    with pytest.raises(ParquetError, match=r"file/out: no such folder \(Not a directory\)"):
        export(who, tmp_path / "file" / "out", "2026-10")
    with pytest.raises(ParquetError, match=r"must not hold any of \* \?"):
        Tree(tmp_path / "a*b")
