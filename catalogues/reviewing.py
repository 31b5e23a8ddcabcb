"""A version is looked at before it counts: what is new, changed and gone, what it costs in a year, and the one switch.

`accept` takes a version live in one short transaction: it sets the version's flag, and puts back only the lines that were not taken.
Lines that are left out keep their old line in force, and can be taken later while nothing newer has come.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Text, and_, case, false, func, or_, select, type_coerce, update
from sqlalchemy.orm import Session, aliased

from catalogues.agreements import Agreement
from catalogues.checks import SEVERITIES, lot_for
from catalogues.comparison import compare
from catalogues.items import (
    ALWAYS,
    EVER,
    VERSION_WORKFLOW,
    Born,
    CatalogueLine,
    CatalogueVersion,
    Gone,
    count_live,
    is_current,
)
from catalogues.leaving_out import Missing, settle
from catalogues.ledger import A_DAY
from catalogues.loading import terms_for
from catalogues.pictures import ask_for_pictures
from catalogues.purchases import bought_in_a_year
from catalogues.stored import draft_of, finding_of, finding_row, known_of, prices_of
from eshop import audit
from eshop.amounts import Amount, Percent
from eshop.db import lock
from eshop.errors import BadInput, Conflict
from eshop.findings import Finding
from eshop.identity import COPENHAGEN, Actor, require

Lines = Literal["preselected", "all"] | Sequence[int]

WARNING: Final = 2
STEP: Final = 1000


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One line that is not plain. `line_id` is what `accept` takes; prices are kroner for one order unit; `yearly_quantity` is how many
    order units were bought in the twelve months before it came."""

    line_id: int
    number: int
    ref: str | None
    seller_item_id: str
    name: str
    result: str
    kind: str | None
    old_price: Decimal | None
    new_price: Decimal | None
    unit: str | None
    change_percent: Percent | None
    yearly_effect: Amount | None
    findings: tuple[Finding, ...]
    selected: bool
    is_live: bool
    item_id: int | None
    yearly_quantity: Decimal | None = None


Only = Literal[
    "all",
    "findings",
    "refused",
    "warnings",
    "prices",
    "up",
    "above_cap",
    "short_notice",
    "new",
    "removed",
    "going",
    "left_out",
    "these_items",
]
"""Which lines a review shows: `prices` that changed, `up` those that rise, `above_cap` those that rise more than agreed, `warnings` what
a person should look at, `short_notice` rises announced later than agreed, `going` what goes out if the version is taken as it is selected
now, `left_out` what is not selected, `these_items` lines of the items that are named."""


_TOLD: Final = or_(CatalogueLine.kind.is_(None), CatalogueLine.kind != "renewed")
"""A line whose days alone are others is counted as unchanged: it is taken with the rest and never listed."""


def _narrowed(only: Only, items: Collection[int]) -> ColumnElement[bool] | None:
    if only == "these_items":
        return CatalogueLine.item_id.in_(list(items)) if items else false()
    said = type_coerce(CatalogueLine.findings, Text)
    return {
        "findings": CatalogueLine.severity > 0,
        "warnings": CatalogueLine.severity == WARNING,
        "refused": CatalogueLine.result == "refused",
        "prices": and_(CatalogueLine.change_ppm.is_not(None), CatalogueLine.change_ppm != 0),
        "up": CatalogueLine.change_ppm > 0,
        "above_cap": or_(said.like('%"price_above_cap%'), said.like('%"step_above_cap%')),
        "short_notice": said.like('%"notice_too_short%'),
        "going": and_(CatalogueLine.kind == "removed", CatalogueLine.selected),
        "new": and_(CatalogueLine.kind == "new", CatalogueLine.result == "accepted"),
        "removed": CatalogueLine.kind == "removed",
        "left_out": and_(CatalogueLine.result == "accepted", CatalogueLine.selected.is_(False)),
    }.get(only)


