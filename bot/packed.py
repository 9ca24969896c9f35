"""Many rows as one value, on their way into the database and out of it.

Row by row SQLite's library hands Python's lock back and asks for it again: a thousand rows in a
thread wait for a busy event loop a thousand times (73 ms for an alert to a thousand chats while
messages go out, where nothing else runs 40).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import JSON, ColumnElement, Text, bindparam, cast, func, select, text

from bot.tables import Insert

_ROWS: Final = "packed_rows"


def packed(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """All values of a column as one JSON array."""
    if dialect == "postgresql":
        return cast(func.json_agg(column), Text)
    return func.json_group_array(column)


def insert_packed(insert: Insert, names: Sequence[str], dialect: str) -> Insert:
    """The INSERT, of the ``packed_rows`` that it is run with, each the values of these columns.

    What is there already stays as it is.
    """
    table = insert.table
    given = bindparam(_ROWS, type_=Text)
    values: list[ColumnElement[Any]]
    if dialect == "postgresql":
        rows = func.json_array_elements(cast(given, JSON)).table_valued("value")
        row = rows.c.value
        values = [cast(row.op("->>")(n), table.c[name].type) for n, name in enumerate(names)]
    else:
        rows = func.json_each(given).table_valued("value")
        values = [func.json_extract(rows.c.value, f"$[{n}]") for n in range(len(names))]
    # Without a WHERE, SQLite takes the conflict for a part of the SELECT.
    found = select(*values).select_from(rows).where(text("1 = 1"))
    return insert.from_select(names, found).on_conflict_do_nothing()


def packed_rows(rows: Iterable[Sequence[object]]) -> dict[str, str]:
    """The parameter of ``insert_packed``."""
    return {_ROWS: msgspec.json.encode(list(rows)).decode()}


def unpacked(columns: Iterable[str | None]) -> list[tuple[Any, ...]]:
    """The rows of columns that were ``packed``."""
    return list(zip(*(msgspec.json.decode(column or "[]") for column in columns), strict=True))
