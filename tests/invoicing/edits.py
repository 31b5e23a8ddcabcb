"""What is done to a document after it is written: an element that says something else, other bytes for the same document."""

import re
from collections.abc import Callable

Edit = Callable[[bytes], bytes]
SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"


def _span(text: str, element: str, within: str | None, last: bool) -> tuple[int, int]:
    """Where the content of an element stands: the first or last of that name, inside the first of another name."""
    start, end = 0, len(text)
    if within is not None:
        start = text.index(f"<cac:{within}>")
        end = text.index(f"</cac:{within}>", start)
    found = list(re.finditer(rf"<cbc:{element}(?: [^>]*)?>(.*?)</cbc:{element}>", text[start:end], re.S))
    one = found[-1 if last else 0]
    return start + one.start(1), start + one.end(1)


def said(element: str, value: str, within: str | None = None, last: bool = True) -> Edit:
    """The (last) element of that name says `value` instead, which may be markup."""

    def edit(body: bytes) -> bytes:
        text = body.decode()
        start, end = _span(text, element, within, last)
        return (text[:start] + value + text[end:]).encode()

    return edit


def said_first(element: str, value: str, within: str | None = None) -> Edit:
    return said(element, value.replace("&", "&amp;").replace("<", "&lt;"), within, last=False)


def attribute(element: str, name: str, value: str, last: bool = True) -> Edit:
    """The (last) element of that name has another value of an attribute."""

    def edit(body: bytes) -> bytes:
        text = body.decode()
        found = list(re.finditer(rf'<cbc:{element} [^>]*{name}="([^"]*)"', text))
        one = found[-1 if last else 0]
        return (text[: one.start(1)] + value + text[one.end(1) :]).encode()

    return edit


def twice(element: str, prefix: str = "cac", value: str | None = None) -> Edit:
    """An element stands there once more, right after itself, with another `value` where one is given."""

    def edit(body: bytes) -> bytes:
        text = body.decode()
        found = list(re.finditer(rf"<{prefix}:{element}(?: [^>]*)?>.*?</{prefix}:{element}>\s*", text, re.S))[-1]
        again = found[0] if value is None else re.sub(r">[^<]*<", f">{value}<", found[0], count=1)
        return (text[: found.end()] + again + text[found.end() :]).encode()

    return edit


def without(element: str, prefix: str = "cac") -> Edit:
    """Every element of that name is left out."""

    def edit(body: bytes) -> bytes:
        return re.sub(
            rf"<{prefix}:{element}(?: [^>]*)?>.*?</{prefix}:{element}>\s*", "", body.decode(), flags=re.S
        ).encode()

    return edit


def put_before(mark: str, part: str) -> Edit:
    return lambda body: body.replace(mark.encode(), (part + mark).encode(), 1)


def all_of(*edits: Edit) -> Edit:
    def edit(body: bytes) -> bytes:
        for one in edits:
            body = one(body)
        return body

    return edit


def slip_to(creditor: str) -> Edit:
    """To be paid by a payment slip (FIK 71) to that creditor instead of to an account."""
    slip = (
        "<cbc:PaymentMeansCode>93</cbc:PaymentMeansCode><cbc:PaymentID>71#123456789012347</cbc:PaymentID>"
        f"<cac:PayeeFinancialAccount><cbc:ID>{creditor}</cbc:ID></cac:PayeeFinancialAccount>"
    )

    def edit(body: bytes) -> bytes:
        text = body.decode()
        start, end = text.index("<cac:PaymentMeans>") + len("<cac:PaymentMeans>"), text.index("</cac:PaymentMeans>")
        return (text[:start] + slip + text[end:]).encode()

    return edit


def enveloped(body: bytes) -> bytes:
    inside = body[body.index(b"?>") + 2 :] if body.startswith(b"<?xml") else body
    head = f'<sh:StandardBusinessDocument xmlns:sh="{SBDH}"><sh:StandardBusinessDocumentHeader><sh:HeaderVersion>1.0</sh:HeaderVersion>'
    return head.encode() + b"</sh:StandardBusinessDocumentHeader>" + inside + b"</sh:StandardBusinessDocument>"


def written(how: str) -> Edit:
    """The same document in other bytes."""
    return _WRITTEN[how]


def _recoded(encoding: str) -> Edit:
    def edit(body: bytes) -> bytes:
        text = body.decode()
        text = text[text.index("?>") + 2 :] if text.startswith("<?xml") else text
        text = f'<?xml version="1.0" encoding="{encoding}"?>{text}'
        return text.encode(encoding, "xmlcharrefreplace")

    return edit


def _each_value(change: Callable[[str], str], elements: str) -> Edit:
    def edit(body: bytes) -> bytes:
        return re.sub(
            rf"(<cbc:(?:{elements})(?: [^>]*)?>)([^<]+)(<)", lambda one: one[1] + change(one[2]) + one[3], body.decode()
        ).encode()

    return edit


def _prefixed(body: bytes) -> bytes:
    text = body.decode()
    for prefix, other in (("cbc", "b"), ("cac", "a")):
        text = text.replace(f"xmlns:{prefix}=", f"xmlns:{other}=")
        text = text.replace(f"<{prefix}:", f"<{other}:").replace(f"</{prefix}:", f"</{other}:")
    return text.encode()


def _cdata(body: bytes) -> bytes:
    return re.sub(r"<cbc:Name>([^<&]+)</cbc:Name>", r"<cbc:Name><![CDATA[\1]]></cbc:Name>", body.decode()).encode()


def _quoted(body: bytes) -> bytes:
    head, mark, rest = body.decode().partition("?>")
    return (head.replace('"', "'") + mark + re.sub(r'="([^"\']*)"', r"='\1'", rest)).encode()


def _commented(body: bytes) -> bytes:
    """A comment and an instruction inside a figure, and a whole total in a comment."""
    text = re.sub(r"(<cbc:PayableAmount[^>]*>)(\d)", r"\1<!-- 9 --><?x 9?>\2", body.decode())
    mark = "<cac:LegalMonetaryTotal>"
    return text.replace(mark, f"<!-- <cbc:PayableAmount>1</cbc:PayableAmount> -->{mark}").encode()


_AMOUNTS = "LineExtensionAmount|TaxAmount|TaxableAmount|TaxExclusiveAmount|TaxInclusiveAmount|PayableAmount"
_WRITTEN: dict[str, Edit] = {
    "utf-16": _recoded("utf-16"),
    "iso-8859-1": _recoded("iso-8859-1"),
    "bom": lambda body: b"\xef\xbb\xbf" + body,
    "crlf": lambda body: body.replace(b"\n", b"\r\n"),
    "comments": _commented,
    "cdata": _cdata,
    "prefixes": _prefixed,
    "single_quotes": _quoted,
    "zeros": _each_value(lambda value: f"00{value}" if value[0].isdigit() else value, _AMOUNTS),
    "plus": _each_value(lambda value: f"+{value}" if value[0].isdigit() else value, "PayableAmount|InvoicedQuantity"),
    "spaces": _each_value(lambda value: f"\n  {value} ", f"{_AMOUNTS}|ID|IssueDate|Percent|InvoicedQuantity"),
    "zone": _each_value(lambda value: f"{value}Z", "IssueDate"),
}