def review(
    session: Session,
    version: CatalogueVersion,
    *,
    only: Only = "all",
    items: Collection[int] = (),
    limit: int | None = None,
    offset: int = 0,
) -> list[ReviewRow]:
    """The version's lines that are new, changed, gone or refused, by yearly effect (largest first), then as they came. See `Only`."""
    before = aliased(CatalogueLine, name="before")
    query = (
        select(CatalogueLine, before.unit_price, before.name)
        .outerjoin(before, before.id == CatalogueLine.base_line_id)
        .where(CatalogueLine.version_id == version.id, _TOLD)
        .order_by(
            case((CatalogueLine.yearly_effect.is_(None), 1), else_=0),
            CatalogueLine.yearly_effect.desc(),
            CatalogueLine.severity.desc(),
            CatalogueLine.number,
            CatalogueLine.id,
        )
    )
    narrowed = _narrowed(only, items)
    if narrowed is not None:
        query = query.where(narrowed)
    if limit is not None:
        query = query.limit(limit).offset(offset)
    rows = session.execute(query).all()
    until = version.loaded_at.astimezone(COPENHAGEN).date()
    bought = bought_in_a_year(session, [line.item_id for line, _, _ in rows if line.item_id is not None], until)
    return [
        ReviewRow(
            line.id,
            line.number,
            line.ref,
            line.seller_item_id,
            line.name or name or "",
            line.result,
            line.kind,
            old_price,
            line.unit_price,
            line.unit,
            None if line.change_ppm is None else Percent(Decimal(line.change_ppm) / 10_000),
            line.yearly_effect,
            tuple(finding_of(row) for row in line.findings or ()),
            line.selected,
            version.is_live and line.since_version_id == version.id,
            line.item_id,
            bought.get(line.item_id or 0),
        )
        for line, old_price, name in rows
    ]


def count_lines(session: Session, version: CatalogueVersion, only: Only, items: Collection[int] = ()) -> int:
    """How many lines `review` would show."""
    narrowed = _narrowed(only, items)
    query = select(func.count()).select_from(CatalogueLine).where(CatalogueLine.version_id == version.id, _TOLD)
    return session.scalar(query if narrowed is None else query.where(narrowed)) or 0


def items_of_version(session: Session, version: CatalogueVersion) -> set[int]:
    """The items that the version says anything new about."""
    found = session.scalars(
        select(CatalogueLine.item_id).where(
            CatalogueLine.version_id == version.id, CatalogueLine.item_id.is_not(None), _TOLD
        )
    )
    return {one for one in found if one is not None}


@dataclass(frozen=True, slots=True)
class ReviewSummary:
    """The version in figures: how many lines are preselected, and what the changes come to in a year."""

    selected: int
    warnings: int
    yearly_effect: Amount
    yearly_effect_selected: Amount
    by_finding: dict[str, int]


def summarise(session: Session, version: CatalogueVersion) -> ReviewSummary:
    """Counted in the database, whatever the size of the version; `by_finding` counts warnings and errors."""
    selected, warnings, effect, effect_selected = session.execute(
        select(
            func.count(case((CatalogueLine.selected, 1))),
            func.count(case((CatalogueLine.severity == WARNING, 1))),
            func.sum(CatalogueLine.yearly_effect),
            func.sum(case((CatalogueLine.selected, CatalogueLine.yearly_effect))),
        ).where(CatalogueLine.version_id == version.id, _TOLD)
    ).one()
    by_finding: dict[str, int] = {}
    for findings in session.scalars(
        select(CatalogueLine.findings).where(CatalogueLine.version_id == version.id, CatalogueLine.severity >= WARNING)
    ):
        for code in {row["code"] for row in findings or () if row["severity"] != "info"}:
            by_finding[code] = by_finding.get(code, 0) + 1
    return ReviewSummary(
        selected, warnings, _amount(effect), _amount(effect_selected), dict(sorted(by_finding.items()))
    )


def _amount(value: Any) -> Amount:
    return value if isinstance(value, Amount) else Amount(int(value or 0))


def count_to_review(session: Session) -> int:
    """How many versions wait for somebody to look at them."""
    return (
        session.scalar(select(func.count()).select_from(CatalogueVersion).where(CatalogueVersion.state == "waiting"))
        or 0
    )


# --- deciding ------------------------------------------------------------------------------------------------------------


def choose_lines(session: Session, version: CatalogueVersion, choices: Mapping[int, bool], by: Actor) -> None:
    """Which lines are to be taken (True) or left out (False), kept until the version is decided; refused lines cannot be taken.

    Conflict `not_now` once it is decided. NotAllowed without the role.
    """
    require(by, "accept_catalogue")
    version = lock(session, CatalogueVersion, version.id)
    if version.state != "waiting":
        raise Conflict("not_now", thing="catalogue version", verb="choose", state=version.state)
    _choose(session, version, choices)


