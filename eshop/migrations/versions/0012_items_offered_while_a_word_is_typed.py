"""Items that are offered while a word is being typed, a few for each word of each agreement, taken from the lines that are there."""

from collections.abc import Iterator
from heapq import nsmallest
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

OURS = """
    current_setting('eshop.municipality', true) = 'everyone'
    OR municipality_id = NULLIF(NULLIF(current_setting('eshop.municipality', true), 'everyone'), '')::bigint
"""
OF_EACH = 6
STEP = 5000


def upgrade() -> None:
    table = op.create_table(
        "word_items",
        sa.Column("municipality_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("agreement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_word_items_agreement_id_agreement")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_word_items_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("municipality_id", "text", "agreement_id", name=op.f("pk_word_items")),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("SELECT set_config('eshop.municipality', 'everyone', true)")
    for municipality_id, agreement_id in connection.execute(
        sa.text("SELECT municipality_id, id FROM agreement ORDER BY id")
    ).all():
        rows = [
            {"municipality_id": municipality_id, "text": word, "agreement_id": agreement_id, "items": items}
            for word, items in sorted(_items_of_words(connection, agreement_id).items())
        ]
        for start in range(0, len(rows), STEP):
            connection.execute(table.insert(), rows[start : start + STEP])
    if connection.dialect.name == "postgresql":
        op.execute('ALTER TABLE "word_items" ENABLE ROW LEVEL SECURITY')
        op.execute('ALTER TABLE "word_items" FORCE ROW LEVEL SECURITY')
        op.execute(f'CREATE POLICY ours ON "word_items" USING ({OURS})')


def _items_of_words(connection: Any, agreement_id: int) -> dict[str, str]:
    """Word → the ids of the items with the shortest names that have it, those that have it in the name before the others."""
    found: dict[str, list[tuple[bool, int, int]]] = {}
    for item_id, terms in _lines(connection, agreement_id):
        named = [term for term in terms.split(" ") if term[1:2] != "_"]
        keywords = [term[2:] for term in terms.split(" ") if term.startswith("k_")]
        for other, words in ((False, named), (True, keywords)):
            for word in words:
                if (word.isalpha() and 2 <= len(word) <= 40) or (2 <= len(word) <= 4 and word[0].isalpha()):
                    items = found.setdefault(word, [])
                    items.append((other, len(named), item_id))
                    if len(items) > 100:
                        items[:] = nsmallest(OF_EACH, items)
    return {
        word: " ".join(str(item) for item in dict.fromkeys(item for _, _, item in nsmallest(OF_EACH, items)))
        for word, items in found.items()
    }


def _lines(connection: Any, agreement_id: int) -> Iterator[tuple[int, str]]:
    versions = sa.text("SELECT id FROM catalogue_version WHERE agreement_id = :agreement ORDER BY id")
    lines = sa.text(
        "SELECT number, id, item_id, terms FROM catalogue_line WHERE version_id = :version AND number >= :number AND terms IS NOT NULL "
        "AND item_id IS NOT NULL AND since_version_id IS NOT NULL AND orderable ORDER BY number, id LIMIT :step"
    )
    for (version,) in connection.execute(versions, {"agreement": agreement_id}).all():
        number, seen = 0, set()
        while True:
            values = {"version": version, "number": number, "step": STEP}
            rows = [row for row in connection.execute(lines, values).all() if row[1] not in seen]
            if not rows:
                break
            number, seen = (
                rows[-1][0],
                {row[1] for row in rows if row[0] == rows[-1][0]} | (seen if rows[-1][0] == number else set()),
            )
            for _, _, item_id, terms in rows:
                yield item_id, terms
