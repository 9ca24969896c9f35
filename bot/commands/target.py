"""/target: tell this chat once when a pair reaches a price."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from bot.command import Command, Context, Parameter
from bot.commands.arguments import echo, take_duration, then
from bot.commands.layout import at, rows
from bot.commands.waits import FRESH_MS, WAYS, by_closeness, level_text, lines, price_now
from bot.commands.waits import buttons as wait_buttons
from bot.errors import UserError
from bot.korean import (
    DAY_MS,
    FOREVER_MS,
    MINUTE_MS,
    display_name,
    duration,
    in_won,
    josa,
    parse_amount,
    percent,
    price,
    quote_unit,
    unify,
)
from bot.model import Button, Message, Request, Target
from pipeline.model import ALL, SymbolInfo

DEFAULT_MS: Final = 30 * DAY_MS
FAR_TIMES: Final = 20.0
"""A price so many times the one now, or so small a part of it, is of another currency or a slip."""

_EXAMPLE: Final = "/target BTC +5%"
_OFF: Final = frozenset({"삭제", "해제", "취소", "delete", "remove", "off"})
_EDIT: Final = frozenset({"수정", "변경", "edit"})
_FILLERS: Final = frozenset(
    {"달러", "불", "usdt", "usdc", "fdusd", "usd", "이상", "이하", "위", "아래", "도달", "되면"}
    | {"오르면", "내리면", "알림", "알려줘", "까지", "때", "에"}
)
_RELATIVE: Final = re.compile(r"([+\-−])([0-9]+(?:\.[0-9]+)?)(?:%|퍼센트|퍼)")
_BARE_PERCENT: Final = re.compile(r"[0-9.,]+(?:%|퍼센트|퍼)")
_SIGNED: Final = re.compile(r"[+\-−][0-9]")
_GROUP: Final = re.compile(r"[천백십만억조]+(?:달러|원|불)?")
_GROUPED: Final = re.compile(r"[천백만억조]$")
_LENGTH: Final = re.compile(r"[0-9]+(?:초|분|시간|일|주일|주|달|개월|년)")
_OFFERED: Final = ("+1%", "+5%", "-1%", "-5%")
_GONE: Final = Message(
    head="🎯 그 목표가는 이미 없습니다",
    lines=("닿았거나, 기한이 지났거나, 지운 것입니다.",),
    buttons=rows([Button("📋 내 알림", "/alerts")]),
    private=True,
)


class Wanted(msgspec.Struct, frozen=True):
    """A price as typed: absolute, or ``percent`` from the price now; ``won``: of Korea's money."""

    amount: float = 0.0
    percent: float | None = None
    won: bool = False


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for what is no symbol, price, expiry or number of a target."""
    first = unify(words[0]) if words else ""
    if not words:
        return await overview(context, request)
    if first in _OFF:
        return await _removed(context, request, words[1:])
    if first in _EDIT:
        return await _edited(context, request, words[1:])
    cut = _price_at(words)
    if cut is None:
        lasts_ms, symbol_words = take_duration(words[1:], context.now_ms())
        if lasts_ms is not None:
            raise UserError(f"가격을 함께 입력해 주세요. 예: {_EXAMPLE} {words[-1]}")
        info = _named(context, [words[0], *symbol_words])
        return offer(context, info, await price_now(context, info))
    start, end = cut
    wanted = _wanted("".join(words[start:end]))
    if start == 0:  # "10만 비트"
        info, lasts_ms = _symbol_and_expiry(context, words[end:])
    else:
        info = _find(context, words[:start])
        lasts_ms = _expiry(context, words[end:])
    return await _set(context, request, info, wanted, lasts_ms)


async def _set(
    context: Context,
    request: Request,
    info: SymbolInfo,
    wanted: Wanted,
    lasts_ms: int,
    instead: int | None = None,
) -> Message:
    now = await price_now(context, info)
    level = _level(info, wanted, now)
    now_ms, newest_ms = context.now_ms(), context.market.newest_ms
    # By the exchange's clock, against which trades are held, unless nothing comes from there.
    since_ms = newest_ms if 0 <= now_ms - newest_ms <= FRESH_MS else now_ms
    asked = Target(
        request.chat,
        info.symbol,
        level,
        "up" if level > now else "down",
        since_ms,
        since_ms + lasts_ms,
    )
    replaced: list[str] = []
    for had in await context.targets.targets(request.chat):
        same = (had.symbol, had.price, had.way) == (asked.symbol, asked.price, asked.way)
        if same and instead is None:
            instead = had.id  # only its time is another one
        if had.id == instead:
            before = f"{at(had.until_ms, now_ms)}까지"
            if not same:
                before = f"{level_text(context, had)} {WAYS[had.way]}, {before}"
            replaced = [f"이미 기다리던 것을 바꿨습니다. 전에는: {before}"]
    target = await context.targets.add(asked, instead)
    muted = (await context.subscriptions.chat(request.chat)).muted
    lasting = max(muted.get(ALL, 0), muted.get(info.symbol, 0)) > now_ms
    unit = quote_unit(info.quote)
    reaches = f"{level_text(context, target)} {josa(WAYS[target.way], '이/가')} 되면"
    return Message(
        head=f"🎯 {display_name(info)} {reaches} 한 번 알립니다",
        lines=(
            f"지금 {price(now, info.tick, unit)} · 거기까지 {percent((level / now - 1) * 100)}",
            f"{at(target.until_ms, now_ms)}까지 기다립니다({duration(lasts_ms)}). "
            "기한을 정하려면 끝에 3일, 1시간, 오늘처럼 쓰세요.",
            *replaced,
            *(["🔕 지금은 음소거 중이지만, 직접 정한 목표가 알림은 옵니다."] if lasting else []),
        ),
        buttons=rows(
            (
                Button("✏️ 바꾸기", f"/target 수정 {target.id}"),
                Button("✖ 삭제", f"/target 삭제 {target.id}"),
                Button("📋 내 알림", "/alerts"),
            )
        ),
        private=True,
    )


def _level(info: SymbolInfo, wanted: Wanted, now: float) -> float:
    """The price meant, on the exchange's grid. Raises UserError for one that cannot be meant."""
    unit = quote_unit(info.quote)
    shown = price(now, info.tick, unit)
    example = f"/target {info.base} {price(_on_grid(now * 1.05, info.tick), info.tick, '')}"
    if wanted.won and info.quote not in ("KRW",):
        raise UserError(
            f"{info.symbol} 가격은 원이 아니라 {unit} 단위입니다(지금 {shown}). 예: {example}"
        )
    if wanted.percent is not None:
        if wanted.percent <= -100 or wanted.percent == 0:
            raise UserError(
                f"0%가 아니고 −100%보다 큰 비율을 써 주세요. 예: /target {info.base} -5%"
            )
        level = now * (1 + wanted.percent / 100)
    else:
        level = wanted.amount
    level = _on_grid(level, info.tick)
    if level <= 0:
        raise UserError(f"0보다 큰 가격을 써 주세요(지금 {shown}). 예: {example}")
    if level > now * FAR_TIMES or level < now / FAR_TIMES:
        raise UserError(
            f"{josa(price(level, info.tick, unit), '은/는')} 지금 가격 {shown}에서 너무 멉니다. "
            f"{info.symbol} 가격은 {unit} 단위입니다. 예: {example}"
        )
    if level == now:
        raise UserError(f"지금 가격이 바로 {shown}입니다. 다른 가격을 써 주세요. 예: {example}")
    return level


