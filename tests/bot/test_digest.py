"""What was held back is told once, when the quiet hours are over, whatever is restarted."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from fakes import minute_bars
from sqlalchemy import text

from bot.digest import LATE_MS, Digests
from bot.errors import StoreError
from bot.model import Chat, Decision, Message, Quiet
from bot.preferences import Held
from bot.store import Recorded, Store, open_store
from bot.symbols import read_symbol
from pipeline.errors import Unreachable
from pipeline.model import ALL, AnyAlert, Candle, LargeTrade, PriceJump, Spread

READER = Chat("telegram", "reader")
NIGHT = Quiet("23:00", "07:00")
MINUTE_MS = 60_000


def at(text: str) -> int:
    """Milliseconds of a time in Korea."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Seoul"))
    return round(local.timestamp() * 1000)


MORNING = at("2026-01-13 07:00:00")


@pytest.fixture(autouse=True)
def morning() -> None:
    Program.now_ms = MORNING


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(url(tmp_path), clock=lambda: Program.now_ms) as opened:
        await opened.subscribe(READER, [ALL], [ALL])
        yield opened


def url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'store.db'}"


async def prefer(store: Store, **changed: Any) -> None:
    await store.preferences.change(READER, lambda had: msgspec.structs.replace(had, **changed))


class Program:
    """The digests of one run; all runs and the store have one time."""

    now_ms = MORNING

    def __init__(self, store: Store) -> None:
        self.bars: list[Candle] = []
        self.asked: list[tuple[str, int, int]] = []
        self.digests = Digests(
            store,
            lookup=read_symbol,
            now_ms=lambda: Program.now_ms,
            wake=lambda: None,
            fetch=self.fetch,
        )

    async def fetch(self, symbol: str, since_ms: int, limit: int) -> list[Candle]:
        """The exchange's minutes; refused where there are none."""
        self.asked.append((symbol, since_ms, limit))
        if not self.bars:
            raise Unreachable("down")
        return [bar for bar in self.bars if bar.open_ms >= since_ms][:limit]

    async def look(self, time: str = "") -> None:
        if time:
            Program.now_ms = at(time)
        await self.digests.look()


def whale(at_ms: int, excess: float) -> LargeTrade:
    return LargeTrade(
        id=f"large_trade:BTCUSDT:{at_ms}", symbol="BTCUSDT", at_ms=at_ms, excess=excess,
        side="buy", quantity=1.0, price=1e5, notional=excess * 50_000, fills=1, first_ms=at_ms,
        last_ms=at_ms, slippage_bp=None, percentile=None, per_day=None, change_1m_pct=None,
        rare=True,
    )  # fmt: skip


def spread(at_ms: int) -> Spread:
    return Spread(
        id=f"spread:ETHUSDT:{at_ms}", symbol="ETHUSDT", at_ms=at_ms, excess=1.0, spread_bp=50.0,
        usual_bp=5.0, times_usual=10.0, bid=99.0, ask=101.0,
    )  # fmt: skip


def fall(symbol: str, at_ms: int, pct: float) -> PriceJump:
    return PriceJump(
        id=f"price_jump:{symbol}:{at_ms}", symbol=symbol, at_ms=at_ms, excess=-pct / 2,
        direction="down", change_pct=pct, window_s=60, price=100 + pct, from_price=100.0,
        zscore=9.0, usual_pct=0.2,
    )  # fmt: skip


async def held(store: Store, *alerts: AnyAlert, reason: str = "quiet") -> None:
    for alert in alerts:
        decision = Decision(alert.id, READER, False, reason)
        await store.record([Recorded(alert, [decision])], alert.at_ms)


async def digests(store: Store) -> list[Message]:
    return [d.message for d in await store.pending("telegram", 100) if d.key.startswith("digest")]


