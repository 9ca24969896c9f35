"""Tardis replays: the library itself against a server that answers as api.tardis.dev does."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from contracts.tardis_server import TardisServer, tardis_server

from pipeline.model import BookDelta, Event, Gap, Quote, Snapshot, Trade
from pipeline.sources import tardis
from pipeline.sources.tardis import Access, TardisReplaySource
from pipeline.sources.tardis_cache import tidy
from pipeline.sources.tardis_wanted import TardisError, wanted

pytest.importorskip("tardis_dev", reason="the extra tardis is not installed (make tardis)")

BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
BEGIN_MS = int(BEGIN.timestamp() * 1000)


@pytest.fixture
async def server() -> AsyncIterator[TardisServer]:
    async with tardis_server(key="a-key") as it:
        yield it


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def traded(number: int, seconds: float, price: str = "62000.5") -> dict[str, object]:
    """An aggTrade as Binance sends it; matched 20 ms before it was received."""
    at_ms = BEGIN_MS + round(seconds * 1000) - 20
    data = {
        "e": "aggTrade", "E": at_ms, "s": "BTCUSDT", "a": number, "p": price, "q": "0.5",
        "f": number, "l": number, "T": at_ms, "m": False, "M": True,
    }  # fmt: skip
    return {"stream": "btcusdt@aggTrade", "data": data}


def offered(seconds: float) -> dict[str, object]:
    data = {"u": 7, "s": "BTCUSDT", "b": "62000.1", "B": "1", "a": "62000.2", "A": "2"}
    return {"stream": "btcusdt@bookTicker", "data": data}


def kinds(events: list[Event]) -> list[type]:
    """The parser's own types are told by what they are."""
    known = (Trade, Quote, Snapshot, BookDelta, Gap)
    return [next(kind for kind in known if isinstance(event, kind)) for event in events]


async def replayed(
    server: TardisServer, folder: Path, *, minutes: int = 3, key: str = "", **asked: object
) -> list[Event]:
    asked_for = wanted(
        str(asked.get("exchange", "binance")),
        asked.get("symbols", ["BTC/USDT"]),  # type: ignore[arg-type]
        asked.get("begin", BEGIN),  # type: ignore[arg-type]
        asked.get("begin", BEGIN) + timedelta(minutes=minutes),  # type: ignore[operator]
        asked.get("channels", ()),  # type: ignore[arg-type]
    )
    source = TardisReplaySource(asked_for, Access(server.url, folder, key), speed=None)
    return [event async for event in source.stream()]


async def refusal(server: TardisServer, folder: Path, **asked: object) -> TardisError:
    with pytest.raises(TardisError) as caught:
        await replayed(server, folder, **asked)  # type: ignore[arg-type]
    return caught.value


async def test_native_messages_become_the_events_that_live_ones_do(
    server: TardisServer, tmp_path: Path
) -> None:
    server.line(at(1), traded(1, 1))
    server.line(at(1.5), offered(1.5))
    generated = {"lastUpdateId": 5, "bids": [["62000.1", "1"]], "asks": [["62000.2", "2"]]}
    server.line(at(2), {"stream": "btcusdt@depthSnapshot", "generated": True, "data": generated})
    ids = {"e": "depthUpdate", "E": BEGIN_MS + 2_100, "s": "BTCUSDT", "U": 6, "u": 8}
    update = {**ids, "b": [], "a": []}
    server.line(at(2.12), {"stream": "btcusdt@depth@100ms", "data": update})
    server.line(at(130), traded(2, 130))
    events = await replayed(server, tmp_path)
    assert kinds(events) == [Trade, Quote, Snapshot, BookDelta, Trade]
    first = events[0]
    assert isinstance(first, Trade)
    assert (first.symbol, first.price, first.quantity) == ("BTCUSDT", 62_000.5, 0.5)
    assert (first.at_ms, first.side, first.first_id) == (BEGIN_MS + 980, "buy", 1)
    # A quote has no time of its own: that of receipt, on the exchange's clock.
    assert events[1].at_ms == BEGIN_MS + 1_480


async def test_where_tardis_lost_its_connection_there_is_a_gap(
    server: TardisServer, tmp_path: Path
) -> None:
    server.line(at(1), traded(1, 1))
    server.disconnect(at(2))
    server.disconnect(at(61))
    server.line(at(70), traded(9, 70))
    events = await replayed(server, tmp_path)
    assert kinds(events) == [Trade, Gap, Trade]
    assert events[1].from_ms == BEGIN_MS + 1_000  # type: ignore[union-attr]
    assert events[1].to_ms == BEGIN_MS + 70_000  # type: ignore[union-attr]


async def test_lines_that_cannot_be_read_are_counted_and_the_rest_is_told(
    server: TardisServer, tmp_path: Path
) -> None:
    server.line(at(1), {"stream": "btcusdt@aggTrade", "data": {"p": "x"}})
    server.line(at(2), traded(1, 2))
    asked_for = wanted("Binance", ["BTCUSDT"], BEGIN, at(60), ["aggtrade"])
    source = TardisReplaySource(asked_for, Access(server.url, tmp_path), speed=None)
    assert [event.at_ms async for event in source.stream()] == [BEGIN_MS + 1_980]
    assert (source.tally.lines, source.tally.unreadable) == (2, 1)


