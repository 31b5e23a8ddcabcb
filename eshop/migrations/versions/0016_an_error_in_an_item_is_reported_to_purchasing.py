"""An error in an item is reported to Purchasing."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    # SQLite takes no constraint on a table that is there: alembic makes it anew with its rows. PostgreSQL alters it.
    with op.batch_alter_table("need") as table:
        table.add_column(sa.Column("about_item_id", number, nullable=True))
        table.create_foreign_key(op.f("fk_need_about_item_id_item"), "item", ["about_item_id"], ["id"])