async def test_the_morning_after_tells_how_many_and_the_five_largest(store: Store) -> None:
    await prefer(store, quiet=NIGHT)
    first = at("2026-01-13 01:00:00")
    whales = [whale(first + n * 6 * MINUTE_MS, 1.5 + n / 10) for n in range(7)]
    await held(store, *whales, spread(at("2026-01-13 06:59:00")))
    await held(store, whale(at("2026-01-12 22:00:00"), 9.0), reason="muted")
    program = Program(store)
    await program.look("2026-01-13 06:59:59")
    assert await digests(store) == []
    await program.look("2026-01-13 07:00:00")
    (message,) = await digests(store)
    assert message.head == "🌅 방해금지 동안 모아 둔 알림 8건"
    assert message.lines[:3] == (
        "1월 13일(화) 01:00:00 KST부터",
        "대량 체결 7건 · 스프레드 확대 1건",
        "큰 것부터",
    )
    assert message.lines[3] == (
        "• 01:36:00 KST 🐳 비트코인(BTCUSDT) 대량 매수 체결 · 10만 5,000달러"
    )
    assert len(message.lines) == 8
    assert message.silent


async def test_a_move_of_many_alerts_counts_once_by_its_largest(store: Store) -> None:
    await prefer(store, quiet=NIGHT)
    first = at("2026-01-13 01:00:00")
    sizes = (1.5, 1.2, 4.0, 2.0)
    await held(store, *(whale(first + n * 4 * MINUTE_MS, size) for n, size in enumerate(sizes)))
    await held(store, whale(first + 20 * MINUTE_MS, 1.1), spread(first))
    await Program(store).look()
    (message,) = await digests(store)
    assert message.lines[1] == "대량 체결 2건 · 스프레드 확대 1건"
    assert [line[:16] for line in message.lines[3:]] == [
        "• 01:08:00 KST 🐳",
        "• 01:20:00 KST 🐳",
        "• 01:00:00 KST ↔",
    ]


async def test_a_night_in_which_the_market_fell_is_one_line_and_counts_once(store: Store) -> None:
    await prefer(store, quiet=NIGHT)
    first = at("2026-01-13 03:00:00")
    falls = [fall(f"S{n}USDT", first + n * 1_000, -2.0 - n / 100) for n in range(40)]
    again = fall("S7USDT", first + 50_000, -4.0)
    later = fall("S7USDT", first + 120 * MINUTE_MS, -3.0)
    await held(store, *falls, again, later, whale(first, 1.5))
    await Program(store).look()
    (message,) = await digests(store)
    assert message.head == "🌅 방해금지 동안 모아 둔 알림 3건"
    assert message.lines[1:4] == (
        "시장 동반 급등·급락 1건 · 대량 체결 1건 · 급등·급락 1건",
        "큰 것부터",
        "• 03:00:00 KST 📉 시장 동반 급락 · 40개 종목",
    )
    assert [line[:16] for line in message.lines[4:]] == ["• 03:00:00 KST 🐳", "• 05:00:00 KST 📉"]


async def test_spreads_do_not_lead_however_many_and_wide_they_are(store: Store) -> None:
    await prefer(store, quiet=NIGHT)
    first = at("2026-01-13 01:00:00")
    wide = [
        msgspec.structs.replace(spread(first + n * 6 * MINUTE_MS), excess=9.0) for n in range(4)
    ]
    await held(store, *wide, whale(first, 1.1), whale(first + 30 * MINUTE_MS, 2.2))
    await Program(store).look()
    (message,) = await digests(store)
    assert message.lines[1] == "대량 체결 2건 · 스프레드 확대 4건"
    heads = [line.split(" ")[3] for line in message.lines[3:]]
    assert [head[0] for head in heads] == ["🐳", "🐳", "↔", "↔", "↔"]


async def test_it_is_sent_once_whatever_is_restarted_and_late_at_most_half_an_hour(
    tmp_path: Path, store: Store
) -> None:
    await prefer(store, quiet=NIGHT)
    await held(store, whale(at("2026-01-13 03:00:00"), 2.0))
    await Program(store).look("2026-01-13 07:29:00")  # it was down at seven
    await Program(store).look("2026-01-13 07:29:30")  # and was restarted again
    async with open_store(url(tmp_path)) as again:
        program = Program(again)
        await program.look("2026-01-13 07:29:59")
        (delivery,) = await again.pending("telegram", 10)
        assert delivery.expires_ms == MORNING + LATE_MS
    await held(store, whale(at("2026-01-14 03:00:00"), 2.0))
    await Program(store).look("2026-01-14 07:30:01")
    assert len(await digests(store)) == 1


