"""The overview: what needs Purchasing today, each with the page where it is dealt with, and what does not wait."""

import re

import ordering
from eshop.exchange import Message
from tests.web.conftest import Site


def panel(page: str, key: str) -> str:
    found = re.search(rf'<section class="panel" id="{key}".*?</section>', page, re.S)
    return found[0] if found else ""


def test_a_quiet_day_says_so(site: Site) -> None:
    page = site.signed_in("kim").get("/overview")
    assert "Du er ajour" in page
    assert "Her venter intet" in page
    assert site.signed_in("mette").client.get("/overview").status_code == 403


def test_what_waits_stands_with_its_count_and_next_step(site: Site) -> None:
    mette = site.signed_in("mette")
    mette.get("/search?q=enhjoerningefoder")
    with site.town.work() as session:
        ordering.ask_purchasing(session, "En klapvogn til tre børn", by=site.town.by(session, "mette"))
        session.add(
            Message(
                direction="out", sha256="0" * 64, body=b"<Order/>", channel="as4", state="dead", attempts=12,
                document_id="B-26-1", at=site.clock.at,
            )
        )  # fmt: skip
    page = site.signed_in("kim").get("/overview")
    assert "klapvogn til tre børn" in panel(page, "needs")
    assert "Mette" in panel(page, "needs")
    assert "forsøgt 12 gange" in panel(page, "undelivered")
    assert "enhjoerningefoder" in panel(page, "zero_hits")
    assert "ting venter på dig" in page


def test_the_overview_asks_the_database_a_bounded_number_of_times(site: Site) -> None:
    kim = site.signed_in("kim")
    with site.counting() as few:
        kim.get("/overview")
    with site.town.work() as session:
        for number in range(12):
            ordering.ask_purchasing(session, f"Vare {number}", by=site.town.by(session, "mette"))
    with site.counting() as many:
        kim.get("/overview")
    assert len(many) <= len(few) + 2
