"""What the documents add up to: figures with their definition, version, period and denominator, each opening to the lines it is made of.

from eshop import insight
figure = insight.figure(session, "e-commerce-degree", insight.period_of("2026-Q3", today), by)
insight.lines(session, "e-commerce-degree", period, by, part="5798…")
"""

from eshop.insight.figures import FIGURES, Definition, Figure, Line, Part, Sum, figure, lines
from eshop.insight.periods import Span, last_year, period_of
from eshop.insight.spent import Spending, spending
from eshop.insight.summed import count_spend
from eshop.insight.usage import Use, agreement_use, together

__all__ = [
    "FIGURES",
    "Definition",
    "Figure",
    "Line",
    "Part",
    "Span",
    "Spending",
    "Sum",
    "Use",
    "agreement_use",
    "count_spend",
    "figure",
    "last_year",
    "lines",
    "period_of",
    "spending",
    "together",
]
