"""Webshops of agreements (punch-out), the visits to them, and the prices they gave."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

OURS = """
    current_setting('eshop.municipality', true) = 'everyone'
    OR municipality_id = NULLIF(NULLIF(current_setting('eshop.municipality', true), 'everyone'), '')::bigint
"""


def upgrade() -> None:
    op.create_table(
        "punchout_setup",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("agreement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("protocol", sa.String(length=4), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("municipality_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_punchout_setup_agreement_id_agreement")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_punchout_setup_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_punchout_setup")),
        sa.UniqueConstraint("agreement_id", name=op.f("uq_punchout_setup_agreement_id")),
    )
    op.create_index(op.f("ix_punchout_setup_municipality_id"), "punchout_setup", ["municipality_id"], unique=False)
    op.create_table(
        "punchout_visit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("setup_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("institution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("municipality_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_punchout_visit_institution_id_institution")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_punchout_visit_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(
            ["setup_id"], ["punchout_setup.id"], name=op.f("fk_punchout_visit_setup_id_punchout_setup")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_punchout_visit_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_punchout_visit")),
    )
    op.create_index(op.f("ix_punchout_visit_municipality_id"), "punchout_visit", ["municipality_id"], unique=False)
    op.create_index("ix_punchout_visit_user", "punchout_visit", ["user_id", "institution_id"], unique=False)
    op.add_column("basket_line", sa.Column("quote", sa.Text(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        for table in ("punchout_setup", "punchout_visit"):
            op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
            op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
            op.execute(f'CREATE POLICY ours ON "{table}" USING ({OURS})')
