"""What we and a supplier write to each other about an order."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

OURS = """
    current_setting('eshop.municipality', true) = 'everyone'
    OR municipality_id = NULLIF(NULLIF(current_setting('eshop.municipality', true), 'everyone'), '')::bigint
"""


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "order_message",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("order_id", number, nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", number, nullable=True),
        sa.Column("link_id", number, nullable=True),
        sa.Column("mail_id", number, nullable=True),
        sa.Column("municipality_id", number, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["supplier_link.id"], name=op.f("fk_order_message_link_id_supplier_link")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_order_message_municipality_id_municipality")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_order_message_order_id_purchase_order")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_order_message_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_message")),
    )
    op.create_index(op.f("ix_order_message_municipality_id"), "order_message", ["municipality_id"], unique=False)
    op.create_index("ix_order_message_order_id_id", "order_message", ["order_id", "id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE "order_message" ENABLE ROW LEVEL SECURITY')
        op.execute('ALTER TABLE "order_message" FORCE ROW LEVEL SECURITY')
        op.execute(f'CREATE POLICY ours ON "order_message" USING ({OURS})')
