"""What may be bought: agreements, catalogues, items, prices and the offer. This is the room's face; talk to it by name:

import catalogues
for progress in catalogues.load(session, path, None, by): ...
catalogues.accept(session, progress.version, by)
catalogues.offer(session, item_id, institution, on)
"""

from catalogues.agreements import (
    Agreement,
    Joining,
    Lot,
    agreements_in_force,
    ending_without_successor,
    find_agreements,
    get_agreement,
    join,
    joinings_of,
    list_agreements,
    load_agreements,
    lots_of,
    parallel_agreements,
)
from catalogues.answers import Fix, answer, fix_list, fix_text
from catalogues.classification import load_classification, titles
from catalogues.index import create_index, drop_index
from catalogues.items import (
    CatalogueLine,
    CatalogueVersion,
    DatedPrice,
    Item,
    count_live,
    current_line,
    find_item,
    find_items,
    get_item,
    get_version,
    item_ids,
    list_versions,
    price_history,
)
from catalogues.labels import label_names
from catalogues.loading import Progress, load
from catalogues.mappings import SheetPreview, preview_sheet, remember_columns, remembered_columns
from catalogues.offering import Offer, Tier, offer, offer_of, offers
from catalogues.purchases import record_bought
from catalogues.reviewing import (
    ReviewRow,
    ReviewSummary,
    accept,
    count_to_review,
    ledger_rows,
    refuse,
    review,
    summarise,
    take_back,
    version_summary,
)
from catalogues.searching import (
    FacetValue,
    Hit,
    SearchResult,
    Suggestion,
    record_zero_hit,
    search,
    suggest,
    zero_hits,
)
from catalogues.suppliers import Supplier, find_supplier, get_supplier, list_suppliers, record_supplier
from catalogues.synonyms import SynonymGroup, list_synonyms, set_synonyms

LoadLine = CatalogueLine
"""A row of the ledger: the line as it came, what became of it, and, accepted, what is sold."""

__all__ = [
    "Agreement",
    "CatalogueLine",
    "CatalogueVersion",
    "DatedPrice",
    "FacetValue",
    "Fix",
    "Hit",
    "Item",
    "Joining",
    "LoadLine",
    "Lot",
    "Offer",
    "Progress",
    "ReviewRow",
    "ReviewSummary",
    "SearchResult",
    "SheetPreview",
    "Suggestion",
    "Supplier",
    "SynonymGroup",
    "Tier",
    "accept",
    "agreements_in_force",
    "answer",
    "count_live",
    "count_to_review",
    "create_index",
    "current_line",
    "drop_index",
    "ending_without_successor",
    "find_agreements",
    "find_item",
    "find_items",
    "find_supplier",
    "fix_list",
    "fix_text",
    "get_agreement",
    "get_item",
    "get_supplier",
    "get_version",
    "item_ids",
    "join",
    "joinings_of",
    "label_names",
    "ledger_rows",
    "list_agreements",
    "list_suppliers",
    "list_synonyms",
    "list_versions",
    "load",
    "load_agreements",
    "load_classification",
    "lots_of",
    "offer",
    "offer_of",
    "offers",
    "parallel_agreements",
    "preview_sheet",
    "price_history",
    "record_bought",
    "record_supplier",
    "record_zero_hit",
    "remember_columns",
    "remembered_columns",
    "refuse",
    "review",
    "search",
    "set_synonyms",
    "suggest",
    "summarise",
    "take_back",
    "titles",
    "version_summary",
    "zero_hits",
]
