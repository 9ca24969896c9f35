"""/start: what this is and three buttons to begin."""

import msgspec

from bot.command import Command, Context
from bot.compose import greeting
from bot.model import Button, Message, Request
from pipeline.model import ALL

SUBSCRIBED = "모의 시장에서는 모든 알림을 미리 켜 두었습니다. 끄려면: /unsubscribe all"


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """The greeting; what a deep link appends to /start is not needed.

    Nobody is alerted who did not subscribe, but for one exception that the greeting names: in a
    simulated market, whose only visitor came to see alerts, they are on from the start.
    """
    message = greeting(context.simulated)
    if not context.simulated or not request.admin:
        return message
    state = await context.subscriptions.chat(request.chat)
    if state.subscriptions:
        return message
    await context.subscriptions.subscribe(request.chat, [ALL], [ALL])
    (_, *others), *rows = message.buttons  # nobody is offered what they have already
    return msgspec.structs.replace(
        message,
        lines=(*message.lines, SUBSCRIBED),
        buttons=((Button("📋 내 알림", "/alerts"), *others), *rows),
    )


COMMAND = Command(
    name="start",
    korean="시작",
    description="고래봇 소개와 시작 버튼",
    example="/start",
    run=run,
    aliases=("시작하기", "소개"),
)
