"""Agreements and their catalogues: the list, one agreement, the catalogues that wait, and the review before one goes live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

import catalogues
import ordering
from eshop import audit, notices
from eshop.db import EVERYONE
from eshop.errors import BadInput
from eshop.findings import Finding
from eshop.identity import COPENHAGEN, Municipality, User
from eshop.web import filters, forms, names
from eshop.web.guards import Visit, access, database
from eshop.web.texts import gettext, lazy_gettext, ngettext
from eshop.web.workbooks import Column, excel

blueprint = Blueprint("agreements", __name__)
PER_PAGE = 100
MOST_IN_SHEET = 50_000
KINDS = ("prices", "all", "warnings", "refused", "up", "above_cap", "new", "removed", "left_out", "these_items")
COUNTED = ("prices", "above_cap", "short_notice", "up", "new", "removed", "going", "these_items", "left_out")
SHORT: Final = {
    "price_above_cap": lazy_gettext("Over the regulation"),
    "price_above_cap_in_a_year": lazy_gettext("Over the regulation"),
    "step_above_cap": lazy_gettext("Over the regulation"),
    "price_up_much": lazy_gettext("Large rise"),
    "price_down_much": lazy_gettext("Large fall"),
    "many_rises_near_cap": lazy_gettext("Just under the regulation"),
    "decimal_error": lazy_gettext("Possible decimal error"),
    "unit_changed": lazy_gettext("Another unit"),
    "base_unit_changed": lazy_gettext("Another unit"),
    "base_quantity_changed": lazy_gettext("Another unit"),
    "factor_changed": lazy_gettext("Another unit"),
    "content_unit_changed": lazy_gettext("Another unit"),
    "pack_shrunk": lazy_gettext("Smaller pack"),
    "item_number_reused": lazy_gettext("Another item"),
    "gtin_changed": lazy_gettext("Another item"),
    "brand_changed": lazy_gettext("Another item"),
    "label_lost": lazy_gettext("Label lost"),
    "outside_agreement": lazy_gettext("Outside the agreement"),
    "lot_changed": lazy_gettext("Another lot"),
    "currency_changed": lazy_gettext("Another currency"),
}
"""What is wrong, in the two words of a badge; its sentence stands beside it."""


@dataclass(frozen=True)
class ReviewLine:
    """A line of the review in the words of the page."""

    row: catalogues.ReviewRow

    @property
    def difference(self) -> Decimal | None:
        if self.row.old_price is None or self.row.new_price is None or self.row.kind == "removed":
            return None
        return self.row.new_price - self.row.old_price

    @property
    def tone(self) -> str:
        """Green where it is cheaper, red where a person should look, else yellow."""
        if not self.difference:
            return ""
        if self.difference < 0:
            return "good"
        return "bad" if any(one.severity != "info" for one in self.row.findings) else "wob"

    @property
    def marks(self) -> Sequence[tuple[str, str]]:
        """The badges of the line, each once: (text, severity)."""
        serious = [one for one in self.row.findings if one.severity != "info"]
        found = {
            str(
                SHORT.get(one.code) or (gettext("Refused") if one.severity == "error" else gettext("To look at"))
            ): one.severity
            for one in serious
        }
        return list(found.items())

    @property
    def told(self) -> Sequence[Finding]:
        """What is said in a sentence: all that is serious, and of the rest what the figures do not show already."""
        shown_by_figures = ("price_up", "price_down", "item_removed", "notice_too_short")
        return [one for one in self.row.findings if one.code not in shown_by_figures]

    @property
    def words(self) -> tuple[str, str]:
        """The two choices: taken, left out."""
        if self.row.kind == "new":
            return gettext("Take in"), gettext("Leave out")
        if self.row.kind == "removed":
            return gettext("Let go"), gettext("Keep")
        return gettext("Accept"), gettext("Keep old")


@blueprint.get("/agreements/<int:agreement_id>")
@access("see_agreements")
def show(visit: Visit, agreement_id: int) -> ResponseReturnValue:
    agreement = catalogues.get_agreement(visit.session, agreement_id)
    today = visit.actor.today
    joinings = catalogues.joinings_of(visit.session, agreement.id)
    events = audit.history(visit.session, "agreement", agreement.id)[-20:][::-1]
    return render_template(
        "agreements/show.html",
        wide=True,
        agreement=agreement,
        state=agreement.state(today),
        joined=_joined_lots(visit, agreement.id),
        exempt_until=max(
            (
                one.valid_to
                for one in joinings
                if one.cvr == visit.municipality.cvr and one.valid_to is not None and _exempt_as_a_whole(one, today)
            ),
            default=None,
        ),
        lots=catalogues.lots_of(visit.session, agreement.id),
        supplier=names.suppliers(visit.session, [agreement.supplier_id])[agreement.supplier_id],
        versions=catalogues.list_versions(visit.session, agreement.id),
        items=catalogues.count_live(visit.session, agreement.id),
        joinings=joinings,
        also_joined=_also_joined(visit, joinings),
        rule=catalogues.rule_of(agreement),
        option=next((one for one in agreement.options if not one.get("used")), None),
        events=events,
        who=names.people(visit.session, (one.user_id for one in events)),
        today=today,
        owner=visit.session.scalar(select(User.name).where(User.login == (agreement.responsible or ""))),
    )


def _also_joined(visit: Visit, joinings: Sequence[catalogues.Joining]) -> list[str]:
    """The other municipalities that have joined, by name where they use the shop here too, else by CVR."""
    others = {one.cvr for one in joinings if not one.exempt and one.cvr != visit.municipality.cvr}
    if not others:
        return []
    with database().read(EVERYONE) as everyone:
        found = everyone.execute(select(Municipality.cvr, Municipality.name).where(Municipality.cvr.in_(others)))
        named = {row.cvr: row.name for row in found}
    return sorted(named.get(cvr) or f"CVR {cvr}" for cvr in others)


def _exempt_as_a_whole(one: catalogues.Joining, day: date) -> bool:
    return one.exempt and one.lot_id is None and _counts(one, day)


def _counts(one: catalogues.Joining, day: date) -> bool:
    return (one.valid_from is None or one.valid_from <= day) and (one.valid_to is None or day <= one.valid_to)


def _joined_lots(visit: Visit, agreement_id: int) -> frozenset[int] | None:
    """The lots the municipality has joined today, None for all of them; empty is not joined."""
    today = visit.actor.today
    own = [
        one
        for one in catalogues.joinings_of(visit.session, agreement_id)
        if one.cvr == visit.municipality.cvr and _counts(one, today)
    ]
    exempt = {one.lot_id for one in own if one.exempt}
    lots = {one.lot_id for one in own if not one.exempt}
    if None in exempt:
        return frozenset()
    return None if None in lots and not exempt else frozenset(lot for lot in lots - exempt if lot is not None)


@blueprint.get("/catalogues")
@access("see_agreements")
def catalogues_overview(visit: Visit) -> ResponseReturnValue:
    versions = catalogues.list_versions(visit.session)[:100]
    agreements = {one.id: one for one in catalogues.list_agreements(visit.session)}
    return render_template(
        "agreements/catalogues.html",
        wide=True,
        versions=versions,
        uploads=catalogues.uploads_under_way(visit.session),
        agreements=agreements,
        suppliers=names.suppliers(visit.session, (one.supplier_id for one in versions)),
    )


@blueprint.get("/catalogues/<int:version_id>")
@access("see_agreements")
def review(visit: Visit, version_id: int) -> ResponseReturnValue:
    version = catalogues.get_version(visit.session, version_id)
    shown = _shown_kind(visit, version)
    page = forms.page_number(request.args)
    listed = _listed_items(visit, version)
    rows = catalogues.review(
        visit.session, version, only=shown, items=listed, limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE
    )
    agreement = catalogues.get_agreement(visit.session, version.agreement_id)
    newest = agreement.live_version_id == version.id
    deciding = visit.may("accept_catalogue") and version.state == "waiting"
    summary = catalogues.summarise(visit.session, version)
    counts = {name: catalogues.count_lines(visit.session, version, name, listed) for name in COUNTED}
    going, live = catalogues.going_out(visit.session, version) if deciding else (0, 0)
    notice_kept = _notice_kept(version, agreement) if deciding and counts["short_notice"] else None
    return render_template(
        "agreements/review.html",
        wide=True,
        version=version,
        agreement=agreement,
        supplier=names.suppliers(visit.session, [version.supplier_id])[version.supplier_id],
        rows=[ReviewLine(row) for row in rows[:PER_PAGE]],
        summary=summary,
        counts=counts,
        live=live,
        many_go=catalogues.many_go(going, live),
        asks_what_becomes=catalogues.asks_what_becomes(version, going, live),
        notice_kept=notice_kept,
        shown=shown,
        page=page,
        more=len(rows) > PER_PAGE,
        deciding=deciding,
        taking_more=visit.may("accept_catalogue") and version.is_live and newest,
        why_not_by_rule=_why_not_by_rule(visit, version, agreement) if deciding else None,
        starts=max(day for day in (version.valid_from, visit.actor.today, notice_kept) if day is not None),
        today=visit.actor.today,
    )


def _notice_kept(version: catalogues.CatalogueVersion, agreement: catalogues.Agreement) -> date | None:
    """The first day on which a rise that came with the version has been announced as long as the agreement asks."""
    if not agreement.notice_days:
        return None
    return version.loaded_at.astimezone(COPENHAGEN).date() + timedelta(days=agreement.notice_days)


def _shown_kind(visit: Visit, version: catalogues.CatalogueVersion) -> Any:
    """The kind of lines the address asks for; else price changes where there are any."""
    otherwise = "prices" if version.price_up + version.price_down else "all"
    return forms.choice(request.args, "show", KINDS, otherwise)


def _listed_items(visit: Visit, version: catalogues.CatalogueVersion) -> set[int]:
    """The items of the version that stand on somebody's list: what people will miss, or pay more for, soonest."""
    return ordering.items_on_lists(visit.session) & catalogues.items_of_version(visit.session, version)