def _choose(session: Session, version: CatalogueVersion, choices: Mapping[int, bool]) -> None:
    for wanted in (True, False):
        ids = [line_id for line_id, taken in choices.items() if taken is wanted]
        for start in range(0, len(ids), STEP):
            session.execute(
                update(CatalogueLine)
                .where(
                    _acceptable(version),
                    CatalogueLine.id.in_(ids[start : start + STEP]),
                    CatalogueLine.selected.is_(not wanted),
                )
                .values(selected=wanted)
            )


def accept(
    session: Session,
    version: CatalogueVersion,
    by: Actor,
    lines: Lines = "preselected",
    *,
    choices: Mapping[int, bool] | None = None,
    starts_on: date | None = None,
    missing: Missing | None = None,
) -> CatalogueVersion:
    """Takes the version live: the preselected lines, all that are not refused, or these ids. `choices` (line → taken or not) go before
    what was preselected. From `starts_on` on its lines count, where they do not say a later day themselves; until then what they
    take the place of does. `missing`: what becomes of the items that a whole catalogue leaves out.

    Conflict `many_items_go` where they are so many that it has to be said, and is not.
    BadInput `start_has_passed` for a day before today. On a version that is live already, ids take further lines of it live.
    Conflict `not_now` in any other state, `newer_version_live` when a later version has gone live since. NotAllowed without the role.
    """
    require(by, "accept_catalogue")
    agreement, version = _held(session, version)
    state = VERSION_WORKFLOW.after(version.state, "accept")
    if version.state == "live":
        if agreement.live_version_id != version.id:
            raise Conflict("newer_version_live", version=version.number)
        taken = _take_more(session, version, [] if isinstance(lines, str) else lines)
    else:
        if starts_on is not None and starts_on < by.today:
            raise BadInput("start_has_passed", day=starts_on)
        if not version.prepared or version.base_version_id != agreement.live_version_id:
            _prepare(session, version, agreement)
        if choices:
            _choose(session, version, choices)
        settle(session, version, lines, missing)
        taken = _switch(session, version, lines, keep=missing == "keep")
        if starts_on is not None and starts_on > by.today:
            _begin(session, version, starts_on)
        last = session.scalar(
            select(func.max(CatalogueVersion.live_order)).where(CatalogueVersion.agreement_id == agreement.id)
        )
        version.state, version.is_live, version.live_order = state, True, (last or 0) + 1
        version.decided_at, version.decided_by = by.at, by.user_id
        agreement.live_version_id = version.id
    session.flush()
    audit.record(
        session, "catalogue_accepted", "catalogue_version", version.id, by, agreement_id=agreement.id, lines=taken
    )
    ask_for_pictures(session, version.id, by)
    return version


def _held(session: Session, version: CatalogueVersion) -> tuple[Agreement, CatalogueVersion]:
    """Both held, the agreement first: two who decide about its versions at once wait for each other before they hold any."""
    return lock(session, Agreement, version.agreement_id), lock(session, CatalogueVersion, version.id)


def _acceptable(version: CatalogueVersion) -> Any:
    return and_(CatalogueLine.version_id == version.id, CatalogueLine.result == "accepted")


