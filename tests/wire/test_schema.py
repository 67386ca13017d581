"""The documents in docs/schema are those of wire/records.py, and they mean what it means."""

import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from wire import topics
from wire.batch import Batch, Mark, decode_batch, decode_mark, encode_batch, encode_mark
from wire.meaning import CHANNELS, EXAMPLES, FILES, UNIONS
from wire.records import Answer, Ask, Choice, DispenserSetup, Reply, State
from wire.schema import DOCS, documents, example_of, members, stale, write

Json = dict[str, Any]
KINDS: dict[str, Any] = {name: union for name, (union, _) in UNIONS.items()}
KINDS |= {"State": State, "Ask": Ask, "Answer": Answer, "Reply": Reply}
KINDS |= {"DispenserSetup": DispenserSetup, "Choice": Choice}


def schema_of(stem: str) -> Json:
    """A committed JSON Schema."""
    found: Json = json.loads((DOCS / f"{stem}.schema.json").read_text())
    return found


def examples_of(stem: str) -> list[Json]:
    """The examples that its schema must let pass."""
    name = FILES[stem]
    return [example_of(part) for part in (members(name) if name in UNIONS else [name])]


def passes(stem: str, value: object) -> bool:
    """Whether the schema lets a value pass."""
    return bool(Draft202012Validator(schema_of(stem)).is_valid(value))


def decodes(stem: str, value: object) -> bool:
    """Whether the programs do."""
    try:
        msgspec.json.decode(msgspec.json.encode(value), type=KINDS[FILES[stem]])
    except msgspec.ValidationError:
        return False
    return True


def wrong_ones(example: Json) -> list[Json]:
    """The example with each of its fields in turn gone or of another kind."""
    gone = [{k: v for k, v in example.items() if k != field} for field in example]
    return gone + [example | {field: [1.5]} for field in example] + [example | {"smile": 1}]


EACH_EXAMPLE = [
    pytest.param(stem, example, id=f"{stem}-{example.get('kind', '')}")
    for stem in FILES
    for example in examples_of(stem)
]


# ---- the files ----------------------------------------------------------------------------------
def test_the_committed_documents_are_the_generated_ones() -> None:
    """If not: make schema."""
    assert stale(DOCS) == []


def test_a_stale_document_is_named_with_how_much_differs(tmp_path: Path) -> None:
    """One changed, one missing, one too many."""
    write(tmp_path)
    changed = tmp_path / "ask.schema.json"
    changed.write_text(changed.read_text().replace('"Ask"', '"Beg"'))
    (tmp_path / "state.schema.json").unlink()
    (tmp_path / "smile.schema.json").write_text("{}")
    said = stale(tmp_path)
    assert "smile.schema.json: is not generated any more" in said
    assert "ask.schema.json: 1 lines to add, 1 to remove" in said
    assert any(line.startswith("state.schema.json: ") for line in said)
    assert len(said) == 3


def test_writing_leaves_nothing_stale_behind(tmp_path: Path) -> None:
    """A document that is no longer generated goes."""
    (tmp_path / "smile.schema.json").write_text("{}")
    write(tmp_path)
    assert stale(tmp_path) == []
    assert {path.name for path in tmp_path.iterdir()} == set(documents())


def test_every_record_and_message_has_an_example() -> None:
    """A record that is added without one breaks this."""
    shown = {type(example) for example in EXAMPLES}
    declared = {kind for union, _ in UNIONS.values() for kind in get_args(union)}
    assert declared | {State, Ask, Answer, DispenserSetup} <= shown


# ---- JSON Schema --------------------------------------------------------------------------------
@pytest.mark.parametrize("stem", FILES)
def test_each_schema_is_one(stem: str) -> None:
    """Of the draft it names, under a relative $id."""
    schema = schema_of(stem)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$schema"]
    assert schema["$id"] == f"{stem}.schema.json"
    assert schema["title"] == FILES[stem]
    assert schema["description"]


@pytest.mark.parametrize(("stem", "example"), EACH_EXAMPLE)
def test_each_example_passes_schema_and_program(stem: str, example: Json) -> None:
    """What the page shows is valid."""
    assert passes(stem, example)
    assert decodes(stem, example)


@pytest.mark.parametrize(("stem", "example"), EACH_EXAMPLE)
def test_schema_and_program_refuse_the_same_records(stem: str, example: Json) -> None:
    """A field gone, a field of another kind, a field nobody knows."""
    refused = 0
    for wrong in wrong_ones(example):
        assert passes(stem, wrong) == decodes(stem, wrong), wrong
        refused += not passes(stem, wrong)
    assert refused > len(example)


def test_a_last_will_is_a_state() -> None:
    """It is written by hand in firmware and gateway."""
    assert passes("state", {"v": 1, "online": False})


