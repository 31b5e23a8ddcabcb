"""Tenders: what an agreement is before it is signed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

OURS = """
    current_setting('eshop.municipality', true) = 'everyone'
    OR municipality_id = NULLIF(NULLIF(current_setting('eshop.municipality', true), 'everyone'), '')::bigint
"""


def upgrade() -> None:
    op.create_table(
        "tender",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("unspsc", sa.Text(), nullable=False),
        sa.Column("answers_by", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("responsible", sa.Text(), nullable=True),
        sa.Column("agreement_ids", sa.Text(), nullable=False),
        sa.Column("municipality_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_tender_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender")),
        sa.UniqueConstraint("municipality_id", "number", name=op.f("uq_tender_municipality_id_number")),
    )
    op.create_index(op.f("ix_tender_municipality_id"), "tender", ["municipality_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE "tender" ENABLE ROW LEVEL SECURITY')
        op.execute('ALTER TABLE "tender" FORCE ROW LEVEL SECURITY')
        op.execute(f'CREATE POLICY ours ON "tender" USING ({OURS})')
