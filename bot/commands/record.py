"""/record: what prices did after alerts of each kind, against random times that are alike."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands.arguments import targets
from bot.commands.layout import kind_name, market_foot, rows, symbol_name
from bot.errors import UserError
from bot.hindsight import CONTROLS, DAYS, ENOUGH, Group, Quartiles, Standing
from bot.korean import korean_time, number
from bot.model import Button, Message, Request
from bot.past_words import AFTER, WENT, points
from pipeline.model import ALL

_HOUR: Final = 1
"""The horizon that an overview tells of, once anything is known of it."""

_NAMES: Final = {
    ("large_trade", "up"): "대량 매수",
    ("large_trade", "down"): "대량 매도",
    ("price_jump", "up"): "급등",
    ("price_jump", "down"): "급락",
    ("volume_surge", "up"): "거래량 급등(가격 상승)",
    ("volume_surge", "down"): "거래량 급등(가격 하락)",
    ("volume_surge", ""): "거래량 급등(가격 보합)",
}
_WORDS: Final = {
    "large_trade": "대량체결",
    "price_jump": "급등락",
    "pump": "펌핑",
    "volume_surge": "거래량",
    "spread": "스프레드",
    "book_imbalance": "호가벽",
}
_METHOD: Final = (
    f"무작위: 같은 종목, 같은 시각의 지난 {DAYS}일 가운데 변동성이 가장 비슷했던 {CONTROLS}일",
    "한 움직임의 알림은 한 번만 셉니다. 같은 때의 알림은 함께 움직이므로 구간을 그만큼 넓혔습니다.",
)
_FEW: Final = f"{ENOUGH}건이 모인 종류는 무작위 시점과 비교한 비율도 보여 드립니다."
_PAST: Final = "지난 일의 기록일 뿐, 앞으로의 가격을 알려 주지 않습니다."


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for what is neither a kind nor a symbol, and for several symbols."""
    named = targets(words, context)
    symbols = [symbol for symbol in named.symbols if symbol != ALL]
    if len(symbols) > 1:
        raise UserError("종목은 하나만 입력해 주세요. 예: /record 급등 BTC")
    symbol = symbols[0] if symbols else None
    kinds = [kind for kind in named.kinds if kind != ALL]
    found = await context.hindsight.standings(symbol)
    standings = [one for one in found if not kinds or one.group.kind in kinds]
    return render(context, symbol, kinds, standings, await context.hindsight.since())


def render(
    context: Context,
    symbol: str | None,
    kinds: Sequence[str],
    standings: Sequence[Standing],
    since_ms: int | None,
) -> Message:
    """The answer in words: every kind in a line, or those named at each horizon."""
    name = "" if symbol is None else f"{symbol_name(context, symbol)} "
    again = " ".join(["/record", *(_WORDS.get(kind, kind) for kind in kinds), *([symbol or ""])])
    offered = [kind for kind in context.kinds if kind not in kinds]
    buttons = rows(
        [Button("🔄 새로고침", again.strip())],
        *_rows_of_three(
            [
                Button(kind_name(kind), f"/record {_WORDS.get(kind, kind)} {symbol or ''}".strip())
                for kind in offered
            ]
        ),
    )
    lines: list[str] = []
    if context.unreal is not None:
        brief = context.unreal.brief
        lines.append(f"{brief}의 기록입니다. 실제 시세와 관계가 없습니다.")
    if not any(one.count for one in standings):
        what = " ".join([*map(kind_name, kinds), "알림"])
        return Message(
            head=f"📒 {name}{what} 뒤의 기록이 아직 없습니다",
            lines=(
                *lines,
                "알림을 전한 뒤 5분, 1시간, 24시간이 지날 때마다 채워집니다.",
                "고래봇이 켜져 있던 동안의 알림만 셉니다.",
            ),
            foot=market_foot(context),
            buttons=buttons,
        )
    for group, some in groupby(standings, key=lambda one: one.group):
        known = list(some)
        lines += _detailed(group, known) if kinds else [_brief(group, known)]
    if any(one.difference is not None for one in standings):
        lines += _METHOD
    elif any(0 < one.count < ENOUGH for one in standings) and context.unreal is None:
        lines.append(_FEW)
    began = "" if since_ms is None else f" · {_day(since_ms)}부터"
    return Message(
        head=f"📒 {name}알림 뒤의 가격 기록{began}",
        lines=(*lines, _PAST),
        foot=market_foot(context),
        buttons=buttons,
    )