def _why_not_by_rule(visit: Visit, version: catalogues.CatalogueVersion, agreement: catalogues.Agreement) -> str | None:
    rule = catalogues.rule_of(agreement)
    return None if rule is None else catalogues.outside_rule(visit.session, version, rule)


@blueprint.post("/catalogues/<int:version_id>/decide")
@access("accept_catalogue")
def decide(visit: Visit, version_id: int) -> ResponseReturnValue:
    """The buttons under the lines: keep the choices of this page and go on, accept what is selected on all pages, or refuse it all."""
    version = catalogues.get_version(visit.session, version_id)
    shown, taken = forms.ids(request.form, "shown"), set(forms.ids(request.form, "line"))
    choices = {line_id: line_id in taken for line_id in shown}
    verdict = request.form.get("choice", "")
    if verdict == "keep_items":
        catalogues.keep_items(visit.session, version, visit.actor)
        flash(gettext("Nothing goes out. What is not in the file keeps its price."), "success")
        return redirect(url_for("agreements.review", version_id=version.id), 303)
    if verdict not in ("accept", "refuse"):
        catalogues.choose_lines(visit.session, version, choices, visit.actor)
        there = forms.choice(request.form, "show", KINDS, "all")
        page = int(verdict) if verdict.isascii() and verdict.isdigit() else 1
        return redirect(url_for("agreements.review", version_id=version.id, show=there, page=page), 303)
    note = forms.text(request.form, "note")
    if verdict == "refuse" and note is None:
        raise BadInput("refusal_without_reason")
    starts_on = forms.day(request.form, "starts_on")
    tell = bool(request.form.get("tell"))
    version = catalogues.decide(
        visit.session,
        version,
        visit.actor,
        take=verdict == "accept",
        choices=choices,
        starts_on=starts_on,
        missing="go" if request.form.get("missing") == "go" else None,
        tell=tell,
        note=note,
    )
    if tell:
        notices.tell_supplier(visit.session, version, visit.actor)
    if verdict == "refuse":
        flash(gettext("The catalogue is refused. What was live stays live."), "success")
        return redirect(url_for("agreements.catalogues_overview"), 303)
    if starts_on is not None and starts_on > visit.actor.today:
        flash(
            gettext(
                "The catalogue is accepted and begins %(day)s. Until then it can be taken back.",
                day=filters.day(starts_on),
            ),
            "success",
        )
    else:
        flash(gettext("The catalogue is live. What you left out keeps its old price."), "success")
    return redirect(url_for("agreements.review", version_id=version.id), 303)


