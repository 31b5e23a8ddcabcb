"""Who must approve, who may, and why not: every role × relation × deputy chain, and the rules themselves."""

import itertools
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ordering
from eshop.amounts import NOTHING, Amount
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.identity import Role, User
from eshop.wording import sentence
from ordering.approval import (
    STAND_IN,
    Ask,
    Candidate,
    Rule,
    asked_first,
    may_decide,
    reasons,
    refusal,
    roles_asked,
    who_may,
)
from tests import builders
from tests.builders import TODAY, Town, later

KR = Amount.of


# --- the rules --------------------------------------------------------------------------------------------------------


def test_each_kind_of_rule_answers_its_reason() -> None:
    ask = Ask(
        KR("6000"), 7, {"53131608": KR("5000"), "14111507": KR("1000")}, KR("-120"), True, "Nordpapir A/S", KR("2000")
    )
    rules = [
        Rule("amount", threshold=KR("5000")),
        Rule("amount", Role.PURCHASING_LEAD, KR("10000")),
        Rule("item_group", Role.PURCHASING_LEAD, KR("4000"), "5313"),
        Rule("item_group", threshold=KR("1000"), item_group="1411"),
        Rule("budget"),
        Rule("first_time_supplier", Role.PURCHASING_LEAD),
        Rule("institution", institution_id=8),
        Rule("institution", institution_id=7, threshold=KR("100")),
    ]
    found = reasons(ask, rules)
    assert [(one.code, one.role) for one in found] == [
        ("approval_own_limit", Role.APPROVER),
        ("approval_amount", Role.APPROVER),
        ("approval_item_group", Role.PURCHASING_LEAD),
        ("approval_budget", Role.APPROVER),
        ("approval_first_time_supplier", Role.PURCHASING_LEAD),
        ("approval_institution", Role.APPROVER),
    ]
    assert roles_asked(found) == (Role.APPROVER, Role.PURCHASING_LEAD)
    assert (
        sentence(found[3].code, found[3].values) == "Bestillingen bringer institutionen 120,00\u00a0kr. over budgettet."
    )
    assert sentence(found[1].code, found[1].values).startswith("Bestillinger over 5.000,00\u00a0kr. skal godkendes")


@given(st.integers(0, 10_000_00), st.integers(0, 10_000_00))
def test_an_amount_rule_stops_exactly_what_is_above_it(amount: int, threshold: int) -> None:
    stopped = reasons(Ask(Amount(amount), 1), [Rule("amount", threshold=Amount(threshold))])
    assert bool(stopped) is (amount > threshold)


def test_a_budget_that_is_used_up_exactly_is_not_over() -> None:
    assert not reasons(Ask(KR("100"), 1, budget_left=NOTHING), [Rule("budget")])
    assert reasons(Ask(KR("100"), 1, budget_left=Amount(-1)), [Rule("budget")])
    assert not reasons(Ask(KR("100"), 1, budget_left=None), [Rule("budget")])


# --- who may: exhaustive ------------------------------------------------------------------------------------------------

ORDERER, ON_BEHALF, THIRD, FOURTH = 1, 2, 3, 4
PEOPLE = (ORDERER, ON_BEHALF, THIRD, FOURTH)
LIMITS = (None, KR("999.99"), KR("1000"), KR("5000"))
AMOUNT = KR("1000")


@pytest.mark.parametrize("asked", list(STAND_IN))
def test_every_role_relation_and_chain(asked: Role) -> None:
    """Every actor × whose role it is × role × limit × who ordered (alone, or for somebody): 4·5·9·4·3 combinations a role asked."""
    combinations = 0
    for actor, owner, role, limit, orderers in itertools.product(
        PEOPLE,
        (None, *PEOPLE),
        Role,
        LIMITS,
        (frozenset({ORDERER}), frozenset({ORDERER, ON_BEHALF}), frozenset[int]()),
    ):
        candidate = Candidate(actor, str(actor), role, 0, limit, owner)
        links = {actor} if owner is None else {actor, owner}
        allowed = (
            not links & orderers
            and (role is asked or (asked is Role.APPROVER and role is Role.PURCHASING_LEAD))
            and (limit is None or limit >= AMOUNT)
        )
        assert may_decide(candidate, asked, AMOUNT, orderers) is allowed, candidate
        code = refusal(candidate, asked, AMOUNT, orderers)
        assert (code is None) is allowed
        if links & orderers:
            assert code == "own_order"
        combinations += 1
    assert combinations == 4 * 5 * 9 * 4 * 3