async def test_a_quiet_night_in_which_nothing_was_held_back_is_told_by_nothing(
    store: Store,
) -> None:
    await prefer(store, quiet=NIGHT)
    await held(store, whale(at("2026-01-13 03:00:00"), 2.0), reason="below_threshold")
    await Program(store).look()
    assert await digests(store) == []


async def test_each_night_has_its_own_digest(store: Store) -> None:
    await prefer(store, quiet=NIGHT)
    program = Program(store)
    await held(store, whale(at("2026-01-13 03:00:00"), 2.0))
    await program.look("2026-01-13 07:00:10")
    await held(store, *(whale(at(f"2026-01-14 0{n}:00:00"), 2.0) for n in (3, 4)))
    await program.look("2026-01-14 07:00:10")
    assert [message.head[-2:] for message in await digests(store)] == ["1건", "2건"]


async def test_quiet_hours_that_are_ended_early_are_told_of_at_once_and_not_again(
    store: Store,
) -> None:
    await prefer(store, quiet=NIGHT)
    program = Program(store)
    await program.look("2026-01-13 02:00:00")
    await held(store, whale(at("2026-01-13 02:30:00"), 2.0))
    Program.now_ms = at("2026-01-13 02:59:50")
    await prefer(store, quiet=None)
    await program.look("2026-01-13 03:00:00")
    await program.look("2026-01-13 03:00:15")
    Program.now_ms = at("2026-01-13 03:01:00")
    await prefer(store, quiet=NIGHT)
    await program.look("2026-01-13 03:05:00")
    await held(store, *(whale(at(f"2026-01-13 0{n}:00:00"), 2.0) for n in (4, 5)))
    await program.look("2026-01-13 07:00:05")
    assert [message.head[-2:] for message in await digests(store)] == ["1건", "2건"]


async def test_quiet_hours_ended_early_are_told_of_though_the_program_ends_before_it_looks(
    tmp_path: Path, store: Store
) -> None:
    await prefer(store, quiet=NIGHT)
    await Program(store).look("2026-01-13 02:00:00")
    await held(store, whale(at("2026-01-13 02:30:00"), 2.0))
    Program.now_ms = at("2026-01-13 03:00:00")
    await prefer(store, quiet=None)
    async with open_store(url(tmp_path)) as again:
        await Program(again).look("2026-01-13 03:02:00")
        await Program(again).look("2026-01-13 03:03:00")
        (message,) = await digests(again)
        assert message.head == "🌅 방해금지 동안 모아 둔 알림 1건"


async def test_other_settings_end_no_quiet_hours(store: Store) -> None:
    await prefer(store, quiet=NIGHT)
    Program.now_ms = at("2026-01-13 03:00:00")
    await prefer(store, colours="global")
    await prefer(store, quiet=Quiet("23:00", "06:00"))
    assert (await store.chat(READER)).settings.woken_ms == 0
    Program.now_ms = at("2026-01-13 06:30:00")
    await prefer(store, quiet=None)
    assert (await store.chat(READER)).settings.woken_ms == 0


async def test_what_the_daily_limit_held_back_is_told_once_a_day_at_nine(store: Store) -> None:
    await store.limit(READER, 5)
    await held(store, whale(at("2026-01-12 15:00:00"), 2.0), reason="held")
    program = Program(store)
    await program.look("2026-01-13 08:59:59")
    assert await digests(store) == []
    await program.look("2026-01-13 09:00:05")
    await program.look("2026-01-13 09:00:20")
    (message,) = await digests(store)
    assert message.head == "🔢 하루 한도로 보내지 않은 알림 1건"
    await prefer(store, quiet=NIGHT)
    await held(store, whale(at("2026-01-13 10:00:00"), 2.0), reason="held")
    await held(store, whale(at("2026-01-14 02:00:00"), 3.0))
    await program.look("2026-01-14 07:00:05")
    await program.look("2026-01-14 09:00:05")
    _, both = await digests(store)
    assert both.head == "🌅 방해금지 동안 모아 둔 알림 1건"
    assert "하루 한도로 보내지 않은 알림 1건: 대량 체결 1건" in both.lines


