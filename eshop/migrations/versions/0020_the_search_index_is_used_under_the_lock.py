"""Catalogue lines are read without the second lock, so that the search index is used.

PostgreSQL asks a row-level lock before any condition that could tell of the row, and to it the search (`@@`) is such a one: under the lock
every search reads every line. So reading what suppliers sell is held by the first lock alone (each query's own condition); writing it, and
agreements, price steps, purchases and everything else, by both.
"""

from alembic import op

revision = "0020"
down_revision = "0019"

OURS = """
    current_setting('eshop.municipality', true) = 'everyone'
    OR municipality_id = NULLIF(NULLIF(current_setting('eshop.municipality', true), 'everyone'), '')::bigint
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("DROP POLICY ours ON catalogue_line")
    op.execute("CREATE POLICY searched ON catalogue_line FOR SELECT USING (true)")
    op.execute(f"CREATE POLICY ours_added ON catalogue_line FOR INSERT WITH CHECK ({OURS})")
    op.execute(f"CREATE POLICY ours_changed ON catalogue_line FOR UPDATE USING ({OURS})")
    op.execute(f"CREATE POLICY ours_removed ON catalogue_line FOR DELETE USING ({OURS})")