def _switch(session: Session, version: CatalogueVersion, lines: Lines, *, keep: bool) -> int:
    """Puts back what is not taken: its old line stays, its new one never counts. Returns how many lines are taken."""
    if not isinstance(lines, str):
        for start in range(0, len(lines), STEP):
            part = list(lines[start : start + STEP])
            session.execute(
                update(CatalogueLine)
                .where(_acceptable(version), CatalogueLine.id.in_(part), CatalogueLine.selected.is_(False))
                .values(selected=True)
            )
        session.execute(
            update(CatalogueLine)
            .where(_acceptable(version), _TOLD, CatalogueLine.selected, CatalogueLine.id.not_in(list(lines)))
            .values(selected=False)
        )
    elif lines == "all":
        taken = and_(_acceptable(version), CatalogueLine.selected.is_(False))
        if keep:
            taken = and_(taken, CatalogueLine.kind != "removed")
        session.execute(update(CatalogueLine).where(taken).values(selected=True))
    left_out = and_(_acceptable(version), CatalogueLine.selected.is_(False))
    kept = select(CatalogueLine.base_line_id).where(left_out, CatalogueLine.base_line_id.is_not(None))
    session.execute(
        update(CatalogueLine)
        .where(CatalogueLine.id.in_(kept.scalar_subquery()), CatalogueLine.gone_version_id == version.id)
        .values(gone_version_id=None, serves_until=ALWAYS)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(CatalogueLine)
        .where(left_out, CatalogueLine.since_version_id.is_not(None))
        .values(since_version_id=None)
        .execution_options(synchronize_session=False)
    )
    return (
        session.scalar(
            select(func.count()).select_from(CatalogueLine).where(_acceptable(version), _TOLD, CatalogueLine.selected)
        )
        or 0
    )


def _begin(session: Session, version: CatalogueVersion, day: date) -> None:
    """What is taken begins on the day, and what it takes the place of serves until the day before."""
    session.execute(
        update(CatalogueLine)
        .where(_acceptable(version), CatalogueLine.selected, CatalogueLine.starts_on < day)
        .values(starts_on=day)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(CatalogueLine)
        .where(CatalogueLine.gone_version_id == version.id, CatalogueLine.serves_until < day - A_DAY)
        .values(serves_until=day - A_DAY)
        .execution_options(synchronize_session=False)
    )
    version.valid_from = max(version.valid_from or day, day)


def _take_more(session: Session, version: CatalogueVersion, lines: Sequence[int]) -> int:
    """Further lines of the live version: each takes the place of the line it was compared with."""
    taken = 0
    for line in session.scalars(
        select(CatalogueLine).where(
            _acceptable(version), CatalogueLine.id.in_(list(lines)), CatalogueLine.selected.is_(False)
        )
    ):
        line.selected = True
        line.since_version_id = version.id
        if line.base_line_id is not None:
            base = lock(session, CatalogueLine, line.base_line_id)
            base.gone_version_id, base.serves_until = version.id, _serves_until(line, version)
        taken += 1
    return taken


def _serves_until(line: CatalogueLine, version: CatalogueVersion) -> Any:
    if line.kind == "removed":
        return EVER
    return line.starts_on - A_DAY if line.starts_on > EVER else EVER


def _prepare(session: Session, version: CatalogueVersion, agreement: Agreement) -> None:
    """Compares again with what counts now: another version has gone live, or been loaded, since this one was.

    What is no longer different stays as it is; what was harmless then may not be now, and loses its preselection.
    """
    terms = terms_for(session, agreement, version)
    last = 0
    while rows := session.scalars(
        select(CatalogueLine)
        .where(_acceptable(version), CatalogueLine.id > last)
        .order_by(CatalogueLine.id)
        .limit(STEP)
    ).all():
        last = rows[-1].id
        current = _current_lines(session, [line.item_id for line in rows if line.item_id is not None])
        own_prices = prices_of(session, [line.id for line in rows])
        base_prices = prices_of(session, [line.id for line in current.values()])
        for line in rows:
            base = current.get(line.item_id or 0)
            if base is not None and base.id != line.base_line_id and line.kind != "removed":
                draft = draft_of(line, own_prices.get(line.id, []), line.number)
                known = known_of(base, base_prices.get(base.id, []))
                compared = compare(known, draft, terms, lot_for(draft, terms))
                kept = [row for row in line.findings or () if row["severity"] != "info"]
                found = kept + [finding_row(one) for one in compared.findings if finding_row(one) not in kept]
                line.findings = found
                line.severity = max(SEVERITIES[row["severity"]] for row in found)
                line.selected, line.kind = line.severity < WARNING, "changed"
                line.change_ppm = compared.change_ppm
            line.base_line_id = None if base is None else base.id
            if base is not None:
                base.gone_version_id, base.serves_until = version.id, _serves_until(line, version)
        session.flush()
    version.base_version_id, version.prepared = agreement.live_version_id, True
    session.execute(
        update(CatalogueVersion)
        .where(
            CatalogueVersion.agreement_id == agreement.id,
            CatalogueVersion.id != version.id,
            CatalogueVersion.state == "waiting",
        )
        .values(prepared=False)
    )


