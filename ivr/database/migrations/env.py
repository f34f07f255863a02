"""Alembic's entry point: runs the migrations on the connection of `ivr.database.engine.migrate`."""

from alembic import context

from ivr.database.schema import metadata

connection = context.config.attributes["connection"]
# Batches let SQLite alter tables by copying them.
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
