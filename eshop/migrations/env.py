"""What Alembic runs: on the connection it is handed by `eshop.migrations.upgrade`, against the metadata of all models."""

from alembic import context

from eshop.db import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
