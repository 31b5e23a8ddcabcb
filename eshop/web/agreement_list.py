"""The list of agreements: each with how it is used against its target and ceiling, when it ends, and what to do next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import catalogues
from eshop import insight
from eshop.web import forms, names
from eshop.web.guards import Visit, access
from eshop.web.texts import gettext, lazy_gettext
from eshop.web.workbooks import Column, excel

blueprint = Blueprint("agreement_list", __name__)
SOON_DAYS: Final = 180
FULL: Final = 100
NEARLY_FULL: Final = 90
FAR_BELOW: Final = 10
SHOWN: Final = ("all", "action", "below", "soon", "ended")
LEVELS: Final = {
    "joint_mandatory": lazy_gettext("Joint, mandatory"),
    "joint_voluntary": lazy_gettext("Joint, voluntary"),
    "community": lazy_gettext("Purchasing community"),
    "own": lazy_gettext("Own"),
}


@dataclass(frozen=True)
class Step:
    """What to do next, and where. `urgent` is the filled button."""

    text: str
    href: str
    urgent: bool = False


@dataclass(frozen=True)
class Row:
    """An agreement in the words of the list."""

    agreement: catalogues.Agreement
    state: str
    joined: bool
    supplier: str
    use: insight.Use
    today: date
    successor_missing: bool

    @property
    def ends(self) -> date | None:
        return self.agreement.ends()

    @property
    def days_left(self) -> int | None:
        return None if self.ends is None else (self.ends - self.today).days

    @property
    def in_force(self) -> bool:
        return self.state in ("in_force", "extended")

    @property
    def soon(self) -> bool:
        return self.in_force and self.days_left is not None and self.days_left <= SOON_DAYS

    @property
    def measured(self) -> bool:
        """Whether compliance is asked for: joined, in force, and something was bought."""
        return self.in_force and self.joined and self.use.now.percent is not None

    @property
    def why_not_measured(self) -> str:
        if self.state == "ended":
            return gettext("Not measured, the agreement has ended")
        if not self.joined:
            return gettext("Not measured, you have not joined")
        if not self.in_force:
            return gettext("Not measured yet")
        return gettext("Nothing bought in its item groups")

    @property
    def below(self) -> Decimal | None:
        """Points under the target where it is measured and under it."""
        under = self.use.below_target if self.measured else None
        return under if under is not None and under > 0 else None

    @property
    def tone(self) -> str:
        """The colour of the meter of compliance."""
        if self.use.target is None:
            return "used"
        if self.below is None:
            return "ok"
        return "err" if self.below >= FAR_BELOW else "warn"

    @property
    def ceiling_tone(self) -> str:
        percent = self.use.ceiling_percent or 0
        return "err" if percent >= FULL else "warn" if percent >= NEARLY_FULL else "used"

    @property
    def full(self) -> bool:
        return self.in_force and (self.use.ceiling_percent or 0) >= FULL

    @property
    def step(self) -> Step | None:
        """The one thing to do next, by what costs most to leave."""
        own = url_for("agreements.show", agreement_id=self.agreement.id)
        if self.joined and self.successor_missing:
            if self.state == "ended":
                return Step(gettext("Find a successor"), url_for("tenders.overview"), True)
            return Step(gettext("Extend or tender again"), own, True)
        if self.full:
            return Step(gettext("The ceiling is used up"), own, True)
        if self.below is not None:
            href = url_for("insight.show", name="compliance", part=str(self.agreement.id))
            return Step(gettext("See who buys elsewhere"), href)
        return None


def _place(row: Row) -> tuple[Any, ...]:
    """What needs a next step first: urgent by the day it ends, then furthest below target; the rest by number."""
    if row.step is not None and row.step.urgent:
        return 0, row.ends or date.max, row.agreement.number
    if row.below is not None:
        return 1, -row.below, row.agreement.number
    return 2, row.state == "ended", row.agreement.number


KEEPS: Final[Mapping[str, Callable[[Row], bool]]] = {
    "all": lambda _: True,
    "action": lambda row: row.step is not None,
    "below": lambda row: row.below is not None,
    "soon": lambda row: row.soon,
    "ended": lambda row: row.state == "ended",
}


def _rows(visit: Visit) -> list[Row]:
    session, today = visit.session, visit.actor.today
    every = catalogues.list_agreements(session)
    missing = {
        one.id
        for find in (catalogues.ending_without_successor, catalogues.ended_without_successor)
        for one in find(session, today)
    }
    suppliers = names.suppliers(session, (one.supplier_id for one in every))
    standings = catalogues.standings_of(session)
    used = insight.agreement_use(session, visit.actor)
    rows = []
    for one in every:
        state = one.state(today)
        # An agreement that has ended was joined if it was on its last day.
        day = one.ends() if state == "ended" else one.valid_from if state == "planned" else today
        joined = standings[one.id].joined_lots(day or today) != frozenset()
        rows.append(Row(one, state, joined, suppliers.get(one.supplier_id, ""), used[one.id], today, one.id in missing))
    return sorted(rows, key=_place)


@blueprint.get("/agreements")
@access("see_agreements")
def overview(visit: Visit) -> ResponseReturnValue:
    shown = forms.choice(request.args, "show", SHOWN, "all")
    rows = _rows(visit)
    whole = insight.together(row.use for row in rows)
    target = visit.municipality.settings.get("targets", {}).get("compliance")
    return render_template(
        "agreements/overview.html",
        wide=True,
        rows=[row for row in rows if KEEPS[shown](row)],
        counts={name: sum(map(keeps, rows)) for name, keeps in KEEPS.items()},
        shown=shown,
        whole=whole,
        target=None if target is None else Decimal(str(target)),
        below=[row for row in rows if row.below is not None],
        soon=sorted((row for row in rows if row.soon), key=lambda row: row.ends or date.max),
        parallel=catalogues.parallel_agreements(visit.session, visit.actor.today),
        levels=LEVELS,
        today=visit.actor.today,
        views=_views(visit),
    )


def _views(visit: Visit) -> list[dict[str, str]]:
    """The person's own views of the list, each with its name and what it shows."""
    kept: list[dict[str, str]] = visit.user.preferences.get("agreement_views") or []
    return [one for one in kept if one["show"] in SHOWN]


