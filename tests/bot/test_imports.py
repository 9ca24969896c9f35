"""Who needs a heavy library loads it, and nobody else: starting is quick, and so is --help."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from bot.migrations import upgrade
from bot.store import open_store

OF_PLATFORMS = {"telegram", "httpx", "discord", "openai", "matplotlib", "PIL", "playwright"}
OF_STREAMS = {"websockets", "picows", "uvloop"}
HEAVY = {*OF_PLATFORMS, *OF_STREAMS, "alembic", "sqlalchemy", "aiohttp", "asyncio", "msgspec"}


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh Python has after running this."""
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.split())


def test_help_loads_nothing_heavy() -> None:
    code = """
from bot.__main__ import main
try:
    main(["--help"])
except SystemExit:
    pass
"""
    assert not loaded_by(code) & HEAVY


def test_the_program_loads_neither_platforms_nor_engines_nor_alembic_before_they_are_wanted() -> (
    None
):
    loaded = loaded_by("import bot.app")
    assert {"aiohttp", "sqlalchemy"} <= loaded
    assert not loaded & {*OF_PLATFORMS, *OF_STREAMS, "alembic"}


def test_the_plain_engine_does_not_load_the_fast_one() -> None:
    code = """
import asyncio
from pipeline.errors import Unreachable
from pipeline.sources.sockets import open_socket
try:
    asyncio.run(open_socket("ws://127.0.0.1:9", "{engine}"))
except Unreachable:
    pass
"""
    assert loaded_by(code.format(engine="websockets")) & OF_STREAMS == {"websockets"}
    assert loaded_by(code.format(engine="picows")) & OF_STREAMS == {"picows"}


def test_a_database_of_this_version_opens_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'kept.db'}"

    async def start() -> None:
        async with open_store(url) as store:
            await store.set_meta("kept", "yes")

    asyncio.run(start())
    code = f"""
import asyncio
from bot.store import open_store
async def start():
    async with open_store({url!r}) as store:
        assert await store.get_meta("kept") == "yes"
asyncio.run(start())
"""
    assert "alembic" not in loaded_by(code)


def test_the_last_file_of_migrations_is_the_head_of_their_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(upgrade.HERE))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    names = sorted(path.name for path in (upgrade.HERE / "versions").glob("[0-9]*.py"))
    assert scripts.get_heads() == [names[-1].partition("_")[0]]
    assert [name.partition("_")[0] for name in names] == sorted(
        script.revision for script in scripts.walk_revisions()
    )


@pytest.mark.parametrize("version", ["0001", "9999"])
def test_nothing_but_the_newest_version_is_taken_for_it(version: str) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        assert not upgrade._is_newest(connection)
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        assert not upgrade._is_newest(connection)
        connection.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": version})
        assert not upgrade._is_newest(connection)
    engine.dispose()
