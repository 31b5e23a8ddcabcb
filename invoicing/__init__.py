"""From invoice to posting: the face of the room. Speak to it by name: `import invoicing; invoicing.register(session, …)`."""

from invoicing.accounts import (
    KnownAccount,
    close_account,
    list_accounts,
    record_known_account,
)
from invoicing.allocation import ArtRule, CodingRules, Entry
from invoicing.coding import (
    account_string,
    coding_rules,
    load_art_rules,
    load_chart,
    load_vat_refunds,
    proposed_coding,
)
from invoicing.control import NOTICES, SEVERITY, STOPS, Tolerance
from invoicing.controlling import Difference, judge_again, judge_supplier_again, register, replay, run_control
from invoicing.invoices import (
    INVOICE,
    Invoice,
    InvoiceLine,
    InvoiceMatch,
    InvoiceNote,
    find_by_message,
    get_invoice,
    invoices_of_order,
    lines_of,
    list_invoices,
    matches_of,
    notes_of,
)
from invoicing.posting import (
    Posting,
    PostingBatch,
    PostingLine,
    acknowledge_batch,
    batch_bytes,
    export_batch,
    get_batch,
    list_batches,
    posting_lines,
    posting_of,
    postings_of,
    reverse,
    take_back_batch,
    waiting_postings,
)
from invoicing.reporting import report

__all__ = [name for name in dir() if not name.startswith("_")]