@given(
    st.lists(
        st.builds(
            Candidate,
            user_id=st.integers(1, 5),
            name=st.sampled_from(["A", "B"]),
            role=st.sampled_from(list(Role)),
            distance=st.integers(0, 3),
            limit=st.sampled_from(LIMITS),
            of=st.sampled_from([None, 1, 2, 3]),
        ),
        max_size=8,
    ),
    st.sampled_from(list(STAND_IN)),
    st.frozensets(st.integers(1, 3), max_size=2),
    st.integers(0, 4),
)
def test_whoever_is_asked_may_decide(
    candidates: list[Candidate], asked: Role, orderers: frozenset[int], level: int
) -> None:
    fit = who_may(candidates, asked, AMOUNT, orderers)
    assert len({one.user_id for one in fit}) == len(fit)
    assert all(may_decide(one, asked, AMOUNT, orderers) for one in fit)
    assert not {one.user_id for one in fit} & orderers
    called = asked_first(fit, level)
    assert set(called) <= set(fit)
    assert bool(called) is bool(fit)
    assert set(asked_first(fit, 10)) == set(fit)


# --- on real rows -------------------------------------------------------------------------------------------------------

REFUSED = {
    "mette": "approval_own_order",
    "omar": "approval_not_your_role",
    "aisha": "approval_not_your_role",
    "soeren": "approval_not_your_role",
    "anna": "approval_not_your_role",
    "peter": "approval_not_your_role",
}
ALLOWED = {"jens", "birthe", "kim"}


def test_every_person_of_the_town_tries(town: Town) -> None:
    for name in [*REFUSED, *sorted(ALLOWED)]:
        with town.work() as session:
            order = town.order(session, {"mop": 2})
            place = "solsikken" if name == "peter" else None
            actor = town.by(session, name, place)
            if name in ALLOWED:
                assert ordering.approve(session, order, actor).state == "queued"
                continue
            with pytest.raises(NotAllowed) as no:
                ordering.approve(session, order, actor)
            assert no.value.code == REFUSED[name]
            assert no.value.values["who"] == ["Jens Holm"]
            assert order.state == "waiting"


def test_the_system_approves_nothing(town: Town) -> None:
    with town.work() as session:
        order = town.order(session, {"mop": 2})
        with pytest.raises(NotAllowed, match="needs_a_person"):
            ordering.approve(session, order, town.system())


def test_a_limit_is_a_limit(town: Town) -> None:
    with town.work() as session:
        order = town.order(session, {"mop": 11})
        assert str(order.total) == "51700.00"
        with pytest.raises(NotAllowed) as no:
            ordering.approve(session, order, town.by(session, "jens"))
        assert no.value.code == "approval_over_your_limit"
        assert no.value.values["who"] == ["Birthe Lund"]
        assert ordering.orders_waiting(session, town.by(session, "jens")) == []
        assert [one.order.id for one in ordering.orders_waiting(session, town.by(session, "birthe", None))] == [
            order.id
        ]


def test_an_approver_does_not_approve_an_order_of_their_own(town: Town) -> None:
    with town.work() as session:
        order = town.order(session, {"mop": 2}, by="jens")
        jens = town.by(session, "jens")
        with pytest.raises(NotAllowed, match="approval_own_order") as no:
            ordering.approve(session, order, jens)
        assert no.value.values["who"] == ["Birthe Lund"]
        assert ordering.approve(session, order, town.by(session, "birthe", None)).state == "queued"


def _deputies(session, town: Town, *pairs: tuple[str, str]) -> None:
    for principal, deputy in pairs:
        builders.deputy(
            session, session.get_one(User, town.people[principal]), session.get_one(User, town.people[deputy])
        )


