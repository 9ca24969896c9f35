"""A comment on a situation passes if all it says was measured, and only then."""

import msgspec
import pytest
from explain_alerts import AT, PAIRS, large_trade

from bot.explain.situation_now import objections
from bot.explain.situation_words import words_of
from bot.situation import Change, Situation, changes_around, price_of

HOUR_MS = 3_600_000

ALERT = Situation(
    info=PAIRS["BTCUSDT"],
    at_ms=AT + 2 * HOUR_MS,
    price=104_900.0,
    changes=(
        Change("before", 300, 0.41),
        Change("after", 300, 0.62),
        Change("after", 3_600, -0.35),
        Change("since", 7_200, 0.48),
        Change("past", 3_600, 0.21),
        Change("past", 86_400, -1.85),
    ),
    alert=large_trade(),
    then=104_402.0,
    turnover=12_300_000.0,
    usual_turnover=6_150_000.0,
    spread_bp=0.5,
    usual_bp=0.52,
    alerts=3,
)
PAIR = msgspec.structs.replace(
    ALERT, alert=None, then=None, changes=tuple(c for c in ALERT.changes if c.when == "past")
)
BOUGHT = "비트코인(BTCUSDT)에서 1,234만 달러 규모의 시장가 매수가 체결되었습니다."

GOOD = [
    (ALERT, f"{BOUGHT} 알림 전 5분 동안 0.41% 상승했고, 알림 이후 5분 동안 0.62% 상승했습니다."),
    (ALERT, f"{BOUGHT} 알림 이후 지금까지 0.48% 상승했습니다. 배경은 확인되지 않았습니다."),
    (ALERT, "알림 이후 5분 동안 0.62% 올랐고, 1시간 뒤에는 0.35% 하락했습니다."),
    (ALERT, "지금 가격은 104,900달러로 알림 때보다 0.48% 높습니다."),
    (ALERT, "알림 이후 지금까지 상승했습니다. 거래대금은 평소(24시간 평균)보다 2배 많습니다."),
    (PAIR, "비트코인의 지금 가격은 104,900달러이고, 최근 1시간 동안 0.21% 상승했습니다."),
    (PAIR, "최근 1시간 동안 0.21% 상승했지만 24시간 전보다 1.85% 낮습니다."),
    (PAIR, "최근 1시간 거래대금은 1,230만 달러로 평소의 2배입니다."),
    (PAIR, "최근 1시간 거래대금은 1,230만 달러로 평소보다 많습니다. 배경은 확인되지 않았습니다."),
    (PAIR, "스프레드는 0.5bp로 평소(0.52bp)와 비슷합니다. 최근 24시간 알림은 3건입니다."),
    (PAIR, "최근 1시간 동안 0.21% 올랐고 최근 24시간 동안에는 1.85% 내렸습니다."),
]
BAD = {
    "the wrong direction": (ALERT, "알림 이후 5분 동안 0.62% 하락했습니다."),
    "the wrong period": (ALERT, "알림 이후 1시간 동안 0.62% 상승했습니다."),
    "before for after": (ALERT, "알림 전 5분 동안 0.62% 상승했습니다."),
    "swapped digits": (ALERT, "알림 이후 지금까지 0.84% 상승했습니다."),
    "the swapped side": (
        ALERT,
        f"{BOUGHT.replace('매수', '매도')} 알림 이후 지금까지 0.48% 상승했습니다.",
    ),
    "a consequence": (ALERT, "매수 체결로 알림 이후 지금까지 0.48% 상승했습니다."),
    "nothing but the alert": (ALERT, BOUGHT),
    "an influence": (ALERT, f"{BOUGHT} 이 영향으로 알림 이후 5분 동안 0.62% 상승했습니다."),
    "a wrong unit": (PAIR, "최근 1시간 거래대금은 1,230억 달러입니다."),
    "compared wrongly": (PAIR, "최근 1시간 거래대금은 1,230만 달러로 평소보다 적습니다."),
    "a wrong multiple": (PAIR, "최근 1시간 거래대금은 평소의 3배입니다."),
    "the spread compared wrongly": (PAIR, "스프레드는 0.5bp로 평소보다 넓습니다."),
    "another coin": (PAIR, "이더리움은 최근 1시간 동안 0.21% 상승했습니다."),
    "a possibility": (PAIR, "최근 1시간 동안 0.21% 상승했습니다. 더 오를 수 있습니다."),
    "a cause": (PAIR, "최근 1시간 거래대금이 평소보다 많아서 0.21% 상승했습니다."),
    "the price of another time": (PAIR, "지금 가격은 104,402달러입니다."),
    "a wrong count": (PAIR, "최근 24시간 알림은 5건입니다."),
    "swapped periods": (PAIR, "최근 1시간 동안 1.85% 하락했습니다."),
    "a denial": (PAIR, "최근 1시간 동안 0.21% 상승하지 않았습니다."),
    "advice": (PAIR, "최근 1시간 동안 0.21% 상승했습니다. 매수하는 것이 좋습니다."),
    "nothing": (PAIR, "배경은 확인되지 않았습니다."),
    "English": (PAIR, "The price rose 0.21%."),
    "an alert that there is none of": (PAIR, "알림 이후 지금까지 0.48% 상승했습니다."),
}


@pytest.mark.parametrize(("situation", "text"), GOOD)
def test_no_true_comment_is_refused(situation: Situation, text: str) -> None:
    assert objections(text, situation) == []


@pytest.mark.parametrize(("situation", "text"), BAD.values(), ids=list(BAD))
def test_no_wrong_comment_passes(situation: Situation, text: str) -> None:
    assert objections(text, situation) != []


def test_what_is_not_known_may_not_be_said() -> None:
    bare = Situation(info=PAIR.info, at_ms=AT, price=104_900.0)
    for _, text in GOOD[5:]:
        assert objections(text, bare) != []
    assert "거래대금 비교" not in words_of(bare)


def test_without_bars_only_what_followed_until_now_is_measured() -> None:
    alert = large_trade()
    [since] = changes_around((), alert, price_of(alert) or 0.0, 104_900.0, AT + 60_000)
    assert (since.when, since.seconds) == ("since", 60)
