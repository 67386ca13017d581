"""Fuzz every decoder: no crash, no hang, no store touched by what was refused.

Where atheris is installed (Linux on x86_64, see pyproject.toml) it looks for inputs that reach new
code; elsewhere valid inputs are mutated at random, with fewer chances and the same checks. Each
target runs in a process of its own, forked from this one: atheris ends the process it runs in, and
so does what it looks for. What the child was given last stands in memory that both share, so that
an input is known even if its process was killed.
"""

import argparse
import ast
import importlib
import logging
import mmap
import os
import random
import resource
import shlex
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.faults.fuzz_targets import Target

COMMAND = "python -m tests.faults.fuzz"
FOUND, BROKEN = 77, 78  # how a child ends: its target failed, or the fuzzer itself
PROGRESS_S = 10.0  # between two words about how far it is
HANG_S = 10.0  # for one input
MEMORY = 2 << 30  # bytes of address space over what is there at the start
_WATCHED = ["wire", "firmware", "gateway", "collector", "tests.faults.fuzz_targets"]
_MAX_LEN = 8_192
_MAX_INPUT = 1 << 20
_HEAD = struct.Struct("=QQ")  # inputs so far, length of the last
_POLL_S = 0.05


class HangError(Exception):
    """One input took more than `HANG_S`."""


class Bounds(NamedTuple):
    """How long a target is fuzzed: `runs` inputs (0: any number), at most `seconds` (0: any)."""

    runs: int
    seconds: float
    seed: int
    corpus: Path | None


class Finding(NamedTuple):
    """An input that a target does not survive. `how`: how its process ended."""

    target: str
    data: bytes
    how: str


def load() -> tuple[ModuleType, Any]:
    """The table of targets, and atheris, if it is installed: then the product is instrumented."""
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        return importlib.import_module("tests.faults.fuzz_targets"), None
    with _quiet(), atheris.instrument_imports(include=_WATCHED):
        return importlib.import_module("tests.faults.fuzz_targets"), atheris


def guarded(check: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """`check` with a time limit. Main thread only."""

    def on_alarm(*_: object) -> None:
        raise HangError(f"more than {HANG_S:g} s for one input")

    signal.signal(signal.SIGALRM, on_alarm)

    def run(data: bytes) -> None:
        signal.setitimer(signal.ITIMER_REAL, HANG_S)
        try:
            check(data)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    return run


class Slate:
    """Memory shared with a child: what it was given last, and how many inputs it has had."""

    def __init__(self) -> None:
        self._map = mmap.mmap(-1, _HEAD.size + _MAX_INPUT)

    def write(self, data: bytes) -> None:
        """The child is about to try `data`."""
        data = data[:_MAX_INPUT]
        self._map[_HEAD.size : _HEAD.size + len(data)] = data
        self._map[: _HEAD.size] = _HEAD.pack(self.count + 1, len(data))

    @property
    def count(self) -> int:
        """Inputs so far."""
        return int(_HEAD.unpack(self._map[: _HEAD.size])[0])

    @property
    def last(self) -> bytes:
        """The input that the child has, or had when it ended."""
        length = _HEAD.unpack(self._map[: _HEAD.size])[1]
        return self._map[_HEAD.size : _HEAD.size + length]


def fuzz(
    name: str, target: "Target", bounds: Bounds, table: ModuleType, atheris: Any
) -> Finding | int:
    """Fuzz one target in a child; returns what was found, or how many inputs found nothing."""
    slate = Slate()
    with tempfile.TemporaryDirectory(prefix="talon-fuzz-") as folder:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _be_child(name, target, bounds, Path(folder), slate, table, atheris)
        try:
            how = _watch(child, slate, name)
        except BaseException:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise
    return Finding(name, slate.last, how) if how else slate.count


def _watch(child: int, slate: Slate, name: str) -> str:
    """Wait for the child; how it failed, if it did. One that stands still is killed."""
    count, since = -1, time.monotonic()
    told = since
    while True:
        if time.monotonic() - told > PROGRESS_S:
            told = time.monotonic()
            print(f"  {name}: {slate.count} inputs so far", file=sys.stderr)  # noqa: T201
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            known = {0: "", FOUND: "it raised the above", BROKEN: "the fuzzer failed: see above"}
            return known.get(code, f"exit status {code}")
        if slate.count != count:
            count, since = slate.count, time.monotonic()
        elif time.monotonic() - since > 6 * HANG_S:  # not even a signal reached it
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "it hung, and was killed"
        time.sleep(_POLL_S)


def _be_child(
    name: str,
    target: "Target",
    bounds: Bounds,
    folder: Path,
    slate: Slate,
    table: ModuleType,
    atheris: Any,
) -> None:
    """Never returns."""
    try:
        logging.disable(logging.CRITICAL)
        _limit_memory()
        check = guarded(target.make(folder))

        heard = os.dup(2)  # atheris closes, and we redirect, the other one

        def one(data: bytes) -> None:
            slate.write(data)
            try:
                check(data)
            except BaseException:  # noqa: BLE001 - whatever it is, it is the finding
                os.write(heard, traceback.format_exc().encode(errors="replace"))
                os._exit(FOUND)

        for example in target.examples:
            one(example)
        if atheris is None:
            _mutate(one, target, bounds, table)
        else:
            _explore(one, name, target, bounds, folder, atheris)
    except BaseException:  # noqa: BLE001 - told by the exit status
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(BROKEN)
    os._exit(0)


def _limit_memory() -> None:
    if sys.platform != "linux":  # others do not say how much they have, or do not keep to it
        return
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = used + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))


