"""Catalogue files that are handed in, rules for automatic acceptance, ceilings, and who answers for which item groups."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


OURS = """
    current_setting('eshop.municipality', true) = 'everyone'
    OR municipality_id = NULLIF(NULLIF(current_setting('eshop.municipality', true), 'everyone'), '')::bigint
"""


def upgrade() -> None:
    op.create_table(
        "category_responsibility",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("prefix", sa.String(length=8), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("municipality_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipality.id"],
            name=op.f("fk_category_responsibility_municipality_id_municipality"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_category_responsibility_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_responsibility")),
        sa.UniqueConstraint(
            "municipality_id", "prefix", name=op.f("uq_category_responsibility_municipality_id_prefix")
        ),
    )
    op.create_index(
        op.f("ix_category_responsibility_municipality_id"), "category_responsibility", ["municipality_id"], unique=False
    )
    op.create_table(
        "catalogue_upload",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("agreement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("supplier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("is_sheet", sa.Boolean(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("bytes_read", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("municipality_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_catalogue_upload_agreement_id_agreement")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_catalogue_upload_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_catalogue_upload_supplier_id_supplier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_upload")),
    )
    op.create_index(op.f("ix_catalogue_upload_agreement_id"), "catalogue_upload", ["agreement_id"], unique=False)
    op.create_index(op.f("ix_catalogue_upload_municipality_id"), "catalogue_upload", ["municipality_id"], unique=False)
    op.add_column("agreement", sa.Column("auto_rule", sa.Text(), nullable=True))
    op.add_column("agreement", sa.Column("ceiling", sa.BigInteger(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        return
    for table in ("category_responsibility", "catalogue_upload"):
        op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
        op.execute(f'CREATE POLICY ours ON "{table}" USING ({OURS})')
