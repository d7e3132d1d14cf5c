"""Alembic's entry point, under the name that it asks for: runs the migrations on the connection that `migrating` opened."""

from alembic import context

from gateway.store.schema_masking import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
