"""A commitment says which agreement it counts against, so that an agreement's ceiling can be kept."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    id_type = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("commitment", sa.Column("agreement_id", id_type, nullable=True))
    op.execute(
        "UPDATE commitment SET agreement_id = (SELECT agreement_id FROM purchase_order WHERE purchase_order.id = order_id)"
    )
    op.create_index("ix_commitment_agreement", "commitment", ["agreement_id", "amount"])
