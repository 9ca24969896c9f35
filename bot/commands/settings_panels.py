"""What is set in a chat, in words, and a panel of buttons for each topic."""

from collections.abc import Sequence

from bot.command import Context
from bot.commands.layout import kind_name, kind_names, rows
from bot.commands.receives import covered, wishes
from bot.commands.settings_words import (
    BIG,
    COOLDOWN_EXAMPLE,
    EVERYTHING,
    QUIET_EXAMPLE,
    Topic,
    example,
    read_threshold,
)
from bot.commands.times import days_name, zone_name
from bot.errors import UserError
from bot.korean import amount, duration, number
from bot.model import Button, ChatState, Message, Quiet, Threshold

KEY = "settings"
LIMITS = (10, 20, 50)
LIMIT_EXAMPLE = "/settings 하루 20건"
COOLDOWNS = ("5분", "15분", "1시간")
PRESETS = {
    "large_trade": ("10만달러", "50만달러", "100만달러"),
    "price_jump": ("3%", "5%", "10%"),
    "pump": ("5%", "10%", "20%"),
    "spread": ("30bp", "50bp", "100bp"),
    "kimchi": ("6%", "7%", "10%"),
}
OTHERS = ("2배", "5배")
_BACK = Button("⬅ 설정", "/settings")


def main(context: Context, state: ChatState, head: str = "") -> Message:
    """Everything in a line each, and a button for each topic."""
    settings = state.settings
    ai = "끄기" if settings.ai else "켜기"
    return _panel(
        head or "⚙️ 이 채팅의 설정",
        [
            f"🔔 종류: {_off(state, context)}",
            f"📏 기준: {_thresholds(state, context)}",
            f"⏱ 쿨다운: {cooldown_words(settings.cooldown_s)}",
            f"🌙 방해금지: {quiet_words(settings.quiet)}",
            f"🎨 색: {_colours(state)}",
            f"🔢 하루 한도: {_limit(state)}",
            f"🤖 AI 설명: {_ai(state, context)}",
        ],
        [Button("🔔 종류", "/settings 종류"), Button("📏 기준", "/settings 기준")],
        [Button("⏱ 쿨다운", "/settings 쿨다운"), Button("🌙 방해금지", "/settings 방해금지")],
        [Button("🎨 색", "/settings 색"), Button("🔢 하루 한도", "/settings 한도")],
        [Button(f"🤖 AI 설명 {ai}", f"/settings AI {ai}"), Button("📋 내 알림", "/alerts")],
    )


def of_topic(topic: Topic, context: Context, state: ChatState, head: str = "") -> Message:
    """The panel of one topic; ``head`` says what has just been changed."""
    return _TOPICS[topic](context, state, head)


def kinds(context: Context, state: ChatState, head: str) -> Message:
    """Each kind on or off."""
    wished = wishes(state)
    lines, buttons = [], []
    for kind in context.kinds:
        off = kind in state.settings.off
        comes = any(covered(wished, symbol, kind) for symbol in wished)
        unwished = "" if comes else " · 구독하지 않음"
        lines.append(
            f"{'🔕' if off else '🔔'} {kind_name(kind)}: {'꺼짐' if off else '켜짐'}{unwished}"
        )
        do = "켜기" if off else "끄기"
        buttons.append(Button(f"{kind_name(kind)} {do}", f"/settings {kind} {do}"))
    return _panel(
        head or "🔔 알림 종류",
        [*lines, "꺼 둔 종류는 구독 중이어도 오지 않습니다. 구독 고르기: /subscribe"],
        *_pairs(buttons),
        [_BACK],
    )


def thresholds(context: Context, state: ChatState, head: str) -> Message:
    """The threshold of each kind, and buttons for all of them."""
    own = state.settings.thresholds
    return _panel(
        head or "📏 알림 기준",
        [
            *(
                f"{kind_name(kind)}: {threshold_words(own.get(kind), kind, context)}"
                for kind in context.kinds
            ),
            f"큰 것만은 표준 기준의 {number(BIG, 0)}배부터, 전부는 감지한 것을 거르지 않습니다.",
            *_reach(None, "large_trade"),
            f"직접 정하기: {example('price_jump')}",
        ],
        *_pairs([Button(kind_name(kind), f"/settings 기준 {kind}") for kind in context.kinds]),
        [
            _choice("모두 표준", "/settings 기준 표준", chosen=not own),
            _choice(
                "모두 큰 것만",
                "/settings 기준 큰것만",
                chosen=all(own.get(kind) == Threshold(BIG) for kind in context.kinds),
            ),
        ],
        [_BACK],
    )