async def test_a_chat_that_is_muted_or_gone_gets_none(store: Store) -> None:
    await prefer(store, quiet=NIGHT)
    await held(store, whale(at("2026-01-13 03:00:00"), 2.0))
    await store.mute(READER, ALL, MORNING + 3_600_000)
    await Program(store).look()
    await store.mute(READER, ALL, 0)
    await store.gone(READER)
    await Program(store).look()
    assert await digests(store) == []


async def test_what_happened_after_is_told_where_it_is_known_in_the_chat_s_colours(
    store: Store,
) -> None:
    await prefer(store, quiet=NIGHT, colours="global")
    known, unknown = whale(at("2026-01-13 03:00:20"), 3.0), whale(at("2026-01-13 06:30:00"), 2.0)
    await held(store, known, unknown)
    opened = at("2026-01-13 03:00:00")
    await store.scorebook.keep(
        Candle(
            symbol="BTCUSDT", interval="1m", open_ms=opened + n * MINUTE_MS,
            close_ms=opened + (n + 1) * MINUTE_MS - 1, open=1.0, high=1.0, low=1.0,
            close=100_000.0 - n * 1000 / 60, volume=1.0, quote_volume=1.0, trades=1,
            taker_buy_volume=0.5, taker_buy_quote_volume=0.5, closed=True, at_ms=opened,
        )
        for n in range(61)
    )  # fmt: skip
    program = Program(store)
    await program.look()
    (message,) = await digests(store)
    assert message.lines[3].endswith("· 15만 달러 · 1시간 뒤 🔴 ▼ −1.00%")
    assert message.lines[4].endswith("· 10만 달러")
    assert program.asked == []


async def test_minutes_that_are_not_kept_yet_are_asked_for_once_for_all_chats(
    store: Store,
) -> None:
    other = Chat("telegram", "other")
    await store.subscribe(other, [ALL], [ALL])
    await store.preferences.change(other, lambda had: msgspec.structs.replace(had, quiet=NIGHT))
    await prefer(store, quiet=NIGHT)
    hour_ago = whale(at("2026-01-13 05:40:10"), 3.0)
    decisions = [Decision(hour_ago.id, chat, False, "quiet") for chat in (READER, other)]
    await store.record([Recorded(hour_ago, decisions)], hour_ago.at_ms)
    program = Program(store)
    program.bars = minute_bars("BTCUSDT", [1e5] * 60 + [101e3] * 2, at("2026-01-13 06:41:00"))
    await program.look()
    told = [message.lines[3] for message in await digests(store)]
    assert len(told) == 2
    assert all(line.endswith("· 1시간 뒤 🔴 ▲ +1.00%") for line in told)
    assert program.asked == [("BTCUSDT", at("2026-01-13 05:40:00"), 61)]


async def test_an_exchange_that_is_down_keeps_no_digest_back(store: Store) -> None:
    await prefer(store, quiet=NIGHT)
    await held(store, whale(at("2026-01-13 05:40:10"), 3.0))
    program = Program(store)
    await program.look()
    (message,) = await digests(store)
    assert len(program.asked) == 1 and message.lines[3].endswith("· 15만 달러")


async def unreadable(store: Store, alert: AnyAlert) -> None:
    """What another version would have kept of the alert."""
    change = text("update alerts set body = replace(body, :kind, 'of another time') where id = :id")
    values = {"kind": alert.kind, "id": alert.id}
    await store._database.write_steps(lambda connection: connection.execute(change, values))


async def others(store: Store, alert: AnyAlert) -> list[Chat]:
    """Two chats from which the alert was held back as well, one before READER and one behind."""
    chats = [Chat("telegram", "a"), Chat("telegram", "z")]
    for chat in chats:
        await store.subscribe(chat, [ALL], [ALL])
        await store.preferences.change(chat, lambda had: msgspec.structs.replace(had, quiet=NIGHT))
    decisions = [Decision(alert.id, chat, False, "quiet") for chat in chats]
    await store.record([Recorded(alert, decisions)], alert.at_ms)
    return chats


async def told(store: Store) -> list[Chat]:
    return sorted(one.chat for one in await store.pending("telegram", 100))


