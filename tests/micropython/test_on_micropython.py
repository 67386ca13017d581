"""The tests of what the Pico runs, once more under real MicroPython.

A test file takes part by the line `RUNS_ON_MICROPYTHON = True`; it is then written in MicroPython's
subset, and the very same file runs under pytest too.
"""

import ast
import functools
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNNER = Path(__file__).with_name("run.py")
HEAP = "16m"  # room for a test's disk in memory; the Pico's own has one of flash
_LONGEST_S = 300  # of one file, on a machine with much else to do
_TAKES_PART = re.compile(r"^RUNS_ON_MICROPYTHON = True$", re.MULTILINE)
_VERDICT = re.compile(r"^(ok|FAIL) (test_\w+)$", re.MULTILINE)


def program(name: str) -> str:
    """Path of one of the interpreter's own tools: they come with requirements/dev.txt."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which(name, path=beside) or shutil.which(name)
    assert found, f"no {name} in {beside} or on PATH: pip install -r requirements/dev.txt"
    return found


def shared_files() -> list[Path]:
    """The test files that run on both interpreters."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [path for path in files if _TAKES_PART.search(path.read_text())]


def names_in(path: Path) -> list[str]:
    """Names of its tests, as they stand in the source."""
    body = ast.parse(path.read_text()).body
    return [
        node.name
        for node in body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


@functools.cache
def run(path: Path) -> tuple[int, str]:
    """Run one file; return the exit code and what it printed."""
    done = subprocess.run(
        [program("micropython"), "-X", f"heapsize={HEAP}", str(RUNNER), str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_LONGEST_S,
    )
    return done.returncode, done.stdout


def verdicts(printed: str) -> dict[str, str]:
    """For each test `ok`, or the traceback of its failure."""
    parts = _VERDICT.split(printed)[1:]
    rows = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return {name: word if word == "ok" else said.strip() for word, name, said in rows}


SHARED = [
    pytest.param(path, name, id=f"{path.relative_to(ROOT)}::{name}")
    for path in shared_files()
    for name in names_in(path)
]


@pytest.mark.parametrize(("path", "name"), SHARED)
def test_it_holds_on_micropython(path: Path, name: str) -> None:
    """What is asserted of the code on a desk holds on the Pico's interpreter."""
    code, printed = run(path)
    told = verdicts(printed)
    assert name in told, f"it did not run; micropython ended with {code}:\n{printed}"
    assert told[name] == "ok", f"under MicroPython:\n{told[name]}"


def test_what_the_pico_runs_is_tested_on_micropython() -> None:
    """A file that loses its line would drop out silently."""
    names = {path.relative_to(ROOT).as_posix() for path in shared_files()}
    assert {
        f"tests/firmware/common/test_{part}.py" for part in ("debounce", "filelog", "node")
    } <= (names)


def test_the_runner_reports_a_failure_and_goes_on(tmp_path: Path) -> None:
    """A runner that always says ok would make all of the above worthless."""
    path = tmp_path / "test_it.py"
    path.write_text(
        "def test_a():\n    assert 1 == 2\n\n\ndef test_b():\n    pass\n\n\n"
        "def test_c():\n    raise BaseException('paper is out')\n"
    )
    code, printed = run(path)
    told = verdicts(printed)
    assert code == 1
    assert list(told) == ["test_a", "test_b", "test_c"]
    assert "AssertionError" in told["test_a"]
    assert told["test_b"] == "ok"
    assert "paper is out" in told["test_c"]


@pytest.mark.parametrize("source", ["", "import dataclasses\n", "def test_it(:\n"])
def test_a_file_of_which_nothing_runs_is_a_failure(source: str, tmp_path: Path) -> None:
    """No tests, a module the Pico does not have, or a line it cannot read."""
    path = tmp_path / "test_it.py"
    path.write_text(source)
    assert run(path)[0] == 1