def _current_lines(session: Session, item_ids: Iterable[int]) -> dict[int, CatalogueLine]:
    found = session.scalars(
        select(CatalogueLine)
        .join(Born, Born.id == CatalogueLine.since_version_id)
        .outerjoin(Gone, Gone.id == CatalogueLine.gone_version_id)
        .where(CatalogueLine.item_id.in_(list(item_ids)), is_current())
    )
    return {line.item_id: line for line in found if line.item_id is not None}


def refuse(session: Session, version: CatalogueVersion, by: Actor) -> CatalogueVersion:
    """Nothing of the version ever counts. Conflict `not_now` once it is live. NotAllowed without the role."""
    require(by, "accept_catalogue")
    version = lock(session, CatalogueVersion, version.id)
    version.state = VERSION_WORKFLOW.after(version.state, "refuse")
    version.decided_at, version.decided_by = by.at, by.user_id
    session.flush()
    audit.record(session, "catalogue_refused", "catalogue_version", version.id, by, agreement_id=version.agreement_id)
    return version


def take_back(session: Session, version: CatalogueVersion, by: Actor, reason: str) -> CatalogueVersion:
    """The version stops counting, and what it took the place of counts again, in one switch. Only the newest live one:
    Conflict `newer_version_live`."""
    require(by, "accept_catalogue")
    agreement, version = _held(session, version)
    state = VERSION_WORKFLOW.after(version.state, "take_back")
    if agreement.live_version_id != version.id:
        raise Conflict("newer_version_live", version=version.number)
    version.state, version.is_live = state, False
    version.decided_at, version.decided_by = by.at, by.user_id
    session.flush()
    agreement.live_version_id = session.scalar(
        select(CatalogueVersion.id)
        .where(CatalogueVersion.agreement_id == agreement.id, CatalogueVersion.is_live)
        .order_by(CatalogueVersion.live_order.desc())
        .limit(1)
    )
    session.flush()
    audit.record(
        session,
        "catalogue_taken_back",
        "catalogue_version",
        version.id,
        by,
        agreement_id=agreement.id,
        reason=reason,
    )
    return version


def version_summary(session: Session, version: CatalogueVersion) -> dict[str, Any]:
    """What `load catalogue --json` prints last, under `catalogue`."""
    agreement = session.get_one(Agreement, version.agreement_id)
    return {
        "version": version.id,
        "number": version.number,
        "state": version.state,
        "supplier": version.supplier_id,
        "agreement": agreement.number,
        "lines": version.lines,
        "accepted": version.accepted,
        "refused": version.refused,
        "unchanged": version.unchanged,
        "new": version.new,
        "changed": version.changed,
        "removed": version.removed,
        "price_up": version.price_up,
        "price_down": version.price_down,
        "live": count_live(session, version.agreement_id),
    }


def ledger_rows(session: Session, version: CatalogueVersion) -> Iterator[ReviewRow]:
    """Every line that is not plain, in the order of the file, whatever their number: what `load catalogue --json` prints.

    Plain is a new line without a finding.
    """
    last = (-1, 0)
    while True:
        rows = session.scalars(
            select(CatalogueLine)
            .where(
                CatalogueLine.version_id == version.id,
                or_(
                    CatalogueLine.number > last[0],
                    and_(CatalogueLine.number == last[0], CatalogueLine.id > last[1]),
                ),
                or_(CatalogueLine.severity > 0, CatalogueLine.kind.not_in(["new", "renewed"])),
            )
            .order_by(CatalogueLine.number, CatalogueLine.id)
            .limit(STEP)
        ).all()
        if not rows:
            return
        last = (rows[-1].number, rows[-1].id)
        for line in rows:
            yield ReviewRow(
                line.id, line.number, line.ref, line.seller_item_id, line.name, line.result, line.kind, None,
                line.unit_price, line.unit,
                None if line.change_ppm is None else Percent(Decimal(line.change_ppm) / 10_000),
                line.yearly_effect, tuple(finding_of(row) for row in line.findings or ()), line.selected,
                version.is_live and line.since_version_id == version.id, line.item_id,
            )  # fmt: skip
        session.expunge_all()
