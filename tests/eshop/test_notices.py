"""What people are told by mail, to a real mail server: one link each, once each, as often as they chose; and the link leads there."""

import re
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest

import ordering
from eshop import notices
from eshop.app import create_app
from eshop.config import Settings
from eshop.db import Database
from eshop.identity import User
from eshop.worker import Worker
from tests import builders
from tests.eshop.test_channels import Mailbox, OnAFreePort
from tests.web.conftest import Clock, Person, Site

SHOP = "https://indkoeb.lindeaa.example"


class Post:
    """A town with a mail server, and the mails as they lie in it."""

    def __init__(self, database: Database, folder: Path, box: Mailbox, port: int) -> None:
        self.box, self.clock = box, Clock()
        self.settings = Settings.from_environment(
            {
                "ESHOP_DATA_DIR": str(folder),
                "ESHOP_SECRET_KEY": "k" * 40,
                "ESHOP_SMTP_URL": f"smtp://127.0.0.1:{port}",
                "ESHOP_URL": SHOP,
            }
        )
        self.town = builders.town(database)
        with self.town.work() as session:
            for name, user_id in self.town.people.items():
                session.get_one(User, user_id).email = f"{name}@lindeaa.example"
        self.worker = Worker(database, self.settings, self.clock)

    def prefer(self, name: str, how: str) -> None:
        with self.town.work() as session:
            user = session.get_one(User, self.town.people[name])
            user.preferences = {**user.preferences, "notices": how}

    def round(self, **later: float) -> list[tuple[str, str, str]]:
        """Time goes by, the worker makes its round; (to, subject, text) of what is new."""
        before = len(self.box.mails)
        self.clock.pass_by(**(later or {"minutes": 16}))
        self.worker.drain()
        self.worker.drain()  # what the round has enqueued
        fresh = [message_from_bytes(bytes(mail), policy=policy.default) for mail in self.box.mails[before:]]
        return [
            (mail["To"], mail["Subject"], mail.get_body(("plain",)).get_content())
            for mail in fresh
            if mail["To"].endswith("@lindeaa.example")
        ]

    def links(self, text: str) -> list[str]:
        return [one for one in re.findall(rf"{SHOP}(/\S*)", text) if one != "/profile"]


@pytest.fixture
def post(sqlite_database: Database, tmp_path: Path) -> Iterator[Post]:
    box = Mailbox()
    controller = OnAFreePort(box, hostname="127.0.0.1", port=0)
    controller.start()
    yield Post(sqlite_database, tmp_path, box, controller.port)
    controller.stop()


def answered(post: Post, order_id: int, **said: object) -> None:
    with post.town.work() as session:
        order = ordering.get_order(session, order_id)
        claim = ordering.read_link(ordering.issue_link(session, order, post.town.system(), b"k" * 40), b"k" * 40)
        ordering.answer_link(session, claim, post.town.system(at=post.clock.at, door="link"), **said)  # type: ignore[arg-type]


def test_the_approver_lands_on_the_order_after_sign_in(post: Post, sqlite_database: Database) -> None:
    with post.town.work() as session:
        order_id = post.town.order(session, {"mop": 2}).id
    mails = post.round()
    assert [to for to, _, _ in mails] == ["jens@lindeaa.example"]
    (link,) = post.links(mails[0][2])
    assert link == f"/approvals?order={order_id}"
    assert post.round() == [], "nobody is told twice"
    app = create_app(post.settings, sqlite_database, post.clock)
    visitor = app.test_client()
    asked = visitor.get(link)
    assert asked.status_code == 303
    site = Site(app, post.town, sqlite_database, post.clock)
    jens: Person = site.signed_in("jens", next=link)
    page = jens.get(link)
    assert f'id="order-{order_id}"' in page
    jens.post(f"/orders/{order_id}/approve")
    decided = jens.client.get(link)
    assert (decided.status_code, decided.location) == (303, f"/orders/{order_id}"), "decided: the order as it is"