def _on_grid(level: float, tick: float) -> float:
    """The nearest price that the exchange knows; every digit when it does not say."""
    if tick <= 0:
        return float(f"{level:.8g}")
    return float(f"{round(level / tick) * tick:.12g}")


def offer(context: Context, info: SymbolInfo, now: float, instead: Target | None = None) -> Message:
    """The price now, and a few distances as buttons."""
    unit = quote_unit(info.quote)
    what = f"수정 {instead.id}" if instead is not None else info.symbol
    choices = [Button(f"🎯 {far.replace('-', '−')}", f"/target {what} {far}") for far in _OFFERED]
    example = price(_on_grid(now * 1.05, info.tick), info.tick, "")
    changed = []
    if instead is not None:
        changed = [f"지금 정해 둔 가격: {level_text(context, instead)} {WAYS[instead.way]}"]
    return Message(
        head=f"🎯 {display_name(info)} 지금 {price(now, info.tick, unit)} · 어느 가격에 알릴까요?",
        lines=(
            *changed,
            f"버튼의 비율은 누르는 때의 가격부터입니다. 직접 쓰려면: /target {what} {example}",
        ),
        buttons=rows(choices[:2], choices[2:]),
        private=True,
    )


async def overview(context: Context, request: Request) -> Message:
    """What the chat waits for, and how to wait for more."""
    waits = by_closeness(context, await context.targets.targets(request.chat))
    return Message(
        head="🎯 이 채팅이 기다리는 가격" if waits else "🎯 기다리는 가격이 없습니다",
        lines=(
            *lines(context, waits, most=len(waits)),
            f"정하기: {_EXAMPLE} · /target ETH 3500 3일",
        ),
        buttons=rows(*wait_buttons(context, waits), [Button("🎯 비트코인", "/target BTC")]),
        private=True,
    )


