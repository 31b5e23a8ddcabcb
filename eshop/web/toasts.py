"""Short notices that can be undone: put in one request, shown in the next page (or the fragment) and gone after some seconds."""

from dataclasses import asdict, dataclass, field
from typing import Any

from flask import session


@dataclass(frozen=True)
class Toast:
    """`undo` is where the Undo button posts its `fields`; without it there is no button. Shown for `seconds`."""

    text: str
    undo: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    seconds: int = 8


def put(text: str, undo: str | None = None, seconds: int = 8, **fields: Any) -> None:
    session["toasts"] = [*session.get("toasts", []), asdict(Toast(text, undo, fields, seconds))][-3:]


def take() -> list[Toast]:
    return [Toast(**one) for one in session.pop("toasts", [])]
