"""/unsubscribe: alerts of these symbols and kinds no longer come to this chat."""

from collections.abc import Collection, Sequence

from bot.command import Command, Context, Parameter
from bot.commands.arguments import targets
from bot.commands.layout import kind_names, rows, symbol_names
from bot.commands.receives import lines, remove_buttons, wishes, without
from bot.model import Button, ChatState, Message, Request, includes
from pipeline.model import ALL


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for what is neither symbol nor kind."""
    state = await context.subscriptions.chat(request.chat)
    if not words:
        return panel(context, state)
    had = wishes(state)
    gone = targets(words, context, had)
    symbols, kinds = gone.symbols or (ALL,), gone.kinds or (ALL,)
    left = without(had, symbols, kinds, context.kinds)
    if left != had:
        remaining = [(symbol, kind) for symbol, kept in left.items() for kind in kept]
        await context.subscriptions.keep(request.chat, remaining)
        state = await context.subscriptions.chat(request.chat)
    return confirmed(context, state, symbols, kinds, changed=left != had)


def panel(context: Context, state: ChatState) -> Message:
    """What can be removed, as buttons."""
    if not state.subscriptions:
        return Message(
            head="🔕 이 채팅은 구독한 알림이 없습니다",
            lines=("알림을 받으려면: /subscribe",),
            buttons=rows((Button("🔔 알림 고르기", "/subscribe"),)),
            private=True,
        )
    return Message(
        head="🔕 어떤 알림을 해지하시겠어요?",
        lines=(
            *lines(state, context),
            "버튼을 누르거나 직접 입력하세요. 예: /unsubscribe BTC, /unsubscribe 스프레드",
        ),
        buttons=rows(*remove_buttons(state, context)),
        private=True,
    )


def confirmed(
    context: Context,
    state: ChatState,
    symbols: Sequence[str],
    kinds: Sequence[str],
    *,
    changed: bool,
) -> Message:
    """What went, what remains, and what still comes through a subscription to all symbols."""
    asked = f"{symbol_names(context, symbols)} · {kind_names(kinds)}"
    remaining = ["이 채팅이 지금 받는 알림", *lines(state, context)]
    buttons = [Button("📋 내 알림", "/alerts"), Button("🔔 알림 고르기", "/subscribe")]
    everywhere = wishes(state).get(ALL, frozenset())
    listed = [symbol for symbol in symbols if symbol in context.market.listing]
    if listed and _overlap(everywhere, kinds):
        # No row says "all but this symbol": a mute does, and silences every kind of it.
        remaining.append(
            f"모든 종목을 구독 중이라 {symbol_names(context, listed)} 알림은 계속 올 수 있습니다. "
            f"이 종목만 끄려면: /mute 계속 {listed[0]}"
        )
        buttons.insert(0, Button(f"🔕 {listed[0]} 끄기", f"/mute 계속 {listed[0]}"))
    return Message(
        head=f"🔕 해지했습니다: {asked}" if changed else f"구독하지 않은 알림입니다: {asked}",
        lines=tuple(remaining),
        buttons=rows(buttons),
        private=True,
    )


def _overlap(some: Collection[str], others: Collection[str]) -> bool:
    """Whether some of the others, ALL for any, are among the kinds that come."""
    return bool(some) if ALL in others else any(includes(some, kind) for kind in others)


COMMAND = Command(
    name="unsubscribe",
    korean="구독해지",
    description="이 채팅의 알림 해지: 종목, 종류, 또는 모두(all)",
    example="/unsubscribe BTC",
    run=run,
    parameters=(
        Parameter("symbols", "심볼", "BTC, 비트코인, 여러 개, 또는 all(모두)", "symbols"),
        Parameter("kinds", "종류", "고래, 급등락, 김프, 호가벽. 비우면 모두", "kinds"),
    ),
    aliases=("구독해제", "구독취소", "해지"),
    who="admins",
)
