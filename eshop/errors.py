"""What can go wrong, in words of the business. Doors translate these to exit codes, pages and problem+json; nothing here knows HTTP.

Every error carries a stable `code` (a finding code, see `eshop.wording`) and the `values` its sentence needs, so that a test
can hold on to the code and a person reads a sentence.
"""

from typing import Any


class EshopError(Exception):
    """A request that cannot be carried out. `code` is stable, `values` fill the sentence looked up for the code."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.code}({shown})" if shown else self.code


class BadInput(EshopError):
    """What came in cannot be used: a file, a field, a number. Names which and what is expected."""


class NotFound(EshopError):
    """The thing is not there, or not in this municipality: the two look alike on purpose."""


class NotAllowed(EshopError):
    """This person may not do this. `values["who"]` names who can act now, where that is known."""


class Conflict(EshopError):
    """The thing is in a state where this cannot be done: already decided, already sent, no longer on agreement."""


class Stale(Conflict):
    """Somebody else changed the thing first. `values` say who and when where that is known."""


class ConfigurationError(EshopError):
    """A setting is missing or wrong: says which and what is expected. Stops the start."""