async def _removed(context: Context, request: Request, words: Sequence[str]) -> Message:
    number = _number(words)
    removed = await context.targets.remove(request.chat, number)
    if removed is None:
        return _GONE
    info = context.market.info(removed.symbol)
    return Message(
        head=f"🎯 지웠습니다: {display_name(info)} {level_text(context, removed)} "
        f"{WAYS[removed.way]}",
        buttons=rows(
            (Button("📋 내 알림", "/alerts"), Button("🎯 다시 설정", f"/target {removed.symbol}"))
        ),
        private=True,
    )


async def _edited(context: Context, request: Request, words: Sequence[str]) -> Message:
    number = _number(words)
    had = {one.id: one for one in await context.targets.targets(request.chat)}.get(number)
    if had is None:
        return _GONE
    info = context.directory.find(had.symbol)
    rest = list(words[1:])
    if not rest:
        return offer(context, info, await price_now(context, info), had)
    cut = _price_at(["", *rest])
    if cut is None:
        raise UserError(f"가격을 알아보지 못했습니다. 예: /target 수정 {number} +5%")
    start, end = cut[0] - 1, cut[1] - 1
    left_ms = max(MINUTE_MS, had.until_ms - context.now_ms())
    named = [word for word in rest[end:] if unify(word) not in _FILLERS]
    lasts_ms = _expiry(context, named) if named else left_ms
    return await _set(
        context, request, info, _wanted("".join(rest[start:end])), lasts_ms, instead=number
    )


def _number(words: Sequence[str]) -> int:
    typed = unify(words[0]).lstrip("#").removesuffix("번") if words else ""
    if not typed.isdecimal() or len(typed) > 15:
        raise UserError("어느 목표가인지 목록의 버튼이나 번호로 골라 주세요. 목록: /target")
    return int(typed)


def _find(context: Context, words: Sequence[str]) -> SymbolInfo:
    try:
        return context.directory.find(" ".join(words))
    except UserError as error:
        raise UserError(then(str(error), f"쓰는 법: {_EXAMPLE}")) from error


