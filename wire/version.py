"""The version of Talon that is running."""

from importlib.metadata import PackageNotFoundError, version


def talon_version() -> str:
    """As installed; `0` from a bare checkout."""
    try:
        return version("talon-queue")
    except PackageNotFoundError:
        return "0"