async def test_the_clock_of_a_replay_is_the_recordings(
    server: TardisServer, tmp_path: Path
) -> None:
    for number, seconds in enumerate((5.02, 5.12), 1):
        server.line(at(seconds), traded(number, seconds))
    asked_for = wanted("binance", ["BTCUSDT"], BEGIN, at(60), ["aggTrade"])
    source = TardisReplaySource(asked_for, Access(server.url, tmp_path))
    assert (source.now_ms(), source.status().problem) == (BEGIN_MS, "connecting")
    clocks = [source.now_ms() - event.at_ms async for event in source.stream()]
    assert 0 <= clocks[0] < 5_000
    assert clocks[1] >= 0  # it was waited for
    assert source.status().problem == "over"


async def test_a_long_range_comes_in_windows_and_what_is_not_covered_is_told_first(
    server: TardisServer, tmp_path: Path
) -> None:
    late = datetime(2024, 3, 1, 23, 30, tzinfo=UTC)
    error = await refusal(server, tmp_path, begin=late, minutes=60)
    assert error.code == "key"
    assert error.given == ""  # there was none
    asked = [query for path, query in server.asked if "data-feeds" in path]
    assert [query["from"] for query in asked] == ["2024-03-02T00:29:00.000Z"]
    server.line(at(1), traded(1, 1))
    server.line(at(44 * 60), traded(2, 44 * 60))
    assert len(await replayed(server, tmp_path, minutes=45, channels=["aggTrade"])) == 2


async def test_a_key_opens_other_days_and_a_wrong_one_is_told(
    server: TardisServer, tmp_path: Path
) -> None:
    other = datetime(2024, 3, 2, tzinfo=UTC)
    assert await replayed(server, tmp_path, begin=other, key="a-key") == []
    error = await refusal(server, tmp_path, begin=other, key="another")
    assert (error.code, error.given) == ("key", "key")
    assert "another" not in str(error)


async def test_what_tardis_does_not_have_is_told_with_what_it_has(
    server: TardisServer, tmp_path: Path
) -> None:
    unknown = await refusal(server, tmp_path, symbols=["BTCUSD"])
    assert (unknown.code, unknown.choices[0]) == ("symbols", "BTCUSDT")
    gone = await refusal(server, tmp_path, symbols=["LUNAUSDT"])
    assert (gone.code, gone.choices) == ("no_data", ("2019-03-30 ~ 2022-05-13",))
    channel = await refusal(server, tmp_path, exchange="binance_futures", channels=["markPrice"])
    assert channel.code == "channels"
    assert "aggTrade" in channel.choices
    assert not any("data-feeds" in path for path, _ in server.asked)


@pytest.mark.parametrize(
    ("exchange", "channels", "code"),
    [("okex", (), "exchange"), ("Binanse", (), "exchange"), ("binance", ("kline",), "channels")],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(
    exchange: str, channels: tuple[str, ...], code: str
) -> None:
    with pytest.raises(TardisError) as caught:
        wanted(exchange, ["BTCUSDT"], BEGIN, at(60), channels)
    assert caught.value.code == code
    assert caught.value.choices


@pytest.mark.parametrize(
    ("status", "code"), [(400, "refused"), (403, "plan"), (404, "refused"), (429, "limited")]
)
async def test_refusals_keep_what_tardis_said(
    server: TardisServer, tmp_path: Path, status: int, code: str
) -> None:
    server.status = status
    server.headers = {"Retry-After": "86400"}
    error = await refusal(server, tmp_path)
    assert error.code == code
    assert str(error) == f"HTTP {status}: Told by the test."


async def test_who_does_not_answer_is_given_up_with_the_reason(
    server: TardisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tardis, "STALL_S", 2.0)  # ample for one answer
    server.status = 503
    error = await refusal(server, tmp_path)
    assert error.code == "unreachable"
    assert "HTTP 503: Told by the test." in str(error)
    monkeypatch.setattr(tardis, "STALL_S", 0.2)
    nobody = TardisServer()
    nobody.url = "http://127.0.0.1:9/v1"
    assert (await refusal(nobody, tmp_path)).code == "unreachable"


async def test_a_folder_that_cannot_be_written_is_told_at_once(
    server: TardisServer, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    error = await refusal(server, tmp_path / "file")
    assert (error.code, error.given) == ("folder", str(tmp_path / "file"))
    assert not server.asked


def test_downloads_beyond_the_limit_go_the_oldest_first(tmp_path: Path) -> None:
    folder = tmp_path / "feeds" / "binance" / "abc" / "2024" / "03" / "01"
    for number, day in enumerate(("00", "01", "02")):
        (folder / day).mkdir(parents=True)
        file = folder / day / "00.json.gz"
        file.write_bytes(b"x" * 400_000)
        os.utime(file, (1_700_000_000 + number,) * 2)
    other = tmp_path / "feeds" / "notes.txt"
    other.write_text("somebody's")
    half = folder / "02" / "01.jsonabc.unconfirmed"
    half.write_bytes(b"x")
    os.utime(half, (1_700_000_000,) * 2)
    tidy(tmp_path, 1.0)
    left = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert left == ["01/00.json.gz", "02/00.json.gz"]
    assert not (folder / "00").exists()
    assert other.exists()
