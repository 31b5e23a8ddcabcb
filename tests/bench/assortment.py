"""A municipality's assortment of any size for the measurements, written straight into the tables by the product's own bulk and index
functions: what a million lines look like when they have been loaded and gone live, in a minute instead of half an hour."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any, Final

import catalogues
from catalogues.analysis import AGREEMENT, SUPPLIER, terms
from catalogues.begun import BegunWords, Named
from catalogues.index import index_lines
from catalogues.items import ALWAYS, EVER, CatalogueLine, CatalogueVersion, Item, Price
from catalogues.ledger import ITEM_COLUMNS, LINE_COLUMNS, PRICE_COLUMNS
from catalogues.vocabulary import learn
from eshop.db import Database, copy_rows, next_ids
from eshop.identity import Actor
from tests.bench.catalogues import BRANDS, COLOURS, GROUPS, KINDS, THINGS, USES, gtin
from tests.catalogues.documents import CVR

DAY: Final = date(2026, 5, 4)
STEP: Final = 5000
TOGETHER: Final = 500
"""Lines of one agreement in a row, so that each is written in few steps."""
FIRST_PARTS: Final = (
    "hånd engangs toilet køkken affalds gulv bord børne skole kontor ren blå stål plast papir træ mini maxi økonomi lære sport fest "
    "vinter sommer have cykel bad sove læse tegne male snedker el data print foto musik natur"
).split()
SYLLABLES: Final = "ba do fi ku la me no pi ra su ti vo kra ste flo nor dan pol bri ge".split()


def _names(count: int, random: Random) -> Any:
    """Names as catalogues have them: a thing or a compound, some qualities, a maker's model word that few lines share, a size."""
    compounds = [first + thing for first in FIRST_PARTS for thing in THINGS]
    models = ["".join(random.choices(SYLLABLES, k=3)) for _ in range(30_000)]
    for n in range(count):
        thing = random.choice(THINGS) if n % 3 else random.choice(compounds)
        yield (
            thing,
            f"{thing.capitalize()} {random.choice(KINDS)} {random.choice(COLOURS)} {random.choice(models)} {n % 997} ml",
        )


def fill(database: Database, by: Actor, *, lines: int, agreements: int, joined: int) -> None:
    """`lines` live lines on as many agreements, each with a supplier of its own; the first `joined` are joined, the others not."""
    random = Random(7)
    with database.work(by.municipality_id) as session:
        catalogues.load_agreements(
            session,
            [
                {
                    "number": f"{50 + n // 100}.{n % 100:02d}",
                    "title": f"Prøveaftale {n}",
                    "level": ("joint_mandatory", "community", "own")[n % 3],
                    "supplier": {"cvr": str(20_000_000 + n), "name": f"Grossist {n} A/S"},
                    "joined": [{"cvr": CVR}] if n < joined else [],
                }
                for n in range(agreements)
            ],
            by,
        )
        numbers = [(one.id, one.supplier_id) for one in catalogues.list_agreements(session)]
        versions = [_live_version(session, by, *one) for one in numbers]
        session.flush()
        made = [(version.id, *one) for version, one in zip(versions, numbers, strict=True)]
        for version, agreement in zip(versions, catalogues.list_agreements(session), strict=True):
            agreement.live_version_id = version.id
    names = enumerate(_names(lines, random))
    while numbered := list(islice(names, STEP)):
        with database.work(by.municipality_id) as session:
            _write(session, by, made, numbered)
    with database.work(by.municipality_id) as session:
        session.connection().exec_driver_sql("ANALYZE")


def _live_version(session: Any, by: Actor, agreement_id: int, supplier_id: int) -> CatalogueVersion:
    version = CatalogueVersion(
        municipality_id=by.municipality_id, agreement_id=agreement_id, supplier_id=supplier_id, number=1, state="live",
        is_live=True, live_order=1, document_type="Catalogue", document_format="peppol-bis-3", action="Replace", sha256="0" * 64,
        loaded_at=datetime(2026, 1, 2, tzinfo=UTC), findings=[],
    )  # fmt: skip
    session.add(version)
    return version


def _write(session: Any, by: Actor, made: list[tuple[int, int, int]], numbered: Any) -> None:
    ids = next_ids(session, Item, len(numbered))
    line_ids = next_ids(session, CatalogueLine, len(numbered))
    items, rows, prices, used = [], [], [], []
    named: dict[int, list[Named]] = {}
    for item_id, line_id, (n, (thing, name)) in zip(ids, line_ids, numbered, strict=True):
        # Loads come by agreement, so lines that stand together belong together.
        version_id, agreement_id, supplier_id = made[n // TOGETHER % len(made)]
        number, price = f"PG-{n:07d}", Decimal(1000 + n * 37 % 90000) / 100
        brand = BRANDS[n * 7 % len(BRANDS)]
        said = f"{name}. Velegnet til daglig brug i institutioner, plejecentre og køkkener. Leveres i karton."
        found_by = terms(name, (brand, thing, USES[n % len(USES)]), said)
        used += found_by.name
        used += found_by.keywords
        used += found_by.description
        named.setdefault(agreement_id, []).append((item_id, found_by.name, found_by.keywords))
        code = gtin(n)
        items.append((by.municipality_id, item_id, agreement_id, supplier_id, number, "EA"))
        row: dict[str, Any] = dict.fromkeys(LINE_COLUMNS)
        row |= {
            "municipality_id": by.municipality_id, "id": line_id, "version_id": version_id, "number": n, "ref": str(n),
            "result": "accepted", "kind": "new", "severity": 0, "selected": True, "since_version_id": version_id,
            "serves_until": ALWAYS, "item_id": item_id, "agreement_id": agreement_id, "supplier_id": supplier_id,
            "seller_item_id": number, "name": name, "description": said, "unit": ("EA", "XCT", "XPK")[n % 3], "orderable": True,
            "unspsc": GROUPS[n % len(GROUPS)], "gtin": code, "gtin_number": int(code), "brand": brand,
            "labels": 1 if n % 5 == 0 else 0, "valid_from": EVER, "starts_on": EVER, "ends_on": ALWAYS, "unit_price": price,
            "comparison_price": price, "comparison_unit": "EA", "digest": n, "words": len(found_by.name),
            "details": '{"origin":"DK","properties":[["Farve","hvid"],["Vægt","600 g"]],"manufacturer":"Mærke A/S"}',
            "terms": f"{found_by.text} {SUPPLIER}{supplier_id} {AGREEMENT}{agreement_id}",
        }  # fmt: skip
        rows.append(tuple(row[column] for column in LINE_COLUMNS))
        prices.append(
            (by.municipality_id, line_id, 0, price, "DKK", Decimal(1), None, Decimal(1), Decimal(1), None, None, False)
        )
    copy_rows(session, Item, ITEM_COLUMNS, items)
    copy_rows(session, CatalogueLine, LINE_COLUMNS, rows)
    copy_rows(session, Price, PRICE_COLUMNS, prices)
    index_lines(session, line_ids[0], line_ids[-1])
    learn(session, by.municipality_id, used)
    for agreement_id, of_agreement in named.items():
        BegunWords(session, by.municipality_id, agreement_id).take(of_agreement)
