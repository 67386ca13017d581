"""The import rules of pyproject.toml hold, and each of them can fail."""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("wire", "firmware", "gateway", "collector", "simulator")

# The decisions. They get time, randomness, disk and network as arguments.
PURE = {
    "collector.accounting",
    "collector.action",
    "collector.analysis.binomial",
    "collector.analysis.comparison",
    "collector.analysis.control",
    "collector.analysis.counts",
    "collector.analysis.discoveries",
    "collector.analysis.funnel",
    "collector.analysis.histogram",
    "collector.analysis.interval",
    "collector.analysis.mean",
    "collector.analysis.nonresponse",
    "collector.analysis.poisson",
    "collector.analysis.pooled",
    "collector.analysis.shrink",
    "collector.analysis.special",
    "collector.analysis.trend",
    "collector.annotation",
    "collector.checksum",
    "collector.entry",
    "collector.month",
    "collector.paper",
    "collector.paper_table",
    "collector.parquet.columns",
    "collector.parquet.coverage",
    "collector.parquet.localtime",
    "collector.register_table",
    "collector.report.asker",
    "collector.report.assemble",
    "collector.report.charts.control",
    "collector.report.charts.dots",
    "collector.report.charts.heat",
    "collector.report.charts.scale",
    "collector.report.charts.svg",
    "collector.report.compose.actions",
    "collector.report.compose.answer",
    "collector.report.compose.cells",
    "collector.report.compose.channels",
    "collector.report.compose.committee",
    "collector.report.compose.coverage",
    "collector.report.compose.history",
    "collector.report.compose.load",
    "collector.report.compose.method",
    "collector.report.compose.points",
    "collector.report.compose.rows",
    "collector.report.compose.spent",
    "collector.report.compose.waits",
    "collector.report.compose.whole",
    "collector.report.data.fields",
    "collector.report.data.groups",
    "collector.report.data.overall",
    "collector.report.document",
    "collector.report.facts",
    "collector.report.gather",
    "collector.report.model",
    "collector.report.opendata",
    "collector.report.period",
    "collector.report.privacy",
    "collector.report.remarks",
    "collector.report.sections.actions",
    "collector.report.sections.answer",
    "collector.report.sections.chart",
    "collector.report.sections.coverage",
    "collector.report.sections.figures",
    "collector.report.sections.reasons",
    "collector.report.sections.rows",
    "collector.report.sections.spent",
    "collector.report.sections.waits",
    "collector.report.setting",
    "collector.report.table",
    "collector.report.text",
    "collector.report.texts_en",
    "collector.report.texts_uk",
    "collector.report.words",
    "collector.source",
    "collector.sources.local",
    "collector.tally",
    "collector.words",
    "firmware.common.debounce",
    "firmware.common.filelog",
    "firmware.common.logline",
    "firmware.common.node",
    "firmware.dispenser.answer",
    "firmware.dispenser.codepage",
    "firmware.dispenser.counter",
    "firmware.dispenser.escpos",
    "firmware.dispenser.escpos_text",
    "firmware.dispenser.expander",
    "firmware.dispenser.keys",
    "firmware.dispenser.offer",
    "firmware.dispenser.proof",
    "firmware.dispenser.qr",
    "firmware.dispenser.series",
    "firmware.dispenser.slip",
    "firmware.dispenser.status",
    "firmware.dispenser.ticket",
    "firmware.ratingbox.invitation",
    "firmware.ratingbox.lid",
    "firmware.ratingbox.panel",
    "firmware.ratingbox.selftest",
    "gateway.clockwork",
    "gateway.course",
    "gateway.decide",
    "gateway.held",
    "gateway.intake",
    "gateway.invitations",
    "gateway.numbers",
    "gateway.offer",
    "gateway.pages.access",
    "gateway.pages.faults",
    "gateway.pages.spoken",
    "gateway.pages.views",
    "gateway.pages.words",
    "gateway.place",
    "gateway.queue.calibration",
    "gateway.queue.choice",
    "gateway.queue.hall",
    "gateway.queue.posts",
    "gateway.queue.prospect",
    "gateway.queue.today",
    "gateway.queue.visit",
    "gateway.queue.vote",
    "gateway.queue.wait",
    "gateway.roster",
    "wire.account",
    "wire.batch",
    "wire.hop",
    "wire.hours",
    "wire.lines",
    "wire.records",
    "wire.seal",
    "wire.selftest",
    "wire.setup",
    "wire.topics",
    "wire.update",
}
WORLD_BUILTINS = {"open", "input", "print", "exec", "eval", "__import__"}

