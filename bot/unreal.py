"""Markets that are not the one of this moment: what they are called, which messages say."""

from typing import Final

import msgspec

from bot.korean import korean_time
from bot.model import Message, Unreal

SIMULATED: Final = Unreal("🧪", "모의 시장", "실제 시세가 아닙니다.")


def replayed(begin_ms: int) -> Unreal:
    """The past from then on."""
    at = korean_time(begin_ms)
    name = f"{at.year}년 {at.month}월 {at.day}일 시세 재생"
    return Unreal("⏪", name, "지금 시세가 아닙니다.", past=True)


def marked(message: Message, unreal: Unreal | None) -> Message:
    """A message that nobody asked for, with what market it is about."""
    if unreal is None:
        return message
    foot = message.foot
    if unreal.brief not in foot:
        foot = f"{unreal.brief} · {foot}" if foot else unreal.brief
    return msgspec.structs.replace(message, head=unreal.lead + message.head, foot=foot)
