"""/mute: no alerts of everything or of some symbols for a while.

Without anything it asks instead of muting: whoever silences a chat by mistake misses what they
subscribed to. A symbol alone is muted for an hour, like the button on an alert.
"""

from collections.abc import Sequence
from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands.arguments import duration_problem, symbols_only, take_duration, then
from bot.commands.layout import rows, symbol_names
from bot.commands.receives import MAX_SYMBOLS, mute_lines, mutes, until
from bot.commands.settings_words import OFF, ON
from bot.errors import UserError
from bot.korean import FOREVER_MS, HOUR_MS, duration, unify
from bot.model import Button, ChatState, Message, Request
from pipeline.model import ALL

DEFAULT_MS: Final = HOUR_MS
CHOICES: Final = ("30분", "1시간", "오늘", "계속")
_STILL: Final = "시세 데이터가 멈추거나 복구되면 소리 없이 알려 드립니다."


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for what is neither duration nor symbol, and for too many symbols."""
    state = await context.subscriptions.chat(request.chat)
    if not words:
        return panel(context, state)
    if unify("".join(words)) in OFF | ON:
        raise UserError(
            "음소거를 끝내려면 /unmute, 알림을 잠시 끄려면 /mute 1시간처럼 입력해 주세요."
        )
    now_ms = context.now_ms()
    lasts_ms, rest = take_duration(words, now_ms)
    duration_problem(rest, context)
    try:
        symbols = symbols_only(rest, context) or (ALL,)
    except UserError as error:
        how = f"기간은 {', '.join(CHOICES)}처럼 씁니다."
        raise UserError(then(str(error), how)) from error
    _check_room(mutes(state, now_ms), symbols)
    lasts_ms = DEFAULT_MS if lasts_ms is None else lasts_ms
    for symbol in symbols:
        await context.subscriptions.mute(request.chat, symbol, now_ms + lasts_ms)
    return confirmed(context, symbols, lasts_ms)


def panel(context: Context, state: ChatState) -> Message:
    """How long everything can be muted, as buttons, and what is muted already."""
    lasting = mutes(state, context.now_ms())
    choices = [Button(f"🔕 {choice}", f"/mute {choice}") for choice in CHOICES]
    return Message(
        head="🔕 얼마 동안 모든 알림을 끌까요?",
        lines=(
            *mute_lines(lasting, context),
            "‘오늘’은 다음 09:00 KST까지입니다.",
            "직접 입력할 수도 있습니다. 예: /mute 2시간, /mute 1시간 BTC",
        ),
        buttons=rows(
            choices[:2], choices[2:], [Button("🔔 음소거 모두 해제", "/unmute")] if lasting else []
        ),
        private=True,
    )


def confirmed(context: Context, symbols: Sequence[str], lasts_ms: int) -> Message:
    """What is muted, until when, and how it ends."""
    now_ms = context.now_ms()
    names = "모든" if ALL in symbols else symbol_names(context, symbols)
    end_ms = now_ms + lasts_ms
    how_long = "계속" if lasts_ms >= FOREVER_MS else f"{duration(lasts_ms)} 동안"
    again = "/unmute" if ALL in symbols else f"/unmute {' '.join(symbols)}"
    of_what = "" if ALL in symbols else "그 종목의 "
    # A silence that the bot fell into must not pass for one that was asked for: see bot/outage.py.
    still = (_STILL,) if ALL in symbols else ()
    return Message(
        head=f"🔕 {names} 알림을 {how_long} 끕니다",
        lines=(
            f"{until(end_ms, now_ms)} 이 채팅에 {of_what}알림이 오지 않습니다.",
            *still,
            f"다시 켜려면: {again}",
        ),
        buttons=rows((Button("🔔 다시 켜기", again), Button("📋 내 알림", "/alerts"))),
        private=True,
    )


def _check_room(lasting: dict[str, int], symbols: Sequence[str]) -> None:
    more = set(symbols) - lasting.keys() - {ALL}
    if more and len(lasting.keys() - {ALL}) + len(more) > MAX_SYMBOLS:
        raise UserError(
            f"종목별 음소거는 {MAX_SYMBOLS}개까지입니다. 모든 알림을 끄려면: /mute 1시간"
        )


COMMAND = Command(
    name="mute",
    korean="음소거",
    description="잠시 알림 끄기: 30분, 1시간, 오늘(09:00까지), 계속",
    example="/mute 1시간 BTC",
    run=run,
    parameters=(
        Parameter("duration", "기간", "30분, 2시간, 오늘, 계속. 종목만 쓰면 1시간", "duration"),
        Parameter("symbol", "심볼", "그 종목만 끄기. 비우면 모든 알림", "symbol"),
    ),
    aliases=("조용히", "알림끄기"),
    who="admins",
)
