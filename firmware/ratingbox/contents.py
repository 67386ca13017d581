"""What a Pico's firmware consists of: our modules, and what of micropython-lib it needs.

On a PC; a Pico never runs this.
"""

import ast
import hashlib
import importlib.util
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from firmware.common.program import ProgramError

ROOT = Path(__file__).parents[2]
PINS = Path(__file__).with_name("micropython.txt")
BEGIN = "firmware/ratingbox/pico.py"
UMQTT = "umqtt/simple.py"
_DOWNLOAD_S = 120
_PACKAGES = ("wire", "firmware")


def modules(begin: str = BEGIN) -> list[str]:
    """The paths of our modules that `begin` imports, itself and the packages above them, sorted."""
    found: set[str] = set()
    waiting = [begin]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        waiting += _packages_above(path)
        waiting += _imported(ast.parse((ROOT / path).read_text(encoding="utf-8")))
    return sorted(found)


def fetch_umqtt(cache: Path) -> Path:
    """The folder with `umqtt/simple.py`, out of `cache` or, the first time, from the network.

    ProgramError if it cannot be had or is not what is pinned.
    """
    name, digest = _pin()
    folder = cache / name.replace("==", "-")
    if (folder / UMQTT).exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as aside:
        archive = _download(name, Path(aside))
        said = hashlib.sha256(archive.read_bytes()).hexdigest()
        if said != digest:
            raise ProgramError(f"{archive.name} has SHA-256 {said}, pinned is {digest}: not used")
        text = _extract(archive)
        new = Path(aside) / "new" / UMQTT
        new.parent.mkdir(parents=True)
        new.write_bytes(text)
        try:
            (Path(aside) / "new").rename(folder)
        except OSError:  # another process was quicker
            if not (folder / UMQTT).exists():
                raise
    return folder


def cache_folder() -> Path:
    """Where packages of micropython-lib are kept: beside the interpreter that runs this."""
    return Path(sys.prefix) / "share" / "talon" / "micropython"


def _pin() -> tuple[str, str]:
    for line in PINS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, digest = line.partition(" --hash=sha256:")
            return name, digest
    raise ProgramError(f"{PINS} pins nothing")


def _download(name: str, folder: Path) -> Path:
    if importlib.util.find_spec("unearth") is None:
        raise ProgramError("unearth is missing: pip install '.[flash]'")
    command = [sys.executable, "-m", "unearth", name, "--download", str(folder)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_DOWNLOAD_S
        )
    except subprocess.TimeoutExpired:
        raise ProgramError(f"{name} could not be fetched in {_DOWNLOAD_S} s: try again") from None
    found = list(folder.glob("*.tar.gz"))
    if done.returncode or not found:
        said = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise ProgramError(f"{name} could not be fetched ({' '.join(said)}). Is there a network?")
    return found[0]


def _extract(archive: Path) -> bytes:
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and member.name.partition("/")[2] == UMQTT:
                file = tar.extractfile(member)
                if file is not None:
                    return file.read()
    raise ProgramError(f"{archive.name} has no {UMQTT} in it")


def _packages_above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    folders = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    return [f"{folder}/__init__.py" for folder in folders if (ROOT / folder).is_dir()]


def _imported(tree: ast.Module) -> list[str]:
    """Our own modules that it imports at run time; what only a type checker reads is left out."""
    names: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        waiting.extend(ast.iter_child_nodes(node))
    ours = [name.replace(".", "/") for name in names if name.split(".")[0] in _PACKAGES]
    return [f"{name}.py" for name in ours if (ROOT / f"{name}.py").is_file()]
