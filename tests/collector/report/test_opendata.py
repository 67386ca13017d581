"""Open data: CSV files that are what their schema says, and JSON that can be read back."""

import csv
import datetime
import io
import json
from typing import Any

import msgspec
import pytest

from collector.report.model import Report
from collector.report.opendata import CONTEXT, as_files, as_json, as_long_csv
from tests.collector.report.samples import SAMPLES, city, public, quarter


def read(files: dict[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    """The tables as their schema says: a small reader of CSVW; it refuses what does not fit."""
    schema = json.loads(files["schema.json"])
    assert schema["@context"][0] == CONTEXT
    assert {table["url"] for table in schema["tables"]} == set(files) - {"schema.json"}
    return {table["url"]: _table(table, files[table["url"]]) for table in schema["tables"]}


def _table(table: dict[str, Any], content: bytes) -> list[dict[str, Any]]:
    columns = table["tableSchema"]["columns"]
    head, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    assert head == [column["titles"] for column in columns]
    found = []
    for row in rows:
        assert len(row) == len(columns)
        cells = zip(columns, row, strict=True)
        found.append({column["name"]: _value(column, text) for column, text in cells})
    keys = table["tableSchema"].get("primaryKey")
    if keys:
        told_apart = [tuple(row[key] for key in keys) for row in found]
        assert len(set(told_apart)) == len(told_apart), table["url"]
    return found


def _value(column: dict[str, Any], text: str) -> Any:
    if text == column["null"]:
        assert not column["required"], column["name"]
        return None
    kind = column["datatype"]
    base = kind if isinstance(kind, str) else kind["base"]
    if base == "string":
        return text
    if base == "boolean":
        return {"true": True, "false": False}[text]
    if base == "date":
        return datetime.date.fromisoformat(text)
    value = int(text) if base == "integer" else float(text)
    assert kind.get("minimum", value) <= value <= kind.get("maximum", value)
    return value


@pytest.mark.parametrize("lang", ["uk", "en"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_files_are_what_their_schema_says(sample: str, lang: str) -> None:
    """Columns, types, ranges, keys; for every sample."""
    found = read(as_files(SAMPLES[sample](), lang))
    assert found["answer.csv"][0]["period"] == SAMPLES[sample]().period


def test_every_column_is_explained_in_both_languages() -> None:
    """And so is every table."""
    schema = json.loads(as_files(public(), "uk")["schema.json"])
    for table in schema["tables"]:
        said = [table["dc:title"], *(c["dc:description"] for c in table["tableSchema"]["columns"])]
        for each in said:
            assert [one["@language"] for one in each] == ["uk", "en"]
            assert all(one["@value"] for one in each)


def test_hidden_is_marked_and_not_shown() -> None:
    """Empty and true: it exists. Empty and false: it does not."""
    rows = read(as_files(public(), "uk"))["services.csv"]
    hidden = [row for row in rows if row["hidden"]]
    assert [row["key"] for row in hidden] == ["business", "driver"]
    for row in hidden:
        for name in ("satisfied", "votes", "share", "low", "high", "limit_low", "shrunk_low"):
            assert row[name] is None
    assert all(row["votes"] is not None for row in rows if not row["hidden"])


def test_a_quarter_has_the_rows_of_its_months_too() -> None:
    """Each under its period."""
    rows = read(as_files(quarter(), "uk"))["answer.csv"]
    assert [row["period"] for row in rows] == ["2026Q4", "2026-10", "2026-11", "2026-12"]
    assert [row["votes"] for row in rows] == [12_872, 4783, 4401, 3688]


def test_the_json_is_the_report() -> None:
    """It can be read back, and is equal."""
    for make in (public, city, quarter):
        assert msgspec.json.decode(as_json(make()), type=Report) == make()


def test_csv_and_json_agree() -> None:
    """Share by share."""
    files, found = read(as_files(city(), "uk")), json.loads(as_json(city()))
    for name in ("services", "sites", "desks", "channels"):
        shares = [row["share"]["share"] for row in found[name]]
        assert [row["share"] for row in files[f"{name}.csv"]] == shares
    points = [point["share"]["votes"] for point in found["chart"]["points"]]
    assert [row["votes"] for row in files["months.csv"]] == points


def test_the_long_table_has_every_value_of_the_files() -> None:
    """For a pipe: table, key, field, value; hidden ones marked."""
    lines = list(csv.DictReader(io.StringIO(as_long_csv(public()))))
    found = {(line["table"], line["key"], line["field"]): line for line in lines}
    assert len(found) == len(lines)
    votes = found["services", "2026-10/passport", "votes"]
    assert (votes["value"], votes["hidden"]) == ("401", "false")
    hidden = found["services", "2026-10/business", "votes"]
    assert (hidden["value"], hidden["hidden"]) == ("", "true")
    assert found["answer", "2026-10", "share"]["value"] == repr(4511 / 4783)
