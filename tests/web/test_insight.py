"""Indsigt: every figure says its definition and denominator and opens to the lines it is made of."""

from eshop import insight
from tests.web.conftest import Site


def test_every_figure_has_its_page_with_definition_and_lines(site: Site) -> None:
    with site.town.work() as session:
        number = site.town.sent_order(session).number
    kim = site.signed_in("kim")
    page = kim.get("/insight")
    for name in insight.FIGURES:
        assert f"/insight/{name}" in page
        own = kim.get(f"/insight/{name}?period=2026")
        assert insight.FIGURES[name].text("da").split(" ")[0] in own
        assert "Definition 1" in own
    page = kim.get("/insight/transaction-cost?period=2026")
    assert number in page
    assert "i systemet" in page
    assert kim.get("/insight/transaction-cost?period=2026&part=system").count(number) == page.count(number)


def test_an_unknown_figure_or_period_is_told(site: Site) -> None:
    kim = site.signed_in("kim")
    kim.get("/insight/horoscope", 404)
    assert "er ikke en periode" in kim.get("/insight?period=forleden", 400)
    assert site.signed_in("mette").client.get("/insight").status_code == 403
    assert "Indsigt" in site.signed_in("jens").get("/insight")


def test_a_figure_asks_the_database_as_often_for_many_orders(site: Site) -> None:
    kim = site.signed_in("kim")
    with site.town.work() as session:
        site.town.sent_order(session)
    with site.counting() as few:
        kim.get("/insight")
    with site.town.work() as session:
        for _ in range(6):
            site.town.sent_order(session)
    with site.counting() as many:
        kim.get("/insight")
    assert len(many) <= len(few) + 1
