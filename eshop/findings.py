"""Findings: what a rule saw, as a code with values; rule books that judge in layers. (pure)

A finding is for people to read, so its sentence is looked up from its code (`eshop.wording`); a test holds on to the code.
A rule that mirrors an official one cites its id (`rule="BR-CO-15"`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

Subject = TypeVar("Subject")

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule saw.

    `where` points into what was judged ('line 3', 'LegalMonetaryTotal/PayableAmount'); `values` fill the sentence of
    the code; `rule` is the official rule id where there is one.
    """

    code: str
    severity: Severity = "error"
    where: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Layer(Generic[Subject]):
    """Rules that are judged together. An error found in a `fatal` layer stops the layers after it."""

    name: str
    rules: Sequence[Callable[[Subject], Iterable[Finding]]]
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule book said: the findings, and the layers that a fatal error kept from being judged at all."""

    findings: tuple[Finding, ...]
    not_judged: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def valid(self) -> bool:
        return not self.errors


@dataclass(frozen=True, slots=True)
class RuleBook(Generic[Subject]):
    """Layers of rules in order. What was not judged is said, never passed over in silence."""

    layers: Sequence[Layer[Subject]]

    def judge(self, subject: Subject) -> Judgement:
        findings: list[Finding] = []
        for position, layer in enumerate(self.layers):
            seen = [finding for rule in layer.rules for finding in rule(subject)]
            findings += seen
            if layer.fatal and any(finding.severity == "error" for finding in seen):
                return Judgement(tuple(findings), tuple(later.name for later in self.layers[position + 1 :]))
        return Judgement(tuple(findings))
