"""By which analyser the search index was made. Of what is there it is not known, so it is read anew once."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

OURS = """
    current_setting('eshop.municipality', true) = 'everyone'
    OR municipality_id = NULLIF(NULLIF(current_setting('eshop.municipality', true), 'everyone'), '')::bigint
"""


def upgrade() -> None:
    op.create_table(
        "search_index",
        sa.Column(
            "municipality_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("analyser", sa.Integer(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_search_index_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("municipality_id", name=op.f("pk_search_index")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE "search_index" ENABLE ROW LEVEL SECURITY')
        op.execute('ALTER TABLE "search_index" FORCE ROW LEVEL SECURITY')
        op.execute(f'CREATE POLICY ours ON "search_index" USING ({OURS})')
