"""/start: what this is and three buttons to begin."""

import msgspec

from bot.command import Command, Context
from bot.commands.offered import receive
from bot.compose_welcome import greeting
from bot.model import Button, Message, Request
from pipeline.model import ALL

SUBSCRIBED = "🔔 지금 모든 종목의 알림을 받고 있습니다({}이라 미리 켜 두었습니다)."
CHANGE = "원하는 종목과 종류만 받으려면 아래의 ‘받을 알림 바꾸기’를 누르세요."


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """The greeting; what a deep link appends to /start is not needed.

    Nobody is alerted who did not subscribe, but for one exception that the greeting names: in a
    market of no moment, whose only visitor came to see alerts, they are on at the first start.
    """
    unreal = context.unreal
    message = greeting(unreal)
    (everything, *others), *rows = message.buttons
    if request.invite:
        rows.append((Button("➕ 그룹에 추가", "", request.invite),))
    offer = await receive(context, request.chat, ALL, label=everything.label)
    message = msgspec.structs.replace(message, buttons=((offer, *others), *rows))
    if unreal is None or not request.admin:
        return message
    state = await context.subscriptions.chat(request.chat)
    if not state.new:
        return message
    replayed = context.market.contracts if unreal.past else ()  # "all" leaves contracts out
    await context.subscriptions.subscribe(request.chat, [ALL, *replayed], [ALL])
    change = Button("🔔 받을 알림 바꾸기", "/subscribe"), Button("✖ 모두 끄기", "/unsubscribe all")
    return msgspec.structs.replace(
        message,
        lines=(*message.lines, SUBSCRIBED.format(unreal.name), CHANGE),
        buttons=(change, tuple(others), *rows),
    )


COMMAND = Command(
    name="start",
    korean="시작",
    description="고래봇 소개와 시작 버튼",
    example="/start",
    run=run,
    aliases=("시작하기", "소개", "안녕", "안녕하세요", "하이", "hi", "hello"),
)
