"""A folder that is to be written into: whether it can be had, asked before the work is done."""

import tempfile
from pathlib import Path


def try_folder(folder: Path) -> None:
    """Make the folder, write into it, and leave everything as it was.

    Only trying tells: permissions do not say what a read-only disk or /proc will take.
    Raises OSError, as the disk has it.
    """
    made: list[Path] = []
    try:
        for path in reversed([folder, *folder.parents]):
            if not path.exists():
                path.mkdir()
                made.append(path)
        tempfile.TemporaryFile(dir=folder).close()
    finally:
        for path in reversed(made):
            path.rmdir()
