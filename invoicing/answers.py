"""Answers to the supplier about an invoice: Invoice Response (Peppol) or ApplicationResponse (OIOUBL), through the outbox.

Rejected at intake: it was not taken. Refused by a person: it is not paid. Under query: something is claimed, the invoice waits.
The answer goes in the profile that the invoice came in, by the channel the supplier prefers, in the transaction of the act it reports.
"""

from typing import Final, Literal

from sqlalchemy.orm import Session

import catalogues
from eshop import exchange, ubl
from eshop.exchange import Message
from eshop.identity import Actor, the_municipality
from invoicing.invoices import Invoice

Answer = Literal["RE", "UQ", "CA"]
"""UNCL 4343 as Peppol's Invoice Response takes it: rejected, under query, conditionally accepted."""

REASON_CODES: Final = {
    "unknown_order": "REF",
    "not_on_order": "ITM",
    "price_over": "PRI",
    "qty_over": "QTY",
    "not_received": "DEL",
    "fee_over_limit": "PRI",
    "vat": "LEG",
    "bank_account_changed": "PAY",
    "invalid": "LEG",
    "unknown_institution": "REC",
    "uom_unknown": "ITM",
}
"""Peppol's clarification reasons (OPStatusReason) for ours; OTH for the rest."""


def answer(session: Session, invoice: Invoice, code: Answer, text: str, by: Actor, earlier: int = 0) -> Message | None:
    """Puts the answer in the outbox; None where the sender is nobody we can write to. The same answer again is the same message, unless
    `earlier` ones of the kind are over: a claim that was withdrawn, and is made anew in other words."""
    if invoice.supplier_id is None:
        return None
    supplier = catalogues.get_supplier(session, invoice.supplier_id)
    if supplier is None:
        return None
    municipality = the_municipality(session)
    partner = exchange.partner_of(session, invoice.supplier_id)
    which = f"{code}-{earlier + 1}" if earlier else code
    document = ubl.ApplicationResponse(
        id=ubl.Identifier(f"IR-{invoice.id}-{which}"),
        issue_date=by.today,
        sender_party=_party(municipality.name, municipality.cvr, invoice.buyer_gln),
        receiver_party=_party(supplier.name, supplier.cvr, supplier.gln),
        document_responses=(
            ubl.DocumentResponse(
                response=ubl.Response(
                    response_code=ubl.Code(code),
                    statuses=tuple(
                        ubl.Status(status_reason_code=ubl.Code(reason), status_reasons=(text,))
                        for reason in (_reason(invoice),)
                    ),
                ),
                document_references=(
                    ubl.DocumentReference(
                        id=ubl.Identifier(invoice.number),
                        issue_date=invoice.issue_date,
                        document_type_code=ubl.Code("381" if invoice.document_type == "CreditNote" else "380"),
                    ),
                ),
            ),
        ),
    )
    # A supplier who takes orders as cXML takes no answers so: they get the Danish one.
    known = ("oioubl-2.1", "peppol-bis-3")
    profile = next(one for one in (invoice.profile, partner.profile, "oioubl-2.1") if one in known)
    body = ubl.write(document, profile)
    message = exchange.put_out(
        session, body, "ApplicationResponse", str(document.id), partner, f"answer:{invoice.id}:{which}", by.at, by
    )
    message.profile = profile
    return message


def _reason(invoice: Invoice) -> str:
    return next((REASON_CODES[reason] for reason in invoice.reasons if reason in REASON_CODES), "OTH")


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
