"""A `Report` in words: sections of blocks, in the order in which they are read. Pure."""

from collector.report.compose.whole import compose

__all__ = ["compose"]
