"""Brings a database of any earlier version to the version of this program.

A change of bot/tables.py needs a file in versions/. `revise` drafts it by comparing the tables with
a database of the version before:

    with sqlalchemy.create_engine("sqlite:///goraebot.db").begin() as connection:
        revise(connection, "what changes", "0002")
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from bot.errors import SettingsError, StoreError
from bot.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    here = str(HERE).replace("%", "%%")  # read by configparser
    config.set_main_option("script_location", here)
    config.set_main_option("path_separator", "os")
    return config


def upgrade(connection: Connection, to: str = "head") -> None:
    """Migrate within the connection's transaction: all of it or, on any error, nothing.

    ``to`` is a revision, the newest by default. Raises SettingsError if a newer version of the
    program, or another program, has been at work, StoreError if something is not there that
    versions have made.
    """
    if not _is_newest(connection):  # else, as at most starts, Alembic is not even loaded
        _migrate(connection, to)
    if to == "head":
        _check(connection)


def _migrate(connection: Connection, to: str) -> None:
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = _config(connection)
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    ours = not metadata.tables.keys().isdisjoint(inspect(connection).get_table_names())
    for revision in MigrationContext.configure(connection).get_current_heads():
        if not ours:
            raise SettingsError(
                "the database at GORAEBOT_DATABASE_URL is another program's: its alembic_version "
                f"is {revision}, and no table is of goraebot; choose another database"
            )
        if revision not in known:
            raise SettingsError(
                f"the database at GORAEBOT_DATABASE_URL was written by a newer version of goraebot "
                f"(its schema is {revision}, this version knows {scripts.get_current_head()}): "
                "start that version, or choose another database"
            )
    command.upgrade(config, to)


def _check(connection: Connection) -> None:
    """What is missing would fail statement by statement, each in other words."""
    found = {
        (table, column["name"])
        for (_, table), columns in inspect(connection).get_multi_columns().items()
        for column in columns
    }
    needed = [(table.name, column.name) for table in metadata.sorted_tables for column in table.c]
    if missing := [f"{table}.{column}" for table, column in needed if (table, column) not in found]:
        raise StoreError(
            f"it lacks {', '.join(missing[:3])}{' and more' * (len(missing) > 3)}, which every "
            "database of its version has: put a backup there, or start with a new one"
        )


def _is_newest(connection: Connection) -> bool:
    """Whether the last of versions/, whose names begin with their revision, has been applied."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    applied = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    newest = max(path.name.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*.py"))
    return list(applied) == [newest]


def revise(connection: Connection, message: str, revision: str) -> None:
    """Draft versions/<revision>_<message>.py: from the migrated database to bot/tables.py."""
    from alembic import command

    command.revision(_config(connection), message, autogenerate=True, rev_id=revision)
