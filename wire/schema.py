"""What travels, as documents: JSON Schema, AsyncAPI and a page to read, from wire/records.py.

`python -m wire.schema` writes docs/schema; with `--check` it writes nothing, says what is stale and
exits 1.
"""

import difflib
import inspect
import json
import sys
from pathlib import Path
from typing import Any, get_args

import msgspec

from wire import topics
from wire.meaning import CHANNELS, EXAMPLES, FILES, MEANINGS, UNIONS, Channel

DOCS = Path(__file__).parents[1] / "docs" / "schema"
PARTS = {"State": ["DeviceHead"], "DispenserSetup": ["ServiceSetup", "TicketTemplate"]}
MESSAGES = ("Watermark", "State", "Ask", "Answer", "Choice", "Reply", "DispenserSetup")
Json = dict[str, Any]


def documents() -> dict[str, str]:
    """Every generated file by its name, as text."""
    files = {f"{stem}.schema.json": _text(_json_schema(stem)) for stem in FILES}
    return files | {"asyncapi.json": _text(_asyncapi()), "README.md": _page()}


def components(ref: str) -> Json:
    """The schema of every struct by its name. `ref`: how they refer to each other."""
    structs = {type(example).__name__: type(example) for example in EXAMPLES}
    _, found = msgspec.json.schema_components(structs.values(), ref_template=ref)
    for name, schema in found.items():
        schema["description"] = inspect.cleandoc(schema["description"])
        for field, value in schema["properties"].items():
            described = {"description": _meaning(structs[name], field)}
            schema["properties"][field] = _tidy(value) | described
        schema["examples"] = [example_of(name)]
    return found


def example_of(name: str) -> Json:
    """The example of a struct, as it travels."""
    found = next(example for example in EXAMPLES if type(example).__name__ == name)
    plain: Json = msgspec.json.decode(msgspec.json.encode(found))
    return plain


def members(union: str) -> list[str]:
    """Names of the structs in a union of records."""
    return [kind.__name__ for kind in get_args(UNIONS[union][0])]


def _meaning(struct: type, field: str) -> str:
    for name in (*(f"{kind.__name__}.{field}" for kind in struct.__mro__), field):
        if name in MEANINGS:
            return MEANINGS[name]
    raise KeyError(f"{struct.__name__}.{field} is not explained: add it to wire/meaning.py")


def _tidy(schema: Json) -> Json:
    """One list of values where msgspec makes several of a union of Literals."""
    parts = schema.get("anyOf", [])
    if parts and all(set(part) == {"enum"} for part in parts):
        rest = {key: value for key, value in schema.items() if key != "anyOf"}
        return {"enum": [value for part in parts for value in part["enum"]]} | rest
    return schema


def _text(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


# ---- JSON Schema 2020-12 ------------------------------------------------------------------------
def _json_schema(stem: str) -> Json:
    name, every = FILES[stem], components("#/$defs/{name}")
    if name in UNIONS:
        parts = members(name)
        top: Json = {"title": name, "description": UNIONS[name][1]}
        top["anyOf"] = [{"$ref": f"#/$defs/{part}"} for part in parts]
    else:
        top, parts = every[name], PARTS.get(name, [])
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{stem}.schema.json",
    }
    return head | top | ({"$defs": {part: every[part] for part in parts}} if parts else {})


# ---- AsyncAPI 3.0 -------------------------------------------------------------------------------
def _asyncapi() -> Json:
    schemas = components("#/components/schemas/{name}")
    for union, (_, text) in UNIONS.items():
        refs = [_ref("schemas", member) for member in members(union)]
        schemas[union] = {"title": union, "description": text, "anyOf": refs}
    used = [channel for channel in CHANNELS if channel.message]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Talon",
            "version": topics.ROOT.rpartition("/")[2],
            "description": "What travels between the devices of an office, its gateway and the "
            "city's collector, over MQTT at QoS 0: the hop repeats what the broker loses.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {channel.id: _channel(channel) for channel in CHANNELS},
        "operations": {
            f"{who}{verb.title()}s{channel.id[0].upper()}{channel.id[1:]}": _operation(
                channel, verb
            )
            for channel in used
            for who, verb in ((channel.sender, "send"), (channel.receiver, "receive"))
        },
        "components": {
            "parameters": {
                "site": {"description": "The office; 1 to 32 of a-z, 0-9 and '-'."},
                "node": {"description": "A device of the office; 1 to 32 of a-z, 0-9 and '-'."},
            },
            "messages": {
                "DeviceBatch": _batch("DeviceRecord", "Press"),
                "OfficeBatch": _batch("OfficeRecord", "Rating"),
            }
            | {name: _message(name, schemas) for name in MESSAGES},
            "schemas": schemas,
        },
    }


_PLAIN = ("Watermark", "State", "Ask", "Answer", "Reply")  # each is one JSON object


def _ref(*path: str) -> Json:
    return {"$ref": "/".join(("#", "components", *path))}


def _channel(channel: Channel) -> Json:
    names = [name for name in ("site", "node") if f"{{{name}}}" in channel.address]
    out: Json = {"address": channel.address, "description": channel.text}
    if channel.message:
        out["messages"] = {channel.message: _ref("messages", channel.message)}
    return out | {"parameters": {name: _ref("parameters", name) for name in names}}


