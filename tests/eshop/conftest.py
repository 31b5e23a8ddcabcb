"""Fixtures of the command line, the worker and the demo."""

from tests.shell import shell

__all__ = ["shell"]
