"""What was searched for in vain becomes words that mean the same: from the lead's list to the orderer's next search."""

import catalogues
from eshop import audit
from tests.catalogues.documents import catalogue, line
from tests.web.conftest import Site

SOAP = {"gln": "5790000000111", "cvr": "30000001", "name": "HygiejneHuset A/S", "contract": "50.90"}


def test_a_word_searched_in_vain_is_explained_and_then_found(site: Site) -> None:
    with site.town.work() as session:
        agreement = catalogues.get_agreement(session, site.town.agreements["50.90"])
        for seen in catalogues.load(
            session, catalogue([line("1", name="Øresticks af bomuld")], **SOAP), agreement, site.town.system()
        ):
            version = seen.version
        catalogues.accept(session, version, site.town.system(), lines="all")
    mette, kim = site.signed_in("mette"), site.signed_in("kim")
    assert "Øresticks af bomuld" not in mette.get("/search?q=snuddelpinde")
    page = kim.get("/search-words")
    assert "snuddelpinde" in page
    assert 'value="snuddelpinde"' in kim.get("/search-words?word=snuddelpinde")
    told = kim.post("/search-words", word="snuddelpinde", same="øresticks").text
    assert "»snuddelpinde« finder nu det samme som: øresticks." in told
    assert "Har fået ord" in told
    assert "Øresticks af bomuld" in mette.get("/search?q=snuddelpinde")
    with site.town.read() as session:
        (group,) = catalogues.list_synonyms(session)
        (event,) = audit.history(session, "synonym_group", group.id)
        assert event.fields == {"first": "snuddelpinde", "phrases": ["snuddelpinde", "øresticks"]}
    kim.post(f"/search-words/{group.id}/drop")
    assert "Øresticks af bomuld" not in mette.get("/search?q=snuddelpinde")
    assert "mindst to ord" in kim.post("/search-words", word="alene", same=" ").text


def test_only_the_purchasing_lead_says_what_words_mean(site: Site) -> None:
    for name in ("mette", "anna"):
        person = site.signed_in(name)
        person.get("/search-words", 403)
        person.post("/search-words", 403, word="a", same="b")