def _operation(channel: Channel, verb: str) -> Json:
    place = f"#/channels/{channel.id}"
    mqtt: Json = {"qos": 0} | ({"retain": channel.retain} if verb == "send" else {})
    return {
        "action": verb,
        "channel": {"$ref": place},
        "summary": channel.text,
        "tags": [{"name": channel.sender if verb == "send" else channel.receiver}],
        "messages": [{"$ref": f"{place}/messages/{channel.message}"}],
        "bindings": {"mqtt": mqtt | {"bindingVersion": "0.2.0"}},
    }


def _message(name: str, schemas: Json) -> Json:
    return {
        "name": name,
        "title": name,
        "summary": schemas[name]["description"].splitlines()[0],
        "contentType": "application/json",
        "payload": _ref("schemas", name),
        "examples": [{"payload": example_of(name)}],
    }


def _batch(union: str, record: str) -> Json:
    """A batch is lines; its schema is that of the array of these lines."""
    return {
        "name": union.replace("Record", "Batch"),
        "title": union.replace("Record", "Batch"),
        "summary": "Lines, each ended by a newline: a head, then one record a line.",
        "contentType": "application/x-ndjson",
        "payload": {
            "type": "array",
            "description": "The lines of the payload.",
            "items": [_ref("schemas", "BatchHead")],
            "additionalItems": _ref("schemas", union),
        },
        "examples": [{"payload": [example_of("BatchHead"), example_of(record)]}],
    }


# ---- the page -----------------------------------------------------------------------------------
def _page() -> str:
    every = components("{name}")
    groups = {
        "Device → gateway": members("DeviceRecord"),
        "Gateway → collector": members("OfficeRecord"),
        "Messages": [
            "BatchHead",
            *(part for name in MESSAGES for part in (name, *PARTS.get(name, ()))),
        ],
    }
    parts = [
        "# What travels",
        "Made by `make schema` from [wire/records.py](../../wire/records.py) and "
        "[wire/schema.py](../../wire/schema.py); do not edit. For programs: "
        + ", ".join(f"[{stem}]({stem}.schema.json)" for stem in FILES)
        + " (JSON Schema) and [asyncapi.json](asyncapi.json) (AsyncAPI 3).",
        "## Topics",
        _table(
            ("Topic", "Message", "From → to", "Retained", ""),
            [
                (
                    f"`{channel.address}`",
                    channel.message or "-",
                    f"{channel.sender} → {channel.receiver}",
                    "yes" if channel.retain else "no" if channel.message else "-",
                    channel.text,
                )
                for channel in CHANNELS
            ],
        ),
        "A batch is lines: a BatchHead, then one record a line.",
    ]
    for title, names in groups.items():
        parts.append(f"## {title}")
        parts += [part for name in names for part in _section(name, every[name])]
    return "\n\n".join(parts) + "\n"


def _section(name: str, schema: Json) -> list[str]:
    rows: list[tuple[str, ...]] = [
        (f"`{field}`", _kind(value) + _default(value), value["description"])
        for field, value in schema["properties"].items()
    ]
    example = msgspec.json.encode(schema["examples"][0]).decode()
    table = _table(("Field", "Value", "Meaning"), rows)
    return [f"### {name}", schema["description"], table, f"```json\n{example}\n```"]


def _default(schema: Json) -> str:
    return f"; if absent `{json.dumps(schema['default'])}`" if "default" in schema else ""


def _kind(schema: Json) -> str:
    """What values a schema lets pass, in words."""
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "$ref" in schema:
        return f"[{schema['$ref']}](#{schema['$ref'].lower()})"
    if "pattern" in schema:
        return f"text like `{schema['pattern']}`"
    if "maxLength" in schema:
        return f"text, {schema.get('minLength', 0)} to {schema['maxLength']} characters"
    if schema["type"] == "object":
        return f"{_kind(schema['additionalProperties'])} by {_kind(schema['propertyNames'])}"
    if "prefixItems" in schema:
        return f"list of {len(schema['prefixItems'])}, each a {_kind(schema['prefixItems'][0])}"
    if schema["type"] == "array":
        return f"list of {_kind(schema['items'])}"
    if schema["type"] == "integer":
        return f"whole number from {schema['minimum']}"
    return {"null": "`null`", "string": "base64", "boolean": "`true` or `false`"}[schema["type"]]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines
    )


# ---- the files ----------------------------------------------------------------------------------
def stale(folder: Path) -> list[str]:
    """What of `folder` is not as it would be generated now, one line for each file."""
    wanted = documents()
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.*")}
    out = [f"{name}: is not generated any more" for name in sorted(set(there) - set(wanted))]
    for name, text in wanted.items():
        diff = list(difflib.ndiff(there.get(name, "").splitlines(), text.splitlines()))
        added = sum(line.startswith("+ ") for line in diff)
        removed = sum(line.startswith("- ") for line in diff)
        if there.get(name) != text:
            out.append(f"{name}: {added} lines to add, {removed} to remove")
    return out


def write(folder: Path) -> None:
    """Write all documents into `folder`, and remove what is no longer one of them."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = documents()
    for path in folder.glob("*.*"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        if found := stale(DOCS):
            sys.exit("\n".join(["docs/schema is stale: make schema", *found]))
    elif sys.argv[1:]:
        sys.exit("usage: python -m wire.schema [--check]")
    else:
        write(DOCS)