def test_the_orderer_hears_what_became_of_the_order(post: Post) -> None:
    with post.town.work() as session:
        back = post.town.order(session, {"mop": 2})
        ordering.reject(session, back, post.town.by(session, "jens"), "Kan I bruge den fra Solsikken?")
        other, no, late = (post.town.sent_order(session, {"soap": 2}) for _ in range(3))
        late.deliver_on = date(2026, 5, 4)
        ids = [one.id for one in (back, other, no, late)]
    answered(post, ids[1], lines={"10": ordering.LinkLine(price=builders.Decimal("200"))})
    answered(post, ids[2], reject=True, note="Udgået")
    mails = post.round()
    assert {to for to, _, _ in mails} == {"mette@lindeaa.example"}
    told = {post.links(text)[0]: (subject, text) for _, subject, text in mails}
    assert set(told) == {f"/orders/{ids[0]}", f"/orders/{ids[1]}", f"/orders/{ids[2]}", f"/orders/{ids[3]}/receive"}
    assert "Kan I bruge den fra Solsikken?" in told[f"/orders/{ids[0]}"][1]
    assert "foreslår en ændring" in told[f"/orders/{ids[1]}"][0]
    assert "kan ikke levere" in told[f"/orders/{ids[2]}"][0]
    assert told[f"/orders/{ids[3]}/receive"][0].startswith("Er bestilling")
    assert all(len(post.links(text)) == 1 for _, _, text in mails), "one link each"
    assert post.round() == []


def test_who_asked_purchasing_hears_the_answer(post: Post) -> None:
    with post.town.work() as session:
        need = ordering.ask_purchasing(session, "Bambuskrus til børn", post.town.by(session, "mette"))
        ordering.answer_need(session, need, "Se dem hos HygiejneHuset", post.town.by(session, "kim", None))
    ((to, subject, text),) = post.round()
    assert (to, subject) == ("mette@lindeaa.example", "Indkøb har svaret dig")
    assert "Bambuskrus" in text
    assert "Se dem hos HygiejneHuset" in text


def test_one_mail_in_the_morning_or_none(post: Post) -> None:
    post.prefer("jens", "daily")
    post.prefer("mette", "none")
    with post.town.work() as session:
        for _ in range(2):
            post.town.order(session, {"mop": 2})
        back = post.town.order(session, {"mop": 1, "soap": 3}, by="omar")
        ordering.reject(session, back, post.town.by(session, "jens"), "Nej")
        mine = post.town.order(session, {"mop": 2})
        ordering.reject(session, mine, post.town.by(session, "jens"), "Nej")
    assert [to for to, _, _ in post.round()] == ["omar@lindeaa.example"]
    assert post.round(hours=6) == []
    ((to, subject, text),) = post.round(hours=16)  # past seven in the morning
    assert to == "jens@lindeaa.example"
    assert subject == "2 ting venter på dig i indkøbssystemet"
    assert len(post.links(text)) == 2
    assert post.round(hours=24) == [], "told once"


def test_a_mail_server_that_is_away_is_tried_again(post: Post, sqlite_database: Database) -> None:
    with post.town.work() as session:
        post.town.order(session, {"mop": 2})
    away = Settings(
        **{name: getattr(post.settings, name) for name in Settings.__dataclass_fields__}
        | {"smtp_url": "smtp://127.0.0.1:9"}
    )
    Worker(sqlite_database, away, post.clock).drain()
    assert post.box.mails == []
    assert len(post.round(minutes=30)) == 1


def test_how_often_is_chosen_in_the_profile(post: Post, sqlite_database: Database) -> None:
    site = Site(create_app(post.settings, sqlite_database, post.clock), post.town, sqlite_database, post.clock)
    mette = site.signed_in("mette")
    assert "Mails om det, der venter på dig" in mette.get("/profile")
    mette.post("/profile", language="da", notices="daily")
    with post.town.read() as session:
        assert session.get_one(User, post.town.people["mette"]).preferences["notices"] == "daily"
    mette.post("/profile", language="da", notices="hourly")
    with post.town.read() as session:
        assert session.get_one(User, post.town.people["mette"]).preferences["notices"] in notices.HOW_OFTEN
