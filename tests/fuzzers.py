"""Mutated input for every parser, each of which may answer with sense or with its own error.

Anything else (another exception, a hang, memory that grows) is a bug. ``test_mutated_input.py``
runs some thousand inputs of each, ``bench/test_fuzz.py`` ten million.
"""

import asyncio
import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from busy_bot import busy
from fakes import request

from bot import answer, pages, settings
from bot.answer import Answerer
from bot.commands import COMMANDS
from bot.errors import SettingsError
from bot.explain import gateway
from bot.explain.facts import facts_of
from bot.explain.forms import json_of
from bot.explain.grounding import verify_facts
from bot.explain.shape import tidy
from bot.model import Chat
from bot.platforms import web_frames, web_sessions
from bot.platforms.discord_dress import Press
from bot.quality import LabelError, read_labels
from bot.typed import is_command, read
from pipeline.detectors import KINDS
from pipeline.errors import FrameError, RecordingError
from pipeline.model import Book, BookDelta, LargeTrade, WonTicker
from pipeline.sources import recording, upbit_frames
from pipeline.sources.binance_frames import FrameParser
from pipeline.sources.exchange_rate import rate_of
from pipeline.sources.tardis_frames import NormalisedParser

AT = 1_760_000_000_000
LONGEST = 4_096
"""Bytes of an input: beyond the limits of what is typed and pressed; frames are seldom longer."""

TOKENS = tuple(
    token.encode("utf-8", "surrogatepass")
    for token in (
        "", "\0", "\n", "\r\n", '"', "\\", "\\u0000", "\\ud800", "{", "}", "[", "]", ",", ":", "-",
        "=", "e", "E", ".", "null", "true", "1e999", "-1e999", "NaN", "Infinity", "1e-400", "-0",
        "0", "9223372036854775808", "-9223372036854775809", "1" * 400, "[" * 1_200, '{"a":' * 400,
        "@", "!", "/", "//", "쪽=999", "\u200b", "\u202e", "가", "만", "억", "조", "％", "１", "²",
        "٣", "😀", "\ud800", "\x7f", "\xff", "%s", "{0}", "<b>", "@everyone", "../..", ";", "'",
        "2026년 11월 29일 12:34:56", "1,234만", "0.41%", "9시 3분",
    )
)  # fmt: skip


class Target(NamedTuple):
    """One parser: ``feed`` returns or raises nothing but bugs; of ten million inputs it gets
    ``share``."""

    name: str
    share: int
    corpus: Sequence[bytes]
    feed: Callable[[bytes], None]


def mutated(rng: random.Random, corpus: Sequence[bytes]) -> bytes:
    """An input of the corpus with a few things changed, or two of them spliced."""
    data = bytearray(rng.choice(corpus))
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 6))):
        size = len(data)
        at = rng.randrange(size + 1)
        kind = rng.randrange(7)
        if kind == 0 and at < size:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at:at] = rng.choice(TOKENS)
        elif kind == 2:
            del data[at : at + rng.choice((1, 2, 4, 8, 64))]
        elif kind == 3:
            piece = data[at : at + rng.choice((1, 4, 16, 64))]
            data[at:at] = piece * rng.choice((1, 2, 8))
        elif kind == 4:
            data[at : at + rng.choice((1, 2, 4, 8))] = rng.choice(TOKENS)
        elif kind == 5:
            other = rng.choice(corpus)
            data[at:] = other[rng.randrange(len(other) + 1) :]
        else:
            del data[at:]
    return bytes(data[:LONGEST])


def inputs(target: Target, count: int, seed: int) -> Iterator[bytes]:
    """So many inputs, the same ones for the same seed."""
    rng = random.Random(f"{target.name} {seed}")
    for _ in range(count):
        yield mutated(rng, target.corpus)


def targets(folder: Path) -> list[Target]:
    """Every parser; ``folder`` is for the files of the one that reads files."""
    return [
        _frames(),
        _normalised(),
        _upbit(),
        _exchange_rates(),
        _callbacks(),
        _page(),
        _typed(),
        _answered(),
        _recordings(),
        _labels(),
        _config(folder),
        _environment(),
        _ai_bodies(),
        _ai_texts(),
    ]


