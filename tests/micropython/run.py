"""Runs one test file under MicroPython: `micropython tests/micropython/run.py FILE`.

Prints `ok name` or `FAIL name` for each `test_*` in it, a failure's traceback below, and exits 1 if
one failed. The file is plain: functions without arguments, and asserts.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def main(arguments: "list[str]") -> int:
    """`arguments`: this script's path, from which the repository's root follows, and the file's."""
    script, path = arguments
    folder, _, name = path.rpartition("/")
    sys.path[:0] = [_above(script, 3), folder]
    module = __import__(name[: -len(".py")])
    tests = sorted(name for name in dir(module) if name.startswith("test_"))
    failed = [name for name in tests if not _passes(name, getattr(module, name))]
    return 1 if failed or not tests else 0


def _above(path: str, levels: int) -> str:
    parts = path.split("/")[:-levels]
    return "/".join(parts) or ("/" if path.startswith("/") else ".")


def _passes(name: str, test: "Callable[[], None]") -> bool:
    try:
        test()
    except BaseException as error:  # noqa: BLE001 - whatever a test raises is its failure
        sys.stdout.write("FAIL %s\n" % name)
        sys.print_exception(error, sys.stdout)  # type: ignore[attr-defined]
        return False
    sys.stdout.write("ok %s\n" % name)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv))