def threshold(context: Context, state: ChatState, kind: str, head: str = "") -> Message:
    """The threshold of one kind."""
    own = state.settings.thresholds.get(kind)
    levels: list[tuple[str, str, Threshold | None]] = [
        ("표준", "표준", None),
        ("큰 것만", "큰것만", Threshold(BIG)),
        ("전부", "전부", EVERYTHING),
    ]
    presets = PRESETS.get(kind, OTHERS) if context.floors.get(kind) or kind not in PRESETS else ()
    return _panel(
        head or f"📏 {kind_name(kind)} 기준",
        [
            f"지금: {threshold_words(own, kind, context)}",
            *_reach(own, kind),
            "심각도(주의·경고·긴급)도 이 기준으로 정해지고, 표준보다 높아지지는 않습니다.",
            f"직접 정하기: {example(kind)}",
        ],
        [
            _choice(label, f"/settings 기준 {kind} {word}", chosen=value == own)
            for label, word, value in levels
        ],
        [
            _choice(
                f"{word.replace('달러', ' 달러')} 이상",
                f"/settings 기준 {kind} {word}",
                chosen=own is not None and own == _read(word, kind, context),
            )
            for word in presets
        ],
        [Button("⬅ 기준", "/settings 기준"), _BACK],
    )


def cooldown(context: Context, state: ChatState, head: str) -> Message:
    """How often alerts of one symbol and kind may come."""
    now_s = state.settings.cooldown_s
    return _panel(
        head or "⏱ 쿨다운",
        [
            f"지금: {cooldown_words(now_s)}",
            "그동안 같은 종목의 같은 종류는 더 심각해질 때만 다시 보냅니다.",
            f"직접 정하기: {COOLDOWN_EXAMPLE}",
        ],
        [
            _choice(word, f"/settings 쿨다운 {word}", chosen=word == duration(now_s * 1000))
            for word in COOLDOWNS
        ],
        [Button("쿨다운 끄기", "/settings 쿨다운 끄기")] if now_s else [],
        [_BACK],
    )


def quiet(context: Context, state: ChatState, head: str) -> Message:
    """When nothing may make a sound."""
    now = state.settings.quiet
    word = "조용히" if now is not None and now.loud else "소리"
    label = "긴급도 소리 없이" if word == "조용히" else "긴급은 소리로"
    return _panel(
        head or "🌙 방해금지",
        [
            f"지금: {quiet_words(now)}",
            ("이" if now is not None else "정해 두면 그")
            + " 시간에는 긴급만 바로 오고, 나머지는 끝날 때 한 메시지로 모아 알려 드립니다.",
            f"직접 정하기: {QUIET_EXAMPLE}",
        ],
        [
            _choice(
                hours,
                f"/settings 방해금지 {hours}",
                chosen=now is not None and hours == f"{now.start}-{now.end}" and len(now.days) == 7,
            )
            for hours in ("23:00-07:00", "00:00-08:00")
        ],
        [
            Button(label, f"/settings 방해금지 긴급 {word}"),
            Button("방해금지 끄기", "/settings 방해금지 끄기"),
        ]
        if now is not None
        else [],
        [_BACK],
    )


def colours(context: Context, state: ChatState, head: str) -> Message:
    """Which colour a rise has."""
    now = state.settings.colours
    choices = (("korean", "한국식"), ("global", "글로벌"))
    return _panel(
        head or "🎨 색",
        [
            f"지금: {_colours(state)}",
            "알림과 답의 색이 함께 바뀝니다. 화살표와 부호는 늘 붙습니다.",
        ],
        [_choice(word, f"/settings 색 {word}", chosen=now == one) for one, word in choices],
        [_BACK],
    )


def limit(context: Context, state: ChatState, head: str) -> Message:
    """How many alerts a day."""
    return _panel(
        head or "🔢 하루 한도",
        [
            f"하루 알림 수: {_limit(state)}",
            "제한하면 지난 7일의 알림과 견주어 큰 것부터 보내고, 긴급 알림은 항상 보냅니다.",
            "보내지 않은 알림이 몇 건인지는 하루에 한 번 알려 드립니다.",
            f"직접 정하기: {LIMIT_EXAMPLE}, /settings 제한 없음",
        ],
        [
            _choice(
                f"하루 {count}건", f"/settings 하루 {count}건", chosen=count == state.daily_limit
            )
            for count in LIMITS
        ],
        [Button("제한 없음", "/settings 제한 없음")] if state.daily_limit else [],
        [_BACK],
    )


_TOPICS = {
    "kinds": kinds,
    "thresholds": thresholds,
    "cooldown": cooldown,
    "quiet": quiet,
    "colours": colours,
    "limit": limit,
    "ai": main,
}