def _named(context: Context, words: Sequence[str]) -> SymbolInfo:
    """The pair of a line without a price. Raises UserError for a word that was to be one."""
    try:
        return _find(context, words)
    except UserError:
        if any(_SIGNED.match(unify(word)) for word in words[1:]):
            raise UserError(
                "부호를 쓰면 지금 가격부터의 비율(%)입니다. 예: /target BTC -5%, "
                "가격은 부호 없이: /target BTC 10만"
            ) from None
        try:
            context.directory.find(words[0])
        except UserError:
            pass
        else:
            raise UserError(
                f"‘{echo(words[-1])}’에서 가격을 알아보지 못했습니다. 예: {_EXAMPLE}, "
                "/target BTC 10만 3일"
            ) from None
        raise


def _price_at(words: Sequence[str]) -> tuple[int, int] | None:
    """Where among the words the price stands; the first word is the symbol if any other can be."""
    for start in (*range(1, len(words)), 0):
        if not words[start]:
            continue
        end = start + 1
        while end < len(words) and (
            (_GROUPED.search(unify(words[end - 1])) or _GROUP.fullmatch(unify(words[end])))
            and _reads("".join(words[start : end + 1]))
        ):
            end += 1  # "1억 5천만", "10 만"
        if _reads("".join(words[start:end])):
            return start, end
    return None


def _reads(text: str) -> bool:
    typed = unify(text)
    if _RELATIVE.fullmatch(typed) or _BARE_PERCENT.fullmatch(typed):
        return True
    try:
        parse_amount(text)
    except ValueError:
        return False
    return True


def _wanted(text: str) -> Wanted:
    """Raises UserError for a percentage without a sign."""
    typed = unify(text)
    if relative := _RELATIVE.fullmatch(typed):
        far = float(relative[2])
        return Wanted(percent=far if relative[1] == "+" else -far)
    if _BARE_PERCENT.fullmatch(typed):
        raise UserError("오를 때인지 내릴 때인지 +나 −를 붙여 주세요. 예: /target BTC +5%")
    return Wanted(amount=parse_amount(text), won=in_won(text))


def _expiry(context: Context, words: Sequence[str]) -> int:
    """How long to wait, in milliseconds; the usual time when the words name none."""
    lasts_ms, rest = take_duration(words, context.now_ms())
    left = [word for word in rest if unify(word) not in _FILLERS]
    if left and _LENGTH.fullmatch(unify("".join(left))):
        raise UserError(f"기한은 1분부터 1년까지 정할 수 있습니다. 예: {_EXAMPLE} 3일")
    if left:
        raise UserError(
            f"‘{echo(left[0])}’의 뜻을 알아보지 못했습니다. 기한은 3일, 1시간, 오늘처럼 써 주세요. "
            f"예: {_EXAMPLE} 3일"
        )
    return _bounded(lasts_ms)


def _symbol_and_expiry(context: Context, words: Sequence[str]) -> tuple[SymbolInfo, int]:
    lasts_ms, rest = take_duration(words, context.now_ms())
    named = [word for word in rest if unify(word) not in _FILLERS]
    if not named:
        raise UserError(f"심볼을 함께 입력해 주세요. 예: {_EXAMPLE}")
    return _find(context, named), _bounded(lasts_ms)


def _bounded(lasts_ms: int | None) -> int:
    if lasts_ms is None:
        return DEFAULT_MS
    if lasts_ms < MINUTE_MS:
        raise UserError(f"기한은 1분보다 길게 정해 주세요. 예: {_EXAMPLE} 1시간")
    return min(lasts_ms, FOREVER_MS // 100)  # a year at most: nobody remembers what they asked


COMMAND = Command(
    name="target",
    korean="목표가",
    description="가격에 닿으면 한 번 알림: 10만, 1.5k, +5%, 기한도 정할 수 있습니다",
    example=_EXAMPLE,
    run=run,
    parameters=(
        Parameter("symbol", "심볼", "BTC, btcusdt, 비트코인", "symbol"),
        Parameter("price", "가격", "10만, 1.5k, 0.0000092, +5%(지금 가격부터)", "price"),
        Parameter("duration", "기한", "3일, 1시간, 오늘. 비우면 30일", "duration"),
    ),
    aliases=("가격알림", "지정가"),
    who="admins",
)
