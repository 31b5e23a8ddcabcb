"""What is bound of each agreement is kept as one total instead of being summed at every basket."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

OURS = """
    current_setting('eshop.municipality', true) = 'everyone'
    OR municipality_id = NULLIF(NULLIF(current_setting('eshop.municipality', true), 'everyone'), '')::bigint
"""


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "agreement_total",
        sa.Column("agreement_id", number, autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("municipality_id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_total_agreement_id_agreement")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_agreement_total_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("pk_agreement_total")),
    )
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute("SELECT set_config('eshop.municipality', 'everyone', true)")
    op.execute(
        "INSERT INTO agreement_total (agreement_id, amount, municipality_id) "
        "SELECT agreement_id, SUM(amount), municipality_id FROM commitment "
        "WHERE agreement_id IS NOT NULL GROUP BY agreement_id, municipality_id"
    )
    op.drop_index("ix_commitment_agreement", table_name="commitment")
    if postgresql:
        op.execute('ALTER TABLE "agreement_total" ENABLE ROW LEVEL SECURITY')
        op.execute('ALTER TABLE "agreement_total" FORCE ROW LEVEL SECURITY')
        op.execute(f'CREATE POLICY ours ON "agreement_total" USING ({OURS})')
