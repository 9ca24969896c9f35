"""/subscribe: this chat receives alerts of these symbols and kinds."""

from collections.abc import Sequence
from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands import schedule
from bot.commands.arguments import FAMOUS, Targets, take_duration, targets
from bot.commands.layout import kind_name, kind_names, kind_word, rows, symbol_names
from bot.commands.receives import MAX_SYMBOLS, covered, lines, wishes
from bot.commands.settings_words import example, read_threshold
from bot.errors import UserError
from bot.korean import josa, kind_of, unify
from bot.model import BY_NAME, OF_CONTRACTS, Button, ChatState, Message, Request
from pipeline.model import ALL, SymbolInfo
from pipeline.venues import foreign

ONLY: Final = "만"
_ONLY: Final = frozenset({ONLY, "only", "이것만"})
OF_BINANCE: Final = OF_CONTRACTS | {"kimchi"}


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for what is neither symbol nor kind, and for too many symbols."""
    state = await context.subscriptions.chat(request.chat)
    if not words:
        return panel(context, state)
    every_ms, words = _interval(words, context)
    rest = [word for word in words if unify(word) not in _ONLY]
    only, words = len(rest) < len(words), rest
    if only and not words:
        raise UserError(f"무엇만 받을지 함께 입력해 주세요. 예: /subscribe {ONLY} BTC ETH")
    try:
        wanted = targets(words, context)
    except UserError as error:
        raise _size_problem(words, context) or error from None
    if every_ms is not None:
        return await _comment(context, request, wanted, every_ms)
    symbols, kinds = wanted.symbols or (ALL,), wanted.kinds or (ALL,)
    _check_kinds(symbols, kinds)
    had = wishes(state)
    if only:
        return await _only(context, request, symbols, kinds)
    _check_room(had, symbols)
    new = not all(covered(had, symbol, kind) for symbol in symbols for kind in kinds)
    if new or not state.active:  # what is covered is not stored again: it would outlive its cover
        await context.subscriptions.subscribe(request.chat, symbols, kinds)
        state = await context.subscriptions.chat(request.chat)
    asked = f"{symbol_names(context, symbols)} · {kind_names(kinds)}"
    head = f"🔔 구독했습니다: {asked}" if new else f"🔔 이미 받고 있습니다: {asked}"
    return confirmed(context, state, symbols, kinds, head=head)


async def _only(
    context: Context, request: Request, symbols: Sequence[str], kinds: Sequence[str]
) -> Message:
    """These in place of all that the chat received."""
    _check_room({}, symbols)
    await context.subscriptions.subscribe(request.chat, symbols, kinds)
    await context.subscriptions.keep(
        request.chat, [(symbol, kind) for symbol in symbols for kind in kinds]
    )
    state = await context.subscriptions.chat(request.chat)
    asked = f"{symbol_names(context, symbols)} · {kind_names(kinds)}"
    return confirmed(context, state, symbols, kinds, head=f"🔔 이제 이것만 받습니다: {asked}")


def _check_kinds(symbols: Sequence[str], kinds: Sequence[str]) -> None:
    """Raises UserError for what is told of Binance's symbols alone, of another exchange's."""
    missing = [kind for kind in kinds if kind in OF_BINANCE]
    if missing and any(map(foreign, symbols)):
        names = josa(kind_names(missing), "은/는")
        kind = kind_name(missing[0]).replace(" ", "")
        raise UserError(f"{names} 바이낸스 종목만 알려 드립니다. 예: /subscribe BTC {kind}")


def _interval(words: list[str], context: Context) -> tuple[int | None, list[str]]:
    """ "스프레드 btcusdt 30분마다": the interval, if one is named, and the other words."""
    bare = [word.removesuffix("마다") for word in words]
    every_ms, rest = take_duration(bare, context.now_ms())
    return (every_ms, rest) if every_ms is not None else (None, words)


def _size_problem(words: Sequence[str], context: Context) -> UserError | None:
    """What to type where a word is no symbol but the size of what shall come."""
    named = (kind for word in words if (kind := kind_of(word)) is not None)
    kind = next((one for one in named if one in context.kinds), "large_trade")
    for word in words:
        try:
            read_threshold([word], kind, context)
        except UserError:
            continue
        if unify(word)[0].isdecimal() or unify(word).startswith("$"):
            return UserError(
                f"얼마부터 받을지는 설정에서 정합니다. 예: {example(kind)}, "
                f"구독하려면: /subscribe {kind_word(kind)}"
            )
    return None


async def _comment(context: Context, request: Request, wanted: Targets, every_ms: int) -> Message:
    """A spread, told at an interval, is something for the clock."""
    if wanted.kinds != ("spread",) or len(wanted.symbols) != 1 or ALL in wanted.symbols:
        raise UserError(
            "간격은 한 종목의 스프레드에만 정할 수 있습니다. 예: /subscribe BTC 스프레드 30분"
        )
    done = await schedule.comment_on(context, request, wanted.symbols[0], every_ms)
    return await schedule.panel(context, request, done)


def panel(context: Context, state: ChatState) -> Message:
    """What can be chosen, as buttons, and what comes already."""
    famous = _famous(context)
    kinds = [Button(f"🔔 {kind_name(k)}", f"/subscribe all {k}") for k in context.kinds]
    chosen = [Button(f"🔔 {info.base}", f"/subscribe {info.symbol}") for info in famous]
    both = " ".join(info.symbol for info in famous[:2])
    pair = " · ".join(info.base for info in famous[:2])
    return Message(
        head="🔔 어떤 알림을 받으시겠어요?",
        lines=(
            "이 채팅이 지금 받는 알림",
            *lines(state, context),
            "버튼을 누르거나 직접 입력하세요. 예: /subscribe BTC ETH 고래",
            f"알림 종류: {kind_names(context.kinds)}",
            *_by_name(context),
        ),
        buttons=rows(
            (
                Button("🔔 모든 알림", "/subscribe all"),
                *([Button(f"🔔 {pair}", f"/subscribe {both}")] if len(famous) > 1 else []),
            ),
            *(kinds[i : i + 2] for i in range(0, len(kinds), 2)),
            chosen,
        ),
        private=True,
    )


def _by_name(context: Context) -> list[str]:
    """A line on the kinds that "all" leaves out."""
    kinds = [kind for kind in context.kinds if kind in BY_NAME]
    if not kinds:
        return []
    names = josa(kind_names(kinds), "은/는")
    return [f"{names} ‘모든 알림’에 들어 있지 않습니다. 받으려면 따로 고르세요."]


def confirmed(
    context: Context, state: ChatState, symbols: Sequence[str], kinds: Sequence[str], *, head: str
) -> Message:
    """What was asked for, and everything that the chat receives now."""
    has = wishes(state)
    undo = "all" if ALL in symbols else " ".join(symbols)
    only: list[Button] = []
    # Of less than everything, where everything comes, somebody wants no more than that.
    if covered(has, ALL, ALL) and not (ALL in symbols and ALL in kinds):
        only = [Button("🔔 이것만 받기", " ".join(("/subscribe", ONLY, undo, *_named(kinds))))]
    return Message(
        head=head,
        lines=("이 채팅이 지금 받는 알림", *lines(state, context)),
        buttons=rows(
            only,
            (
                Button("📋 내 알림", "/alerts"),
                Button("✖ 해지", " ".join(("/unsubscribe", undo, *_named(kinds)))),
            ),
        ),
        private=True,
    )


def _named(kinds: Sequence[str]) -> Sequence[str]:
    return () if ALL in kinds else kinds


def _check_room(had: dict[str, frozenset[str]], symbols: Sequence[str]) -> None:
    named = {symbol for symbol in had if symbol != ALL}
    more = {symbol for symbol in symbols if symbol != ALL} - named
    if more and len(named) + len(more) > MAX_SYMBOLS:
        raise UserError(
            f"한 채팅에서 종목을 {MAX_SYMBOLS}개까지 고를 수 있습니다(지금 {len(named)}개). "
            "모든 종목을 받으려면: /subscribe all"
        )


def _famous(context: Context) -> list[SymbolInfo]:
    """Those of the best known coins that are listed."""
    found = []
    for name in FAMOUS:
        try:
            found.append(context.directory.find(name))
        except UserError:
            continue  # not listed here: no button
    return found


COMMAND = Command(
    name="subscribe",
    korean="구독",
    description="이 채팅에서 알림 받기: 종목과 종류를 고릅니다",
    example="/subscribe BTC ETH 고래",
    run=run,
    details=("고른 것만 받고 나머지는 끄려면: /subscribe 만 BTC ETH",),
    parameters=(
        Parameter("symbols", "심볼", "BTC, 비트코인, 여러 개, 또는 all(전체)", "symbols"),
        Parameter(
            "kinds", "종류", "고래, 급등락, 김프, 스프레드(간격: 30분). 비우면 모두", "kinds"
        ),
    ),
    aliases=("구독하기", "알림받기"),
    who="admins",
)