@blueprint.post("/agreements/views")
@access("see_agreements")
def save_view(visit: Visit) -> ResponseReturnValue:
    """Keeps what the list shows under a name of one's own; without a name the view that shows the same is removed."""
    shown = forms.choice(request.form, "show", SHOWN, "all")
    name = forms.text(request.form, "name", 40)
    kept = [one for one in _views(visit) if one["show"] != shown]
    if name and shown != "all":
        kept = [one for one in kept if one["name"] != name] + [{"name": name, "show": shown}]
    visit.user.preferences = {**visit.user.preferences, "agreement_views": kept}
    return redirect(url_for("agreement_list.overview", show=shown), 303)


@blueprint.get("/agreements/list.xlsx")
@access("see_agreements")
def sheet(visit: Visit) -> ResponseReturnValue:
    """The rows that are shown, as a sheet."""
    shown = forms.choice(request.args, "show", SHOWN, "all")
    columns = [
        Column(gettext("Agreement")),
        Column(gettext("Number")),
        Column(gettext("Supplier")),
        Column(gettext("Level")),
        Column(gettext("Compliance in percent"), "percent"),
        Column(gettext("Target in percent"), "percent"),
        Column(gettext("Bought on it in 12 months"), "money"),
        Column(gettext("Bought elsewhere in 12 months"), "money"),
        Column(gettext("Bought since it began"), "money"),
        Column(gettext("The agreement's ceiling"), "money"),
        Column(gettext("Ends"), "day"),
        Column(gettext("Next step")),
    ]
    rows: Sequence[Row] = [row for row in _rows(visit) if KEEPS[shown](row)]
    return excel("aftaler", columns, (_in_sheet(row) for row in rows))


def _in_sheet(row: Row) -> list[Any]:
    use = row.use
    return [
        row.agreement.title,
        row.agreement.number,
        row.supplier,
        str(LEVELS[row.agreement.level]),
        use.now.percent if row.measured else None,
        use.target,
        use.now.on,
        use.now.elsewhere,
        use.total,
        use.ceiling,
        row.ends,
        row.step.text if row.step else None,
    ]
