"""The report as open data: a CSV file for each table, their schema (CSVW), and the whole as JSON.

CSV as of RFC 4180 with line feeds, UTF-8; an empty field is what does not exist, or what is hidden
if the row's `hidden` is true. `schema.json` is a table group as of W3C, "Metadata Vocabulary for
Tabular Data" (2015): it says what each column means, its type, and which columns are the key.
"""

import csv
import io
import json
from typing import Any

import msgspec

from collector.report.data import tables
from collector.report.data.fields import DataTable, Field, Value
from collector.report.model import Report

CONTEXT = "http://www.w3.org/ns/csvw"
_TYPES: dict[str, Any] = {
    "number": {"base": "number", "minimum": 0},
    "share": {"base": "number", "minimum": 0, "maximum": 1},
    "points": {"base": "number", "minimum": -1, "maximum": 1},
    "integer": {"base": "integer", "minimum": 0},
    "date": {"base": "date", "format": "yyyy-MM-dd"},
}


def as_files(report: Report, lang: str) -> dict[str, bytes]:
    """The CSV files and `schema.json`, by name; `lang`: of the titles that have no language."""
    found = tables(report)
    files = {f"{table.name}.csv": as_csv(table).encode() for table in found}
    return {**files, "schema.json": as_schema(report, found, lang)}


def as_json(report: Report) -> bytes:
    """The whole report as one JSON object, field by field as in `collector.report.model`."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def as_csv(table: DataTable) -> str:
    """One table, its head the names of its fields."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([field.name for field in table.fields])
    writer.writerows([_said(value) for value in row] for row in table.rows)
    return out.getvalue()


def as_long_csv(report: Report) -> str:
    """All tables in one, a line for each figure: table, key, field, value, hidden."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["table", "key", "field", "value", "hidden"])
    for table in tables(report):
        for number, row in enumerate(table.rows, 1):
            _write_long(writer.writerow, table, number, row)
    return out.getvalue()


def _write_long(write: Any, table: DataTable, number: int, row: tuple[Value, ...]) -> None:
    by_name = dict(zip((field.name for field in table.fields), row, strict=True))
    keys = [_said(by_name[field.name]) for field in table.fields if field.is_key]
    if len(keys) == 1 and len(table.rows) > 1 and table.name == "corrections":
        keys.append(str(number))
    hidden = bool(by_name.get("hidden"))
    for field in table.fields:
        if field.is_key or field.name == "hidden":
            continue
        value = by_name[field.name]
        write(
            [table.name, "/".join(keys), field.name, _said(value), _said(hidden and value is None)]
        )


def as_schema(report: Report, found: tuple[DataTable, ...], lang: str) -> bytes:
    """`schema.json` for the CSV files."""
    said = {
        "@context": [CONTEXT, {"@language": lang}],
        "dc:title": _in_both(f"Talon: {report.period}, {report.place or report.site or '*'}", ""),
        "dc:identifier": f"{report.period}/{report.site or 'all'}/{report.edition}",
        "dc:source": f"SHA-256 {report.method.checksum}",
        "dialect": {"encoding": "utf-8", "delimiter": ",", "lineTerminators": ["\n"]},
        "tables": [_schema_of(table) for table in found],
    }
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()


def _schema_of(table: DataTable) -> dict[str, Any]:
    schema: dict[str, Any] = {"columns": [_column(field) for field in table.fields]}
    keys = [field.name for field in table.fields if field.is_key]
    if table.name != "corrections":  # two of them may be alike in everything
        schema["primaryKey"] = keys
    return {
        "url": f"{table.name}.csv",
        "dc:title": _in_both(table.uk, table.en),
        "tableSchema": schema,
    }


def _column(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "titles": field.name,
        "dc:description": _in_both(field.uk, field.en),
        "datatype": _TYPES.get(field.datatype, field.datatype),
        "null": "",
        "required": field.is_key,
    }


def _in_both(uk: str, en: str) -> list[dict[str, str]]:
    said = [{"@value": uk, "@language": "uk"}]
    return [*said, {"@value": en, "@language": "en"}] if en else said


def _said(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
