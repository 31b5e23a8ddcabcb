"""The process that runs the official sheets for `eshop.ubl.official`: documents in on standard input, verdicts out as JSON.

A request is 8 bytes of length (big endian) and the document; the answer is one line of JSON: {"verdict": {…} | null},
{"unreadable": reason} or {"failed": reason}. Sheets and schemas are compiled once, at their first document.
"""

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import saxonche
from lxml import etree

from eshop.ubl.official import Entry, entry_for, read_index

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
SBDH = "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}"
CUSTOMIZATION = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}CustomizationID"
ID_IN_TEXT = re.compile(r"\[([^\]\s]+)\]")


class Unreadable(Exception):
    """The bytes are no XML that we let near a sheet."""


def parse(body: bytes) -> etree._Element:
    """The business document in the bytes, out of its SBDH envelope. No DTD, no entities, no network."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(str(error)[:200]) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("document type declaration")
    if root.tag == f"{SBDH}StandardBusinessDocument":
        inside = [child for child in root if isinstance(child.tag, str) and not child.tag.startswith(SBDH)]
        if len(inside) != 1:
            raise Unreadable("envelope without exactly one document")
        root = inside[0]
    return root


class Sheets:
    """The compiled sheets and schemas of one folder."""

    def __init__(self, folder: Path) -> None:
        self.entries = read_index(folder)
        self.processor = saxonche.PySaxonProcessor(license=False)
        self._sheet = cache(self._compile)
        self._schema = cache(lambda path: etree.XMLSchema(file=str(path)))

    def _compile(self, path: Path) -> Any:
        return self.processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))

    def judge(self, body: bytes) -> dict[str, Any] | None:
        root = parse(body)
        customization = (root.findtext(CUSTOMIZATION) or "").strip()
        entry = entry_for(self.entries, etree.QName(root).localname, customization)
        return entry and self._by(entry, root)

    def _by(self, entry: Entry, root: etree._Element) -> dict[str, Any]:
        text = etree.tostring(root, encoding="unicode")
        schema_error = self._schema_error(entry, text)
        node = self.processor.parse_xml(xml_text=text)
        errors, warnings = set[str](), set[str]()
        for path in entry.sheets:
            for rule, severity in fired(self._sheet(path).transform_to_string(xdm_node=node)):
                (warnings if severity == "warning" else errors).add(rule)
        return {
            "valid": schema_error is None and not errors,
            "errors": sorted(errors),
            "warnings": sorted(warnings),
            "schema_error": schema_error,
        }

    def _schema_error(self, entry: Entry, text: str) -> str | None:
        if entry.schema is None:
            return None
        # The document alone: out of its envelope line numbers and validation both start at its own root.
        schema, document = self._schema(entry.schema), etree.fromstring(text)
        return None if schema.validate(document) else str(schema.error_log[0].message)


def fired(svrl: str) -> Iterator[tuple[str, str]]:
    """The rules that a sheet's report names, with 'error' or 'warning'.

    Peppol and EN 16931 give `id` and `flag`; OIOUBL writes the id into the text, F- for an error and W- for a warning.
    """
    report = etree.fromstring(svrl.encode())
    for found in report.iter(f"{SVRL}failed-assert", f"{SVRL}successful-report"):
        text = "".join(part for said in found.iter(f"{SVRL}text") for part in said.itertext())
        in_text = ID_IN_TEXT.search(text)
        rule = found.get("id") or (in_text.group(1) if in_text else text.strip()[:60])
        warning = found.get("flag") == "warning" or found.get("role") == "warning" or rule.startswith("W-")
        yield rule, "warning" if warning else "error"


def serve(sheets: Sheets, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers until the requests end."""
    while len(length := requests.read(8)) == 8:
        body = requests.read(int.from_bytes(length, "big"))
        try:
            answer: dict[str, Any] = {"verdict": sheets.judge(body)}
        except Unreadable as error:
            answer = {"unreadable": str(error)}
        except (saxonche.PySaxonApiError, etree.LxmlError) as error:
            answer = {"failed": str(error)[:500]}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    serve(Sheets(Path(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer)
