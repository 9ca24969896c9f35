"""What a US dollar costs in won at the banks: a rate a day, from a public service.

Two forms are understood (FACTS E.3): that of open.er-api.com, which says when its rates are from,
and that of frankfurter.dev, the European Central Bank's rates of a banking day, which come out
about 16:00 in Central Europe.
"""

import math
from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec

from pipeline.addresses import HttpUrl
from pipeline.errors import UNREADABLE, FrameError
from pipeline.sources.fetched import fetch
from pipeline.won import Rate

PUBLISHED_HOUR: Final = 15
"""UTC; in summer an hour early, which makes a rate look no older than it is by more than that."""
PLAUSIBLE: Final = (300.0, 10_000.0)
"""Won per dollar. Outside it is another currency, or the rate upside down."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[fx]``"""

    url: HttpUrl = "https://open.er-api.com/v6/latest/USD"
    refresh_s: Annotated[float, msgspec.Meta(ge=600)] = 3_600.0


class _Answer(msgspec.Struct):
    rates: dict[str, float]
    result: str = "success"
    time_last_update_unix: int = 0
    date: str = ""
    base_code: str = ""
    base: str = ""


async def exchange_rate(url: str, now_ms: int) -> Rate:
    """The newest rate. Raises SourceError or FrameError."""
    return rate_of(await fetch(url), urlsplit(url).hostname or "", now_ms)


def rate_of(body: bytes, source: str, now_ms: int) -> Rate:
    """The rate in an answer of either form; one from the future is of now. Raises FrameError."""
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except UNREADABLE as error:
        raise FrameError(f"exchange rate: {error}: {body[:120]!r}") from error
    if answer.result != "success" or (answer.base_code or answer.base) != "USD":
        raise FrameError(f"exchange rate: not of a US dollar: {body[:120]!r}")
    won = answer.rates.get("KRW", math.nan)
    if not PLAUSIBLE[0] <= won <= PLAUSIBLE[1]:
        raise FrameError(f"exchange rate: {won} won per dollar")
    at_ms = answer.time_last_update_unix * 1000
    if not at_ms:
        try:
            day = datetime.strptime(answer.date, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError as error:
            raise FrameError(f"exchange rate: no time: {body[:120]!r}") from error
        at_ms = int(day.replace(hour=PUBLISHED_HOUR).timestamp() * 1000)
    return Rate(won, min(at_ms, now_ms), source)
