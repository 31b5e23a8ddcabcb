"""What is too many or not ordered on an invoice is kept in kroner beside its overcharge."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("invoice", sa.Column("excess", sa.BigInteger(), server_default="0", nullable=False))
