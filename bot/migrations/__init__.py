"""The database's versions: Alembic runs what is missing at start."""