def name_of(group: Group) -> str:
    """What a group of alerts is called."""
    return _NAMES.get((group.kind, group.way), kind_name(group.kind))


def _rows_of_three(buttons: Sequence[Button]) -> list[Sequence[Button]]:
    return [buttons[start : start + 3] for start in range(0, len(buttons), 3)]


def _day(ms: int) -> str:
    at = korean_time(ms)
    return f"{at.year}년 {at.month}월 {at.day}일"


def _brief(group: Group, standings: Sequence[Standing]) -> str:
    hour = standings[_HOUR]
    one = hour if hour.count else standings[0]
    if not one.count:
        return f"• {name_of(group)}: 5분이 지난 알림이 아직 없습니다"
    return f"• {name_of(group)}: {' · '.join(_compared(one))}"


def _detailed(group: Group, standings: Sequence[Standing]) -> list[str]:
    lines = [f"■ {name_of(group)}"]
    for one in standings:
        if not one.count:
            lines.append(f"{AFTER[one.horizon]} 뒤: 아직 없습니다")
            continue
        first, *more = _compared(one)
        lines.append(first)
        lines += [f"　{' · '.join(more)}"] if more else []
        if one.moves is not None:
            usual = f", 무작위 {_middle(one.usual)}" if one.usual is not None else ""
            lines.append(f"　변동 중앙값 {_middle(one.moves)}{usual}")
        if one.difference is not None and one.effective < one.compared:
            lines.append(f"　서로 무관한 알림으로 치면 약 {one.effective:,}건만큼의 근거입니다")
    return lines


def _compared(one: Standing) -> list[str]:
    """What is counted; then what it means, where there is enough of it."""
    went = WENT[one.group.counted]
    after = f"{AFTER[one.horizon]} 뒤"
    if one.difference is None or one.interval is None or one.base is None:
        return [f"{after} {one.count:,}건 중 {went} {one.hits:,}건", *_too_little(one)]
    low, high = one.interval
    if low <= 0 <= high:
        verdict = "무작위와 다르다고 할 수 없습니다"
    else:
        verdict = f"무작위보다 {'높았습니다' if low > 0 else '낮았습니다'}"
    counted = (
        f"{after} {one.compared:,}건 중 {went} {one.compared_hits:,}건({number(one.share, 0)}%)"
    )
    return [
        f"{counted}, 무작위 {number(one.base, 0)}%",
        f"차이 {points(one.difference)}(95% 구간 {points(low)} ~ {points(high)})",
        verdict,
    ]


def _too_little(one: Standing) -> list[str]:
    """Why there is no percentage; that there are few is seen."""
    if one.count < ENOUGH:
        return []
    if one.compared < ENOUGH:
        return ["비교할 지난날이 있는 알림이 적어 비율을 말하지 않습니다"]
    return ["며칠에 몰려 있어 비율을 말하지 않습니다"]


def _middle(quartiles: Quartiles | None) -> str:
    if quartiles is None:
        return ""
    low, high = _signed(quartiles.low), _signed(quartiles.high)
    return f"{_signed(quartiles.median)}(절반이 {low} ~ {high})"


def _signed(x: float) -> str:
    text = number(abs(x), 2)
    return f"{'' if float(text.replace(',', '')) == 0 else '+' if x > 0 else '−'}{text}%"


COMMAND = Command(
    name="record",
    korean="기록",
    description="알림 뒤에 가격이 어떻게 되었는지, 무작위 시점과 비교",
    example="/record 급등",
    run=run,
    parameters=(
        Parameter("kinds", "종류", "비우면 모든 종류를 한 줄씩", "kinds"),
        Parameter("symbol", "심볼", "비우면 모든 종목", "symbol"),
    ),
    details=(
        f"건수가 적거나({ENOUGH}건 미만) 며칠에 몰려 있으면 비율 대신 건수만 보여 드립니다.",
        *_METHOD,
        _PAST,
    ),
    aliases=("성적", "지난기록", "전적"),
)