def test_a_deputy_approves_on_behalf(town: Town) -> None:
    with town.work() as session:
        _deputies(session, town, ("jens", "omar"))
        order = town.order(session, {"mop": 2})
        omar = town.by(session, "omar")
        (waiting,) = ordering.orders_waiting(session, omar)
        assert waiting.on_behalf_of == town.people["jens"]
        ordering.approve(session, order, omar)
        (approval,) = ordering.approvals_of(session, order.id)
        assert (approval.decided_by, approval.on_behalf_of) == (town.people["omar"], town.people["jens"])
        # The day after, omar is nobody's deputy.
        tomorrow = town.order(session, {"mop": 2}, at=later(days=1))
        with pytest.raises(NotAllowed, match="approval_not_your_role"):
            ordering.approve(session, tomorrow, town.by(session, "omar", at=later(days=1)))


def test_no_deputy_chain_leads_round_the_separation_of_duties(town: Town) -> None:
    """jens's order: nobody may approve it for jens, and jens not for anybody. mette's order: not mette as jens's deputy, nor omar who
    is deputy of mette who is deputy of jens."""
    with town.work() as session:
        _deputies(
            session, town, ("jens", "mette"), ("mette", "omar"), ("birthe", "jens"), ("jens", "aisha"), ("kim", "mette")
        )
        own = town.order(session, {"mop": 2}, by="jens")
        for name in ("aisha", "jens", "omar"):
            with pytest.raises(NotAllowed):
                ordering.approve(session, own, town.by(session, name))
        assert [one.order.id for one in ordering.orders_waiting(session, town.by(session, "aisha"))] == []
        order = town.order(session, {"mop": 2}, by="mette")
        with pytest.raises(NotAllowed, match="approval_own_order"):
            ordering.approve(session, order, town.by(session, "mette"))
        with pytest.raises(NotAllowed, match="approval_own_order"):
            ordering.approve(session, order, replace(town.by(session, "mette"), on_behalf_of=town.people["kim"]))
        with pytest.raises(NotAllowed, match="approval_not_your_role"):
            ordering.approve(session, order, town.by(session, "omar"))
        # aisha is jens's deputy, and neither of them ordered it.
        assert ordering.approve(session, order, town.by(session, "aisha")).state == "queued"


def test_an_order_placed_on_behalf_belongs_to_both(town: Town) -> None:
    with town.work() as session:
        behalf = replace(town.by(session, "mette"), on_behalf_of=town.people["jens"])
        basket = ordering.open_basket(session, behalf)
        ordering.add_line(session, basket, town.items["mop"], Decimal(2), behalf)
        (order,) = ordering.submit(session, basket, behalf)
        assert order.orderers == {town.people["mette"], town.people["jens"]}
        with pytest.raises(NotAllowed, match="approval_own_order"):
            ordering.approve(session, order, town.by(session, "jens"))


def test_two_roles_are_two_questions(town: Town) -> None:
    with town.work() as session:
        kim = town.by(session, "kim", None)
        ordering.record_approval_rule(session, "amount", kim, threshold=KR("5000"), source="Delegationsplan 2026")
        ordering.record_approval_rule(session, "first_time_supplier", kim, role=Role.PURCHASING_LEAD)
        order = town.order(session, {"mop": 2})
        ordering.approve(session, order, town.by(session, "jens"))
        assert order.state == "waiting"
        with pytest.raises(NotAllowed, match="approval_not_your_role") as no:
            ordering.approve(session, order, town.by(session, "jens"))
        assert no.value.values["who"] == ["Kim Friis"]
        ordering.approve(session, order, kim)
        assert order.state == "queued"
        ordering.send(session, order, town.system())
        # The supplier is known now: only the amount is asked about.
        again = town.order(session, {"mop": 2})
        assert [one.role for one in ordering.approvals_of(session, again.id)] == ["approver"]


