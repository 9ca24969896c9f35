"""/deletemydata: everything stored about this chat goes, after a confirmation."""

from collections.abc import Mapping
from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands.layout import rows
from bot.errors import UserError
from bot.korean import unify
from bot.model import Button, Message, Request

_NAMES: Final = {
    "subscriptions": "구독",
    "mutes": "음소거",
    "schedules": "정기 예약",
    "targets": "목표가",
    "decisions": "알림을 보냈는지와 그 이유",
    "outbox": "보냈거나 보낼 메시지 사본",
    "chats": "채팅 번호와 설정(주제마다)",
    "meta": "봇이 들어오고 나간 기록",
}


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for a code that was not given to this person here just now."""
    typed = unify("".join(words))
    if not typed:
        return asked(context, request, await context.eraser.held(request.chat))
    if not context.eraser.confirms(request.chat, request.user, typed):
        raise UserError(
            "확인 번호가 다르거나 5분이 지났습니다. 물어본 사람만 쓸 수 있습니다. "
            "새로 받으려면: /deletemydata"
        )
    return erased(await context.eraser.erase(request.chat))


def asked(context: Context, request: Request, held: Mapping[str, int]) -> Message:
    """What there is, and how to confirm."""
    if not held:
        return Message(
            head="🗑 이 채팅에 대해 저장한 것이 없습니다",
            lines=_beside(request),
            private=True,
        )
    code = context.eraser.code(request.chat, request.user)
    return Message(
        head="🗑 이 채팅에 대해 저장한 것을 모두 지울까요?",
        lines=(
            "지울 것",
            *_listed(held),
            *_beside(request),
            "지우면 되돌릴 수 없고, 이 채팅에는 알림이 더 오지 않습니다.",
            f"5분 안에 버튼을 누르거나 직접 입력하세요: /deletemydata {code}",
        ),
        buttons=rows(
            (
                Button("🗑 모두 지우기", f"/deletemydata {code}"),
                Button("그대로 두기", "/alerts"),
            )
        ),
        private=True,
    )


def erased(gone: Mapping[str, int]) -> Message:
    """What went."""
    return Message(
        head="🗑 모두 지웠습니다" if gone else "🗑 지울 것이 없었습니다",
        lines=(
            *_listed(gone),
            "이 채팅에는 알림이 더 오지 않습니다. 다시 시작하려면: /start",
        ),
        private=True,
    )


def _listed(counts: Mapping[str, int]) -> list[str]:
    named = [*(name for name in _NAMES if name in counts), *sorted(counts.keys() - _NAMES.keys())]
    return [f"• {_NAMES.get(name, name)}: {counts[name]:,}건" for name in named]


def _beside(request: Request) -> tuple[str, ...]:
    """What is not in the database."""
    if request.chat.platform == "web":
        return ("이 브라우저의 방문자 번호와 화면의 대화도 서버에서 지워집니다.",)
    return ("이미 보낸 메시지는 이 대화방에 남습니다. 필요하면 직접 지워 주세요.",)


COMMAND = Command(
    name="deletemydata",
    korean="내정보삭제",
    description="이 채팅에 대해 저장한 것을 확인하고 모두 지우기",
    example="/deletemydata",
    run=run,
    parameters=(Parameter("code", "확인번호", "안내받은 여섯 자리 숫자. 비우면 안내", "code"),),
    aliases=("내데이터삭제", "정보삭제"),
    who="admins",
)
