"""A UBL catalogue is read alike whether it is cut into lines or parsed as a whole, and known lines are told without being read."""

from array import array
from dataclasses import asdict

import pytest

from eshop.errors import BadInput
from eshop.formats import Known, Repeated, open_catalogue, ubl_catalogues
from tests.catalogues.documents import catalogue, line

LINES = [line(str(number), description="Velegnet til daglig brug.\nLeveres i karton.") for number in range(1, 201)]
PLAIN = catalogue(LINES).replace(b"</cac:CatalogueLine>", b"</cac:CatalogueLine>\n ")
LAST = PLAIN.rindex(b"<cac:CatalogueLine>")


def late(old: bytes, new: bytes) -> bytes:
    """The document with a change late in it, long after the reader has begun."""
    return PLAIN[:LAST] + PLAIN[LAST:].replace(old, new)


FORMS = {
    "plain": PLAIN,
    "a mark of UTF-8 before it": b"\xef\xbb\xbf" + PLAIN,
    "Latin-1": PLAIN.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"),
    "UTF-16": PLAIN.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "a comment between lines": late(b"<cac:CatalogueLine>", b"<!-- <cac:CatalogueLine> --><cac:CatalogueLine>"),
    "an end in a comment": late(b"<cac:Item>", b"<!-- </cac:CatalogueLine> --><cac:Item>"),
    "a tag in CDATA": late(b"<cbc:Name>", b"<cbc:Name><![CDATA[</cac:CatalogueLine>]]>"),
    "an instruction": late(b"<cac:Item>", b"<?x </cac:CatalogueLine>?><cac:Item>"),
    "a space in the end tag": late(b"</cac:CatalogueLine>", b"</cac:CatalogueLine >"),
    "an empty line": late(b"<cac:CatalogueLine>", b"<cac:CatalogueLine/><cac:CatalogueLine>"),
    "other elements between": late(b"<cac:CatalogueLine>", b"<cbc:Note>x</cbc:Note><cac:CatalogueLine>"),
    "broken off in a line": PLAIN[:-300],
    "broken off after the last": PLAIN[: PLAIN.rindex(b"</Catalogue>")],
    "something after the end": PLAIN + b"<x/>",
    "a wrong end tag": late(b"</cac:Item>", b"</cac:Vare>"),
    "a bare ampersand": late(b"Velegnet", b"& velegnet"),
    "not the encoding it says": late(b"Velegnet", b"V\xe6lg"),
}


def read(document: bytes) -> object:
    """The drafts, or what was wrong and where."""
    reader = open_catalogue(document)
    try:
        drafts = [asdict(draft) for draft in reader.lines()]  # type: ignore[call-overload]
    except BadInput as error:
        return error.code, error.values
    for draft in drafts:
        del draft["imprint"]
    return drafts


@pytest.mark.parametrize("form", FORMS)
def test_a_catalogue_is_read_alike_cut_or_whole(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = read(FORMS[form])
    monkeypatch.setattr(ubl_catalogues, "cut", lambda *_: None)
    assert cut == read(FORMS[form])


def test_an_entity_nobody_knows_is_found_where_it_is() -> None:
    # A parser of the whole says line 1.
    assert read(late(b"Velegnet", b"&velegnet;")) == ("catalogue_not_xml", {"line": 400})


def test_known_lines_are_told_and_not_read() -> None:
    first = list(open_catalogue(PLAIN).lines())
    imprints = sorted(draft.imprint for draft in first)
    reader = open_catalogue(late(b"240.00", b"241.00"))
    reader.known = Known(array("q", imprints))
    *repeated, changed = reader.lines()
    assert all(isinstance(one, Repeated) for one in repeated)
    assert [(one.number, one.ref) for one in repeated] == [(number, str(number)) for number in range(1, 200)]
    assert [imprints[one.place] for one in repeated] == [draft.imprint for draft in first[:-1]]
    assert (changed.number, changed.seller_item_id, str(changed.prices[0].amount)) == (200, "V-200", "241.00")


def test_a_known_line_that_comes_twice_is_read_the_second_time() -> None:
    document = catalogue([line("1"), line("1")])
    reader = open_catalogue(document)
    reader.known = Known(array("q", [next(iter(open_catalogue(document).lines())).imprint]))
    one, other = reader.lines()
    assert isinstance(one, Repeated)
    assert (other.number, other.seller_item_id) == (2, "V-1")


@pytest.mark.parametrize("change", [{"end": "2028-12-31"}, {"contract": "50.41"}])
def test_an_imprint_is_of_the_line_within_its_catalogues_last_day(change: dict[str, str]) -> None:
    one, other = (next(iter(open_catalogue(document).lines())) for document in (PLAIN, catalogue(LINES, **change)))
    assert (one.imprint == other.imprint) is ("end" not in change)