async def test_an_alert_that_cannot_be_read_counts_and_keeps_no_digest_back(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await prefer(store, quiet=NIGHT)
    broken, whole = whale(at("2026-01-13 03:00:00"), 3.0), whale(at("2026-01-13 05:00:00"), 2.0)
    await held(store, broken, whole)
    both = await others(store, spread(at("2026-01-13 04:00:00")))
    await unreadable(store, broken)
    program = Program(store)
    await program.look()
    await program.look()
    assert await told(store) == sorted([READER, *both])
    message = next(d.message for d in await store.pending("telegram", 9) if d.chat == READER)
    assert message.lines[1] == "대량 체결 2건"
    assert [line[:16] for line in message.lines[3:]] == ["• 05:00:00 KST 🐳"]
    assert caplog.text.count(f"alert {broken.id} cannot be read") == 1


async def test_jumps_that_cannot_be_read_are_no_move_of_the_market(store: Store) -> None:
    await prefer(store, quiet=NIGHT)
    first = at("2026-01-13 03:00:00")
    falls = [fall(f"S{n}USDT", first + n * 1_000, -2.0) for n in range(40)]
    await held(store, *falls)
    for one in falls:
        await unreadable(store, one)
    await Program(store).look()
    (message,) = await digests(store)
    assert message.lines == ("1월 13일(화) 03:00:00 KST부터", "급등·급락 40건")


@pytest.mark.parametrize("error", [StoreError("it cannot hold that"), ZeroDivisionError("ours")])
async def test_what_fails_for_one_chat_is_logged_and_keeps_no_other_chats_digest_back(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    await prefer(store, quiet=NIGHT)
    alert = whale(at("2026-01-13 03:00:00"), 2.0)
    await store.record([Recorded(alert, [Decision(alert.id, READER, False, "quiet")])], alert.at_ms)
    both = await others(store, spread(at("2026-01-13 04:00:00")))
    ask = store.preferences.held

    async def failing(chat: Chat, *which: Any) -> Held:
        if chat == READER:
            raise error
        return await ask(chat, *which)

    program = Program(store)
    with monkeypatch.context() as broken:
        broken.setattr(store.preferences, "held", failing)
        await program.look()
        assert await told(store) == both
        assert "reader" in caplog.text
        caplog.clear()
        await program.look()
    tried_again = isinstance(error, StoreError)  # a mistake of ours would be the same
    assert ("reader" in caplog.text) is tried_again
    await program.look()
    assert await told(store) == sorted([*both, *([READER] if tried_again else [])])


@pytest.mark.parametrize("told", [True, False])
async def test_what_was_held_since_the_last_digest_is_told_though_that_is_more_than_a_day(
    store: Store, told: bool
) -> None:
    """In New York a day of November has 25 hours; the digest before it may have had nothing."""
    await prefer(store, quiet=Quiet("23:00", "07:00", zone="America/New_York"))
    await store.limit(READER, 5)
    program = Program(store)
    before = at("2026-10-31 20:00:00")  # 07:00 there, and 07:00 again 25 hours later
    if told:
        await held(store, whale(before - MINUTE_MS, 2.0), reason="held")
    await program.look("2026-10-31 20:00:10")
    Program.now_ms = before + 30 * MINUTE_MS
    await held(store, whale(before + 30 * MINUTE_MS, 3.0), reason="held")
    await program.look("2026-11-01 21:00:10")
    digest = (await digests(store))[-1]
    assert digest.head == "🔢 하루 한도로 보내지 않은 알림 1건"
    assert digest.lines[0] == "10월 31일(토) 20:30:00 KST부터"


@pytest.mark.parametrize("restarted", [True, False])
async def test_digests_go_on_after_a_clock_that_was_ahead_is_set_back(
    store: Store, restarted: bool
) -> None:
    await prefer(store, quiet=NIGHT)
    program = Program(store)
    await held(store, whale(at("2026-01-20 03:00:00"), 2.0))
    await program.look("2026-01-20 07:00:00")
    if restarted:
        program = Program(store)
    for day in ("13", "14"):
        await held(store, whale(at(f"2026-01-{day} 03:00:00"), 2.0))
        await program.look(f"2026-01-{day} 07:00:00")
    told = [message.lines[0] for message in await digests(store)]
    assert [line[:6] for line in told] == ["1월 20일", "1월 13일", "1월 14일"]
