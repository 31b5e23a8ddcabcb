"""Rows that are found by what they are part of, or by an index that begins with the municipality, have none on the municipality alone: it
cost every insert, and PostgreSQL without statistics took it before the index that finds the row."""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = (
    "basket_line",
    "chart_value",
    "despatch_line",
    "gln",
    "job",
    "known_account",
    "list_line",
    "order_line",
    "participation",
    "purchase_order",
    "receipt",
    "response_line",
    "supplier",
    "supplier_gln",
    "word",
)


def upgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_municipality_id", table_name=table)
