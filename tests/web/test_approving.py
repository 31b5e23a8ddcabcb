"""Approving what is as it should be in one tap, and what deviates one by one."""

import re
from datetime import date, datetime, timedelta

from sqlalchemy import select

import ordering
from eshop.amounts import Amount
from eshop.identity import COPENHAGEN, User
from eshop.jobs import Job
from tests.web.conftest import Site


def test_the_plain_ones_in_one_tap_and_the_others_stay(site: Site) -> None:
    """Above a limit is a deviation, also where it is the amount alone (mock 08: "Godkend 2 uden afvigelser" of five)."""
    with site.town.work() as session:
        kim = site.town.by(session, "kim", None)
        ordering.record_approval_rule(session, "institution", kim, institution_id=site.town.places["mælkevejen"])
        ordering.record_approval_rule(session, "amount", kim, threshold=Amount.of("4000"))
        first, second = site.town.order(session, {"soap": 2}).id, site.town.order(session, {"gloves": 1}).id
        over = site.town.order(session, {"mop": 1}).id
    jens = site.signed_in("jens")
    page = jens.get("/approvals")
    assert "3 bestillinger venter på dig" in page
    assert "Godkend 2 uden afvigelser" in page
    assert "Der er ingen afvigelser" in page
    assert "Over beløbsgrænse" in page
    left = jens.post("/approvals/plain").text
    assert "2 bestillinger er godkendt" in left
    assert "uden afvigelser" not in left
    with site.town.work() as session:
        states = [ordering.get_order(session, one).state for one in (first, second, over)]
    assert states == ["queued", "queued", "waiting"]


def test_the_reasons_are_counted_and_one_can_be_chosen(site: Site) -> None:
    """Mock 08: "Alle 5 · Over budget 1 · Over beløbsgrænse 1"; each order over budget says how much is used of what."""
    with site.town.work() as session:
        kim = site.town.by(session, "kim", None)
        ordering.record_approval_rule(session, "institution", kim, institution_id=site.town.places["mælkevejen"])
        ordering.record_approval_rule(session, "amount", kim, threshold=Amount.of("4000"))
        ordering.record_approval_rule(session, "budget", kim)
        site.town.order(session, {"soap": 2})
    jens = site.signed_in("jens")
    assert "why=" not in jens.get("/approvals")  # one reason: nothing to choose between
    with site.town.work() as session:
        large = site.town.order(session, {"mop": 1})
        site.town.order(session, {"mop": 7})
        over = site.town.order(session, {"mop": 7})
    page = jens.get("/approvals")
    chips = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("chips scroll-x") :]))
    assert re.match(r".*?Alle 4 Ingen afvigelser 1 Over beløbsgrænse 3 Over budget 1 ", chips), chips[:200]
    assert re.search(r"Brugt med denne: 70\.858\skr\. af 64\.000\skr\.[^.]", page)
    chosen = jens.get("/approvals?why=approval_budget")
    assert over.number in chosen
    assert large.number not in chosen
    assert "4 bestillinger venter på dig" in chosen
    assert chosen.count('<article class="panel apr"') == 1
    assert jens.get("/approvals?why=nonsense").count('<article class="panel apr"') == 4


def test_what_is_urgent_stands_first_and_says_until_when(site: Site) -> None:
    """Paper comes on Thursday if it is ordered before Tuesday at 12; what waits too long comes later, and the supplier is asked for a day
    that can be kept."""
    with site.town.work() as session:
        kim = site.town.by(session, "kim", None)
        ordering.record_approval_rule(session, "amount", kim, threshold=Amount.of("0"), valid_from=date(2026, 1, 1))
        monday = site.clock.at - timedelta(days=1)
        calm = site.town.order(session, {"mop": 1}, at=monday, deliver_on=date(2026, 5, 22)).id
        urgent = site.town.order(session, {"paper": 20}, at=monday).id
        assert ordering.get_order(session, urgent).deliver_on == date(2026, 5, 14)
    jens = site.signed_in("jens")
    page = jens.get("/approvals")
    assert "Det, der haster, står øverst" in page
    assert page.index(f"order-{urgent}") < page.index(f"order-{calm}")
    assert "Leveres 14. maj, hvis du svarer senest i dag kl. 12.00" in page
    site.clock.pass_by(days=1)
    jens = site.signed_in("jens")
    page = jens.get("/approvals")
    assert "Den var ventet torsdag 14. maj. Godkender du nu" in page
    assert "tidligst komme tirsdag 19. maj" in page
    jens.post(f"/orders/{urgent}/approve")
    with site.town.work() as session:
        ordering.send_due(session, urgent, site.town.system(site.clock.at + timedelta(minutes=10)))
    with site.town.read() as session:
        sent = ordering.get_order(session, urgent)
        assert (sent.state, sent.deliver_on) == ("sent", date(2026, 5, 19))
        document = ordering.order_document(session, sent)
        assert document.deliveries[0].requested_delivery_period.start_date == date(2026, 5, 19)


def test_the_time_to_regret_is_not_held_against_the_day(site: Site) -> None:
    """Ordered five minutes before the cut-off and left five minutes after it: it was ordered in time."""
    at = datetime(2026, 5, 12, 11, 55, tzinfo=COPENHAGEN)
    with site.town.work() as session:
        order = site.town.order(session, {"paper": 1}, at=at)
        assert (order.state, order.deliver_on) == ("queued", date(2026, 5, 14))
        ordering.send_due(session, order.id, site.town.system(at + timedelta(minutes=10)))
        assert (order.state, order.deliver_on) == ("sent", date(2026, 5, 14))


def test_whoever_ordered_reminds_the_approver_once_a_day(site: Site) -> None:
    """Mock 06: "Påmind Jens" beside the order that lies with him."""
    with site.town.work() as session:
        kim = site.town.by(session, "kim", None)
        ordering.record_approval_rule(session, "amount", kim, threshold=Amount.of("0"), valid_from=date(2026, 1, 1))
        waiting = site.town.order(session, {"mop": 1})
        number, order_id = waiting.number, waiting.id
        jens = session.scalars(select(User).where(User.name.like("Jens%"))).one()
        jens.email = "jens@kommune.example"
    mette = site.signed_in("mette")
    page = mette.get("/orders")
    assert f'aria-label="Påmind Jens Holm om bestilling {number}"' in page
    assert ">Påmind Jens<" in page
    assert "Jens Holm er påmindet med en mail" in mette.post(f"/orders/{order_id}/remind").text
    assert "allerede påmindet i dag" in mette.post(f"/orders/{order_id}/remind").text
    with site.town.work() as session:
        told = [one.payload for one in session.scalars(select(Job).where(Job.kind == "notice"))]
        assert [(one["to"], one["code"], one["values"]["who"]) for one in told] == [
            ("jens@kommune.example", "notice_approval_again", "Mette Krog")
        ]
    site.signed_in("jens").post(f"/orders/{order_id}/approve")
    assert "kan ikke lade sig gøre nu" in mette.post(f"/orders/{order_id}/remind").text
    assert ">Påmind Jens<" not in mette.get("/orders")
