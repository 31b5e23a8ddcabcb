"""What was posted is kept as sums by agreement, item group, day and month instead of being summed from its lines at every view."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

OURS = """
    current_setting('eshop.municipality', true) = 'everyone'
    OR municipality_id = NULLIF(NULLIF(current_setting('eshop.municipality', true), 'everyone'), '')::bigint
"""

COUNTED = """
    i.state = 'posted' AND l.status <> 'fee' AND i.id NOT IN (
        SELECT thing_id FROM audit_event WHERE thing_type = 'invoice' AND event = 'invoice_posted' AND seal_id IS NULL)
"""

# SQLite keeps the order of a CROSS JOIN: from each match to its invoice, its order and its line.
PIECES = f"""
    SELECT i.municipality_id, i.issue_date AS start, 0 AS agreement_id, COALESCE(l.unspsc, '') AS unspsc,
           CASE i.kind WHEN 'credit_note' THEN -l.amount ELSE l.amount END AS amount
    FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id WHERE {COUNTED}
    UNION ALL
    SELECT i.municipality_id, i.issue_date, CASE side.n WHEN 1 THEN o.agreement_id ELSE 0 END, COALESCE(l.unspsc, ''),
           side.n * CASE i.kind WHEN 'credit_note' THEN -m.amount ELSE m.amount END
    FROM "match" m CROSS JOIN invoice i CROSS JOIN purchase_order o CROSS JOIN invoice_line l
    CROSS JOIN (SELECT 1 AS n UNION ALL SELECT -1) side
    WHERE i.id = m.invoice_id AND o.id = m.order_id AND l.invoice_id = m.invoice_id AND l.position = m.position
    AND o.agreement_id IS NOT NULL AND {COUNTED}
"""


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "spend_sum",
        sa.Column("span", sa.String(length=5), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("agreement_id", number, autoincrement=False, nullable=False),
        sa.Column("unspsc", sa.String(length=8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("municipality_id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_spend_sum_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint(
            "municipality_id", "span", "start", "agreement_id", "unspsc", name=op.f("pk_spend_sum")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spend_count",
        sa.Column("seal_id", number, nullable=False),
        sa.Column("municipality_id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_spend_count_municipality_id_municipality")
        ),
        sa.PrimaryKeyConstraint("municipality_id", name=op.f("pk_spend_count")),
    )
    op.create_index("ix_invoice_day", "invoice", ["municipality_id", "issue_date"])
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute("SELECT set_config('eshop.municipality', 'everyone', true)")
    op.execute(
        "INSERT INTO spend_count (municipality_id, seal_id) "
        "SELECT municipality_id, MAX(id) FROM audit_seal GROUP BY municipality_id"
    )
    columns = "municipality_id, span, start, agreement_id, unspsc, amount"
    op.execute(
        f"INSERT INTO spend_sum ({columns}) SELECT municipality_id, 'day', start, agreement_id, unspsc, SUM(amount) "
        f"FROM ({PIECES}) pieces GROUP BY municipality_id, start, agreement_id, unspsc"
    )
    month = "CAST(date_trunc('month', start) AS date)" if postgresql else "date(start, 'start of month')"
    op.execute(
        f"INSERT INTO spend_sum ({columns}) SELECT municipality_id, 'month', {month}, agreement_id, unspsc, SUM(amount) "
        f"FROM spend_sum GROUP BY municipality_id, {month}, agreement_id, unspsc"
    )
    if postgresql:
        for table in ("spend_sum", "spend_count"):
            op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
            op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
            op.execute(f'CREATE POLICY ours ON "{table}" USING ({OURS})')
