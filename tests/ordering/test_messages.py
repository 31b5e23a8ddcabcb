"""What we and the supplier write to each other about an order: by mail and by the link in it, kept on the order."""

from datetime import timedelta

import pytest
from sqlalchemy import select

import ordering
from eshop import audit
from eshop.errors import BadInput, Conflict, NotAllowed
from eshop.exchange import Message, partner_of
from eshop.identity import Actor
from ordering.orders import PurchaseOrder
from tests import builders
from tests.builders import Town

KEY = b"k" * 40


@pytest.fixture
def sent(town: Town) -> Town:
    """A supplier with a mail address, and an order they have."""
    with town.work() as session:
        partner = partner_of(session, town.suppliers["hygiejnehuset"])
        partner.channel, partner.address = "smtp", "ordre@hygiejnehuset.example"
        town.sent_order(session, {"soap": 10})
    return town


def the_order(session: object) -> PurchaseOrder:
    return session.scalars(select(PurchaseOrder)).one()  # type: ignore[attr-defined]


def by_link(town: Town, minutes: int = 1) -> Actor:
    return Actor.system(town.id, builders.later(minutes=minutes), "link")


def test_a_message_waits_in_the_outbox_and_is_kept_on_the_order(sent: Town) -> None:
    with sent.work() as session:
        mette = sent.by(session, "mette")
        first = ordering.write_message(session, the_order(session), "  Kan I levere\nbag om huset? ", mette)
        again = ordering.write_message(session, the_order(session), "Kan I levere\nbag om huset?", mette)
        assert again.id == first.id, "pressed twice"
        kim = sent.by(session, "kim", None, at=builders.later(minutes=30))
        ordering.write_message(session, the_order(session), "Kan I levere\nbag om huset?", kim)
    with sent.read() as session:
        order = the_order(session)
        written = ordering.messages_of(session, order.id)
        assert [(one.message.text, one.message.user_id, one.mail) for one in written] == [
            ("Kan I levere\nbag om huset?", sent.people["mette"], "waiting"),
            ("Kan I levere\nbag om huset?", sent.people["kim"], "waiting"),
        ]
        mails = session.scalars(select(Message).where(Message.document_type == ordering.MESSAGE)).all()
        assert {(one.channel, one.address, one.order_id) for one in mails} == {
            ("smtp", "ordre@hygiejnehuset.example", order.id)
        }
        events = [row for row in audit.history(session, "order", order.id) if row.event == "supplier_written"]
        assert [row.fields for row in events] == [{"message_id": one.message.id} for one in written], (
            "no text in the trail"
        )
        assert all(one["document_type"] == "Order" for one in ordering.documents_of(session, order.id))


def test_who_may_write_and_about_what(sent: Town) -> None:
    with sent.work() as session:
        order = the_order(session)
        for name, place in (("soeren", None), ("anna", None), ("peter", "solsikken")):
            with pytest.raises(NotAllowed):
                ordering.write_message(session, order, "Hej", sent.by(session, name, place))
        mette = sent.by(session, "mette")
        for text, code in (("  \n ", "message_missing"), ("x" * 2001, "message_too_long")):
            with pytest.raises(BadInput) as refused:
                ordering.write_message(session, order, text, mette)
            assert refused.value.code == code
        unsent = sent.order(session, {"gloves": 1})
        with pytest.raises(Conflict) as early:
            ordering.write_message(session, unsent, "Hej", mette)
        assert early.value.code == "not_now"
        partner_of(session, sent.suppliers["hygiejnehuset"]).channel = "folder"
        session.flush()
        with pytest.raises(Conflict) as nowhere:
            ordering.write_message(session, order, "Hej", mette)
        assert (nowhere.value.code, nowhere.value.values["supplier"]) == (
            "supplier_without_address",
            "HygiejneHuset A/S",
        )


def test_the_supplier_writes_by_link_also_after_the_answer(sent: Town) -> None:
    with sent.work() as session:
        order = the_order(session)
        claim = ordering.read_link(ordering.issue_link(session, order, sent.system(), KEY), KEY)
        ordering.message_by_link(session, claim, "Hvor er bagdøren?", by_link(sent))
        assert order.state == "sent", "a message answers nothing"
        ordering.answer_link(session, claim, by_link(sent, 2))
        ordering.message_by_link(session, claim, "Vi kommer kl. 7.", by_link(sent, 3))
        ordering.message_by_link(session, claim, "Vi kommer kl. 7.", by_link(sent, 4))
    with sent.read() as session:
        order = the_order(session)
        assert [
            (one.message.direction, one.message.text, one.mail) for one in ordering.messages_of(session, order.id)
        ] == [
            ("in", "Hvor er bagdøren?", None),
            ("in", "Vi kommer kl. 7.", None),
        ]


def test_links_that_may_not_write(sent: Town) -> None:
    with sent.work() as session:
        order = the_order(session)
        old = ordering.read_link(ordering.issue_link(session, order, sent.system(), KEY), KEY)
        late = Actor.system(sent.id, builders.NOW + ordering.LINK_HOLDS + timedelta(seconds=1), "link")
        with pytest.raises(NotAllowed) as ended:
            ordering.message_by_link(session, old, "Hej", late)
        assert ended.value.code == "link_expired"
        deaf = ordering.read_link(ordering.issue_link(session, order, sent.system(), KEY, ("confirm",)), KEY)
        with pytest.raises(NotAllowed) as refused:
            ordering.message_by_link(session, deaf, "Hej", by_link(sent))
        assert refused.value.code == "link_verb"
        for number in range(20):
            ordering.message_by_link(session, old, f"Hej {number}", by_link(sent))
        with pytest.raises(Conflict) as full:
            ordering.message_by_link(session, old, "Hej igen", by_link(sent))
        assert full.value.code == "link_messages_full"
