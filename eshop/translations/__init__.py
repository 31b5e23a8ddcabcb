"""The Danish texts of pages and doors: several part files, merged and compiled to one catalogue by `python -m eshop.translations`.

English is the message id (`_('Add to basket')`), Danish is complete and the default. A part file (`da/LC_MESSAGES/web.po`) belongs
to one part of the product, so that two people can write at the same time; the same id with two texts is refused.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

HERE: Final = Path(__file__).resolve().parent
PARTS: Final = HERE / "da" / "LC_MESSAGES"
COMPILED: Final = PARTS / "messages.mo"
ROOT: Final = HERE.parent.parent
PLACEHOLDER: Final = re.compile(r"%\((\w+)\)[sd]")


def merged() -> Catalog:
    """All part files as one catalogue. ValueError where two parts disagree, or a text loses one of its values."""
    whole = Catalog(locale="da", domain="messages")
    for part in sorted(PARTS.glob("*.po")):
        with part.open("rb") as file:
            catalogue = read_po(file, locale="da")
        for message in catalogue:
            if not message.id:
                continue
            present = whole.get(message.id, message.context)
            if present is not None and present.string != message.string:
                raise ValueError(f"{part.name}: two texts for {message.id!r}")
            whole.add(message.id, message.string, context=message.context)
    return whole


def compile_catalogue() -> Path:
    """Writes messages.mo beside the parts (not kept under version control), and says where."""
    with COMPILED.open("wb") as file:
        write_mo(file, merged())
    return COMPILED


def ids_in_use() -> Iterator[tuple[str, str]]:
    """(message id, file) of every text for people in templates and doors."""
    sources = (
        (ROOT / "templates", [("**.html", "jinja2.ext.babel_extract"), ("**.txt", "jinja2.ext.babel_extract")]),
        (ROOT / "eshop", [("**.py", "python")]),
    )
    for folder, methods in sources:
        options = {"**.html": {"silent": "false"}, "**.txt": {"silent": "false"}}
        keywords = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "lazy_ngettext": (1, 2)}
        for name, _line, message, _comments, _context in extract_from_dir(
            folder, methods, options_map=options, keywords=keywords, directory_filter=_is_ours
        ):
            yield (message[0] if isinstance(message, tuple) else message), name


def _is_ours(folder: str | Path) -> bool:
    """Not what was fetched, but `_macros` too, which Babel would leave out."""
    return Path(folder).name not in ("node_modules", "vendor", "__pycache__")


def missing() -> list[str]:
    """Texts in use that have no Danish, or whose Danish lost or made up a value: one line each."""
    catalogue = merged()
    lines = []
    for message, name in ids_in_use():
        if not message:
            continue
        found = catalogue.get(message)
        strings = [] if found is None else [found.string] if isinstance(found.string, str) else list(found.string or ())
        if not strings or not all(strings):
            lines.append(f"{name}: no Danish for {message!r}")
        elif isinstance(found.id if found else None, str) and (
            set(PLACEHOLDER.findall(message)) != set(PLACEHOLDER.findall(strings[0]))
        ):
            lines.append(f"{name}: other values in the Danish of {message!r}")
    return sorted(set(lines))
