"""What a document points to: other documents, their lines, contracts, files; and the answer given to them."""

from datetime import date

from eshop.ubl.parties import Attachment, DocumentReference, Party, Period
from eshop.ubl.values import Code, Identifier, Text, aggregate, many


@aggregate
class Signature:
    """The statement that a document is signed, and where the signature is."""

    id: Identifier | None = None
    notes: tuple[Text, ...] = many("Note")
    validation_date: date | None = None
    validation_time: str | None = None
    validator_id: Identifier | None = None
    canonicalization_method: str | None = None
    signature_method: str | None = None
    signatory_party: Party | None = None
    digital_signature_attachment: Attachment | None = None
    original_document_reference: DocumentReference | None = None


@aggregate
class Condition:
    """One attribute of a status and what it should be, e.g. the date expected."""

    attribute_id: Identifier | None = None
    descriptions: tuple[Text, ...] = many("Description")


@aggregate
class Status:
    """One reason or action inside a response, with its conditions."""

    status_reason_code: Code | None = None
    status_reasons: tuple[str, ...] = many("StatusReason")
    conditions: tuple[Condition, ...] = many("Condition")


@aggregate
class Response:
    """The verdict on a document or a line."""

    reference_id: Identifier | None = None
    response_code: Code | None = None
    descriptions: tuple[Text, ...] = many("Description")
    effective_date: date | None = None
    statuses: tuple[Status, ...] = many("Status")


@aggregate
class LineReference:
    """A line of another document."""

    line_id: Identifier | None = None


@aggregate
class LineResponse:
    """The verdict on one line."""

    line_reference: LineReference | None = None
    responses: tuple[Response, ...] = many("Response")


@aggregate
class DocumentResponse:
    """The verdict on one document."""

    response: Response | None = None
    document_references: tuple[DocumentReference, ...] = many("DocumentReference")
    issuer_party: Party | None = None
    recipient_party: Party | None = None
    line_responses: tuple[LineResponse, ...] = many("LineResponse")


@aggregate
class OrderReference:
    """The order, by the buyer's (and perhaps the seller's) number."""

    id: Identifier | None = None
    sales_order_id: Identifier | None = None
    copy_indicator: bool | None = None
    uuid: Identifier | None = None
    issue_date: date | None = None
    issue_time: str | None = None
    customer_reference: str | None = None
    document_reference: DocumentReference | None = None


@aggregate
class OrderLineReference:
    """A line of an order."""

    line_id: Identifier | None = None
    sales_order_line_id: Identifier | None = None
    line_status_code: Code | None = None
    order_reference: OrderReference | None = None


@aggregate
class BillingReference:
    """The invoice, credit note or reminder that is taken up again."""

    invoice_document_reference: DocumentReference | None = None
    credit_note_document_reference: DocumentReference | None = None


@aggregate
class CatalogueReference:
    """A catalogue, by number and version."""

    id: Identifier | None = None
    uuid: Identifier | None = None
    descriptions: tuple[Text, ...] = many("Description")
    version_id: Identifier | None = None


@aggregate
class ProjectReference:
    """A project, by its number."""

    id: Identifier | None = None


@aggregate
class Contract:
    """The contract or framework agreement bought under."""

    id: Identifier | None = None
    issue_date: date | None = None
    contract_type_code: Code | None = None
    contract_type: str | None = None
    validity_period: Period | None = None
    contract_document_references: tuple[DocumentReference, ...] = many("ContractDocumentReference")
