"""Lifecycles as data: a table of verbs, the states they leave and the state they reach. (pure)

The same table says which moves are lawful and which buttons a page shows, so the two cannot come apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from eshop.errors import Conflict


@dataclass(frozen=True, slots=True)
class Move:
    """A verb takes a thing from any of `left` to `reached`."""

    left: frozenset[str]
    reached: str


def move(left: str, reached: str) -> Move:
    """`move("draft waiting", "sent")`: from draft or waiting to sent."""
    return Move(frozenset(left.split()), reached)


@dataclass(frozen=True, slots=True)
class Workflow:
    """`name` for the error sentence, `start` the first state, `moves` the whole table."""

    name: str
    start: str
    moves: Mapping[str, Move]

    @property
    def states(self) -> frozenset[str]:
        return frozenset({self.start}).union(*(one.left | {one.reached} for one in self.moves.values()))

    def possible(self, state: str) -> frozenset[str]:
        """The verbs that may be said now."""
        return frozenset(verb for verb, one in self.moves.items() if state in one.left)

    def after(self, state: str, verb: str) -> str:
        """The state that `verb` leads to; Conflict `not_now` where the table has no such move."""
        one = self.moves[verb]
        if state not in one.left:
            raise Conflict("not_now", thing=self.name, verb=verb, state=state)
        return one.reached