# ---- what wire/batch.py writes by hand ----------------------------------------------------------
def asyncapi() -> Json:
    """The committed AsyncAPI document."""
    found: Json = json.loads((DOCS / "asyncapi.json").read_text())
    return found


def validator(*path: str) -> Draft7Validator:
    """Checks against a schema inside the AsyncAPI document (a superset of draft 7)."""
    document = asyncapi()
    return Draft7Validator({"$ref": "#/" + "/".join(path), "components": document["components"]})


def test_the_batch_that_is_sent_is_the_batch_in_the_documents() -> None:
    """Its lines, as an array."""
    record = msgspec.json.encode(example_of("Press"))
    payload = encode_batch(Batch("5f0c9a71d2e84b36", 7, 3, "7e57ab1e", 5, [record, record]))
    lines = [json.loads(line) for line in payload.splitlines()]
    schema = validator("components", "messages", "DeviceBatch", "payload")
    assert schema.is_valid(lines)
    assert set(lines[0]) == set(example_of("BatchHead"))
    assert not schema.is_valid(lines[1:])
    assert not schema.is_valid([lines[0], example_of("Rating")])


def test_the_watermark_that_is_sent_is_the_watermark_in_the_documents() -> None:
    """By its fields and their limits."""
    sent = json.loads(encode_mark(Mark("5f0c9a71d2e84b36", 7, 1)))
    schema = validator("components", "schemas", "Watermark")
    assert schema.is_valid(sent)
    assert set(sent) == set(example_of("Watermark"))
    assert not schema.is_valid(sent | {"epoch": "?"})


def test_the_programs_read_the_examples_of_both() -> None:
    """A batch and a watermark as the page shows them."""
    lines = [example_of("BatchHead"), example_of("Press")]
    batch = decode_batch(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    assert len(batch.records) == 1
    assert decode_mark(msgspec.json.encode(example_of("Watermark"))).seq == batch.last


# ---- AsyncAPI 3.0 -------------------------------------------------------------------------------
def refs(node: object) -> list[str]:
    """All references in a document."""
    if isinstance(node, list):
        return [ref for item in node for ref in refs(item)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if "$ref" in node else []
    return own + [ref for value in node.values() for ref in refs(value)]


def resolve(document: Json, ref: str) -> Any:
    """What a reference points at; KeyError if at nothing."""
    found: Any = document
    for part in ref.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_the_document_has_what_asyncapi_requires() -> None:
    """Required keys of the 3.0.0 specification; a reference has no siblings in it."""
    document = asyncapi()
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(document["info"])
    for operation in document["operations"].values():
        assert operation["action"] in ("send", "receive")
        assert set(operation["channel"]) == {"$ref"}
        offered = resolve(document, operation["channel"]["$ref"])["messages"]
        assert {ref["$ref"].rpartition("/")[2] for ref in operation["messages"]} <= set(offered)
    for schema in document["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)


def test_every_reference_points_at_something() -> None:
    """No dangling one."""
    document = asyncapi()
    found = refs(document)
    assert found
    for ref in found:
        assert ref.startswith("#/")
        assert resolve(document, ref)


def test_every_topic_has_a_channel_with_its_parameters() -> None:
    """Every channel of wire/topics.py, and the queue."""
    channels = asyncapi()["channels"].values()
    addresses = {channel["address"] for channel in channels}
    assert {f"{topics.ROOT}/{{site}}/{{node}}/{name}" for name in topics.CHANNELS} <= addresses
    assert f"{topics.ROOT}/{{site}}/queue" in addresses
    for channel in channels:
        named = {part[1:-1] for part in channel["address"].split("/") if part[0] == "{"}
        assert set(channel["parameters"]) == named


def test_every_message_has_one_that_sends_and_one_that_receives_it() -> None:
    """And the broker keeps watermarks, states and setups for who comes later."""
    operations = asyncapi()["operations"].values()
    for channel in CHANNELS:
        ours = [op for op in operations if op["channel"]["$ref"] == f"#/channels/{channel.id}"]
        assert [op["action"] for op in ours] == (["send", "receive"] if channel.message else [])
        if ours:
            retain = channel.name in (topics.ACK, topics.STATE, topics.CONFIG)
            assert ours[0]["bindings"]["mqtt"]["retain"] == retain


@pytest.mark.parametrize("name", asyncapi()["components"]["messages"])
def test_every_message_example_is_valid(name: str) -> None:
    """By the message's own payload schema."""
    message = asyncapi()["components"]["messages"][name]
    schema = validator("components", "messages", name, "payload")
    for example in message["examples"]:
        assert schema.is_valid(example["payload"])
