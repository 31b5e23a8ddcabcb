"""Numbered schema changes (Alembic): `upgrade` brings a database up to date, `pending` says what it lacks.

A migration is written once and never edited after release; it speaks of tables by name, not of today's models. `draft` writes the
next one from the difference between the models and a database that is up to date; `differences` is empty when there is none.
"""

from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import TypeDecorator
from sqlalchemy.engine import Connection

from eshop.db import Base, Database

FOLDER = Path(__file__).parent
FULL_TEXT = "line_terms"
"""Tables and indexes with this in their name are the full-text index: made by hand in a migration, not by a model."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(database: Database) -> None:
    """Every migration that the database lacks, in one transaction; nothing when it is up to date."""
    config = _config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def pending(database: Database) -> list[str]:
    """The migrations the database lacks, oldest first, as 'number: what it does'."""
    script = ScriptDirectory.from_config(_config())
    with database.reading_engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return [
        f"{one.revision}: {one.doc}"
        for one in reversed(list(script.iterate_revisions("head", present or "base")))
        if one.revision != present
    ]


def _plain_type(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Our column types as what they are in the database: a migration does not depend on the product's classes."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def _ours(name: str | None, _kind: str, _parents: object) -> bool:
    return name is None or FULL_TEXT not in name


def _context(connection: Connection) -> MigrationContext:
    options = {
        "target_metadata": Base.metadata,
        "include_name": _ours,
        "render_item": _plain_type,
        "compare_type": False,
    }
    return MigrationContext.configure(connection, opts=options)


def differences(database: Database) -> list[Any]:
    """What the models have and the database has not, or the other way round."""
    with database.engine.connect() as connection:
        return compare_metadata(_context(connection), Base.metadata)


def draft(database: Database, message: str) -> Path:
    """Writes the next migration from the models; to be read, mended and committed by a person."""
    with database.engine.connect() as connection:
        context = _context(connection)
        changes = produce_migrations(context, Base.metadata)
        assert changes.upgrade_ops is not None
        body = render_python_code(changes.upgrade_ops, migration_context=context, render_item=_plain_type)
    numbers = sorted(int(path.name[:4]) for path in (FOLDER / "versions").glob("[0-9]*.py"))
    last = numbers[-1] if numbers else 0
    slug = "_".join(word for word in message.lower().split() if word.isalnum())[:50]
    path = FOLDER / "versions" / f"{last + 1:04d}_{slug}.py"
    before = f'"{last:04d}"' if last else "None"
    path.write_text(
        f'"""{message}"""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f'revision = "{last + 1:04d}"\ndown_revision = {before}\n\n\n'
        f"def upgrade() -> None:\n    {body}\n",
        encoding="utf-8",
    )
    return path
