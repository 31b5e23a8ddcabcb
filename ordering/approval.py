"""Who must approve an order, and why, in one sentence. (pure)

Rules are rows of the municipality (`ordering.approvals.ApprovalRule`), given here as values. Each that applies answers a `Reason`:
a code with values, whose sentence is looked up, and the role that is asked. The reasons of one role make one approval, so an order
needs at most one person per role.

Separation of duties: an order is never approved by one who placed it or for whom it was placed, neither by their own role nor by
anybody who holds a role as deputy of one of them, nor by them as deputy of somebody else. `may_decide` is the only place that says
so. People stand in a chain: the person who acts, and whose role it is; if any link is an orderer, the chain is broken.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from eshop.amounts import NOTHING, Amount
from eshop.identity import Role

RuleKind = Literal["amount", "item_group", "budget", "first_time_supplier", "institution"]
RULE_KINDS: Final[tuple[RuleKind, ...]] = ("amount", "item_group", "budget", "first_time_supplier", "institution")

STAND_IN: Final[Mapping[Role, frozenset[Role]]] = {
    Role.APPROVER: frozenset({Role.APPROVER, Role.PURCHASING_LEAD}),
    Role.PURCHASING_LEAD: frozenset({Role.PURCHASING_LEAD}),
}
"""Who may decide what a role is asked: a purchasing lead may stand in for an approver, not the other way round."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`threshold`: the rule applies to totals above it (None: to all). `item_group` is an UNSPSC prefix; `institution_id` None is
    every institution. `role` is who is asked."""

    kind: RuleKind
    role: Role = Role.APPROVER
    threshold: Amount | None = None
    item_group: str | None = None
    institution_id: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """An order as the rules see it. `groups` is the net amount by UNSPSC code. `budget_left` is what remains after this order, None
    where no budget is kept. `orderer_limit` is the orderer's own limit, None for none. `ceiling_left` is what may still be bought on the
    `agreement` after this order, None where it has no ceiling."""

    amount: Amount
    institution_id: int
    groups: Mapping[str, Amount] = field(default_factory=dict)
    budget_left: Amount | None = None
    first_time_supplier: bool = False
    supplier: str = ""
    orderer_limit: Amount | None = None
    ceiling_left: Amount | None = None
    agreement: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a role is asked. `code` has its sentence in wording.csv, `values` fill it."""

    code: str
    role: Role
    values: Mapping[str, Any]


def reasons(ask: Ask, rules: Iterable[Rule]) -> tuple[Reason, ...]:
    """Every reason for which the order must be approved, in the order of the rules; none: it may leave at once. No rule is needed for an
    agreement's ceiling: it stands in the agreement."""
    found: list[Reason] = []
    if ask.ceiling_left is not None and ask.ceiling_left < NOTHING:
        values = {"agreement": ask.agreement, "over": -ask.ceiling_left, "amount": ask.amount}
        found.append(Reason("approval_ceiling", Role.PURCHASING_LEAD, values))
    if ask.orderer_limit is not None and ask.amount > ask.orderer_limit:
        found.append(Reason("approval_own_limit", Role.APPROVER, {"amount": ask.amount, "limit": ask.orderer_limit}))
    for rule in rules:
        if rule.institution_id is None or rule.institution_id == ask.institution_id:
            reason = _apply(rule, ask)
            if reason is not None and reason not in found:
                found.append(reason)
    # "Nothing deviates" is said only where nothing does: whoever is asked about something is asked about that.
    deviates = {reason.role for reason in found if reason.code != "approval_every"}
    return tuple(reason for reason in found if reason.code != "approval_every" or reason.role not in deviates)


def _apply(rule: Rule, ask: Ask) -> Reason | None:
    above = rule.threshold or NOTHING
    match rule.kind:
        case "amount":
            if ask.amount > above:
                return _over("approval_amount", rule, ask)
        case "institution":
            if ask.amount > above:
                return _over("approval_institution", rule, ask)
        case "item_group":
            prefix = rule.item_group or ""
            of_group = Amount.sum(amount for code, amount in ask.groups.items() if code.startswith(prefix))
            if of_group > above:
                return Reason("approval_item_group", rule.role, {"group": prefix, "amount": of_group, "limit": above})
        case "budget":
            if ask.budget_left is not None and ask.budget_left < NOTHING:
                return Reason("approval_budget", rule.role, {"over": -ask.budget_left, "amount": ask.amount})
        case "first_time_supplier":
            if ask.first_time_supplier and ask.amount > above:
                return Reason("approval_first_time_supplier", rule.role, {"supplier": ask.supplier})
    return None


def _over(code: str, rule: Rule, ask: Ask) -> Reason:
    """Above a limit something deviates; where the rule has none, every order is looked at and this one is as it should be."""
    if not rule.threshold:
        return Reason("approval_every", rule.role, {"amount": ask.amount})
    return Reason(code, rule.role, {"amount": ask.amount, "limit": rule.threshold})


def roles_asked(why: Iterable[Reason]) -> tuple[Role, ...]:
    """The roles that must approve, each once, in the order of the reasons: two roles are two questions, and both stand."""
    return tuple(dict.fromkeys(reason.role for reason in why))


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who holds a deciding role that reaches the order. `of` is the person whose role it is (another than `user_id` for a
    deputy); `distance` counts the levels up to where the role is held, 0 for the institution itself; the whole municipality is
    the farthest."""

    user_id: int
    name: str
    role: Role
    distance: int = 0
    limit: Amount | None = None
    of: int | None = None
    of_name: str | None = None

    @property
    def chain(self) -> frozenset[int]:
        return frozenset({self.user_id} if self.of is None else {self.user_id, self.of})


def may_decide(candidate: Candidate, asked: Role, amount: Amount, orderers: frozenset[int]) -> bool:
    """Whether this person, by this role, may decide what `asked` is asked about an order of `amount` placed by `orderers`."""
    return refusal(candidate, asked, amount, orderers) is None


def refusal(candidate: Candidate, asked: Role, amount: Amount, orderers: frozenset[int]) -> str | None:
    """The code of why not, the strongest first: `own_order`, `not_your_role`, `over_your_limit`; None when they may."""
    if candidate.chain & orderers:
        return "own_order"
    if candidate.role not in STAND_IN[asked]:
        return "not_your_role"
    if candidate.limit is not None and amount > candidate.limit:
        return "over_your_limit"
    return None


def who_may(
    candidates: Iterable[Candidate], asked: Role, amount: Amount, orderers: frozenset[int]
) -> tuple[Candidate, ...]:
    """Who can decide now: the asked role before its stand-ins, the nearest first, own roles before deputies'; each person once."""
    fit = [one for one in candidates if may_decide(one, asked, amount, orderers)]
    fit.sort(key=lambda one: (one.role is not asked, one.distance, one.of is not None, one.name, one.user_id))
    first: dict[int, Candidate] = {}
    for one in fit:
        first.setdefault(one.user_id, one)
    return tuple(first.values())


def asked_first(fit: Sequence[Candidate], level: int = 0) -> tuple[Candidate, ...]:
    """Of those who can decide, whom we ask: the nearest level, and one level more for each escalation. Anybody else who can may
    still decide; they are not bothered with it."""
    if not fit:
        return ()
    rings = sorted({(one.role is not fit[0].role, one.distance) for one in fit})
    reached = set(rings[: level + 1])
    return tuple(one for one in fit if (one.role is not fit[0].role, one.distance) in reached)
