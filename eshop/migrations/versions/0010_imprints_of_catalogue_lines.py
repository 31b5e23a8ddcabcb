"""A catalogue line keeps a number of the bytes it stood as, so that the next file's unchanged lines are recognised without being read."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("catalogue_line", sa.Column("imprint", sa.BigInteger(), nullable=True))
