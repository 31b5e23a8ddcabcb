"""Answers to the supplier about a catalogue: what is to be put right, and the verdict as Peppol's Catalogue Response or OIOUBL's
ApplicationResponse, through the outbox."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogues.items import CatalogueVersion
from catalogues.leaving_out import Missing
from catalogues.reviewing import accept, refuse, review
from catalogues.suppliers import get_supplier
from eshop import exchange, ubl
from eshop.errors import Conflict
from eshop.exchange import Message
from eshop.findings import Finding
from eshop.identity import Actor, Institution, main_gln, the_municipality
from eshop.wording import sentence

PROFILES = ("oioubl-2.1", "peppol-bis-3")
MOST_ROWS = 50
"""Lines that a response names; the whole list is on the page and in the mail."""


@dataclass(frozen=True, slots=True)
class Fix:
    """One line the supplier should put right: where it stands, what it is about, and every reason."""

    number: int
    ref: str | None
    seller_item_id: str
    name: str
    refused: bool
    findings: tuple[Finding, ...]

    def sentences(self, locale: str = "da") -> list[str]:
        """The reasons in words a supplier understands."""
        return [sentence(one.code, one.values, locale) for one in self.findings if one.severity != "info"]


NAMED: Final = ("Catalogue", "CataloguePricingUpdate", "CatalogueItemSpecificationUpdate", "CatalogueDeletion")
"""The kinds that an answer can name: a price list in a sheet, or a BMEcat, is a catalogue to it."""


def fix_list(session: Session, version: CatalogueVersion) -> list[Fix]:
    """The refused lines and those with warnings that were not taken, in the order of the file."""
    left_out = [row for row in review(session, version, only="warnings") if not row.selected]
    rows = review(session, version, only="refused") + left_out
    return [
        Fix(row.number, row.ref, row.seller_item_id, row.name, row.result == "refused", row.findings)
        for row in sorted(rows, key=lambda row: row.number)
    ]


def fix_text(session: Session, version: CatalogueVersion, locale: str = "da") -> str:
    """The fix list as a plain text, one line per catalogue line: 'Linje 4 (varenr. V-2): Enheden …'."""
    return "\n".join(_fix_lines(fix_list(session, version), locale))


def _fix_lines(fixes: list[Fix], locale: str) -> Iterator[str]:
    for fix in fixes:
        where = {"line": fix.ref or fix.number, "number": fix.seller_item_id or "–"}
        yield f"{sentence('fix_list_line', where, locale)} {' '.join(fix.sentences(locale))}"


def decide(
    session: Session,
    version: CatalogueVersion,
    by: Actor,
    *,
    take: bool,
    choices: Mapping[int, bool] | None = None,
    starts_on: date | None = None,
    missing: Missing | None = None,
    tell: bool = True,
    note: str | None = None,
) -> CatalogueVersion:
    """A person's verdict on the whole of a version, and the supplier is told: takes live what is selected (see `accept`), or refuses.

    `tell` puts the answer, with what should be put right and the person's `note`, in the outbox. Raises as `accept` and `refuse` do.
    """
    decided = (
        accept(session, version, by, choices=choices, starts_on=starts_on, missing=missing)
        if take
        else refuse(session, version, by)
    )
    if tell:
        answer(session, decided, by, note)
    return decided


def answer(session: Session, version: CatalogueVersion, by: Actor, note: str | None = None) -> Message:
    """Puts the verdict on a decided version in the outbox: accepted (with what was left out), or rejected, with a person's `note`. The
    same answer again is the same message. Conflict `not_now` while nobody has decided."""
    if version.state not in ("live", "refused", "taken_back"):
        raise Conflict("not_now", thing="catalogue version", verb="answer", state=version.state)
    partner = exchange.partner_of(session, version.supplier_id)
    accepted = version.state == "live"
    lines = list(_fix_lines(fix_list(session, version)[:MOST_ROWS], "da"))
    texts = tuple(ubl.Text(line) for line in lines)
    sender, receiver = _parties(session, version.supplier_id)
    document = ubl.ApplicationResponse(
        id=ubl.Identifier(f"CR-{version.id}-{version.state}"),
        issue_date=by.today,
        notes=(ubl.Text("\n".join([*([note] if note else []), *lines])),) if lines or note else (),
        sender_party=sender,
        receiver_party=receiver,
        document_responses=(
            ubl.DocumentResponse(
                response=ubl.Response(response_code=ubl.Code("AP" if accepted else "RE"), descriptions=texts),
                document_references=(
                    ubl.DocumentReference(
                        id=ubl.Identifier(version.document_id or version.name or str(version.number)),
                        version_id=ubl.Identifier(version.document_version) if version.document_version else None,
                        document_type_code=ubl.Code(
                            version.document_type if version.document_type in NAMED else "Catalogue"
                        ),
                    ),
                ),
            ),
        ),
    )
    # A supplier who takes orders as cXML takes no answers so: they get the Danish one.
    profile = next(one for one in (version.document_format, partner.profile, "oioubl-2.1") if one in PROFILES)
    body = ubl.write(document, profile, "CatalogueResponse")
    key = f"catalogue-answer:{version.id}:{version.state}"
    message = exchange.put_out(session, body, "ApplicationResponse", str(document.id), partner, key, by.at, by)
    message.profile = profile
    return message


def answer_request(session: Session, request: ubl.CatalogueRequest, supplier_id: int, by: Actor) -> Message:
    """Answers a CatalogueRequest: a municipality buys and has no catalogue to send; the answer says so, and what to send us instead. The
    same request again is the same message."""
    sender, receiver = _parties(session, supplier_id)
    number = str(request.id or "")
    document = ubl.ApplicationResponse(
        id=ubl.Identifier(f"CQ-{supplier_id}-{number}"[:200]),
        issue_date=by.today,
        sender_party=sender,
        receiver_party=receiver,
        document_responses=(
            ubl.DocumentResponse(
                response=ubl.Response(
                    response_code=ubl.Code("RE"), descriptions=(ubl.Text(sentence("catalogue_request_answer")),)
                ),
                document_references=(
                    ubl.DocumentReference(id=ubl.Identifier(number), document_type_code=ubl.Code("CatalogueRequest")),
                ),
            ),
        ),
    )
    partner = exchange.partner_of(session, supplier_id)
    body = ubl.write(document, "oioubl-2.1", "CatalogueResponse")
    key = f"catalogue-request:{supplier_id}:{number}"
    return exchange.put_out(session, body, "ApplicationResponse", str(document.id), partner, key, by.at, by)


def _parties(session: Session, supplier_id: int) -> tuple[ubl.Party, ubl.Party]:
    """We and the supplier."""
    supplier = get_supplier(session, supplier_id)
    if supplier is None:
        raise Conflict("not_found", thing="Supplier", key=supplier_id)
    municipality = the_municipality(session)
    # Of our GLNs the oldest institution's is the municipality's own address in documents.
    institution_id = session.scalar(select(Institution.id).order_by(Institution.id).limit(1))
    gln = None if institution_id is None else main_gln(session, institution_id)
    return _party(municipality.name, municipality.cvr, gln), _party(supplier.name, supplier.cvr, supplier.gln)


def _party(name: str, cvr: str | None, gln: str | None) -> ubl.Party:
    number = ubl.Identifier(gln, "GLN") if gln else ubl.Identifier(cvr or "", "DK:CVR")
    return ubl.Party(
        endpoint_id=number,
        party_identifications=(ubl.PartyIdentification(id=number),),
        party_names=(ubl.PartyName(name=name),),
        party_legal_entities=(
            ubl.PartyLegalEntity(registration_name=name, company_id=ubl.Identifier(cvr, "DK:CVR") if cvr else None),
        ),
    )
