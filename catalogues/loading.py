"""A catalogue file becomes a version that can be reviewed: a ledger with one row per incoming line.

Lines are read, judged and written in chunks, and it yields after each, so that the door can commit and show progress. Until the
version is accepted nothing it says counts: an interrupted load leaves the shop as it was, and loading the same file again goes on
where it stopped.
"""

import gc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogues.agreements import Agreement, find_agreements, lots_of
from catalogues.checks import Terms
from catalogues.classification import known_codes
from catalogues.items import VERSION_WORKFLOW, CatalogueVersion
from catalogues.ledger import Ledger
from catalogues.mappings import remembered_columns
from catalogues.suppliers import Supplier, plain_cvr
from eshop.db import lock
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.formats import CatalogueFile, Heading, Known, PriceList, ReadsKnown, open_catalogue
from eshop.identity import COPENHAGEN, Actor, may, require

CHUNK: Final = 1000
TRIES: Final = 5
"""Of taking the next number of an agreement's versions."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a load has come. `version` carries the counts; `done` when it can be reviewed."""

    version: CatalogueVersion
    lines: int
    bytes_read: int
    bytes_total: int
    done: bool = False


def load_for_review(
    session: Session, source: Path | bytes, agreement: Agreement | str | None, by: Actor, *, name: str | None = None
) -> Iterator[Progress]:
    """Loads a catalogue file for review; the last Progress has `done`. The door may commit at each one.

    The agreement is the one given (itself, or by its number), else the one the document's contract reference names, else the one whose
    catalogue it refers to.
    BadInput when the file as a whole cannot be used, before anything is written: `not_xml`, `not_a_catalogue`, `internal_dtd`,
    `agreement_not_named`, `agreement_unknown`, `not_this_suppliers_agreement`, `names_another_agreement`,
    `catalogue_action_unknown`. NotAllowed for who may not hand in for the agreement (see `require_hand_in`). Conflict `load_overtaken`
    when another file of the same agreement came while it was being loaded.
    """
    total = len(source) if isinstance(source, bytes) else source.stat().st_size
    reader = open_catalogue(source, name or (source.name if isinstance(source, Path) else ""))
    with closing(reader):
        heading = reader.heading
        for problem in heading.problems:
            raise BadInput(problem.code, **problem.values)
        agreement = agreement_for(session, heading, agreement)
        require_hand_in(agreement, by)
        if isinstance(reader, PriceList):
            reader.columns = remembered_columns(session, agreement.supplier_id)
        version = _version_for(session, agreement, heading, _sha256(source), name, by)
        if version.state == "loading":
            ledger = Ledger(session, agreement, version, heading, terms_for(session, agreement, version), by)
            if isinstance(reader, ReadsKnown):
                reader.known = Known(ledger.standing.imprints)
            for done in _take_lines(reader, ledger, version.lines):
                version.lines = done
                session.flush()
                yield Progress(version, done, min(reader.position, total), total)
            _hold(ledger, version.lines)
            ledger.finish()
        yield Progress(version, version.lines, total, total, done=True)


def require_hand_in(agreement: Agreement, by: Actor) -> None:
    """NotAllowed unless the actor runs the agreements, or is a person of the agreement's own supplier."""
    if may(by, "supply") and not by.is_system:
        if by.supplier_id is None or by.supplier_id != agreement.supplier_id:
            raise NotAllowed("not_your_agreement")
        return
    require(by, "manage_agreements")


def _take_lines(reader: CatalogueFile, ledger: Ledger, begun: int) -> Iterator[int]:
    """Takes the lines after the `begun` first, chunk by chunk; gives how many of the file have been dealt with."""
    drafts = reader.lines()
    ledger.retake(islice(drafts, begun))
    done = begun
    while True:
        with _without_collector():
            chunk = list(islice(drafts, CHUNK))
            if chunk:
                _hold(ledger, done)
                ledger.take(chunk)
        if not chunk:
            return
        done += len(chunk)
        yield done


def _hold(ledger: Ledger, done: int) -> None:
    """Keeps the version until the door commits. Conflict `load_overtaken` where somebody else has gone on with the file meanwhile, or a
    newer one of the agreement has come: two that went on side by side would mix their lines."""
    version = lock(ledger.session, CatalogueVersion, ledger.version.id)
    if version.state != "loading" or version.lines != done:
        raise Conflict("load_overtaken", agreement=ledger.agreement.number)


