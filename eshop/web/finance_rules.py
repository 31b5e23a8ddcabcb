"""What finance sets: how much control lets pass, and the tables that coding goes by; and the sample that leaders look at."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import invoicing
from eshop.amounts import Amount, Percent
from eshop.errors import BadInput
from eshop.identity import Policy
from eshop.web import forms, toasts
from eshop.web.guards import Visit, access
from eshop.web.invoices import load
from eshop.web.texts import gettext, lazy_gettext

blueprint = Blueprint("finance_rules", __name__)
ON_A_PAGE = 100

FIELDS = (
    ("price_tolerance_percent", lazy_gettext("Price per line, percent"), "%"),
    ("price_tolerance_amount_per_line", lazy_gettext("Price per line, amount"), "kr."),
    ("quantity_tolerance_percent", lazy_gettext("Quantity, percent"), "%"),
    ("rounding_tolerance_per_document", lazy_gettext("Rounding of the invoice"), "kr."),
    ("freight_without_order_line_max", lazy_gettext("Freight and fees not on the order, at most"), "kr."),
    ("cumulative_per_order", lazy_gettext("Overcharges on an order, in all"), "kr."),
    ("cumulative_per_supplier_month", lazy_gettext("Overcharges of a supplier in a month, in all"), "kr."),
    ("one_person_max", lazy_gettext("One person alone, up to"), "kr."),
    ("sample_percent", lazy_gettext("Sample of what one person did, percent"), "%"),
)
SWITCHES = (
    ("vat_must_equal_order", lazy_gettext("VAT must be as on the order")),
    ("post_without_reference", lazy_gettext("Post without order number where exactly one order fits")),
)
TABLES = {
    "chart": (lazy_gettext("Chart of accounts"), lazy_gettext("Columns: dimension, value, name, from, to")),
    "art-rules": (
        lazy_gettext("Kinds by item group"),
        lazy_gettext("Columns: item group, VAT (with, without, any), kind, from, to"),
    ),
    "vat-refunds": (lazy_gettext("VAT refunds"), lazy_gettext("Columns: kind, percent, from, to")),
}


@blueprint.get("/invoice-rules")
@access("see_finance_rules")
def show(visit: Visit) -> ResponseReturnValue:
    policy, usual = visit.municipality.policy, Policy()
    return render_template(
        "invoices/rules.html",
        fields=[
            (name, text, unit, _written(getattr(policy, name)), _written(getattr(usual, name)))
            for name, text, unit in FIELDS
        ],
        switches=[(name, text, getattr(policy, name)) for name, text in SWITCHES],
        small=_written(_limit(visit, "small_deviation_limit", "100.00")),
        own=_written(_limit(visit, "decide_own_limit", None)),
        tables=TABLES.items(),
        coding=invoicing.coding_tables(visit.session, visit.actor),
        changing=visit.may("manage_finance_rules"),
    )


def _limit(visit: Visit, name: str, usual: str | None) -> Amount | None:
    told = visit.municipality.settings.get(name, usual)
    return None if told is None else Amount.of(told)


def _written(value: Any) -> str:
    """As it stands in a field: '1', '10,00'; empty is off."""
    if value is None:
        return ""
    text = str(value.value.normalize() if isinstance(value, Percent) else value)
    return (text if "E" not in text else format(value.value, "f")).replace(".", ",")


@blueprint.post("/invoice-rules")
@access("manage_finance_rules")
def change(visit: Visit) -> ResponseReturnValue:
    """An empty field turns a rule off."""
    policy: dict[str, Any] = {name: _typed(name) for name, _, _ in FIELDS}
    policy |= {name: bool(request.form.get(name)) for name, _ in SWITCHES}
    small, own = _typed("small_deviation_limit"), _typed("decide_own_limit")
    invoicing.set_control_rules(
        visit.session,
        policy,
        None if small is None else Amount.of(small),
        None if own is None else Amount.of(own),
        visit.actor,
    )
    toasts.put(gettext("The rules are saved. They hold from the next invoice on."))
    return redirect(url_for("finance_rules.show"), 303)


def _typed(name: str) -> str | None:
    if not request.form.get(name, "").strip():
        return None
    value = forms.decimal(request.form, name) if "percent" in name else forms.amount(request.form, name).kroner
    if value < 0 or ("percent" in name and value > 100):
        raise BadInput("write_a_number", field=name)
    return format(value, "f")


@blueprint.post("/invoice-rules/tables/<any(chart,'art-rules','vat-refunds'):table>")
@access("manage_finance_rules")
def load_table(visit: Visit, table: str) -> ResponseReturnValue:
    """A table from a file; what was in force ends the day before."""
    given = request.files.get("file")
    source = forms.text(request.form, "source", 200) or ""
    count = invoicing.load_table(visit.session, table, given.read() if given else b"", source, visit.actor)
    toasts.put(gettext("%(table)s: %(count)s rows are loaded.", table=TABLES[table][0], count=count))
    return redirect(url_for("finance_rules.show"), 303)


@blueprint.get("/invoice-rules/chart")
@access("see_finance_rules")
def chart(visit: Visit) -> ResponseReturnValue:
    """The values of the chart, a hundred at a time."""
    page = forms.page_number(request.args)
    dimension = request.args.get("dimension") or None
    text = request.args.get("q", "").strip()[:80]
    found = invoicing.look_through_chart(
        visit.session, visit.actor, dimension, text, limit=ON_A_PAGE + 1, offset=(page - 1) * ON_A_PAGE
    )
    loaded = {one[0] for one in invoicing.coding_tables(visit.session, visit.actor).chart}
    return render_template(
        "invoices/chart.html",
        values=found[:ON_A_PAGE],
        more=len(found) > ON_A_PAGE,
        page=page,
        dimension=dimension,
        text=text,
        dimensions=[one for one in visit.municipality.dimensions if one in loaded],
        changing=visit.may("manage_finance_rules"),
        today=visit.actor.today,
    )


@blueprint.post("/invoice-rules/chart")
@access("manage_finance_rules")
def set_value(visit: Visit) -> ResponseReturnValue:
    made = invoicing.set_chart_value(
        visit.session,
        request.form.get("dimension", ""),
        forms.text(request.form, "value", 40) or "",
        forms.text(request.form, "name", 200) or "",
        forms.day(request.form, "start"),
        visit.actor,
    )
    toasts.put(gettext("%(value)s %(name)s can be used.", value=made.value, name=made.name))
    return redirect(url_for("finance_rules.chart", dimension=made.dimension, q=made.value), 303)


@blueprint.post("/invoice-rules/chart/<int:value_id>/close")
@access("manage_finance_rules")
def close_value(visit: Visit, value_id: int) -> ResponseReturnValue:
    closed = invoicing.close_chart_value(visit.session, value_id, visit.actor)
    toasts.put(gettext("%(value)s is not used from tomorrow.", value=closed.value))
    return redirect(url_for("finance_rules.chart", dimension=closed.dimension), 303)


@blueprint.post("/invoices/<int:invoice_id>/looked-at")
@access("attest")
def look_at(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """A leader says whether what one person did alone is as it should be."""
    invoice = load(visit, invoice_id)
    fine = bool(request.form.get("fine"))
    invoicing.look_at(visit.session, invoice, fine, forms.text(request.form, "reason", 500) or "", visit.actor)
    toasts.put(
        gettext("Thanks, it is noted.")
        if fine
        else gettext("Finance looks at invoice %(number)s again.", number=invoice.number)
    )
    return redirect(url_for("invoices.queue"), 303)


@blueprint.post("/invoices/<int:invoice_id>/cleared")
@access("decide_invoice")
def clear_sample(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """Finance has found out what it was: the posting stands."""
    invoice = load(visit, invoice_id)
    invoicing.clear_sample(visit.session, invoice, forms.text(request.form, "reason", 500) or "", visit.actor)
    toasts.put(gettext("Noted: the posting of invoice %(number)s stands.", number=invoice.number))
    return redirect(url_for("invoices.queue"), 303)
