"""The demo's material: articles with right numbers, documents that are valid in both profiles, the same every time."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from eshop import ubl
from eshop.amounts import Amount
from eshop.demo import municipality as words
from eshop.demo import paper
from eshop.demo.assortment import articles, check_digit
from eshop.identity import valid_gln
from eshop.ubl import rules

DAY = date(2026, 5, 12)
PROFILES = ("peppol-bis-3", "oioubl-2.1")


def seller(profile: str) -> paper.Seller:
    return paper.Seller(paper.Company("31220114", "5790009902010", "HygiejneHuset A/S"), profile, "9001", "0001234501")


BUYER = paper.Company(words.LINDEAA, words.MAELKEVEJEN, "Børnehuset Mælkevejen", "Stjernevej 14")
LINES = (
    paper.Billed("Håndsæbe", Decimal(2), "CT", Decimal("178.80"), "B-26-1", "10", "HH-1", "5709991500011", "53131608"),
    paper.Billed("Fragt", Decimal(1), "EA", Decimal("49.00")),
)


def test_there_are_five_thousand_articles_and_each_is_one() -> None:
    made = articles()
    assert len(made) >= 5000
    for number in ("seller_item_id", "gtin"):
        assert max(Counter(getattr(one, number) for one in made).values()) == 1
    assert max(Counter((one.agreement, one.name) for one in made).values()) == 1
    for one in made:
        assert check_digit(one.gtin[:-1]) == one.gtin[-1]
        assert len(one.gtin) == 13
        assert one.price > Amount(0)
        assert one.price.ore % 5 == 0, "prices end on 5 øre"
        assert "{" not in one.name
        assert "  " not in one.name


def test_the_worked_example_of_an_article() -> None:
    """100,00 kr. × 1,06 for aloe vera, moved by the article's own number, ends on 5 øre."""
    one = next(one for one in articles() if one.name == "Håndsæbe, med aloe vera, 500 ml med pumpe")
    assert (one.unit, one.holds, one.content, one.unspsc) == ("CT", 12, "EA", "53131608")
    assert abs(one.price.kroner - Decimal("178.80") * Decimal("1.06")) <= Decimal("5.75")


def test_the_municipality_is_as_large_as_promised() -> None:
    organisation = words.organisation()
    assert len(organisation["institutions"]) >= 12
    assert all(valid_gln(one["gln"]) for one in organisation["institutions"])
    assert len(words.SUPPLIERS) >= 8
    assert all(valid_gln(gln) for _, gln, *_ in words.SUPPLIERS)
    for cvr in (words.LINDEAA, words.SKOVBY, *(one[0] for one in words.SUPPLIERS)):
        weights = (2, 7, 6, 5, 4, 3, 2, 1)
        assert sum(int(digit) * weight for digit, weight in zip(cvr, weights, strict=True)) % 11 == 0, "CVR check"
    logins = {one["user"] for one in organisation["people"]} | {one["user"] for one in words.neighbour()["people"]}
    assert set(words.SIGN_INS) <= logins


def test_the_agreements_are_of_three_levels_one_ended_one_not_joined_two_parallel() -> None:
    made = words.agreements(DAY)
    assert len(made) >= 10
    assert {one["level"] for one in made} == {"joint_mandatory", "joint_voluntary", "community", "own"}
    assert [one["number"] for one in made if one["to"] < DAY.isoformat()] == ["2023-019"]
    assert [one["number"] for one in made if words.LINDEAA not in {joined["cvr"] for joined in one["joined"]}] == [
        "50.84"
    ]
    covers = [one["number"] for one in made if "601211" in one["unspsc"]]
    assert len(covers) == 2


@pytest.mark.parametrize("profile", PROFILES)
def test_what_the_suppliers_write_is_valid(profile: str) -> None:
    writes = seller(profile)
    invoice = paper.Bill("F-1", writes, BUYER, DAY, LINES, header_order="B-26-1", reference="Puslerum")
    documents: list[ubl.Document] = [
        paper.bill(invoice),
        paper.bill(paper.Bill("F-2", writes, BUYER, DAY, LINES, "B-26-1", discount=Amount.of("15.00"), reference="x")),
        paper.bill(paper.Bill("F-3", writes, BUYER, DAY, LINES, "B-26-1", rounding=Amount.of("0.25"), reference="x")),
        paper.bill(paper.Bill("K-1", writes, BUYER, DAY, LINES, "B-26-1", credits="F-1", reference="x")),
        paper.accept_order(writes, BUYER, "OB-1", "B-26-1", DAY, DAY),
        paper.catalogue(writes, BUYER, "C-1", "50.81", DAY, DAY, articles()[:5]),
    ]
    if profile == "peppol-bis-3":
        documents.append(paper.despatch(writes, BUYER, "D-1", "B-26-1", DAY, LINES[:1]))
    for document in documents:
        identification, read = ubl.open_document(ubl.write(document, profile))
        assert identification.profile is not None
        assert identification.profile.name == profile
        assert read.problems == ()
        judgement = rules.check(read, identification.profile)
        assert judgement.errors == (), f"{type(document).__name__}: {judgement.errors[:3]}"


def test_a_wrong_sum_is_the_suppliers_mistake_and_is_seen() -> None:
    for profile in PROFILES:
        bill = paper.Bill(
            "F-9", seller(profile), BUYER, DAY, LINES, "B-26-1", gross_off=Amount.of("100.00"), reference="x"
        )
        identification, read = ubl.open_document(ubl.write(paper.bill(bill), profile))
        assert not rules.check(read, identification.profile).valid
