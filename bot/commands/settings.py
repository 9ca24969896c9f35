"""/settings: how many alerts a day this chat wants at most."""

import re
from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands.layout import rows
from bot.errors import UserError
from bot.korean import unify
from bot.model import Button, Message, Request

CHOICES: Final = (10, 20, 50)
MOST: Final = 1_000
EXAMPLE: Final = "/settings 하루 20건"

_LIMIT = re.compile(r"(?:하루|매일|일)?([0-9]{1,6})(?:건|개|번)?(?:이하|까지|만|이내)?")
_NONE = frozenset(
    {"하루제한없음", "제한없음", "무제한", "하루무제한", "하루끄기", "끄기", "off", "전부", "모두"}
)


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for what is no number of alerts."""
    typed = unify("".join(words))
    if not typed:
        return await panel(context, request, "⚙️ 이 채팅의 설정")
    if typed in _NONE:
        await context.subscriptions.limit(request.chat, 0)
        return await panel(context, request, "⚙️ 하루 알림 수를 제한하지 않습니다")
    found = _LIMIT.fullmatch(typed)
    if found is None or not 1 <= int(found[1]) <= MOST:
        raise UserError(
            f"하루에 받을 알림 수를 1부터 {MOST:,}까지로 입력해 주세요. 예: {EXAMPLE}, "
            "/settings 제한 없음"
        )
    await context.subscriptions.limit(request.chat, int(found[1]))
    return await panel(context, request, f"⚙️ 하루 {int(found[1]):,}건까지 받습니다")


async def panel(context: Context, request: Request, head: str) -> Message:
    """What is set, and buttons to change it."""
    limit = (await context.subscriptions.chat(request.chat)).daily_limit
    now = f"하루 {limit:,}건까지" if limit else "제한 없음"
    return Message(
        head=head,
        lines=(
            f"하루 알림 수: {now}",
            "제한하면 지난 7일의 알림과 견주어 큰 것부터 보내고, 긴급 알림은 항상 보냅니다.",
            f"직접 정하기: {EXAMPLE}, /settings 제한 없음",
        ),
        buttons=rows(
            [Button(f"하루 {count}건", f"/settings 하루 {count}건") for count in CHOICES],
            [Button("제한 없음", "/settings 제한 없음")] if limit else [],
            [Button("📋 내 알림", "/alerts")],
        ),
        private=True,
    )


COMMAND = Command(
    name="settings",
    korean="설정",
    description="하루에 받을 알림 수 정하기: 큰 것부터, 긴급은 항상",
    example=EXAMPLE,
    run=run,
    parameters=(Parameter("limit", "하루알림수", "하루 20건, 제한 없음", "limit"),),
    aliases=("하루알림", "환경설정"),
    who="admins",
)