def _frames() -> Target:
    from test_binance_frames import WHOLE  # the frames of the protocol, spot and futures

    parsers = [FrameParser("BTCUSDT"), FrameParser("", "binance-futures")]

    def feed(data: bytes) -> None:
        for parser in parsers:
            with suppress(FrameError):
                parsed = parser.parse(data, AT)
                for event in parsed if isinstance(parsed, list) else (parsed,):
                    if isinstance(event, Book | BookDelta):  # sides are read when looked at
                        list(event.bids), list(event.asks)
        list(parsers[0].parse_all([data, data], AT, lambda error: None))
        for parser in parsers:
            assert len(parser._routes) <= 10_000

    return Target("frames", 4_000_000, list(WHOLE), feed)


def _normalised() -> Target:
    from contracts.machine_server import said, trade

    at = "2026-11-22T14:50:00.421882Z"
    levels = [{"price": 1, "amount": 2}, {}]
    corpus = [
        trade("binance:BTCUSDT", "1001", at),
        trade("deribit:BTC-PERPETUAL", "x1", at),
        said("book_snapshot", "okex:BTC-USDT", at=at, bids=levels, asks=levels),
        said("derivative_ticker", "bybit:BTCUSDT", at=at, markPrice=1, fundingRate=0.1),
        said("liquidation", "bybit:BTCUSD", at=at, price=1, amount=2, side="sell"),
        {"type": "disconnect", "exchange": "okex", "symbols": ["btc-usdt"]},
    ]
    parser = NormalisedParser({})

    def feed(data: bytes) -> None:
        with suppress(FrameError):
            parser.parse(data)
        assert len(parser._pairs) <= 10_000

    return Target("normalised", 500_000, [json.dumps(one).encode() for one in corpus], feed)


def _upbit() -> Target:
    from test_upbit_frames import TICKER, in_short

    unit = {"ask_price": 2.0, "bid_price": 1.0, "ask_size": 1.0, "bid_size": 1.0}
    trade = {"trade_volume": 0.1, "sequential_id": 7, "type": "trade"}
    rows = (TICKER, in_short(TICKER), [TICKER], TICKER | trade)
    corpus = [json.dumps(row).encode() for row in rows]
    book = {"type": "orderbook", "code": "KRW-BTC", "timestamp": AT, "orderbook_units": [unit]}
    said = {"error": {"name": "NO_CODES", "message": "codes is missing"}}
    corpus += [json.dumps(row).encode() for row in (book, said, {"status": "UP"})]

    def feed(data: bytes) -> None:
        with suppress(FrameError):
            for event in upbit_frames.parse(data):
                if isinstance(event, WonTicker):
                    assert 0 < event.price < math.inf and event.base

    return Target("Upbit's frames", 1_000_000, corpus, feed)


def _exchange_rates() -> Target:
    bodies = (
        {"result": "success", "time_last_update_unix": AT // 1000, "base_code": "USD",
         "rates": {"KRW": 1400.1}},
        {"amount": 1.0, "base": "USD", "date": "2026-11-20", "rates": {"KRW": 1400}},
    )  # fmt: skip

    def feed(data: bytes) -> None:
        with suppress(FrameError):
            rate = rate_of(data, "example.com", AT)
            assert 300 <= rate.won <= 10_000 and rate.at_ms <= AT

    return Target("exchange rates", 200_000, [json.dumps(one).encode() for one in bodies], feed)


