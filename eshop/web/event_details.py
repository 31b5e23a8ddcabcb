"""What an event of the audit trail carries, in words: the trail keeps ids, codes and figures; here they are read as people read them."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from eshop import wording
from eshop.audit import AuditEvent
from eshop.web import filters, finance_rules, names, outside, rules
from eshop.web.invoices import NOTED
from eshop.web.sending import CHANNEL_NAMES, PROFILE_NAMES
from eshop.web.texts import gettext, lazy_gettext
from eshop.web.verb_names import VERBS

UNSAID: Final = frozenset({"content_hash"})
"""What only the machine reads; it stays in the trail and in its export."""

FIELD_NAMES: Final[Mapping[str, object]] = {
    "accepted": lazy_gettext("Approved"),
    "active": lazy_gettext("In use"),
    "after": lazy_gettext("After"),
    "agreement_id": lazy_gettext("Agreement"),
    "agreements": lazy_gettext("Agreements"),
    "amount": lazy_gettext("Amount"),
    "amount_limit": lazy_gettext("Limit"),
    "approved_by": lazy_gettext("Approved by"),
    "before": lazy_gettext("Before"),
    "change_number": lazy_gettext("Change no."),
    "channel": lazy_gettext("Channel"),
    "code": lazy_gettext("Answer"),
    "complaint_id": lazy_gettext("Complaint"),
    "decision": lazy_gettext("Decision"),
    "deliver_on": lazy_gettext("Delivery"),
    "deputy_id": lazy_gettext("Deputy"),
    "dimension": lazy_gettext("Dimension"),
    "due": lazy_gettext("Due"),
    "fields": lazy_gettext("What changed"),
    "fine": lazy_gettext("In order"),
    "first": lazy_gettext("Search word"),
    "format": lazy_gettext("Format"),
    "gln": lazy_gettext("EAN number"),
    "gross": lazy_gettext("Incl. VAT"),
    "how": lazy_gettext("How it was checked"),
    "institution_id": lazy_gettext("Unit"),
    "institutions": lazy_gettext("Units"),
    "joining_id": lazy_gettext("Joining"),
    "kind": lazy_gettext("Rule"),
    "left_out": lazy_gettext("Left out"),
    "level": lazy_gettext("Level"),
    "lines": lazy_gettext("Lines"),
    "lot_id": lazy_gettext("Lot"),
    "message_id": lazy_gettext("Document"),
    "name": lazy_gettext("Name"),
    "names": lazy_gettext("Names"),
    "number": lazy_gettext("Number"),
    "order_id": lazy_gettext("Order"),
    "outcome": lazy_gettext("Outcome"),
    "people": lazy_gettext("People"),
    "phrases": lazy_gettext("Words"),
    "postings": lazy_gettext("Postings"),
    "prefix": lazy_gettext("Item group"),
    "profile": lazy_gettext("Format"),
    "protocol": lazy_gettext("Protocol"),
    "reason": lazy_gettext("Reason"),
    "reasons": lazy_gettext("Because"),
    "receipt_id": lazy_gettext("Receipt"),
    "refused": lazy_gettext("Refused"),
    "responsible": lazy_gettext("Responsible"),
    "role": lazy_gettext("Role"),
    "rows": lazy_gettext("Rows"),
    "rule": lazy_gettext("Rule"),
    "scopes": lazy_gettext("May"),
    "source": lazy_gettext("Source"),
    "state": lazy_gettext("Status"),
    "supplier_id": lazy_gettext("Supplier"),
    "table": lazy_gettext("Table"),
    "taken": lazy_gettext("Into the basket"),
    "total": lazy_gettext("Excl. VAT"),
    "unchanged": lazy_gettext("As before"),
    "until": lazy_gettext("Until"),
    "user_id": lazy_gettext("Person"),
    "valid_from": lazy_gettext("From"),
    "valid_to": lazy_gettext("Until and including"),
    "value": lazy_gettext("Value"),
    "verb": lazy_gettext("Used to"),
    "verbs": lazy_gettext("Can be used to"),
    "version": lazy_gettext("Version"),
}
WORDS: Final[Mapping[str, Mapping[str, object]]] = {
    "outcome": {
        "posted": lazy_gettext("posted"),
        "held": lazy_gettext("stopped"),
        "suggested": lazy_gettext("an order is suggested"),
        "manual": lazy_gettext("no order found"),
        "duplicate": lazy_gettext("received before"),
        "rejected": lazy_gettext("rejected"),
        "recorded": lazy_gettext("kept"),
    },
    "code": {
        "accepted": lazy_gettext("confirmed"),
        "rejected": lazy_gettext("turned down"),
        "changed": lazy_gettext("with changes"),
    },
    "verb": {
        "confirm": lazy_gettext("confirm"),
        "short": lazy_gettext("deliver less"),
        "price": lazy_gettext("change the price"),
        "substitute": lazy_gettext("replace"),
        "reject": lazy_gettext("turn down"),
        "write": lazy_gettext("write"),
    },
    "table": {
        "chart": lazy_gettext("Chart of accounts"),
        "art-rules": lazy_gettext("Kinds by item group"),
        "vat-refunds": lazy_gettext("VAT refunds"),
    },
    "field": {
        "name": lazy_gettext("name"),
        "email": lazy_gettext("mail"),
        "address": lazy_gettext("address"),
        "parent_id": lazy_gettext("the unit above"),
        "coding": lazy_gettext("coding"),
        "item_groups": lazy_gettext("item groups"),
        "yearly_budget": lazy_gettext("budget"),
        "delivery_points": lazy_gettext("places of delivery"),
        "active": lazy_gettext("open or closed"),
        "new": lazy_gettext("new"),
        "lots": lazy_gettext("lots"),
    },
    "decision": NOTED,
    "kind": rules.KINDS,
    "channel": CHANNEL_NAMES,
    "profile": PROFILE_NAMES,
    "protocol": {"cxml": "cXML", "oci": "OCI"},
    "format": {"csv": "CSV", "json": "JSON", "g69": lazy_gettext("Ledger file (G69)")},
    "reason": {**outside.REASONS, "sent_back": lazy_gettext("sent back")},
}
"""Field → code → what people read. A list's words are those of its one: `verbs` by `verb`."""
SETTINGS: Final[Mapping[str, object]] = {row[0]: row[1] for row in (*finance_rules.FIELDS, *finance_rules.SWITCHES)}
MONEY: Final = frozenset({"amount", "amount_limit", "gross", "total"})
ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class Details:
    """The details of a page of events; the names they point at are read once for the whole page, a query for each kind."""

    def __init__(self, session: Session, rows: Iterable[AuditEvent]) -> None:
        found = list(rows)
        self._named: dict[str, dict[int | None, str]] = {
            "institution_id": names.institutions(session, _ids(found, "institution_id")),
            "supplier_id": names.suppliers(session, _ids(found, "supplier_id")),
            "user_id": names.people(session, _ids(found, "user_id", "deputy_id", "approved_by", "responsible")),
        }
        for alike in ("deputy_id", "approved_by", "responsible"):
            self._named[alike] = self._named["user_id"]

    def of(self, row: AuditEvent) -> list[tuple[str, str]]:
        """(name, value) of each field that says something; an empty one is left out, for it says nothing."""
        said = [
            (str(FIELD_NAMES.get(field) or field.replace("_", " ")), self._value(field, value))
            for field, value in row.fields.items()
            if field not in UNSAID and value is not None and value != []
        ]
        return [(name, value) for name, value in said if value]

    def _value(self, field: str, value: Any) -> str:
        if isinstance(value, bool):
            return gettext("yes") if value else gettext("no")
        if isinstance(value, Mapping):
            return "; ".join(f"{_setting(name)}: {self._value(field, one)}" for name, one in value.items())
        if isinstance(value, list):
            return ", ".join(self._value(field.removesuffix("s"), one) for one in value)
        if field in self._named and isinstance(value, int):
            return self._named[field].get(value, str(value))
        text = "–" if value is None else str(value)
        if field in MONEY:
            return f"{wording.number(Decimal(text), filters.locale(), 2)}\u00a0kr."
        if ISO_DAY.fullmatch(text):
            return filters.day(date.fromisoformat(text))
        return _word(field, text)


def _setting(name: str) -> str:
    return str(SETTINGS.get(name) or name.replace("_", " "))


def _word(field: str, text: str) -> str:
    """A code by its words, where it has some."""
    if field == "verb" and text in VERBS:
        return str(VERBS[text])
    words = WORDS.get(field, {})
    if text in words:
        return str(words[text]).lower() if field == "decision" else str(words[text])
    for code in (f"{field}:{text}", f"{field}_{text}"):
        if code in wording.sentences():
            return wording.sentence(code, None, filters.locale()).rstrip(".")
    return text


def _ids(rows: Iterable[AuditEvent], *fields: str) -> list[int]:
    return [row.fields[field] for row in rows for field in fields if isinstance(row.fields.get(field), int)]
