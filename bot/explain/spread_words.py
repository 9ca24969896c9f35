"""The words about a pair's spread: those the model is told, and those it may use. Pure."""

from typing import Final

from bot.explain.signs import Lexicon
from bot.korean import bp, display_name, fine_share, money, number, price, quote_unit, times, window
from bot.readings import SpreadReading

_WIDTHS: Final = {"narrow": "평소보다 좁음", "usual": "평소와 비슷함", "wide": "평소보다 넓음"}
_SIDES: Final = {"bids": "매수가 더 많음", "asks": "매도가 더 많음", "even": "비슷함"}
_PAIR_NOUNS: Final = r"(?=\s?(?:최우선|호가|잔량|간|사이|양쪽|비중|물량))"

LEXICON: Final = Lexicon(
    """
S: 스프레드 차이 차 간격 격차 폭
U: 평소 통상 평상시
B: 매수 매수세
A: 매도 매도세
Q: 호가 호가창
D: 잔량 물량 쌓여 쌓인 쌓였 걸려 걸린 대기
H: 비중 비율 차지 점유
N: 가까운 가까이 주변 근처 인근 부근
w: 이내 범위 안 내 안쪽
>: 많 많은 우세 우위 앞서 앞섭니다 높 높은 쏠려 쏠린 치우쳐 치우친 기울어 기운 몰려 몰린
>: 두텁 두터운
<: 적 적은 낮 낮은 열세 모자란 그쳤 그치
>;: 많아
<;: 적어 그쳐
W: 넓 넓은
R: 좁 좁은
W;: 넓어
R;: 좁아
+>: 크 큰 큽니다
+<: 작 작은
=: 비슷 비슷한 비슷하게 엇비슷 같 같은 동일 균형 대등 팽팽 고르 고른 맞먹
l: 수준 정도
h: 절반
E: 각각
T: 비해 대비 비교하면 비교해 비교하여
+: 훨씬 크게 뚜렷 뚜렷하게 현저 현저히
-: 조금 약간 다소 소폭
!: 않 못 아니 없
.: 현재 지금 최근 지난 동안 약 가량 거의 더 쪽 측 편 상태 모습 것 형태 결과 서로 기준
.: 나타났 나타나 나타납니다 보입니다 보였 보이 보인 이루 이루고 이뤄 확인 측정 관측 집계 형성
.: 있습니다 있었습니다 있고 있으며 있어 있는 있 이며 이고 입니다 종목 해당 이 그 최우선 전체
.: 양쪽 이상 넘 넘는 넘게 웃돌 웃도는 미만 남짓 중 가운데 금액 규모 어치 총 모두
.: 또 또한 한편 반면 그리고 반대로
""",
    phrases=(
        (rf"매수(?:[·/]\s?|[와과] )매도{_PAIR_NOUNS}", "X"),
        (rf"매도(?:[·/]\s?|[와과] )매수{_PAIR_NOUNS}", "Y"),
        (r"중간 가격|가격 (?=차이|격차)", "."),
    ),
)
"""S spread, U usual, B bids, A asks, X and Y both, Q quoted, D standing, H share, N near, w within,
> more, < less, W wide, R narrow, = even, h half, E each, T than, + much, - little, ! not, "l" a
level that things may be on."""


def words_of(reading: SpreadReading) -> dict[str, object]:
    """The reading as people read it, for the model."""
    info = reading.info
    unit = quote_unit(info.quote)
    words: dict[str, object] = {
        "종목": display_name(info),
        "최우선 매수 호가": price(reading.bid, info.tick, unit),
        "최우선 매도 호가": price(reading.ask, info.tick, unit),
        "스프레드": {
            "가격": price(reading.spread, info.tick, unit),
            "비율": fine_share(reading.spread_bp / 100),
            "bp": bp(reading.spread_bp),
        },
    }
    if reading.usual_bp and reading.times_usual is not None and reading.width is not None:
        words["평소를 잰 기간"] = f"최근 {window(reading.usual_over_s)}"
        words["평소 스프레드"] = bp(reading.usual_bp)
        words["평소 대비"] = times(reading.times_usual)
        words["평소와 비교"] = _WIDTHS[reading.width]
    else:
        words["평소 스프레드"] = "아직 알 수 없음"
    for band in reading.bands:
        words[f"±{fine_share(band.within_pct)} 이내 잔량"] = {
            "매수": _at_least(money(band.bids, info.quote), band.more_bids),
            "매도": _at_least(money(band.asks, info.quote), band.more_asks),
        }
    bids = number(reading.bid_share, 0)
    near = f"(가까운 호가, ±{fine_share(reading.near_pct)})"
    words[f"매수 비중{near}"] = f"{bids}%"
    words[f"매도 비중{near}"] = f"{number(100 - float(bids), 0)}%"
    words["잔량 비교"] = _SIDES[reading.more]
    return words


def _at_least(text: str, more: bool) -> str:
    return f"{text} 이상" if more else text
