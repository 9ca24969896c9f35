"""The button about a symbol's alerts under an answer: to receive them, or to see what comes."""

from typing import Final

from bot.command import Context
from bot.commands.receives import covered, wishes
from bot.errors import StoreError
from bot.model import Button, Chat
from pipeline.model import ALL

MINE: Final = Button("📋 내 알림", "/alerts")


async def receive(
    context: Context, chat: Chat, symbol: str, kind: str = ALL, label: str = "🔔 알림 받기"
) -> Button:
    """To receive the symbol's (or ALL's) alerts of a kind (or ALL); where they come already, to
    see and change what does."""
    words = ("/subscribe", "all" if symbol == ALL else symbol, *(() if kind == ALL else (kind,)))
    offer = Button(label, " ".join(words))
    try:
        state = await context.subscriptions.chat(chat)
    except StoreError:  # of which the log is told where the answer's settings are read
        return offer
    return MINE if state.active and covered(wishes(state), symbol, kind) else offer
