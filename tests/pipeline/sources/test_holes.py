"""Holes in recordings: told where ids say that trades are missing, and only there."""

import io
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.replay import Options, replay
from bot.settings import load
from pipeline.model import FUTURES, Gap, Trade
from pipeline.sources.holes import FOLLOWING, LEAST_MATCHES, LEAST_MS, Holes
from pipeline.sources.recording import Tally, read

START_MS = 1_723_161_600_000


def trade(number: int, at_ms: int, symbol="BTCUSDT", **more) -> Trade:
    return Trade(symbol, number, 100.0, 1.0, START_MS + at_ms, False, **more)


def gaps(trades: Iterable[Trade]) -> list[tuple[int, int]]:
    holes = Holes()
    found = [holes.before(trade) for trade in trades]
    return [(gap.from_ms - START_MS, gap.to_ms - START_MS) for gap in found if gap is not None]


def following(first=0, count=FOLLOWING + 1, every_ms=1_000, at_ms=0) -> list[Trade]:
    return [trade(first + n, at_ms + n * every_ms) for n in range(count)]


def test_missing_ids_over_a_while_are_a_hole():
    before = following()
    last = before[-1].at_ms - START_MS
    after = following(len(before) + LEAST_MATCHES, at_ms=last + LEAST_MS)
    assert gaps([*before, *after]) == [(last, last + LEAST_MS)]


def test_aggregates_tell_the_ids_behind_them():
    whole = [trade(n, n * 20_000, first_id=10 * n, last_id=10 * n + 9) for n in range(200)]
    assert gaps(whole) == []
    assert gaps(whole[:100] + whole[103:]) == [(99 * 20_000, 103 * 20_000)]


@pytest.mark.parametrize(
    ("missing", "passed_ms"), [(0, 3_600_000), (LEAST_MATCHES - 1, 3_600_000), (10**6, 9_999)]
)
def test_quiet_hours_few_ids_and_moments_are_none(missing, passed_ms):
    before = following()
    last = before[-1].at_ms - START_MS
    assert gaps([*before, *following(len(before) + missing, at_ms=last + passed_ms)]) == []


def test_a_recording_of_some_trades_has_none():
    """By chance, or because the exchange counts the trades of all its pairs together."""
    assert gaps(trade(37 * n, n * 20_000) for n in range(2_000)) == []
    assert gaps(trade(n + n // 10 * 20, n * 20_000) for n in range(2_000)) == []
    assert gaps(trade(-1, n * 20_000) for n in range(2_000)) == []


def test_repeated_and_late_trades_are_no_end_of_a_hole():
    whole = following(count=200)
    assert gaps([*whole, *whole, *following(180, 40, at_ms=180_000)]) == []


def test_symbols_have_ids_of_their_own():
    other = f"{FUTURES}:BTCUSDT"
    pairs = [(trade(n, n * 20_000), trade(10**6 + n, n * 20_000, other)) for n in range(200)]
    assert gaps(one for pair in pairs for one in pair) == []


def rows(first: int, count: int, at_ms: int, price: float) -> str:
    return "".join(
        f"{first + n},{price + n % 2 / 10},1,{price},{START_MS + at_ms + n * 1_000},False,True\n"
        for n in range(count)
    )


def replayed(*files: Path) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    options = Options(files=files, json=True, raw=True, kinds={"price_jump"})
    assert replay(options, load(environ={}), out, err) == 0
    return out.getvalue(), err.getvalue()


def test_no_percentage_is_computed_across_what_was_not_recorded(tmp_path):
    one, other = tmp_path / "BTCUSDT-trades-1.csv", tmp_path / "BTCUSDT-trades-2.csv"
    one.write_text(rows(0, 900, 0, 100.0))
    other.write_text(rows(2_400, 900, 2_400_000, 110.0))  # 25 minutes later
    alerts, told = replayed(one, other)
    assert alerts == ""
    assert "체결이 빠진 구간 1곳" in told
    events = list(read([one, other], Tally()))
    assert [e for e in events if isinstance(e, Gap)] == [
        Gap(("BTCUSDT",), START_MS + 899_000, START_MS + 2_400_000, "1500 trades were not recorded")
    ]
    other.write_text(rows(900, 900, 900_000, 110.0))
    alerts, told = replayed(one, other)
    assert '"direction":"up"' in alerts
    assert "빠진" not in told


def test_of_pairs_that_nobody_asked_for_no_hole_is_told(tmp_path: Path) -> None:
    files = [tmp_path / f"{symbol}-trades.csv" for symbol in ("BTCUSDT", "ETHUSDT")]
    for path in files:
        path.write_text(rows(0, 900, 0, 100.0) + rows(2_400, 900, 2_400_000, 100.0))
    tally = Tally()
    found = [event for event in read(files, tally, ["ETHUSDT"]) if isinstance(event, Gap)]
    assert ([gap.symbols for gap in found], tally.gaps) == ([("ETHUSDT",)], 1)