def threshold_words(own: Threshold | None, kind: str, context: Context) -> str:
    """ "표준", "10만 달러 이상", "전부" …"""
    floor = context.floors.get(kind, 0.0)
    if own is None:
        return f"표준({_least(kind, floor)}부터)" if floor else "표준"
    if own == EVERYTHING:
        return "전부"
    if own.unit == "percent":
        return f"{number(own.value, 1)}% 이상"
    if own.unit == "bp":
        return f"{number(own.value, 1)}bp 이상"
    money = f"{amount(own.value * floor, '달러')} 이상" if kind == "large_trade" and floor else ""
    if own.unit == "size" and money:
        return money
    words = f"표준의 {number(own.value, 1)}배 이상"
    if own.value == BIG:
        return f"큰 것만({money or words})"
    return f"{words}({money})" if money else words


def _least(kind: str, floor: float) -> str:
    """The least that is detected, in what the kind measures."""
    if kind == "large_trade":
        return amount(floor, "달러")
    return f"{number(floor, 1)}{'bp' if kind == 'spread' else '%'}"


def _reach(own: Threshold | None, kind: str) -> list[str]:
    """What a threshold of large trades does with those that are usual for their symbol, and one of
    premiums with what is none."""
    if kind == "kimchi":
        return [
            "%를 정하면 김프나 역프가 그만큼 벌어졌을 때만 옵니다. 표준이면 역프와 급변은 그보다 "
            "작아도 옵니다."
        ]
    if kind != "large_trade":
        return []
    if own is not None and own.usual:
        return [
            "그 종목에서 흔한 크기여도 옵니다. 잇따르면 같은 종목은 쿨다운 동안 한 번만, 훨씬 "
            "커지면 다시 옵니다.",
            "흔한 크기는 긴급이어도 방해금지와 하루 한도를 지킵니다.",
        ]
    return [
        "대량 체결의 표준과 배수는 그 종목에서 흔하지 않은 것만 알립니다. "
        "금액을 정하면 흔한 크기여도 옵니다."
    ]


def cooldown_words(cooldown_s: int) -> str:
    """What the cooldown means."""
    if not cooldown_s:
        return "없음"
    return f"같은 종목·종류는 {duration(cooldown_s * 1000)}에 한 번"


def quiet_words(quiet: Quiet | None) -> str:
    """When it is quiet, and what of 긴급."""
    if quiet is None:
        return "꺼짐"
    critical = "소리로" if quiet.loud else "소리 없이"
    hours = f"{quiet.start}–{quiet.end}"
    return f"{days_name(quiet.days)} {hours} ({zone_name(quiet.zone)}) · 긴급은 {critical}"


def _off(state: ChatState, context: Context) -> str:
    off = [kind for kind in context.kinds if kind in state.settings.off]
    return f"꺼 둠 {kind_names(off)}" if off else "모두 켜짐"


def _thresholds(state: ChatState, context: Context) -> str:
    own = state.settings.thresholds
    return (
        ", ".join(
            f"{kind_name(kind)} {threshold_words(own[kind], kind, context)}"
            for kind in context.kinds
            if kind in own
        )
        or "모두 표준"
    )


def _colours(state: ChatState) -> str:
    rise, fall = ("빨강", "파랑") if state.settings.colours == "korean" else ("초록", "빨강")
    name = "한국식" if state.settings.colours == "korean" else "글로벌"
    return f"{name}({rise} 상승, {fall} 하락)"


def _limit(state: ChatState) -> str:
    return f"하루 {state.daily_limit:,}건까지" if state.daily_limit else "제한 없음"


def _ai(state: ChatState, context: Context) -> str:
    if not state.settings.ai:
        return "꺼짐(자동 설명만)"
    return "켜짐" if context.commentator is not None else "켜짐(이 봇은 AI를 쓰지 않습니다)"


def _panel(head: str, lines: Sequence[str], *buttons: Sequence[Button]) -> Message:
    return Message(head=head, lines=tuple(lines), buttons=rows(*buttons), private=True, key=KEY)


def _read(word: str, kind: str, context: Context) -> Threshold | None:
    try:
        return read_threshold([word], kind, context)
    except UserError:  # less than is detected here: its button says so when it is pressed
        return None


def _choice(label: str, command: str, *, chosen: bool) -> Button:
    """One of several, with a mark on the one that is set."""
    return Button(f"✓ {label}" if chosen else label, command)


def _pairs(buttons: Sequence[Button]) -> list[Sequence[Button]]:
    return [buttons[i : i + 2] for i in range(0, len(buttons), 2)]
