"""No bytes of anybody's crash, hang or stain what reads them.

Hypothesis builds inputs from words of the format and mutates valid ones; then the fuzzer runs as
the command it is, coverage guided where atheris is installed.
"""

import importlib.util
import json
import logging
import os
import random
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults import fuzz
from tests.faults.fuzz_targets import CUT, PLANTED, TARGETS, Target, as_toml, mutate

NAMES = [name for name in TARGETS if name != PLANTED]
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """The product tells of what it refuses, in numbers."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def structured(target: Target) -> st.SearchStrategy[bytes]:
    """Objects of the format's own words, as JSON with lines and topics around them, and as TOML."""
    words = st.sampled_from(target.words or ("x",))
    values = st.recursive(
        PLAIN | words,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=6),
        max_leaves=12,
    )
    objects = st.dictionaries(words | st.text(max_size=4), values, max_size=9)
    lines = st.lists(objects.map(lambda one: json.dumps(one).encode()), max_size=4)
    heads = st.sampled_from([b"", *(one.split(b"\n")[0] + b"\n" for one in target.examples)])
    return st.builds(lambda head, rest: head + b"\n".join(rest), heads, lines) | objects.map(
        as_toml
    )


def mutated(target: Target) -> st.SearchStrategy[bytes]:
    """A few changes to a valid input."""
    return st.builds(
        lambda seed, example: mutate(random.Random(seed), example, target.examples),
        st.integers(0, 1 << 32),
        st.sampled_from(target.examples),
    )


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_is_read_raises_what_is_not_documented(name: str, tmp_path: Path) -> None:
    """Valid inputs, structured ones, mutated ones, and any bytes."""
    target = TARGETS[name]
    check = fuzz.guarded(target.make(tmp_path))
    for example in target.examples:
        check(example)

    @settings(
        max_examples=min(60, target.runs // 4),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(structured(target) | mutated(target) | st.binary(max_size=300))
    def survives(data: bytes) -> None:
        check(data)

    survives()


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    """The command."""
    command = [sys.executable, "-m", "tests.faults.fuzz", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_the_fuzzer_finds_nothing_in_any_target() -> None:
    """Each with so many inputs as its table says; where the pins are installed, by atheris."""
    ended = run()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    lines = ended.stdout.splitlines()
    engine = "atheris" if importlib.util.find_spec("atheris") else "mutations"
    for name, line in zip(NAMES, lines, strict=True):
        told, _, rest = line.partition(": ")
        count, _, rest = rest.partition(" inputs ")
        assert told == name and rest.startswith(f"({engine}), ")
        assert int(count) >= TARGETS[name].runs


@pytest.mark.parametrize("engine", ["whatever is here", "mutations"])
def test_a_planted_fault_is_found_told_and_replayed(
    engine: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the input as a literal, and the command that shows it again."""
    if engine == "mutations":
        import tests.faults.fuzz_targets as table

        bounds = fuzz.Bounds(20_000, 0.0, 1, None)
        found = fuzz.fuzz(PLANTED, TARGETS[PLANTED], bounds, table, None)
        assert isinstance(found, fuzz.Finding)
        told = fuzz.tell(found)
        raised = capfd.readouterr().err
    else:
        ended = run("--target", PLANTED)
        assert ended.returncode == 1
        told, raised = ended.stdout, ended.stderr
    literal, again = (line for line in told.splitlines() if line.startswith(("input", "replay")))
    assert told.startswith("FOUND in planted (it raised the above)")
    assert literal.startswith(('input: b"!', "input: b'!"))
    assert "RuntimeError: planted" in raised
    words = shlex.split(again.removeprefix("replay: " + fuzz.COMMAND))
    replayed = run(*words)
    assert replayed.returncode == 1 and "RuntimeError: planted" in replayed.stderr


@pytest.mark.parametrize(("data", "error"), [(b"~", "HangError"), (b"#", "MemoryError")])
def test_an_input_that_hangs_or_eats_all_memory_is_a_finding(
    data: bytes,
    error: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Also if it is one of the examples."""
    import tests.faults.fuzz_targets as table

    monkeypatch.setattr(fuzz, "HANG_S", 0.3)
    target = TARGETS[PLANTED]._replace(examples=(data,))
    found = fuzz.fuzz(PLANTED, target, fuzz.Bounds(1, 0.0, 1, None), table, None)
    assert isinstance(found, fuzz.Finding) and found.data == data
    assert error in capfd.readouterr().err


def test_help_shows_examples_and_all_targets(capsys: pytest.CaptureFixture[str]) -> None:
    """And a wrong name is refused with those that are right."""
    for words, status in ((["--help"], 0), (["--target", "nothing"], 2)):
        with pytest.raises(SystemExit) as ended:
            fuzz.parse(words, NAMES)
        assert ended.value.code == status
        said = "".join(capsys.readouterr())
        assert all(name in said for name in NAMES)
        assert status or f"{fuzz.COMMAND} --seconds" in said


def test_ci_has_atheris() -> None:
    """Where every test must run, so must the better engine, if it exists for that machine."""
    here = sys.platform == "linux" and os.uname().machine == "x86_64"
    expected = here and sys.implementation.name == "cpython" and sys.version_info < (3, 14)
    wanted = expected and os.environ.get("TALON_NO_SKIP") == "1"
    assert importlib.util.find_spec("atheris") is not None or not wanted


def test_the_cut_between_parts_is_in_no_part() -> None:
    """Else the parts of an input would not be what they seem."""
    assert all(one.count(CUT) <= 2 for name in NAMES for one in TARGETS[name].examples)