def test_rules_are_dated_and_ended_not_deleted(town: Town) -> None:
    with town.work() as session:
        kim = town.by(session, "kim", None)
        rule = ordering.record_approval_rule(session, "amount", kim, threshold=KR("100"))
        assert town.order(session, {"soap": 1}).state == "waiting"
        ordering.end_approval_rule(session, rule, TODAY, kim)
        assert town.order(session, {"soap": 1}).state == "waiting"
        assert town.order(session, {"soap": 1}, at=later(days=1)).state == "queued"
        assert len(ordering.list_approval_rules(session)) == 1
        with pytest.raises(BadInput, match="unknown_rule_kind"):
            ordering.record_approval_rule(session, "weather", kim)
        with pytest.raises(NotAllowed, match="not_your_role"):
            ordering.record_approval_rule(session, "amount", town.by(session, "mette"))


def test_an_orderers_own_limit(town: Town) -> None:
    with town.work() as session:
        place = town.places["mælkevejen"]
        lise = builders.person(session, "Lise Dam", (Role.ORDERER, session.get_one(builders.Institution, place), "300"))
        town.people["lise"] = lise.id
        order = town.order(session, {"soap": 2}, by="lise")
        assert order.state == "waiting"
        assert ordering.approval_summary(session, order, TODAY)["why"][0]["code"] == "approval_own_limit"


def test_an_approval_nobody_gives_goes_one_level_up(town: Town) -> None:
    with town.work() as session:
        order = town.order(session, {"mop": 2})
        birthe = town.by(session, "birthe", None)
        assert ordering.orders_waiting(session, birthe) == []
        assert [one.order.id for one in ordering.orders_waiting(session, birthe, all_i_can=True)] == [order.id]
        assert ordering.escalate(session, town.system(later(days=2))) == []
        (escalated,) = ordering.escalate(session, town.system(later(days=3)))
        assert escalated.asked_level == 1
        assert [one.order.id for one in ordering.orders_waiting(session, birthe)] == [order.id]
        assert [one.order.id for one in ordering.orders_waiting(session, town.by(session, "jens"))] == [order.id]
        assert ordering.escalate(session, town.system(later(days=4))) == []
        assert len(ordering.escalate(session, town.system(later(days=6)))) == 1


def test_the_plain_ones_are_approved_together(town: Town) -> None:
    """Those that wait only because all do: above a limit something deviates, also where it is the amount alone."""
    with town.work() as session:
        kim, jens = town.by(session, "kim", None), town.by(session, "jens")
        ordering.record_approval_rule(session, "institution", kim, institution_id=town.places["mælkevejen"])
        ordering.record_approval_rule(session, "amount", kim, threshold=KR("4000"))
        plain_one, another = town.order(session, {"soap": 2}), town.order(session, {"gloves": 1})
        over = town.order(session, {"mop": 1})
        own = town.order(session, {"soap": 2}, by="jens")
        seen = {one.order.id: one for one in ordering.orders_waiting(session, jens)}
        assert {number for number, one in seen.items() if one.plain} == {plain_one.id, another.id}
        assert [code for code, _ in seen[plain_one.id].why] == ["approval_every"]
        assert [code for code, _ in seen[over.id].why] == ["approval_amount"]  # not beside "nothing deviates"
        done, skipped = ordering.approve_plain(session, [plain_one, over, own, another], jens)
        assert [one.id for one in done] == [plain_one.id, another.id]
        assert {(one.order.id, one.code) for one in skipped} == {(over.id, "not_plain"), (own.id, "approval_own_order")}
        assert over.state == own.state == "waiting"
        assert plain_one.state == another.state == "queued"


def test_a_returned_order_waits_for_nobody(town: Town) -> None:
    with town.work() as session:
        order = town.order(session, {"mop": 2})
        ordering.reject(session, order, town.by(session, "jens"), "Har vi ikke nok?")
        assert ordering.orders_waiting(session, town.by(session, "jens")) == []
        with pytest.raises(Conflict, match="already_decided"):
            ordering.approve(session, order, town.by(session, "jens"))


def test_how_long_it_usually_takes(town: Town) -> None:
    with town.work() as session:
        place = town.places["mælkevejen"]
        assert ordering.median_decision_hours(session, place) is None
        for hours in (1, 5, 30):
            order = town.order(session, {"mop": 2})
            ordering.approve(session, order, town.by(session, "jens", at=later(hours=hours)))
        assert ordering.median_decision_hours(session, place) == Decimal("5.0")
        assert timedelta(hours=5)
