"""What stands round every page: the menu and tabs of the person's roles, the counters, the basket, whom one acts for.

A menu item a person cannot use is not shown; a counter shows only what waits for that person. The whole frame costs a bounded number
of queries, whatever the size of the municipality.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from flask import g, request, url_for

import catalogues
import invoicing
import ordering
from eshop import exchange
from eshop.amounts import NOTHING, Amount
from eshop.identity import Role
from eshop.web.guards import Visit
from eshop.web.texts import gettext, lazy_gettext, locale

MOST_IN_MENU = 8


@dataclass(frozen=True)
class Entry:
    """A place in the menu. `roles` see it in the menu, in the order of `ENTRIES`, their landing page first; `tab_roles` have it among
    the phone's five shortcuts, as their main role; `more_roles` find it under "More"."""

    endpoint: str
    text: object
    short: object
    icon: str
    roles: frozenset[Role]
    tab_roles: frozenset[Role]
    counts: str | None = None
    more_roles: frozenset[Role] = frozenset()


def _roles(names: str) -> frozenset[Role]:
    return frozenset(Role(name) for name in names.split())


ENTRIES = (
    Entry(
        "overview.show", lazy_gettext("Overview"), lazy_gettext("Overview"), "home",
        _roles("purchasing_lead"), _roles("purchasing_lead"),
    ),
    Entry(
        "shop.home", lazy_gettext("Items"), lazy_gettext("Items"), "search",
        _roles("colleague orderer local_lead approver"), _roles("colleague orderer local_lead approver"),
    ),
    Entry(
        "lists.overview", lazy_gettext("Lists"), lazy_gettext("Lists"), "list-check",
        _roles("orderer local_lead approver"), _roles("orderer local_lead"), None, _roles("purchasing_lead"),
    ),
    Entry(
        "wishes.overview", lazy_gettext("Wishes"), lazy_gettext("Wishes"), "star",
        _roles("colleague local_lead"), _roles("colleague"), "wishes",
    ),
    Entry(
        "needs.mine", lazy_gettext("Ask Purchasing"), lazy_gettext("Ask"), "chat",
        _roles("colleague"), _roles("colleague"), None, _roles("orderer local_lead approver"),
    ),
    Entry(
        "needs.waiting", lazy_gettext("Needs"), lazy_gettext("Needs"), "chat",
        _roles(""), _roles(""), "needs", _roles("purchasing_lead"),
    ),
    Entry(
        "outside.overview", lazy_gettext("Bought in a shop"), lazy_gettext("In a shop"), "payments",
        _roles(""), _roles(""), None, _roles("orderer local_lead approver purchasing_lead finance auditor"),
    ),
    Entry(
        "agreement_list.overview", lazy_gettext("Agreements"), lazy_gettext("Agreements"), "document",
        _roles("purchasing_lead"), _roles("purchasing_lead"),
    ),
    Entry(
        "agreements.catalogues_overview", lazy_gettext("Catalogues"), lazy_gettext("Catalogues"), "folder",
        _roles("purchasing_lead"), _roles(""), "catalogues",
    ),
    Entry(
        "search_words.show", lazy_gettext("Search words"), lazy_gettext("Search words"), "search",
        _roles(""), _roles(""), None, _roles("purchasing_lead"),
    ),
    Entry(
        "orders.overview", lazy_gettext("Orders"), lazy_gettext("Ordered"), "truck",
        _roles("orderer local_lead approver finance auditor"),
        _roles("orderer local_lead approver finance auditor"), None, _roles("purchasing_lead"),
    ),
    Entry(
        "orders.to_receive", lazy_gettext("Receive goods"), lazy_gettext("Receive"), "check",
        _roles("orderer local_lead approver"), _roles("orderer local_lead approver"), "receive",
    ),
    Entry(
        "orders.approvals", lazy_gettext("Approve"), lazy_gettext("Approve"), "how-to-reg",
        _roles("approver purchasing_lead"), _roles("approver purchasing_lead"), "approve",
    ),
    Entry(
        "invoices.queue", lazy_gettext("Invoices"), lazy_gettext("Invoices"), "payments",
        _roles("approver purchasing_lead finance auditor"), _roles("finance auditor"), "invoices",
    ),
    Entry(
        "questions.mine", lazy_gettext("Questions"), lazy_gettext("Questions"), "chat",
        _roles(""), _roles(""), None, _roles("orderer local_lead"),
    ),
    Entry(
        "spend.show", lazy_gettext("Spending"), lazy_gettext("Spending"), "analytics", _roles("approver"), _roles(""),
    ),
    Entry(
        "postings.overview", lazy_gettext("Bookkeeping"), lazy_gettext("Bookkeeping"), "list-check",
        _roles("auditor"), _roles("auditor"), None, _roles("finance"),
    ),
    Entry(
        "credit_notes.overview", lazy_gettext("Credit notes"), lazy_gettext("Credits"), "reply",
        _roles("finance"), _roles("finance"), "credits", _roles("auditor"),
    ),
    Entry(
        "suppliers.overview", lazy_gettext("Suppliers"), lazy_gettext("Suppliers"), "business",
        _roles("finance"), _roles(""), "accounts", _roles("purchasing_lead auditor"),
    ),
    Entry(
        "operation.events", lazy_gettext("Events"), lazy_gettext("Events"), "view-in-list",
        _roles("auditor"), _roles("auditor"),
    ),
    Entry(
        "insight.overview", lazy_gettext("Insight"), lazy_gettext("Insight"), "analytics",
        _roles("purchasing_lead finance auditor"), _roles("purchasing_lead finance auditor"), None, _roles("approver"),
    ),
    Entry(
        "rules.overview", lazy_gettext("Approval rules"), lazy_gettext("Rules"), "checklist",
        _roles(""), _roles(""), None, _roles("purchasing_lead administrator"),
    ),
    Entry(
        "sending.overview", lazy_gettext("Sending"), lazy_gettext("Sending"), "send",
        _roles(""), _roles(""), "unsent", _roles("purchasing_lead administrator"),
    ),
    Entry(
        "finance_rules.show", lazy_gettext("Rules of invoice control"), lazy_gettext("Rules"), "settings",
        _roles(""), _roles(""), None, _roles("finance purchasing_lead auditor administrator"),
    ),
    Entry(
        "people.overview", lazy_gettext("People and units"), lazy_gettext("People"), "persons",
        _roles("purchasing_lead administrator"), _roles("administrator"), None, _roles("auditor"),
    ),
    Entry(
        "people.roles", lazy_gettext("Roles"), lazy_gettext("Roles"), "contact-card",
        _roles("administrator"), _roles("administrator"), None, _roles("purchasing_lead auditor"),
    ),
    Entry(
        "supplier.own_catalogues", lazy_gettext("Catalogues"), lazy_gettext("Catalogues"), "folder",
        _roles("supplier"), _roles("supplier"),
    ),
    Entry(
        "supplier.orders", lazy_gettext("Purchase orders"), lazy_gettext("Purchase orders"), "truck",
        _roles("supplier"), _roles("supplier"),
    ),
    Entry(
        "supplier.invoices", lazy_gettext("Invoices"), lazy_gettext("Invoices"), "payments",
        _roles("supplier"), _roles("supplier"),
    ),
    Entry(
        "settings.show", lazy_gettext("Settings"), lazy_gettext("Settings"), "settings",
        _roles("administrator"), _roles("administrator"), None, _roles("purchasing_lead"),
    ),
    Entry(
        "operation.overview", lazy_gettext("Operation"), lazy_gettext("Operation"), "engineering",
        _roles("administrator"), _roles("administrator"),
    ),
    Entry(
        "tenders.overview", lazy_gettext("Tenders"), lazy_gettext("Tenders"), "document",
        _roles(""), _roles(""), None, _roles("purchasing_lead finance auditor"),
    ),
    Entry(
        "pictures.hosts", lazy_gettext("Pictures of items"), lazy_gettext("Pictures"), "photo-camera",
        _roles(""), _roles(""), None, _roles("purchasing_lead administrator"),
    ),
)  # fmt: skip
"""By role as UX §5 has it. A founder of a page adds its entry where it stands in that table: one order serves every role."""
BASKET_TAB = _roles("orderer local_lead approver")
MORE_TAB = _roles("purchasing_lead finance auditor")
MOST_TABS = 5


