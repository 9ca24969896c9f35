"""Who comes, or comes back, is told what this is."""

from typing import Final

from bot.compose import DISCLAIMER, FULL_DISCLAIMER
from bot.korean import josa
from bot.model import Button, Message, Unreal

_HELLO: Final = "🐳 고래봇입니다. 큰 움직임을 한국어로 알려 드립니다."


def greeting(unreal: Unreal | None) -> Message:
    """The answer to /start: what this is, three buttons to begin, the full disclaimer."""
    lines = [
        "바이낸스의 대량 체결, 급등·급락, 펌핑, 거래량 급등, 선물 청산 등을 바로 알려 드립니다.",
        "심볼은 BTC, btcusdt, 비트코인처럼 편하게 입력하세요.",
    ]
    if unreal is not None:
        lines.insert(0, unreal.sentence)
    return Message(
        head=_HELLO,
        lines=tuple(lines),
        foot=FULL_DISCLAIMER,
        buttons=(
            (
                Button("🔔 모든 알림 받기", "/subscribe all"),
                Button("📊 비트코인 현재가", "/price BTC"),
                Button("❓ 도움말", "/help"),
            ),
        ),
    )


def description(unreal: Unreal | None) -> str:
    """What an empty chat with the bot shows, before anybody has written: the greeting's words."""
    hello = greeting(unreal)
    return "\n".join((hello.head, "", *hello.lines, "", hello.foot))


def short_description(unreal: Unreal | None) -> str:
    """The same in a line, for the bot's profile and links to it."""
    hello = group_greeting(unreal)
    return f"{hello.head} {hello.foot}"


def anew(unreal: Unreal | None, *, lasting: bool) -> Message:
    """What an open page is told that knew a former run, of which nothing was kept; ``lasting``:
    something is kept of this one."""
    if lasting:
        why = "지금은 다른 데이터베이스를 쓰고 있어, 전에 받던 알림과 설정이 없습니다."
    else:
        what = josa("이 봇" if unreal is None else unreal.name, "은/는")
        why = f"{what} 아무것도 저장하지 않아, 받던 알림과 설정이 지워졌습니다."
    return Message(
        head="🔄 처음부터 새로 시작했습니다",
        lines=(
            why,
            "지금은 알림이 오지 않습니다. 다시 받으려면 아래 버튼을 눌러 주세요.",
        ),
        buttons=((Button("▶️ 다시 시작", "/start"),),),
    )


BACK: Final = Message(
    head="▶️ 멈춰 있던 알림을 다시 보냅니다",
    lines=(
        "이곳에 글을 쓸 수 없어 멈춰 있었습니다. 그동안의 알림은 보내지 않습니다.",
        "받는 알림을 보려면: /alerts",
    ),
    silent=True,
)
"""What a chat is told that can be written to again."""
RESTED: Final = Message(
    head="▶️ 쉬던 알림을 다시 보냅니다",
    lines=(
        "오랫동안 이 페이지를 열지 않아 알림을 쉬고 있었습니다. 그동안의 알림은 보내지 않습니다.",
        BACK.lines[-1],
    ),
    silent=True,
)
"""What a web chat is told whose page is opened again after a long time."""


def group_greeting(unreal: Unreal | None) -> Message:
    """What a group or server is told when the bot is added: nobody there has asked for more."""
    market = "" if unreal is None else f"{unreal.sentence} "
    return Message(
        head=_HELLO,
        lines=("관리자가 버튼을 누르면 이곳으로 알림이 옵니다. 명령 목록: /help",),
        foot=market + DISCLAIMER,
        buttons=((Button("🔔 알림 받기", "/subscribe all"),),),
    )
