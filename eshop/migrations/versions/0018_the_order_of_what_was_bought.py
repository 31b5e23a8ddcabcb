"""What was bought says of which order, so that orders are counted and not rows. What is there is told where it can only be one order."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("purchase_fact", sa.Column("order_id", sa.BigInteger(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT set_config('eshop.municipality', 'everyone', true)")
    op.execute(
        "CREATE TEMPORARY TABLE only_order AS "
        "SELECT l.item_id, o.institution_id, o.ordered_on, min(o.id) AS order_id "
        "FROM order_line l JOIN purchase_order o ON o.id = l.order_id WHERE l.item_id IS NOT NULL "
        "GROUP BY l.item_id, o.institution_id, o.ordered_on HAVING min(o.id) = max(o.id)"
    )
    op.execute("CREATE INDEX ix_only_order ON only_order (item_id, institution_id, ordered_on)")
    op.execute(
        "UPDATE purchase_fact SET order_id = (SELECT t.order_id FROM only_order t WHERE t.item_id = purchase_fact.item_id "
        "AND t.institution_id = purchase_fact.institution_id AND t.ordered_on = purchase_fact.bought_on)"
    )
    op.execute("DROP TABLE only_order")
    op.drop_index("ix_purchase_fact_institution", table_name="purchase_fact")
    op.create_index(
        "ix_purchase_fact_institution",
        "purchase_fact",
        ["institution_id", "item_id", "order_id", "bought_on", "quantity"],
    )