@blueprint.post("/catalogues/<int:version_id>/take-more")
@access("accept_catalogue")
def take_more(visit: Visit, version_id: int) -> ResponseReturnValue:
    """Further lines of a version that is live."""
    version = catalogues.get_version(visit.session, version_id)
    chosen = forms.ids(request.form, "line")
    if not chosen:
        raise BadInput("nothing_chosen")
    catalogues.accept(visit.session, version, visit.actor, lines=chosen)
    flash(ngettext("One more line is live.", "%(num)s more lines are live.", len(chosen)), "success")
    return redirect(url_for("agreements.review", version_id=version.id), 303)


@blueprint.post("/catalogues/<int:version_id>/take-back")
@access("accept_catalogue")
def take_back(visit: Visit, version_id: int) -> ResponseReturnValue:
    version = catalogues.get_version(visit.session, version_id)
    reason = forms.text(request.form, "reason")
    if reason is None:
        raise BadInput("take_back_without_reason")
    catalogues.take_back(visit.session, version, visit.actor, reason)
    flash(gettext("The version is taken back. What it took the place of counts again."), "success")
    return redirect(url_for("agreements.review", version_id=version.id), 303)


@blueprint.get("/catalogues/<int:version_id>/changes.xlsx")
@access("see_agreements")
def changes(visit: Visit, version_id: int) -> ResponseReturnValue:
    """Every line that is shown, as a sheet."""
    version = catalogues.get_version(visit.session, version_id)
    rows = catalogues.review(
        visit.session,
        version,
        only=_shown_kind(visit, version),
        items=_listed_items(visit, version),
        limit=MOST_IN_SHEET,
    )
    columns = [
        Column(gettext("Item number")),
        Column(gettext("Item name")),
        Column(gettext("Order unit")),
        Column(gettext("Kind")),
        Column(gettext("Price now"), "money"),
        Column(gettext("New price"), "money"),
        Column(gettext("Difference"), "money"),
        Column(gettext("Change in percent"), "percent"),
        Column(gettext("Bought in a year"), "number"),
        Column(gettext("Effect per year"), "money"),
        Column(gettext("Selected")),
        Column(gettext("Remarks")),
    ]
    return excel(f"katalog-{version.id}", columns, (_in_sheet(row) for row in rows))


def _in_sheet(row: catalogues.ReviewRow) -> list[Any]:
    kinds = {"new": gettext("New"), "changed": gettext("Changed"), "removed": gettext("Goes out")}
    return [
        row.seller_item_id,
        row.name,
        filters.unit(row.unit) if row.unit else None,
        kinds.get(row.kind or "", gettext("Refused")),
        row.old_price,
        None if row.kind == "removed" else row.new_price,
        ReviewLine(row).difference,
        None if row.change_percent is None else row.change_percent.value,
        row.yearly_quantity,
        row.yearly_effect,
        gettext("yes") if row.selected else gettext("no"),
        " ".join(filters.said(one) for one in row.findings),
    ]
