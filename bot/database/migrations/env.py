"""Runs the migrations on the connection that `bot.database.migrating` hands over; Alembic looks for this name."""

from alembic import context

# SQLite can undo changes of the schema, too; Alembic is careful with older drivers.
context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
