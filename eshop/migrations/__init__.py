"""Numbered schema changes (Alembic): `upgrade` brings a database up to date, `pending` says what it lacks.

A migration is written once and never edited after release; it speaks of tables by name, not of today's models.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from eshop.db import Database


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
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