def _callbacks() -> Target:
    lines = [f"gb:{name}:{command.example}" for name, command in COMMANDS.items()]
    lines += ["gb::/mute 1시간 BTCUSDT", "gb:help:/help subscribe 쪽=2", "/deletemydata A1B2C3"]
    commands = tuple(COMMANDS.values())
    template = Press.__discord_ui_compiled_template__

    def feed(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        found = template.fullmatch(text)
        command = found["command"] if found else text
        asked, number = pages.asked(command)
        assert 0 <= number <= 999
        read(asked, commands)

    return Target("callback data", 1_500_000, [line.encode() for line in lines], feed)


def _page() -> Target:
    frames = (
        {"type": "hello", "epoch": "abc", "since": 1},
        {"type": "say", "id": "x1", "text": "/price btc", "how": "pressed", "label": "새로고침"},
        {"type": "suggest", "id": 1, "text": "비트"},
    )
    headers = ("127.0.0.1:8787", "[::1]:80", "http://localhost:8787", "Basic eDp5", "1.a.b")
    corpus = [json.dumps(frame, ensure_ascii=False).encode() for frame in frames]
    corpus += [header.encode() for header in headers]
    guard = web_sessions.Guard("열려라", lambda: AT / 1000, lambda: 0.0)

    def feed(data: bytes) -> None:
        with suppress(msgspec.DecodeError):
            web_frames.decode(data)
        text = data.decode("utf-8", "replace")
        web_sessions.host_of(text)
        assert not web_sessions.same_origin(text, "goraebot.example")
        web_sessions.visitor_chat_id(text)
        assert not guard.open_to(text)

    return Target("page frames and headers", 2_700_000, corpus, feed)


def _lines() -> list[bytes]:
    lines = [command.example for command in COMMANDS.values()]
    lines += [
        "비트 시세",
        "/settings 급등 5%",
        "/settings 대량체결 10만달러",
        "/mute 1시간 30분 BTC",
    ]
    lines += [
        "/settings 방해금지 23:00-07:00 평일",
        "/schedule 09:00,21:00 평일 서울",
        "/target eth +5%",
    ]
    lines += [
        "/schedule 스프레드 BTC 30분",
        "/subscribe BTC,ETH 대량 급등",
        "/spread@goraebot btc/usdt",
    ]
    lines += [
        "/target btc 1억 2000만",
        "/deletemydata A1B2C3",
        "/chart btc 4시간",
        "비트코인 얼마야?",
    ]
    return [line.encode() for line in lines]


def _typed() -> Target:
    commands = tuple(COMMANDS.values())

    def feed(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        is_command(text)
        read(pages.asked(text)[0], commands)

    return Target("typed lines, read", 600_000, _lines(), feed)


def _answered() -> Target:
    bot = busy()
    answerer = Answerer(bot.context, bot.commands, operators=["telegram:1"])

    def feed(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        asked = request(text, user="1", chat=Chat("telegram", "1"))
        said = asyncio.run(answerer(asked))
        assert said.head and said.head not in (answer._FAILED, answer._SLOW), text

    return Target("typed lines, answered", 40_000, _lines(), feed)


def _recordings() -> Target:
    from test_binance_frames import WHOLE

    rows = ("1,0.1,2.5,0.25,1760000000123,True,True", "9,0.1,2,3,4,1760000000123,True,True")
    header = "symbol,timestamp,datetime,side,price,amount,btc_volume"
    named = f"{header}\nAPPC/BTC,1548954086811,2019-01-31,buy,0.0001,10,0.001"
    kline = "1760000000000,1,2,0.5,1.5,10,1760000059999,15,3,5,7,0"
    corpus = [b"1760000000200 " + frame for frame in WHOLE]
    corpus += [(b"1760000000.2: " + frame + b"\n") * 2 for frame in WHOLE[:5]]
    corpus += [row.encode() for row in (*rows, kline, named, f"{kline}\n{kline}")]
    names = ("BTCUSDT-trades-2024-08-08.csv", "BTCUSDT.txt", "a", "BTCUSDT-klines.csv")
    rng = random.Random(1)

    def feed(data: bytes) -> None:
        tally = recording.Tally()
        with suppress(RecordingError):
            lines = data.splitlines(True)
            name, head, rest = rng.choice(names), lines[: recording._PEEK], lines[recording._PEEK :]
            if recording._began(head) is None:
                events = recording._events(name, head, iter(rest), tally)
            else:
                events = recording._run_events([(name, iter(lines))], tally)
            for event in events:
                assert isinstance(recording._time(event), int)

    return Target("recordings", 800_000, corpus, feed)


def _labels() -> Target:
    corpus = (
        b"symbol,at,kind,direction\nBTCUSDT,2025-02-03T01:55:00Z,price_jump,down\n",
        b"symbol,at\nETHUSDT,1738547700\n",
        b'symbol,announced_utc,onset_25s_utc\nA/BTC,"2021-01-01 00:00",2021-01-01T00:00:25\n',
    )

    def feed(data: bytes) -> None:
        with suppress(LabelError):
            read_labels(data.decode("utf-8", "replace").splitlines(True), tuple(KINDS))

    return Target("labels", 250_000, corpus, feed)


def _config(folder: Path) -> Target:
    whole = Path("config/goraebot.toml").read_bytes()
    sections = [b"[" + part for part in whole.split(b"\n[")[1:]]
    file = folder / "fuzzed.toml"

    def feed(data: bytes) -> None:
        file.write_bytes(data)
        with suppress(SettingsError):
            settings.load(file, {})

    return Target("configuration files", 25_000, sections, feed)


def _environment() -> Target:
    corpus = [f"{name}={value}" for name in settings.variable_names() for value in ("1", "a,b")]
    corpus += ["GORAEBOT_AI_TASKS={ alert = ['gpt-4.1'] }", "GORAEBOT_MARKET_SYMBOLS=['BTCUSDT']"]
    corpus += ["GORAEBOT_GATE_COOLDOWN_BY_KIND={ pump = 5.0 }", "HTTPS_PROXY=http://u:p@h:1"]

    def feed(data: bytes) -> None:
        name, _, value = data.decode("utf-8", "replace").partition("=")
        with suppress(SettingsError):
            settings.load(Path("/dev/null"), {name: value})

    return Target("environment", 25_000, [line.encode() for line in corpus], feed)


def _ai_bodies() -> Target:
    bodies: tuple[Any, ...] = (
        {
            "choices": [
                {"message": {"content": "매수가 체결되었습니다."}, "finish_reason": "stop"}
            ],
            "usage": {"prompt_tokens": 700, "completion_tokens": 120},
        },
        {"error": {"code": "insufficient_quota", "type": "x", "message": "no"}},
        {"data": [{"id": "gpt-4.1"}]},
    )
    corpus = [json.dumps(body, ensure_ascii=False).encode() for body in bodies]
    corpus.append('```json\n{"mood": "긍정", "what": "x"}\n```'.encode())

    def feed(data: bytes) -> None:
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            gateway._read(msgspec.json.decode(data, type=gateway._Completion), 10, (99, 99))
        text = data.decode("utf-8", "replace")
        json_of(text)
        gateway.retry_after_s({"retry-after": text[:60], "date": text[60:120]})

    return Target("AI answers, bodies", 150_000, corpus, feed)


def _ai_texts() -> Target:
    alert = LargeTrade(
        id="x", symbol="BTCUSDT", at_ms=AT, excess=3.0, side="buy", quantity=118.2, price=104_402.0,
        notional=12_340_000.0, fills=37, first_ms=AT, last_ms=AT, slippage_bp=3.1,
        percentile=99.98, per_day=None, change_1m_pct=0.41, rare=True,
    )  # fmt: skip
    facts = facts_of(alert, None)
    texts = (
        "비트코인(BTCUSDT)에서 1,234만 달러 규모의 시장가 매수가 37건에 걸쳐 체결되었습니다.",
        "직전 1분 동안의 0.41% 상승과 함께 나타났고, 배경은 확인되지 않았습니다.",
        "위험도는 알림 기준의 3배여서 보통입니다.\n슬리피지는 3.1bp였습니다.",
    )

    def feed(data: bytes) -> None:
        verify_facts(tidy(data.decode("utf-8", "replace")), facts)

    return Target("AI answers, texts", 50_000, [text.encode() for text in texts], feed)
