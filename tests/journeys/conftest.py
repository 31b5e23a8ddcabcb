"""Fixtures of the journeys."""

from tests.shell import shell

__all__ = ["shell"]
