"""Rules for automatic acceptance: what a municipality lets go live without a hand, per agreement, by whatever door it comes.

A version goes live by itself only when *everything* it changes is within the rule; one line outside, and the whole of it waits for a
person. The first catalogue of an agreement always waits.
"""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogues.acceptance import AcceptanceRule
from catalogues.agreements import Agreement
from catalogues.items import CatalogueLine, CatalogueVersion
from catalogues.leaving_out import asks_what_becomes, going_out
from catalogues.loading import Progress, load_for_review
from catalogues.reviewing import WARNING, accept
from eshop import audit
from eshop.amounts import Amount
from eshop.identity import Actor, require


def rule_of(agreement: Agreement) -> AcceptanceRule | None:
    """The agreement's rule, None where every catalogue waits for a person."""
    return AcceptanceRule.of(agreement.auto_rule or {}) if agreement.auto_accept else None


def set_acceptance_rule(session: Session, agreement: Agreement, rule: AcceptanceRule | None, by: Actor) -> Agreement:
    """From now on catalogues within the rule go live by themselves; None: none does. NotAllowed without the role."""
    require(by, "accept_catalogue")
    before = None if not agreement.auto_accept else (agreement.auto_rule or {})
    after = None if rule is None else rule.as_json()
    agreement.auto_accept, agreement.auto_rule = rule is not None, after
    session.flush()
    if before != after:
        audit.record(session, "acceptance_rule_set", "agreement", agreement.id, by, before=before, after=after)
    return agreement


def outside_rule(session: Session, version: CatalogueVersion, rule: AcceptanceRule) -> str | None:
    """Why the version waits for a person in spite of the rule, as a code; None where it may go live by itself."""
    if version.base_version_id is None:
        return "rule_first_catalogue"
    lines, refused, effect, rise = session.execute(
        select(
            func.count().filter(CatalogueLine.severity >= WARNING, CatalogueLine.result == "accepted"),
            func.count().filter(CatalogueLine.result == "refused"),
            func.sum(CatalogueLine.yearly_effect),
            func.max(CatalogueLine.change_ppm),
        ).where(CatalogueLine.version_id == version.id)
    ).one()
    if lines or refused:
        return "rule_lines_to_look_at"
    if version.new and not rule.new_items:
        return "rule_new_items"
    if version.removed and not rule.removed_items:
        return "rule_removed_items"
    if version.removed and asks_what_becomes(version, *going_out(session, version)):
        return "rule_many_go"
    if rule.max_rise_percent is not None and (rise or 0) > rule.max_rise_percent * 10_000:
        return "rule_rise"
    total = effect if isinstance(effect, Amount) else Amount(int(effect or 0))
    if rule.max_yearly_effect is not None and total > rule.max_yearly_effect:
        return "rule_effect"
    return None


def accept_by_rule(session: Session, version: CatalogueVersion, by: Actor) -> bool:
    """Takes a version that waits live, where the agreement's rule lets it; whether it did. `by` is the system."""
    agreement = session.get_one(Agreement, version.agreement_id)
    rule = rule_of(agreement)
    if rule is None or version.state != "waiting" or outside_rule(session, version, rule) is not None:
        return False
    by = Actor.system(by.municipality_id, by.at, by.door)
    accept(session, version, by)
    audit.record(
        session, "catalogue_accepted_by_rule", "catalogue_version", version.id, by,
        agreement_id=agreement.id, rule=rule.as_json(),
    )  # fmt: skip
    return True


def load(
    session: Session,
    source: Path | bytes,
    agreement: Agreement | str | None,
    by: Actor,
    *,
    name: str | None = None,
    dry_run: bool = False,
) -> Iterator[Progress]:
    """As `load_for_review`, and what the agreement's rule lets goes live when it has been loaded: the same for every door. Not on a
    `dry_run`, which the door undoes."""
    for progress in load_for_review(session, source, agreement, by, name=name):
        if progress.done and not dry_run:
            accept_by_rule(session, progress.version, by)
        yield progress