@lru_cache(maxsize=1000)
def _entries(held: frozenset[Role], main: Role | None) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """Those in the menu of whoever holds these roles, where their day begins first, and those under "More"."""
    own = [entry for entry in ENTRIES if entry.roles & held]
    start = LANDING.get(main) if main is not None else None
    rest = [entry for entry in ENTRIES if entry.more_roles & held and not entry.roles & held]
    return sorted(own, key=lambda entry: entry.endpoint != start), rest


@lru_cache(maxsize=500)
def _called(endpoint: str, _language: str, _root: str) -> tuple[str, str, str]:
    """Where an entry leads, and what it is called in the menu and among the shortcuts, in the language of the request."""
    entry = next(one for one in ENTRIES if one.endpoint == endpoint)
    return url_for(endpoint), str(entry.text), str(entry.short)


@dataclass(frozen=True, slots=True)
class Shown:
    """A menu item as this person sees it now. The same items are drawn the same (`eshop.web.templating.DRAWN`)."""

    href: str
    text: str
    short: str
    icon: str
    current: bool
    count: int


class Chrome:
    """The frame of one page; each part is read when the template asks for it."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self._made: dict[str, Shown] = {}
        self.whole_municipality = any(grant.institutions is None for grant in visit.actor.roles)

    @cached_property
    def place_label(self) -> str:
        return gettext("Ordering for") if self.visit.may("order") else gettext("Showing")

    @cached_property
    def role_label(self) -> str:
        return role_name(self._main_role)

    @cached_property
    def _main_role(self) -> Role | None:
        held = self.visit.roles
        return next((role for role in LANDING if role in held), None)

    @cached_property
    def _basket(self) -> tuple[int, Amount]:
        visit = self.visit
        if visit.unit is None or not visit.may("order"):
            return 0, NOTHING
        return ordering.basket_in_short(visit.session, visit.person.id, visit.unit.id)

    @property
    def basket_lines(self) -> int:
        return self._basket[0]

    @property
    def basket_total(self) -> Amount:
        return self._basket[1]

    @cached_property
    def menu(self) -> tuple[Shown, ...]:
        """At most eight items; what is left over is under "More", which then is the eighth."""
        found = self._in_menu
        if len(found) <= MOST_IN_MENU and not self._under_more:
            return tuple(map(self._shown, found))
        return self._more_after(map(self._shown, found[: MOST_IN_MENU - 1]))

    @cached_property
    def everything(self) -> tuple[Shown, ...]:
        """Every place the person can go to: the page "More"."""
        return tuple(map(self._shown, (*self._in_menu, *self._under_more)))

    @property
    def _in_menu(self) -> Sequence[Entry]:
        return _entries(self.visit.roles, self._main_role)[0]

    @property
    def _under_more(self) -> Sequence[Entry]:
        return _entries(self.visit.roles, self._main_role)[1]

    def _more_after(self, first: Iterable[Shown]) -> tuple[Shown, ...]:
        """What is shown and, last, the way to the rest; the rest is where one is when nothing shown is."""
        shown = tuple(first)
        text = gettext("More")
        known = any(entry.endpoint in self._here for entry in (*self._in_menu, *self._under_more))
        elsewhere = known and not any(one.current for one in shown)
        here = request.endpoint == "overview.more" or elsewhere
        return *shown, Shown(url_for("overview.more"), text, text, "more-horiz", here, 0)

    @cached_property
    def tabs(self) -> tuple[Shown, ...]:
        """The phone's shortcuts: those of the person's main role, the last of them the basket, or "More" where there is more."""
        main = self._main_role
        found = tuple(self._shown(entry) for entry in self._in_menu if main in entry.tab_roles)
        if self.visit.roles & BASKET_TAB:
            text = gettext("Basket")
            here = request.blueprint == "basket"
            last = Shown(url_for("basket.show"), text, text, "shopping-cart", here, self.basket_lines)
            return *found[: MOST_TABS - 1], last
        if main in MORE_TAB and len(self._in_menu) + len(self._under_more) > len(found):
            return self._more_after(found[: MOST_TABS - 1])
        return found[:MOST_TABS]

    @cached_property
    def _reader(self) -> tuple[str, str]:
        """In which language the page is read, and below what it is served."""
        return locale(), request.root_path

    @cached_property
    def _here(self) -> tuple[str, ...]:
        """The entries that the page is under, by their endpoints."""
        page = request.endpoint or ""
        return ALL_NEAR.get(request.blueprint or "") or (page, NEAR.get(page, page))

    def _shown(self, entry: Entry) -> Shown:
        known = self._made.get(entry.endpoint)
        if known is None:
            here = entry.endpoint in self._here
            count = self._counters[entry.counts]() if entry.counts is not None else 0
            href, text, short = _called(entry.endpoint, *self._reader)
            known = Shown(href, text, short, entry.icon, here, count)
            self._made[entry.endpoint] = known
        return known

    @cached_property
    def _counters(self) -> dict[str, Callable[[], int]]:
        return {
            "receive": lambda: self.to_receive,
            "unsent": lambda: self.unsent,
            "approve": lambda: self.to_approve,
            "invoices": lambda: self.invoices_waiting,
            "catalogues": lambda: self.catalogues_waiting,
            "wishes": lambda: self.wishes_open,
            "needs": lambda: ordering.count_needs(self.visit.session),
            "credits": lambda: self.credits_expected,
            "accounts": lambda: self.accounts_proposed,
        }

    @cached_property
    def to_receive(self) -> int:
        visit = self.visit
        if visit.unit is None or not visit.may("receive", visit.unit.id):
            return 0
        return ordering.count_to_receive(visit.session, [visit.unit.id])

    @cached_property
    def unsent(self) -> int:
        return len(exchange.dead_letters(self.visit.session)) if self.visit.may("manage_sending") else 0

    @cached_property
    def to_approve(self) -> int:
        return len(ordering.orders_waiting(self.visit.session, self.visit.actor))

    @cached_property
    def wishes_open(self) -> int:
        visit = self.visit
        if visit.unit is None or not visit.may("order_for_others", visit.unit.id):
            return 0
        return len(ordering.open_wishes(visit.session, visit.unit.id))

    @cached_property
    def invoices_waiting(self) -> int:
        return invoicing.count_queue(self.visit.session, self.visit.actor)

    @cached_property
    def credits_expected(self) -> int:
        return invoicing.count_expected_credits(self.visit.session)

    @cached_property
    def accounts_proposed(self) -> int:
        return invoicing.count_proposed_accounts(self.visit.session)

    @cached_property
    def catalogues_waiting(self) -> int:
        return catalogues.count_to_review(self.visit.session)


ALL_NEAR = {
    "agreement_terms": ("agreement_list.overview",),
    "agreement_workbook": ("agreement_list.overview",),
    # The same pages under the purchasing lead's catalogues and the supplier's.
    "catalogue_files": ("agreements.catalogues_overview", "supplier.own_catalogues"),
}
"""Blueprints all of whose pages stand under these entries."""

NEAR = {
    "sending.channel": "sending.overview",
    "receiving.complaints": "orders.to_receive",
    "receiving.goods_back": "orders.overview",
    "tenders.show": "tenders.overview",
    "webshops.overview": "shop.home",
    "webshops.show": "shop.home",
    "webshops.setup": "agreement_list.overview",
    "finance_rules.chart": "finance_rules.show",
    "shop.search": "shop.home",
    "shop.item": "shop.home",
    "lists.show": "lists.overview",
    "needs.show": "needs.waiting",
    "outside.new": "outside.overview",
    "outside.show": "outside.overview",
    "orders.show": "orders.overview",
    "orders.receive": "orders.to_receive",
    "orders.receipt": "orders.to_receive",
    "invoices.show": "invoices.queue",
    "invoices.posted": "invoices.queue",
    "invoices.as_written": "invoices.queue",
    "suppliers.show": "suppliers.overview",
    "agreements.show": "agreement_list.overview",
    "agreements.review": "agreements.catalogues_overview",
    "insight.show": "insight.overview",
    "people.show": "people.overview",
    "people.list_units": "people.overview",
    "people.show_unit": "people.overview",
    "supplier.fix_list": "supplier.own_catalogues",
    "supplier.order": "supplier.orders",
}
"""Pages that belong under a menu item they are not themselves."""

LANDING = {
    Role.PURCHASING_LEAD: "overview.show",
    Role.FINANCE: "invoices.queue",
    Role.APPROVER: "shop.home",
    Role.LOCAL_LEAD: "shop.home",
    Role.ORDERER: "shop.home",
    Role.COLLEAGUE: "shop.home",
    Role.AUDITOR: "orders.overview",
    Role.ADMINISTRATOR: "people.overview",
    Role.SUPPLIER: "supplier.own_catalogues",
}
"""Where each role begins its day; the first that a person holds."""

ROLE_NAMES = {
    Role.COLLEAGUE: lazy_gettext("Colleague"),
    Role.ORDERER: lazy_gettext("Orderer"),
    Role.LOCAL_LEAD: lazy_gettext("Local purchasing contact"),
    Role.APPROVER: lazy_gettext("Approver"),
    Role.PURCHASING_LEAD: lazy_gettext("Purchasing lead"),
    Role.FINANCE: lazy_gettext("Finance"),
    Role.AUDITOR: lazy_gettext("Auditor"),
    Role.ADMINISTRATOR: lazy_gettext("Administrator"),
    Role.SUPPLIER: lazy_gettext("Supplier"),
}


def role_name(role: Role | None) -> str:
    return str(ROLE_NAMES[role]) if role is not None else gettext("No role")


def landing(visit: Visit) -> str:
    """The page a person begins at."""
    found = next((endpoint for role, endpoint in LANDING.items() if role in visit.roles), "account.profile")
    return url_for(found)


def chrome() -> Chrome:
    """The frame of this request's page."""
    visit = g.visit
    if getattr(visit, "chrome", None) is None:
        visit.chrome = Chrome(visit)
    return visit.chrome
