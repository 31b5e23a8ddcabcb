"""Documents made worse: a seed and an original give the same worse document every time."""

import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Final

from lxml import etree

Change = Callable[[random.Random, bytes], bytes]

NASTY: Final = (
    "", " ", "NaN", "Infinity", "-INF", "sNaN", "1e999999", "1E-999999", "9" * 30, "-" + "9" * 5000, "0." + "0" * 400 + "1",
    "1.234,50", "1,5", "٣٤", "１２", "0x10", "1_000", "--5", "+", "-0", "2026-02-30", "0000-00-00", "9999-12-31", "10000-01-01",
    "2026-09-15Z", "2026-09-15+14:00", "25:61:61", "true", "DKK", "EUR", "XXX", "å" * 300, "\u202e\u0301" * 50, "\U0001f600", "'; DROP",
    "{{7*7}}", "{0.__class__}", "%s%n", "../../etc/passwd", "<", "&amp;", "\t\n\r", "x" * 100_000,
)  # fmt: skip


def flip(chance: random.Random, body: bytes) -> bytes:
    """One to eight bits."""
    worse = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        worse[chance.randrange(len(worse))] ^= 1 << chance.randrange(8)
    return bytes(worse)


def truncate(chance: random.Random, body: bytes) -> bytes:
    return body[: chance.randrange(len(body))]


def splice(chance: random.Random, body: bytes) -> bytes:
    """A stretch is left out, said twice, or put elsewhere."""
    start = chance.randrange(len(body))
    end = min(len(body), start + chance.randint(1, 2000))
    place = chance.randrange(len(body))
    without = body[:start] + body[end:]
    return chance.choice((without, body[:place] + body[start:end] + body[place:], without[:place] + body[start:end]))


def recode(chance: random.Random, body: bytes) -> bytes:
    """In another encoding than it says, or saying another than it is in."""
    text = body.decode("utf-8", "replace")
    named = chance.choice(
        ("utf-16", "utf-32", "iso-8859-1", "cp1252", "utf-7", "ebcdic-cp-us", "UTF-8", "klingon", "", "utf-16le")
    )
    _, _, rest = text.partition("?>") if text.startswith("<?xml") else ("", "", text)
    said = f'<?xml version="1.0" encoding="{named}"?>{rest}'
    match chance.randrange(4):
        case 0:
            return said.encode("utf-8")
        case 1:
            return said.encode(
                chance.choice(("utf-16", "utf-16-be", "utf-32", "latin-1", "cp037", "utf-8-sig")), "replace"
            )
        case 2:
            return b"\xef\xbb\xbf" * chance.randint(1, 3) + body
        case _:
            return body.replace(
                b"e", chance.choice((b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\x00", b"\xe6")), chance.randint(1, 5)
            )


def entities(chance: random.Random, body: bytes) -> bytes:
    """What DOCTYPEs are abused for."""
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 10}">' for n in range(9))
    doctype = chance.choice(
        (
            f"<!DOCTYPE a [{bomb}]>",
            '<!DOCTYPE a [<!ENTITY e8 SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd">%p;]>',
            '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
            '<!DOCTYPE a [<!ATTLIST a b CDATA "c">]>',
            f'<!DOCTYPE a [<!ENTITY e8 "{"x" * 50_000}">]>',
        )
    ).encode()
    start = body.find(b"?>") + 2 if body.startswith(b"<?xml") else 0
    inside = chance.choice(
        (b"&e8;" * chance.choice((1, 3, 1000)), b"&#0;", b"&#xFFFF;", b"&#38;", b"&undefined;", b"<![CDATA[x]]>")
    )
    ends = [place for place in range(start, len(body)) if body.startswith(b"</", place)]
    place = chance.choice(ends) if ends else len(body)
    return body[:start] + doctype + body[start:place] + inside + body[place:]


def namespaces(chance: random.Random, body: bytes) -> bytes:
    old = chance.choice(
        (
            b"CommonBasicComponents-2",
            b"CommonAggregateComponents-2",
            b"Invoice-2",
            b"xmlns:cbc",
            b"cbc:",
            b"cac:",
            b'="urn:oasis',
        )
    )
    new = chance.choice(
        (b"", b"x", b"CommonBasicComponents-2", b"CommonAggregateComponents-2", b"Order-2", b"cac:", b"cbc:", b'="')
    )
    return body.replace(old, new, chance.choice((1, 2, -1)))


def nest(chance: random.Random, body: bytes) -> bytes:
    """An element within itself, deeper than any document is, or wide."""
    depth = chance.choice((20, 150, 254, 256, 1000, 20_000))
    name = chance.choice((b"cac:Party", b"cac:Item", b"cbc:Note", b"cac:SubInvoiceLine", b"a"))
    start, end = b"<" + name + b">", b"</" + name + b">"
    inside = chance.choice((start * depth + end * depth, (start + end) * depth, start * depth))
    ends = [place for place in range(len(body)) if body.startswith(b"</cac:", place)]
    place = chance.choice(ends) if ends else len(body) // 2
    return body[:place] + inside + body[place:]


def elements(chance: random.Random, body: bytes) -> bytes:
    """One to six elements are left out, doubled, swapped, moved, renamed, emptied, or say something nasty."""
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except (etree.XMLSyntaxError, ValueError):
        return flip(chance, body)
    for _ in range(chance.randint(1, 6)):
        _change(chance, root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _change(chance: random.Random, root: etree._Element) -> None:
    every = [one for one in root.iter(etree.Element) if one is not root]
    if not every:
        return
    one, other = chance.choice(every), chance.choice(every)
    leaves = [each for each in every if not len(each)] or every
    parent = one.getparent()
    assert parent is not None
    match chance.randrange(10):
        case 0:
            parent.remove(one)
        case 1:
            for _ in range(chance.choice((1, 2, 200))):
                parent.append(deepcopy(one))
        case 2:
            one.tag, other.tag = other.tag, one.tag
        case 3 if other not in one.iter():
            other.append(one)
        case 4 if one.attrib:
            name = chance.choice(list(one.attrib))
            one.attrib[name] = _nasty(chance)
        case 5:
            one.clear()
        case 6:
            one.set(chance.choice(("currencyID", "unitCode", "schemeID", "listID", "mimeCode", "xsi")), _nasty(chance))
        case _:
            chance.choice(leaves).text = _nasty(chance)


def _nasty(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return f"{chance.choice('-+ ')}{chance.randrange(10 ** chance.randint(1, 40))}.{chance.randrange(10 ** chance.randint(1, 12))}"
    return chance.choice(NASTY)


CHANGES: Final[Sequence[Change]] = (
    elements, elements, elements, elements, elements, flip, truncate, splice, recode, entities, namespaces, nest,
)  # fmt: skip


def worse(seed: int, originals: Sequence[bytes]) -> bytes:
    """Document number `seed`: an original, changed once or a few times."""
    chance = random.Random(seed)
    body = chance.choice(originals)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        body = chance.choice(CHANGES)(chance, body) or b"<"
    return body
