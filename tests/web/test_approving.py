"""Approving what is as it should be in one tap, and what deviates one by one."""

import ordering
from eshop.amounts import Amount
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
