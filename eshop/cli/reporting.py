"""`eshop report FIGURE`: a figure with its definition, version, period and denominator, its parts, and the lines it is made of."""

import csv
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal

import click

from eshop import insight
from eshop.amounts import Amount
from eshop.cli.frame import Command, Desk, pass_desk
from eshop.wording import kroner, number, price


@click.command(cls=Command)
@click.argument("figure", type=click.Choice(list(insight.FIGURES)))
@click.option(
    "--period", metavar="2026-Q3", help="A year, quarter or month (2026, 2026-Q3, 2026-09); else twelve months."
)
@click.option("--institution", metavar="GLN", help="Only there, and at the units under it.")
@click.option("--csv", "as_csv", is_flag=True, help="The parts (or lines) as CSV with semicolons.")
@click.option("--lines", "show_lines", is_flag=True, help="The lines the figure is made of, instead of its parts.")
@click.option("--part", metavar="KEY", help="Only the lines of this part.")
@pass_desk
def report(
    desk: Desk,
    figure: str,
    period: str | None,
    institution: str | None,
    as_csv: bool,
    show_lines: bool,
    part: str | None,
) -> None:
    """A figure of what has been bought, invoiced and handled."""
    with desk.read() as (session, by):
        span = insight.period_of(period, by.today)
        place = None if institution is None else desk.institution(session, institution).id
        if show_lines or part is not None:
            found = insight.lines(session, figure, span, by, part, place)
            _show_lines(desk, found, as_csv)
            return
        shown = insight.figure(session, figure, span, by, place)
    if as_csv:
        head = ("figure", "version", "period", "key", "name", "numerator", "denominator", "value", "target")
        start = (figure, shown.definition.version, span.name)
        rows = [
            (*start, one.key, one.name, one.numerator, one.denominator, one.value, one.target) for one in shown.parts
        ]
        whole = (*start, "", "", shown.numerator, shown.denominator, shown.value, shown.target)
        _csv(head, [*rows, whole])
        return
    desk.answer(shown.as_json(desk.locale), lambda: _readable(shown, desk.locale))


def _show_lines(desk: Desk, found: Iterable[insight.Line], as_csv: bool) -> None:
    if as_csv:
        head = ("part", "date", "document", "text", "numerator", "denominator", "why")
        _csv(head, [(x.part, x.day, x.document, x.text, x.numerator, x.denominator, x.why) for x in found])
        return
    for one in found:
        desk.answer(
            {
                "part": one.part,
                "date": one.day.isoformat(),
                "document": one.document,
                "text": one.text,
                "numerator": str(one.numerator),
                "denominator": str(one.denominator),
                "why": one.why,
            },
            f"{one.day}  {_sum(one.numerator, desk.locale):>16} {_sum(one.denominator, desk.locale):>16}"
            f"  {one.document}  {one.text}",
        )


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout, delimiter=";", lineterminator="\n")
    writer.writerow(head)
    writer.writerows([["" if value is None else str(value) for value in row] for row in rows])


def _readable(shown: insight.Figure, locale: str) -> str:
    unit = "%" if shown.definition.unit == "percent" else "kr."
    of = [f"{shown.definition.name} {shown.span.name}: {_number(shown.value, unit, locale)}"]
    of.append(shown.definition.text(locale))
    of.append(f"{_sum(shown.numerator, locale)} / {_sum(shown.denominator, locale)}")
    of += [
        f"  {_number(one.value, unit, locale):>14}  {one.name}"
        f"  ({_sum(one.numerator, locale)} / {_sum(one.denominator, locale)})"
        for one in shown.parts
    ]
    return "\n".join(of)


def _number(value: Decimal | None, unit: str, locale: str) -> str:
    if value is None:
        return "–"
    return f"{price(value, locale) if unit == 'kr.' else number(value, locale)}\u00a0{unit}"


def _sum(value: insight.Sum, locale: str) -> str:
    return kroner(value, locale) if isinstance(value, Amount) else number(value, locale)
