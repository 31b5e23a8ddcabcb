"""The SBDH envelope (UN/CEFACT Standard Business Document Header 1.3) as the Peppol network uses it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

SBDH: Final = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
_PARTICIPANT: Final = "iso6523-actorid-upis"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends what to whom. Participants as ISO 6523 ('0088:5790000436057'); `created` as written.

    `document_id` and `process_id` are the business scopes DOCUMENTID and PROCESSID of Peppol.
    """

    sender: str
    receiver: str
    instance_id: str
    created: str
    document_type: str
    document_id: str | None = None
    process_id: str | None = None
    country: str | None = None


def read_envelope(root: etree._Element) -> Envelope:
    """The envelope that a StandardBusinessDocument element says. What is absent is '' or None."""
    header = root.find(f"{{{SBDH}}}StandardBusinessDocumentHeader")

    def text(path: str) -> str:
        found = header.findtext(path, namespaces={"": SBDH}) if header is not None else None
        return (found or "").strip()

    scopes: dict[str, str] = {}
    if header is not None:
        for scope in header.iterfind(f"{{{SBDH}}}BusinessScope/{{{SBDH}}}Scope"):
            kind = (scope.findtext(f"{{{SBDH}}}Type") or "").strip()
            scopes[kind] = (scope.findtext(f"{{{SBDH}}}InstanceIdentifier") or "").strip()
    return Envelope(
        sender=text("Sender/Identifier"),
        receiver=text("Receiver/Identifier"),
        instance_id=text("DocumentIdentification/InstanceIdentifier"),
        created=text("DocumentIdentification/CreationDateAndTime"),
        document_type=text("DocumentIdentification/Type"),
        document_id=scopes.get("DOCUMENTID"),
        process_id=scopes.get("PROCESSID"),
        country=scopes.get("COUNTRY_C1"),
    )


def wrap_sbdh(
    document: bytes,
    *,
    sender: str,
    receiver: str,
    instance_id: str,
    created: datetime,
    process_id: str | None = None,
    country: str | None = "DK",
) -> bytes:
    """`document` in an envelope. `created` is aware; `instance_id` should be the same when the same message is sent again.

    The document must be well-formed XML of ours: it is set in as it stands, in UTF-8.
    """
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    name = etree.QName(root)
    cbc = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
    customization = (root.findtext(f"{cbc}CustomizationID") or "").strip()
    version = (root.findtext(f"{cbc}UBLVersionID") or "2.1").strip()
    process = process_id or (root.findtext(f"{cbc}ProfileID") or "").strip()

    def node(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
        child = etree.SubElement(parent, f"{{{SBDH}}}{tag}", attributes)
        child.text = text
        return child

    envelope = etree.Element(f"{{{SBDH}}}StandardBusinessDocument", nsmap={None: SBDH})
    header = node(envelope, "StandardBusinessDocumentHeader")
    node(header, "HeaderVersion", "1.0")
    for role, number in (("Sender", sender), ("Receiver", receiver)):
        node(node(header, role), "Identifier", number, Authority=_PARTICIPANT)
    about = node(header, "DocumentIdentification")
    node(about, "Standard", name.namespace)
    node(about, "TypeVersion", version)
    node(about, "InstanceIdentifier", instance_id)
    node(about, "Type", name.localname)
    node(about, "CreationDateAndTime", created.isoformat(timespec="seconds"))
    scopes = node(header, "BusinessScope")
    document_id = f"{name.namespace}::{name.localname}##{customization}::{version}"
    for kind, value, scheme in (
        ("DOCUMENTID", document_id, "busdox-docid-qns"),
        ("PROCESSID", process, "cenbii-procid-ubl"),
        ("COUNTRY_C1", country, None),
    ):
        if value:
            scope = node(scopes, "Scope")
            node(scope, "Type", kind)
            node(scope, "InstanceIdentifier", value)
            if scheme:
                node(scope, "Identifier", scheme)
    etree.indent(envelope)
    envelope.append(root)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
