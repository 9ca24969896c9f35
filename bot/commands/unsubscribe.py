"""/unsubscribe: alerts of these symbols and kinds no longer come to this chat."""

from collections.abc import Sequence

from bot.command import Command, Context, Parameter
from bot.commands.arguments import targets
from bot.commands.layout import kind_names, rows, symbol_names
from bot.commands.receives import Wishes, covered, lines, remove_buttons, wishes, without
from bot.model import Button, Chat, ChatState, Message, Request
from pipeline.model import ALL


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for what is neither symbol nor kind."""
    state = await context.subscriptions.chat(request.chat)
    if not words:
        return panel(context, state)
    gone = targets(words, context)
    symbols, kinds = gone.symbols or (ALL,), gone.kinds or (ALL,)
    had = wishes(state)
    left = without(had, symbols, kinds, context.kinds)
    if left != had:
        await _change(context, request.chat, had, left, symbols, kinds)
        state = await context.subscriptions.chat(request.chat)
    return confirmed(context, state, symbols, kinds, changed=left != had)


def panel(context: Context, state: ChatState) -> Message:
    """What can be removed, as buttons."""
    received = lines(state, context)
    if not received:
        return Message(
            head="🔕 이 채팅은 구독한 알림이 없습니다",
            lines=("알림을 받으려면: /subscribe",),
            buttons=rows((Button("🔔 알림 고르기", "/subscribe"),)),
            private=True,
        )
    return Message(
        head="🔕 어떤 알림을 해지하시겠어요?",
        lines=(*received, "버튼을 누르거나 직접 입력하세요. 예: /unsubscribe BTC"),
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
    head = f"🔕 해지했습니다: {asked}" if changed else f"구독하고 있지 않은 알림입니다: {asked}"
    received = lines(state, context)
    remains = ("이 채팅이 지금 받는 알림", *received) if received else ("이제 받는 알림이 없습니다.",)
    buttons = [Button("📋 내 알림", "/alerts"), Button("🔔 알림 고르기", "/subscribe")]
    still: tuple[str, ...] = ()
    everywhere: Wishes = {ALL: wishes(state).get(ALL, frozenset())}
    # A single kind of one symbol cannot be silenced while all symbols are subscribed to: a mute
    # silences the symbol.
    if ALL not in symbols and any(covered(everywhere, ALL, k) for k in (*kinds, *_every(kinds, context))):
        names = symbol_names(context, symbols)
        still = (
            f"모든 종목을 구독 중이라 {names} 알림은 계속 올 수 있습니다. "
            f"이 종목만 끄려면: /mute 계속 {symbols[0]}",
        )
        buttons.insert(0, Button(f"🔕 {symbols[0]} 끄기", f"/mute 계속 {symbols[0]}"))
    return Message(
        head=head, lines=(*remains, *still), buttons=rows(buttons), private=True
    )


def _every(kinds: Sequence[str], context: Context) -> Sequence[str]:
    return context.kinds if ALL in kinds else ()


async def _change(
    context: Context,
    chat: Chat,
    had: Wishes,
    left: Wishes,
    symbols: Sequence[str],
    kinds: Sequence[str],
) -> None:
    """Remove; where all kinds become the other ones, these are subscribed to afterwards.

    What is removed with a subscription to all kinds comes back in ``finally``: an answer that is
    cut short by its deadline must not end more than what was asked.
    """
    split = [s for s in left if ALL in had[s] and ALL not in left[s]]
    if not split:
        await context.subscriptions.unsubscribe(chat, symbols, kinds)
        return
    again: dict[frozenset[str], list[str]] = {}
    for symbol in left if ALL in symbols else split:
        again.setdefault(left[symbol], []).append(symbol)
    try:
        await context.subscriptions.unsubscribe(chat, symbols, (ALL,))
    finally:
        for rest, of in again.items():
            await context.subscriptions.subscribe(chat, of, rest)
