"""Run by Alembic for every command: migrates over the connection that the program hands in.

There is no alembic.ini: the program migrates its own database when it starts (see upgrade.py), and
logging stays as the program set it up.
"""

from alembic import context

from bot.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
