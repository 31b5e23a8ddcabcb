"""The word index knows whose agreement a line is of."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _write("UPDATE catalogue_line SET terms = terms || ' a_' || agreement_id WHERE terms IS NOT NULL")


def downgrade() -> None:
    _write("UPDATE catalogue_line SET terms = replace(terms, ' a_' || agreement_id, '') WHERE terms IS NOT NULL")


def _write(statement: str) -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute("SELECT set_config('eshop.municipality', 'everyone', true)")
    op.execute(statement)
    if sqlite:
        # The index keeps no copy of the lines, so it is made anew from them.
        op.execute("INSERT INTO line_terms(line_terms) VALUES ('rebuild')")
