"""Suppliers as finance sees them: the accounts they may be paid to and who checked them, and what their invoices have been like."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, render_template, request, url_for
from flask import redirect as flask_redirect
from flask.typing import ResponseReturnValue

import catalogues
import invoicing
from eshop.errors import NotFound
from eshop.web import forms, names, toasts
from eshop.web.guards import Visit, access
from eshop.web.texts import gettext, lazy_gettext
from eshop.web.workbooks import Column, excel

blueprint = Blueprint("suppliers", __name__)
YEAR = timedelta(days=365)
ACCOUNT_STATES = {
    "known": (lazy_gettext("Known"), "success"),
    "proposed": (lazy_gettext("Waits for a second person"), "warning"),
    "closed": (lazy_gettext("Closed account"), "neutral"),
}


@blueprint.get("/suppliers")
@access("see_suppliers")
def overview(visit: Visit) -> ResponseReturnValue:
    text = request.args.get("q", "").strip()[:80]
    figures = invoicing.supplier_figures(visit.session, visit.actor.today - YEAR)
    rows = [
        (one, figures.get(one.id, invoicing.SupplierFigures()))
        for one in catalogues.list_suppliers(visit.session)
        if text.casefold() in f"{one.name} {one.cvr or ''} {one.gln or ''}".casefold()
    ]
    rows.sort(key=lambda row: (not row[1].proposed_accounts, row[0].name))
    if request.args.get("excel"):
        return _as_excel(rows)
    return render_template("suppliers/overview.html", wide=True, rows=rows, text=text)


def _as_excel(rows: list[Any]) -> ResponseReturnValue:
    columns = [
        Column(gettext("Supplier")), Column("CVR"), Column(gettext("Active")), Column(gettext("Invoices"), "number"),
        Column(gettext("Without a human hand, percent"), "percent"), Column(gettext("Credit notes"), "number"),
        Column(gettext("Reminders"), "number"), Column(gettext("Waiting"), "number"),
        Column(gettext("Expected credit"), "money"),
    ]  # fmt: skip
    return excel(
        gettext("Suppliers"),
        columns,
        (
            (
                one.name, one.cvr, gettext("Yes") if one.active else gettext("No"), told.invoices, told.untouched_percent,
                told.credit_notes, told.reminded, told.waiting, told.expected,
            )
            for one, told in rows
        ),
    )  # fmt: skip


@blueprint.get("/suppliers/<int:supplier_id>")
@access("see_suppliers")
def show(visit: Visit, supplier_id: int) -> ResponseReturnValue:
    supplier = load(visit, supplier_id)
    accounts = invoicing.list_accounts(visit.session, supplier.id)
    people = names.people(visit.session, [one for row in accounts for one in (row.recorded_by, row.confirmed_by)])
    figures = invoicing.supplier_figures(visit.session, visit.actor.today - YEAR, supplier.id)
    return render_template(
        "suppliers/show.html",
        supplier=supplier,
        accounts=accounts,
        states=ACCOUNT_STATES,
        people=people,
        unknown=invoicing.unknown_accounts_of(visit.session, supplier.id),
        figures=figures.get(supplier.id, invoicing.SupplierFigures()),
        invoices=invoicing.list_invoices(visit.session, supplier_id=supplier.id, limit=10),
        agreements=[one for one in catalogues.list_agreements(visit.session) if one.supplier_id == supplier.id],
        shops={
            one.agreement.id: urlsplit(one.setup.url).hostname
            for one in catalogues.webshops(visit.session, visit.actor.today)
            if one.supplier.id == supplier.id
        },
        today=visit.actor.today,
    )


def load(visit: Visit, supplier_id: int) -> catalogues.Supplier:
    supplier = catalogues.get_supplier(visit.session, supplier_id)
    if supplier is None:
        raise NotFound("not_found", thing="Supplier", key=supplier_id)
    return supplier


@blueprint.post("/suppliers/<int:supplier_id>")
@access("manage_suppliers")
def change(visit: Visit, supplier_id: int) -> ResponseReturnValue:
    """Whether anything may be ordered of it, and its mail address."""
    supplier = catalogues.change_supplier(
        visit.session,
        supplier_id,
        visit.actor,
        active=bool(request.form.get("active")),
        email=forms.text(request.form, "email", 120) or "",
    )
    toasts.put(gettext("%(supplier)s is saved.", supplier=supplier.name))
    return _back(supplier_id)


@blueprint.post("/suppliers/<int:supplier_id>/accounts")
@access("change_bank_account")
def record_account(visit: Visit, supplier_id: int) -> ResponseReturnValue:
    """An account of an invoice that waits (`key`), or one that is typed; a second person must confirm it."""
    supplier = load(visit, supplier_id)
    key = request.form.get("key")
    if key:
        invoicing.propose_account(visit.session, supplier.id, key, visit.actor)
    else:
        typed = {name: forms.text(request.form, name, 40) for name in ("registration", "account", "iban", "creditor")}
        invoicing.record_known_account(
            visit.session, supplier.id, {name: value for name, value in typed.items() if value}, visit.actor
        )
    toasts.put(gettext("The account is recorded. A colleague must confirm it before anything is paid to it."))
    return _back(supplier_id)


@blueprint.post("/suppliers/<int:supplier_id>/accounts/<int:account_id>/confirm")
@access("confirm_bank_account")
def confirm_account(visit: Visit, supplier_id: int, account_id: int) -> ResponseReturnValue:
    """The second person says how it was checked; what waited for it is judged again."""
    account = _account(visit, supplier_id, account_id)
    how = forms.text(request.form, "how", 300) or ""
    released = invoicing.confirm_account(visit.session, account, how, visit.actor)
    toasts.put(gettext("The account is confirmed. %(count)s invoices were judged again.", count=len(released)))
    return _back(supplier_id)


@blueprint.post("/suppliers/<int:supplier_id>/accounts/<int:account_id>/close")
@access("change_bank_account")
def close_account(visit: Visit, supplier_id: int, account_id: int) -> ResponseReturnValue:
    invoicing.close_account(visit.session, _account(visit, supplier_id, account_id), visit.actor)
    toasts.put(gettext("The account is closed. Nothing is paid to it any more."))
    return _back(supplier_id)


def _account(visit: Visit, supplier_id: int, account_id: int) -> invoicing.KnownAccount:
    for one in invoicing.list_accounts(visit.session, load(visit, supplier_id).id):
        if one.id == account_id:
            return one
    raise NotFound("not_found", thing="KnownAccount", key=account_id)


def _back(supplier_id: int) -> ResponseReturnValue:
    return flask_redirect(url_for("suppliers.show", supplier_id=supplier_id), 303)
