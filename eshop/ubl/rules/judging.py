"""How a rule is written down and run. (pure)

A rule is one small function that answers whether it is *broken* by one thing: nothing or False when it is kept, True or
the figures for the sentence when it is not. It carries the official id it mirrors. Rules about the same kind of thing stand
together in an `Each`, which is a rule of an `eshop.findings.Layer`: it knows how to find those things in a document.

    Each(lines, Rule("BR-21", "ubl_missing", lambda line, facts: blank(line.line.id), element="ID"), …)
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Any, Final

from eshop.findings import Finding, Severity
from eshop.ubl.rules.facts import Facts, Node, where_is

Broken = bool | Mapping[str, Any] | None

EXACT: Final = Context(prec=60)
"""Products of 18 + 18 digits by 18 + 18 digits keep every digit the tolerance of a rule could depend on."""

_HALF: Final = Decimal("0.5")


class Rule:
    """One rule: the official id, the finding's code, and the function that says whether a thing breaks it.

    `values` are what the sentence needs whatever the document says ('element', 'list'); the function may add figures.
    """

    __slots__ = ("broken", "code", "id", "severity", "values")

    def __init__(
        self, id: str, code: str, broken: Callable[[Any, Any], Broken], severity: Severity = "error", **values: Any
    ) -> None:
        self.id = id
        self.code = code
        self.broken = broken
        self.severity: Severity = severity
        self.values = values

    def renamed(self, id: str) -> "Rule":
        """The same rule under the number that another document type gives it."""
        return Rule(id, self.code, self.broken, self.severity, **self.values)

    def finding(self, node: Node, broken: Broken) -> Finding:
        figures = broken if isinstance(broken, Mapping) else {}
        return Finding(self.code, self.severity, where_is(node), {**self.values, **figures}, self.id)


class Each:
    """Rules about every thing that `nodes` finds in a document; every rule is asked about every thing."""

    __slots__ = ("_tests", "nodes", "rules")

    def __init__(self, nodes: Callable[[Any], Iterable[Node]], *rules: Rule) -> None:
        self.nodes = nodes
        self.rules = rules
        self._tests = tuple((rule.broken, rule) for rule in rules)

    def __call__(self, facts: Facts) -> list[Finding]:
        findings: list[Finding] = []
        tests = self._tests
        for node in self.nodes(facts):
            thing = node[0]
            for test, rule in tests:
                if broken := test(thing, facts):
                    findings.append(rule.finding(node, broken))
        return findings


class EachNode(Each):
    """As `Each`, for rules that also look at where a thing stands: they are given the node instead of the thing."""

    __slots__ = ()

    def __call__(self, facts: Facts) -> list[Finding]:
        tests = self._tests
        return [
            rule.finding(node, broken)
            for node in self.nodes(facts)
            for test, rule in tests
            if (broken := test(node, facts))
        ]


def rules_of(layers: Iterable[Any]) -> Iterator[Rule]:
    """Every rule of some layers, for the list of what we check."""
    for layer in layers:
        for each in layer.rules:
            yield from getattr(each, "rules", ())


# What rules ask about values


def blank(value: Any) -> bool:
    """Whether an identifier, code or text is absent or only white space (XPath: normalize-space(x) = '')."""
    if value is None:
        return True
    text = value if value.__class__ is str else value.value
    return not text or text.isspace()


def text_of(value: Any) -> str:
    """The text of an identifier or code, "" where it is absent."""
    return "" if value is None else value.value


def decimals(value: Decimal) -> int:
    """How many digits stand after the point, as written: Decimal('12.50') → 2."""
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def too_fine(money: Any, most: int = 2) -> bool:
    """Whether an amount is written with more than `most` decimals."""
    return money is not None and decimals(money.value) > most


def xpath_round(value: Decimal) -> Decimal:
    """XPath's round: to a whole number, half towards plus infinity: 2.5 → 3, −2.5 → −2."""
    return EXACT.add(value, _HALF).to_integral_value(ROUND_FLOOR)


def cents(value: Decimal) -> Decimal:
    """XPath's round(x * 100) div 100, as the sums of EN 16931 use it: 0.125 → 0.13, −0.125 → −0.12."""
    return xpath_round(value.scaleb(2, EXACT)).scaleb(-2, EXACT)


# XPath calculates on untyped text in binary: 2315.08 − 1 is a hair below 2314.08. Only where a tolerance is used up to the
# last øre does that hair decide, and only there do the rules calculate as the sheet does.


def double_sum(value: Decimal, summand: int) -> Decimal:
    """XPath's `Amount + 1` on untyped text."""
    return Decimal(float(value) + summand)


def float_sum(values: Iterable[Decimal]) -> float:
    """XPath's `sum(Amount)` on untyped text."""
    return sum(map(float, values))
