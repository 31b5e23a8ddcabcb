"""Pictures of items, and the cheaper equivalents that people did not want to see."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

OURS = """
    current_setting('eshop.municipality', true) = 'everyone'
    OR municipality_id = NULLIF(NULLIF(current_setting('eshop.municipality', true), 'everyone'), '')::bigint
"""


def upgrade() -> None:
    op.create_table(
        "dismissed_equivalent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("municipality_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_dismissed_equivalent_item_id_item")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_dismissed_equivalent_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_dismissed_equivalent_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dismissed_equivalent")),
        sa.UniqueConstraint("user_id", "item_id", name=op.f("uq_dismissed_equivalent_user_id_item_id")),
    )
    op.create_index(
        op.f("ix_dismissed_equivalent_municipality_id"), "dismissed_equivalent", ["municipality_id"], unique=False
    )
    op.create_table(
        "item_picture",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("small", sa.LargeBinary(), nullable=True),
        sa.Column("large", sa.LargeBinary(), nullable=True),
        sa.Column("municipality_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_picture_item_id_item")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_item_picture_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_picture")),
        sa.UniqueConstraint("item_id", "position", name=op.f("uq_item_picture_item_id_position")),
    )
    op.create_index(op.f("ix_item_picture_municipality_id"), "item_picture", ["municipality_id"], unique=False)
    op.create_index("ix_item_picture_state", "item_picture", ["state", "next_at"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for table in ("item_picture", "dismissed_equivalent"):
            op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
            op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
            op.execute(f'CREATE POLICY ours ON "{table}" USING ({OURS})')
