"""Rows that are only found by the thing they are part of have no index on their municipality: each index is one more page that every
invoice writes."""

from alembic import op

revision = "0006"
down_revision = "0005"

FEWER = (
    ("invoice", "municipality_id"),
    ("invoice_line", "municipality_id"),
    ("match", "municipality_id"),
    ("posting", "municipality_id"),
    ("posting_line", "municipality_id"),
    ("movement", "municipality_id"),
    ("transaction_cost", "municipality_id"),
    ("message", "municipality_id"),
    ("message", "sha256"),
)


def upgrade() -> None:
    for table, column in FEWER:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
