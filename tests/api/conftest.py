"""Fixtures of the API."""

from tests.shell import shell

__all__ = ["shell"]