def _mutate(
    one: Callable[[bytes], None], target: "Target", bounds: Bounds, table: ModuleType
) -> None:
    """Random changes to valid inputs, with no look at what code they reach."""
    dice = random.Random(bounds.seed)
    end = time.monotonic() + bounds.seconds if bounds.seconds else float("inf")
    left = bounds.runs or sys.maxsize
    words = tuple(word.encode() for word in target.words)
    while left > 0 and time.monotonic() < end:
        one(table.mutate(dice, dice.choice(target.examples), (*target.examples, *words)))
        left -= 1


def _explore(
    one: Callable[[bytes], None],
    name: str,
    target: "Target",
    bounds: Bounds,
    folder: Path,
    atheris: Any,
) -> None:
    """Coverage guided; ends the process."""
    corpus = bounds.corpus / name if bounds.corpus else folder / "corpus"
    seeds = folder / "seeds"
    for place in (corpus, seeds):
        place.mkdir(parents=True, exist_ok=True)
    for number, example in enumerate(target.examples):
        (seeds / f"{number}").write_bytes(example)
    words = folder / "words"
    words.write_text("".join(f'"{word}"\n' for word in target.words or ("{}",)))
    options = {
        "runs": bounds.runs or -1,
        "max_total_time": max(1, round(bounds.seconds)) if bounds.seconds else 0,
        "seed": bounds.seed or 1,  # 0 means "any" to it
        "max_len": max(_MAX_LEN, *map(len, target.examples)),
        "timeout": 0,  # ours is better: it raises where the time is spent
        "len_control": 0,
        "rss_limit_mb": 0,
        "dict": words,
        "artifact_prefix": f"{folder}/",
    }
    said = [f"-{key}={value}" for key, value in options.items()]
    atheris.Setup(["fuzz", *said, str(corpus), str(seeds)], one, internal_libfuzzer=True)
    _hush()
    atheris.Fuzz()


class _quiet:
    """libFuzzer and atheris talk a lot on stderr."""

    def __enter__(self) -> None:
        sys.stderr.flush()
        self._kept = os.dup(2)
        _hush()

    def __exit__(self, *_: object) -> None:
        sys.stderr.flush()
        os.dup2(self._kept, 2)
        os.close(self._kept)


def _hush() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def tell(finding: Finding) -> str:
    """A finding for people: the target, the input, what it raises, how to see it again."""
    literal = repr(finding.data)
    if len(literal) < 2_000:
        again = f"--replay {shlex.quote(literal)}"
    else:
        file = Path(tempfile.mkdtemp(prefix="talon-finding-")) / "input"
        file.write_bytes(finding.data)
        again = f"--replay-file {file}"
    return (
        f"FOUND in {finding.target} ({finding.how})\n"
        f"input: {literal}\n"
        f"replay: {COMMAND} --target {finding.target} {again}"
    )


def replay(name: str, data: bytes, table: ModuleType) -> None:
    """Try one input here, with its traceback."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="talon-fuzz-") as folder:
        guarded(table.TARGETS[name].make(Path(folder)))(data)


_EXAMPLES = f"""
examples:
  {COMMAND}                                  what the tests do: a few seconds each
  {COMMAND} --seconds 3600 --seed 7          an hour, divided among all targets
  {COMMAND} --seconds 60 --target office     one target
  {COMMAND} --seconds 600 --corpus ~/corpus  keep what reached new code, and begin from it
  {COMMAND} --target topic --replay "b'talon/v1/a/b/log'"

Exit status: 0 nothing found, 1 a finding (its input is printed), 2 wrong options.
"""


def parse(arguments: Sequence[str] | None, names: Sequence[str]) -> argparse.Namespace:
    """Options, or an end with help."""
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description="Fuzz every place where bytes of somebody else's come in.",
        epilog=f"targets: {', '.join(names)}\n{_EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=0.0, metavar="S", help="in all")
    parser.add_argument("--runs", type=int, default=0, metavar="N", help="inputs for each target")
    parser.add_argument("--target", choices=names, metavar="NAME", help="only this one")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of all chance (1)")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="a folder for each target in it")
    parser.add_argument("--replay", metavar="LITERAL", help="one input, as a bytes literal")
    parser.add_argument("--replay-file", type=Path, metavar="FILE", help="one input")
    said = parser.parse_args(arguments)
    if (said.replay or said.replay_file) and not said.target:
        parser.error("--replay needs --target")
    return said


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    table, atheris = load()
    said = parse(arguments, list(table.TARGETS))
    if said.replay or said.replay_file:
        data = said.replay_file.read_bytes() if said.replay_file else ast.literal_eval(said.replay)
        replay(said.target, data, table)
        print(f"{said.target}: survives it")  # noqa: T201
        return 0
    names = [said.target] if said.target else [n for n in table.TARGETS if n != table.PLANTED]
    found = 0
    for name in names:
        target = table.TARGETS[name]
        runs = said.runs or (0 if said.seconds else target.runs)
        bounds = Bounds(runs, said.seconds / len(names), said.seed, said.corpus)
        began = time.monotonic()
        result = fuzz(name, target, bounds, table, atheris)
        engine = "atheris" if atheris else "mutations"
        if isinstance(result, Finding):
            found += 1
            print(tell(result), flush=True)  # noqa: T201
        else:
            seconds = time.monotonic() - began
            print(f"{name}: {result} inputs ({engine}), {seconds:.1f} s", flush=True)  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
