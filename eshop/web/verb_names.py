"""What each verb of `PERMISSIONS` is called where people read what a role may do."""

from collections.abc import Mapping
from typing import Final

from eshop.web.texts import lazy_gettext

VERBS: Final[Mapping[str, object]] = {
    "shop": lazy_gettext("find items and see prices"),
    "order": lazy_gettext("place orders"),
    "order_for_others": lazy_gettext("order for others"),
    "receive": lazy_gettext("receive goods"),
    "write_supplier": lazy_gettext("write to suppliers about orders"),
    "approve": lazy_gettext("approve orders"),
    "attest": lazy_gettext("attest the unit's invoices"),
    "see_orders": lazy_gettext("see orders"),
    "see_agreements": lazy_gettext("see agreements and catalogues"),
    "manage_agreements": lazy_gettext("keep agreements"),
    "accept_catalogue": lazy_gettext("approve catalogues"),
    "manage_lists": lazy_gettext("keep shared lists"),
    "see_invoices": lazy_gettext("see invoices"),
    "decide_invoice": lazy_gettext("decide on invoices"),
    "change_bank_account": lazy_gettext("change suppliers' bank accounts"),
    "confirm_bank_account": lazy_gettext("confirm suppliers' bank accounts"),
    "export_postings": lazy_gettext("hand postings to the ledger"),
    "see_postings": lazy_gettext("see postings"),
    "see_audit": lazy_gettext("see the audit trail"),
    "see_insight": lazy_gettext("see the figures"),
    "see_people": lazy_gettext("see people and units"),
    "manage_people": lazy_gettext("keep people, roles and units"),
    "manage_settings": lazy_gettext("keep the settings"),
    "operate": lazy_gettext("watch over operation"),
    "wish": lazy_gettext("wish for items"),
    "hand_in_catalogue": lazy_gettext("hand in catalogues"),
    "see_suppliers": lazy_gettext("see suppliers"),
    "manage_suppliers": lazy_gettext("keep suppliers"),
    "see_finance_rules": lazy_gettext("see tolerances and coding rules"),
    "manage_finance_rules": lazy_gettext("keep tolerances and coding rules"),
    "manage_sending": lazy_gettext("keep channels and send again"),
    "supply": lazy_gettext("see own orders and invoices"),
}