@contextmanager
def _without_collector() -> Iterator[None]:
    """While a chunk is read and written, the cycle collector rests. A draft has no cycles and is freed at once, but its many small
    parts would make the collector walk through everything that is loaded, again and again: a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _sha256(source: Path | bytes) -> str:
    if isinstance(source, bytes):
        return sha256(source).hexdigest()
    digest = sha256()
    with source.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def agreement_for(session: Session, heading: Heading, given: Agreement | str | None) -> Agreement:
    """Whose catalogue the file is, as `load_for_review` decides it."""
    if isinstance(given, Agreement):
        return _held_to(session, heading, given)
    number = given or heading.contract
    if number is None and heading.related is not None:
        return _agreement_of_catalogue(session, heading)
    if number is None:
        raise BadInput("agreement_not_named")
    found = find_agreements(session, number)
    if not found:
        raise BadInput("agreement_unknown", value=number)
    suppliers = {
        one.id: one
        for one in session.scalars(select(Supplier).where(Supplier.id.in_([one.supplier_id for one in found])))
    }
    if not heading.supplier_numbers:
        # A price list in a sheet names nobody: it is the supplier's whose agreement it is loaded for.
        if len(found) == 1:
            return found[0]
        raise BadInput("agreement_has_several_suppliers", value=number)
    numbers = {plain_cvr(one) for one in heading.supplier_numbers}
    for one in found:
        supplier = suppliers[one.supplier_id]
        if supplier.cvr in numbers or supplier.gln in numbers:
            return one
    raise BadInput(
        "not_this_suppliers_agreement",
        agreement=number,
        supplier=suppliers[found[0].supplier_id].name,
        sender=heading.supplier_name or ", ".join(heading.supplier_numbers),
    )


def _held_to(session: Session, heading: Heading, chosen: Agreement) -> Agreement:
    """The agreement somebody has pointed out, where the document does not say that it belongs to another or comes from somebody else."""
    supplier = session.get_one(Supplier, chosen.supplier_id)
    numbers = {plain_cvr(one) for one in heading.supplier_numbers}
    if numbers and supplier.cvr not in numbers and supplier.gln not in numbers:
        raise BadInput(
            "not_this_suppliers_agreement",
            agreement=chosen.number,
            supplier=supplier.name,
            sender=heading.supplier_name or ", ".join(heading.supplier_numbers),
        )
    if heading.contract is not None and heading.contract != chosen.number:
        raise BadInput("names_another_agreement", named=heading.contract, chosen=chosen.number)
    return chosen


def _agreement_of_catalogue(session: Session, heading: Heading) -> Agreement:
    """The agreement whose earlier catalogue the document names (OIOUBL CatalogueDeletion carries no contract)."""
    found = session.execute(
        select(Agreement, Supplier)
        .join(CatalogueVersion, CatalogueVersion.agreement_id == Agreement.id)
        .join(Supplier, Supplier.id == Agreement.supplier_id)
        .where(CatalogueVersion.document_id == heading.related)
        .order_by(CatalogueVersion.id.desc())
    ).all()
    numbers = {plain_cvr(one) for one in heading.supplier_numbers}
    for agreement, supplier in found:
        if supplier.cvr in numbers or supplier.gln in numbers:
            return agreement
    raise BadInput("agreement_not_named")


def _version_for(
    session: Session, agreement: Agreement, heading: Heading, digest: str, name: str | None, by: Actor
) -> CatalogueVersion:
    """The same bytes half loaded or waiting already, else a new version. Where another file of the agreement takes the next number at the
    same moment, this one comes after it."""
    for _ in range(TRIES):
        found = _same_bytes(session, agreement, digest)
        if found is not None:
            return found
        try:
            with session.begin_nested():
                return _new_version(session, agreement, heading, digest, name, by)
        except IntegrityError:
            continue
    raise Conflict("load_overtaken", agreement=agreement.number)


def _same_bytes(session: Session, agreement: Agreement, digest: str) -> CatalogueVersion | None:
    return session.scalars(
        select(CatalogueVersion)
        .where(
            CatalogueVersion.agreement_id == agreement.id,
            CatalogueVersion.sha256 == digest,
            CatalogueVersion.state.in_(["loading", "waiting"]),
        )
        .order_by(CatalogueVersion.id.desc())
        .limit(1)
    ).one_or_none()


def _new_version(
    session: Session, agreement: Agreement, heading: Heading, digest: str, name: str | None, by: Actor
) -> CatalogueVersion:
    """A version in state loading. What is half loaded is overtaken; what waits is too, where this file says the whole."""
    last = session.scalar(
        select(func.max(CatalogueVersion.number)).where(CatalogueVersion.agreement_id == agreement.id)
    )
    version = CatalogueVersion(
        municipality_id=by.municipality_id,
        agreement_id=agreement.id,
        supplier_id=agreement.supplier_id,
        number=(last or 0) + 1,
        state="loading",
        is_live=False,
        base_version_id=agreement.live_version_id,
        document_type=heading.document_type,
        document_format=heading.document_format,
        document_id=heading.document_id,
        document_version=heading.version,
        document_profile=heading.profile,
        action=heading.action,
        sha256=digest,
        name=heading.name or name,
        issue_date=heading.issue_date,
        valid_from=heading.valid_from,
        valid_to=heading.valid_to,
        loaded_at=by.at,
        loaded_by=by.user_id,
        findings=[],
        lines=0, accepted=0, refused=0, unchanged=0, new=0, changed=0, removed=0, price_up=0, price_down=0,
    )  # fmt: skip
    session.add(version)
    session.flush()
    # Not before the number is taken: then every version before it is there to be seen, whoever loads at the same moment.
    whole = heading.action in ("Replace", "Delete")
    for other in session.scalars(
        select(CatalogueVersion).where(
            CatalogueVersion.agreement_id == agreement.id,
            CatalogueVersion.id != version.id,
            CatalogueVersion.state.in_(["loading", "waiting"]),
        )
    ):
        other.prepared = False
        if whole or other.state == "loading":
            other.state = VERSION_WORKFLOW.after(other.state, "overtake")
    session.flush()
    return version


def terms_for(session: Session, agreement: Agreement, version: CatalogueVersion) -> Terms:
    """What the agreement and the file's heading say about every line."""
    lots = lots_of(session, agreement.id)
    return Terms(
        lots=tuple((lot.id, lot.number, tuple(lot.unspsc)) for lot in lots),
        covered=(*agreement.unspsc, *(prefix for lot in lots for prefix in lot.unspsc)),
        cap_percent=agreement.cap_percent,
        notice_days=agreement.notice_days,
        document_format=version.document_format,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        announced_on=version.issue_date,
        read_on=version.loaded_at.astimezone(COPENHAGEN).date(),
        classification=known_codes(session),
    )
