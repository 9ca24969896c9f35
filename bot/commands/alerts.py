"""/alerts: what this chat receives, has muted and waits for, with buttons to change each."""

from collections.abc import Sequence

from bot.command import Command, Context
from bot.commands import waits
from bot.commands.layout import rows
from bot.commands.receives import MAX_BUTTONS, effective, lines, mutes, remove_buttons, wishes
from bot.model import Button, ChatState, Message, Request


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """The chat's subscriptions, mutes and targets."""
    state = await context.subscriptions.chat(request.chat)
    targets = await context.targets.targets(request.chat)
    return render(context, state, waits.by_closeness(context, targets))


def render(context: Context, state: ChatState, waited: Sequence[waits.Wait] = ()) -> Message:
    """The answer in words; the prices waited for come nearest first."""
    received = lines(state, context)
    goals = waits.lines(context, waited)
    goal_buttons = waits.buttons(context, waited)
    buttons = remove_buttons(state, context)
    if not state.subscriptions:
        add = Button("🔔 알림 고르기", "/subscribe")
        return Message(
            head="📋 이 채팅은 구독한 알림이 없습니다",
            lines=(*received[1:], *goals, "알림을 받으려면: /subscribe, 예: /subscribe BTC"),
            buttons=rows((add,), *goal_buttons, *buttons),
            private=True,
        )
    # Beside each subscription and mute there is the button that ends everything.
    count = len(effective(wishes(state))) + len(mutes(state, context.now_ms()))
    more: tuple[str, ...] = ()
    if count >= MAX_BUTTONS:
        more = ("버튼에 없는 것은 직접 입력하세요. 예: /unsubscribe BTC, /unmute BTC",)
    return Message(
        head="📋 이 채팅이 받는 알림",
        lines=(*received, *goals, *more),
        buttons=rows(*goal_buttons, *buttons),
        private=True,
    )


COMMAND = Command(
    name="alerts",
    korean="알림",
    description="이 채팅이 받는 알림, 음소거, 목표가를 보고 바꾸기",
    example="/alerts",
    run=run,
    aliases=("내알림", "구독목록", "알림목록"),
    private=True,
)
