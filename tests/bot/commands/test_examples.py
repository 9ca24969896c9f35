"""What is wrong is answered with examples, and each of them works when it is sent as it stands."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from busy_bot import busy
from fakes import Bot

from bot.commands import COMMANDS
from bot.korean import KIND_NAMES
from bot.model import Message
from bot.symbols import Symbols
from pipeline.model import SymbolInfo
from pipeline.sources.tardis_listing import Listing

FOLDER = Path(__file__).parents[3] / "bot"

REPLY = "↩ "
"""Before a line that replies to a message of somebody else's."""

SETTINGS = (
    "0", "많이", "하루 1001건", "zzz", "급등", "급등 abc", "급등 1%", "급등 0.5배", "급등 101%",
    "고래 많이", "고래 3만달러", "고래 1억원", "고래 5%", "펌핑 1%", "스프레드 5%", "기준 BTC",
    "종류 BTC", "쿨다운 3일", "쿨다운 몇분", "방해금지 밤", "방해금지 25:00-07:00",
    "방해금지 07:00-07:00", "방해금지 23:00-07:00 긴급 크게", "방해금지 긴급 크게",
    "방해금지 긴급 소리", "색 보라", "AI 조금", *(f"{name} 많이" for name in KIND_NAMES.values()),
)  # fmt: skip
"""No settings, after /settings as well as after /preview."""

REFUSED: tuple[tuple[str, ...], ...] = (
    *((f"/settings {typed}",) for typed in SETTINGS),
    *((f"/preview {typed}",) for typed in SETTINGS),
    *((f"/{name}",) for name in COMMANDS),
    *((f"/{name} zzz qqq",) for name in COMMANDS),
    *((f"/{name} BTC 2분 3분",) for name in COMMANDS),
    ("/sprad btc",), ("/zzzzzz",), ("지금 급등하는 코인 뭐야",), ("오늘 날씨 어때",),
    ("x" * 600,), ("   ",),
    ("고래 알림 켜줘",), ("비트 알림 그만",), ("그만",), ("비트 10만달러 되면 알려줘",),
    ("/price BTC ETH SOL XRP DOGE ADA",), ("/chart BTC 7분",), ("/kimp NEWUSDT",),
    ("/funding NEW",),
    ("/mute 1시간 BTC 30분",), ("/mute 한달",), ("/record BTC ETH",),
    ("/subscribe 만",), ("/subscribe 고래 10만",), ("/subscribe BTC ETH 스프레드 30분",),
    ("/subscribe all BTC",), ("/subscribe okex:btc-usdt 청산",), ("/subscribe BTC", "/unsubscribe"),
    ("/subscribe BTC ETH SOL XRP DOGE", "/mute 1시간 BTC ETH SOL XRP DOGE", "/alerts"),
    ("/schedule 09:00 켜기 끄기",), ("/schedule 25:00",), ("/schedule 언제",),
    ("/schedule 스프레드",), ("/schedule 스프레드 BTC",), ("/schedule 스프레드 BTC 7분",),
    ("/schedule " + ",".join(f"{hour:02d}:00" for hour in range(13)),),
    ("/target BTC 3일",), ("/target BTC 1억원",), ("/target BTC -100%",), ("/target BTC 0",),
    ("/target BTC 1",), ("/target BTC 98000",), ("/target BTC 5%",), ("/target BTC -5",),
    ("/target BTC 언제",), ("/target BTC +5% 2년",), ("/target BTC +5% 나중에",), ("/target 10만",),
    ("/target BTC +5% 10초",), ("/target BTC +5%", "/target 수정 1 언제"),
    ("/news",), ("/news " + "가" * 4_001,), (REPLY + "/explain",), ("/explain #zzzzzz",),
)  # fmt: skip
"""Lines that are sent one after the other; the last one is answered with examples, or may be."""

_LINE = re.compile(r"(?:[^/(]+: )?(/.+?)\.?")


def examples(message: Message) -> Iterator[str]:
    """Every line to type that the message gives as an example: "예: /price BTC, 전체: /help"."""
    for text in (message.head, *message.lines):
        _, mark, given = text.partition("예: ")
        if not mark:
            continue
        for part in re.split(r", |\. ", given):
            if found := _LINE.fullmatch(part):
                yield found[1]


def many() -> Bot:
    """A bot that everything can be asked, other exchanges' pairs too, and a coin that is traded in
    dollars alone."""
    bot = busy()
    bot.kinds = tuple(KIND_NAMES)
    bot.list_also(SymbolInfo("NEWUSDT", "NEW", "USDT"))
    bot.directory = Symbols(bot.market.listing, elsewhere=Listing("http://127.0.0.1:9", {}))
    bitcoin = bot.market["BTCUSDT"]
    assert bitcoin.day is not None
    bitcoin.day = msgspec.structs.replace(bitcoin.day, last=98_000.0)  # near what examples name
    return bot


def less() -> Bot:
    """One without futures."""
    bot = many()
    bot.futures = None
    return bot


async def answered(bot: Bot, lines: tuple[str, ...]) -> Message:
    """The answer to the last of these lines."""
    return [
        await bot.ask(line.removeprefix(REPLY), reply_to="1" if line.startswith(REPLY) else "")
        for line in lines
    ][-1]


@pytest.mark.parametrize("ready", [many, less])
async def test_every_example_in_an_answer_to_bad_input_works_as_it_stands(
    ready: Callable[[], Bot],
) -> None:
    for lines in REFUSED:
        for example in examples(await answered(ready(), lines)):
            bot = ready()
            await answered(bot, lines)
            message = await bot.ask(example)
            assert message.tone != "error", (lines[-1], example, message.head)


async def test_what_is_wrong_after_preview_is_answered_with_previews_that_change_nothing() -> None:
    for typed in SETTINGS:
        message = await many().ask(f"/preview {typed}")
        if message.tone == "error":
            given = [line for line in examples(message) if line != "/settings"]  # all there is
            assert given and all(line.startswith("/preview ") for line in given), message.head


def written() -> Iterator[tuple[str, str]]:
    """Where the program writes an example of a line to type, and what the answer looks like."""
    for path in (FOLDER / "answer.py", *FOLDER.glob("commands/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.JoinedStr | ast.Constant):
                continue
            pieces = node.values if isinstance(node, ast.JoinedStr) else [node]
            text = "".join(
                str(piece.value) if isinstance(piece, ast.Constant) else "\0" for piece in pieces
            )
            if re.search(r"예: (?:/|\0|\{|$)", text):
                pattern = re.sub(r"\0|\\\{.*?\\\}", ".*", re.escape(text))
                yield f"{path.name}:{node.lineno}", pattern


async def test_no_example_is_left_out_above() -> None:
    seen = [
        text
        for ready in (many, less)
        for lines in (*REFUSED, *((f"/help {name}",) for name in COMMANDS))
        for message in [await answered(ready(), lines)]
        for text in (message.head, *message.lines)
    ]
    found = dict(written())
    assert len(found) > 50
    unseen = [where for where, one in found.items() if not any(re.search(one, t) for t in seen)]
    assert unseen == [], unseen