# (where, a bad import, the rule it breaks); "where" is a package, or a module of its own in one.
BAD = [
    ("wire", "firmware.common", "layers"),
    ("wire", "gateway", "layers"),
    ("wire", "collector", "layers"),
    ("firmware.common", "firmware.dispenser", "layers"),
    ("firmware.common", "gateway", "layers"),
    ("firmware.dispenser", "firmware.ratingbox", "layers"),
    ("firmware.ratingbox", "firmware.dispenser", "layers"),
    ("firmware.dispenser", "gateway", "layers"),
    ("gateway", "collector", "layers"),
    ("collector", "gateway", "layers"),
    ("gateway", "firmware.common", "meeting"),
    ("collector", "firmware.common", "meeting"),
    ("wire", "simulator", "product"),
    ("firmware.common", "tests", "product"),
    ("gateway", "hardware", "product"),
    ("collector", "simulator", "product"),
    ("simulator", "tests", "product-simulator"),
    ("wire.topics", "time", "pure"),
    ("wire.hop", "sqlite3", "pure"),
    ("wire.batch", "urllib.request", "pure"),
    ("gateway.decide", "paho.mqtt.client", "pure"),
    ("firmware.common.debounce", "gpiozero", "pure"),
]


def contracts() -> dict[str, dict[str, object]]:
    """The contracts by their id."""
    text = (ROOT / "pyproject.toml").read_text()
    found = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    return {contract["id"]: contract for contract in found}


def path_of(module: str, root: Path = ROOT) -> Path:
    """The file of a module."""
    return root / (module.replace(".", "/") + ".py")


def lint(root: Path, contract: str) -> tuple[int, str]:
    """Check one contract in the tree `root`: exit code, and what was said, on one line."""
    entry = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", entry, "--no-logo", "--no-cache", "--contract", contract]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return run.returncode, " ".join((run.stdout + run.stderr).split())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the repository's code in which bad imports may be planted."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(root: Path, where: str, bad: str) -> str:
    """Append `import bad` to a module, or put it into a new one of a package; the module's name."""
    if (root / where.replace(".", "/")).is_dir():
        where += ".planted"
    with path_of(where, root).open("a") as file:
        file.write(f"\nimport {bad}\n")
    return where


@pytest.mark.parametrize("contract", contracts())
def test_the_import_rules_hold(contract: str) -> None:
    """As `make check` says too."""
    code, said = lint(ROOT, contract)
    assert code == 0, said


@pytest.mark.parametrize("contract", contracts())
def test_each_rule_can_fail(contract: str, tree: Path) -> None:
    """A rule that nothing can break protects nothing: every bad import is found by its name."""
    planted = [(plant(tree, where, bad), bad) for where, bad, rule in BAD if rule == contract]
    code, said = lint(tree, contract)
    assert planted
    assert code == 1
    for module, bad in planted:
        seen = bad if bad.split(".")[0] in PACKAGES else bad.split(".")[0]
        assert f"{module} -> {seen} (" in said


def test_an_adapter_is_found_behind_another_module(tree: Path) -> None:
    """A decision that imports a module that imports the world has the world in it."""
    adapter = plant(tree, "wire", "socket")
    plant(tree, "wire.hop", adapter)
    code, said = lint(tree, "pure")
    assert code == 1
    assert f"{adapter} -> socket" in said


def test_every_decision_module_exists_and_is_under_the_rule() -> None:
    """A module that is renamed must not slip out of the rule."""
    assert [module for module in sorted(PURE) if not path_of(module).exists()] == []
    assert contracts()["pure"]["source_modules"] == sorted(PURE)


@pytest.mark.parametrize("module", sorted(PURE))
def test_a_decision_calls_no_builtin_that_touches_the_world(module: str) -> None:
    """`open` needs no import, so the import rules do not see it."""
    tree = ast.parse(path_of(module).read_text())
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called & WORLD_BUILTINS == set()
