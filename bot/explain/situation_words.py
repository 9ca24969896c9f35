"""The words about a situation: those the model is told, and those it may use. Pure."""

from typing import Final

from bot.explain.facts import facts_of
from bot.explain.signs import Lexicon
from bot.korean import bp, display_name, kst, money, price, quote_unit, times
from bot.situation import Situation, label, level, moved

LEXICON: Final = Lexicon(
    """
N: 지금 현재
A: 알림
P: 가격 시세 현재가
b: 전 직전 이전
f: 이후 뒤 후
u: 상승 올랐 오른 올라 높 높은
d: 하락 내렸 내린 내려 낮 낮은 떨어졌 떨어진
u;: 높아
d;: 낮아 떨어져
z: 그대로 보합 제자리
S: 스프레드
V: 거래대금 거래금액
U: 평소 통상 평상시 평균
>: 많 많은
<: 적 적은
W: 넓 넓은
R: 좁 좁은
=: 비슷 비슷한 비슷하게
T: 비해 대비 비교하면 비교해
!: 않 못 아니 없
.: 최근 지난 동안 약 거의 때 당시 수준 정도 종목 해당 이 그 모두 총 있습니다 있었습니다 있었고
.: 나왔 나온 나왔습니다 집계 기록 측정 관측 확인 였 모습 상태 한편 또한 그리고 또 반면 사이
.: 상승률 하락률 변화 변화율 변동 변동률 시간 시간당 한 현물 바이낸스 알림의 동안의 이며 이고
""",
    phrases=((r"알림 (?:때|당시)", "A"), (r"24시간 평균", "U")),
)
"""N now, A the alert, P price, b before, f after, u up, d down, z still, S spread, V turnover,
U usual, > more, < less, W wide, R narrow, = even, T than, ! not."""


def words_of(situation: Situation) -> dict[str, object]:
    """The situation as people read it, for the model."""
    info, unit = situation.info, quote_unit(situation.info.quote)
    words: dict[str, object] = {"종목": display_name(info)}
    if situation.alert is not None:
        words["알림"] = dict(facts_of(situation.alert, info, fresh=False).words)
        if situation.then is not None:
            words["알림 때 가격"] = price(situation.then, info.tick, unit)
    words["지금 가격"] = price(situation.price, info.tick, unit)
    words["지금 시각"] = kst(situation.at_ms)
    words |= {label(change): moved(change) for change in situation.changes}
    if situation.turnover is not None:
        words["최근 1시간 거래대금"] = money(situation.turnover, info.quote)
    ratio = situation.turnover_times
    if ratio is not None and situation.usual_turnover is not None:
        usual = money(situation.usual_turnover, info.quote)
        words["평소 거래대금(24시간 평균)"] = usual
        words["거래대금 비교"] = _compared(ratio)
    if situation.spread_bp is not None:
        words["스프레드"] = bp(situation.spread_bp)
    ratio = situation.spread_times
    if ratio is not None and situation.usual_bp is not None:
        words["평소 스프레드"] = bp(situation.usual_bp)
        words["스프레드 비교"] = _compared(ratio)
    if situation.alerts is not None:
        words["최근 24시간 알림"] = f"{situation.alerts}건"
    return words


def _compared(ratio: float) -> str:
    return "평소와 비슷한 수준" if level(ratio) == "usual" else f"평소의 {times(ratio)}"
