"""What may be said of premiums in won and of funding rates. Pure."""

from collections.abc import Mapping
from typing import Final

from bot.explain.figures import (
    BY_USUAL,
    FROM_HERE,
    HERE,
    MOST,
    MOVED,
    NOT_USUAL,
    RISKS,
    USUAL,
    WIDER,
    Direction,
    Facts,
    Figure,
    direction_word,
)
from bot.korean import (
    POSITION_NAMES,
    kst_minute,
    number,
    premium_word,
    price,
    quote_unit,
    share,
    signed,
    signed_share,
    times,
    window,
)
from pipeline.model import Funding, Kimchi, SymbolInfo

_BY: Final[Mapping[str, str]] = {"bank": "은행|환율", "tether": "테더"}


def kimchi(alert: Kimchi, pair: SymbolInfo) -> Facts:
    """See facts.facts_of."""
    word = premium_word(alert.premium_pct)
    reverse = word == "역프"
    words = {
        "사건": f"{word}가 큼" if alert.change_points is None else "김치 프리미엄이 크게 변함",
        "김프/역프": word,
        "기준": "은행 환율" if alert.basis == "bank" else "업비트 테더",
        "프리미엄": signed_share(alert.premium_pct),
        "업비트 원화 가격": price(alert.won, unit="원"),
        "바이낸스 가격": price(alert.price, pair.tick, quote_unit(pair.quote)),
    }
    moved = f"{MOVED}|움직|변[했하해동화]|{WIDER}"
    figures = [
        Figure(
            alert.premium_pct,
            "%",
            f"premium spread {alert.basis}",
            after_not=f"{FROM_HERE}|p|포인트|움직|변동|변[했하해]|(?:{WIDER})",
            signed=True,
        ),
        Figure(
            alert.premium_pct,
            "%",
            f"premium spread price {alert.basis}",
            near=rf"(?:보다|대비|에 비해)[^,.]*{HERE}",
            before_not="전",
            change=True,
        ),
        Figure(alert.won, "원", "won price", near="업비트|원화"),
        Figure(alert.price, "money", "abroad price", near="바이낸스|가격|시세"),
        Figure(1.0, "money", "bank", near="환율"),
    ]
    for basis, value, rate, called in (
        ("bank", alert.bank_pct, alert.rate, "은행 환율"),
        ("tether", alert.tether_pct, alert.tether, "업비트 테더"),
    ):
        if value is not None and rate is not None:
            words[called] = price(rate, 0.01, "원")
            words[f"{called} 기준"] = signed_share(value)
            figures.append(
                Figure(
                    value,
                    "%",
                    f"premium spread {basis}",
                    near=_BY[basis],
                    after_not=FROM_HERE,
                    signed=True,
                )
            )
            if basis != alert.basis:  # "테더 기준으로는 0.40% 높습니다"
                figures.append(
                    Figure(
                        value,
                        "%",
                        f"premium {basis}",
                        near=_BY[basis],
                        before_not="보다|대비|에 비",
                        after_not=FROM_HERE,
                        signed=True,
                        change=True,
                    )
                )
            figures.append(Figure(rate, "원", basis, near=_BY[basis]))
    direction: Direction | None = None
    if alert.change_points is not None and alert.window_s is not None:
        direction = "up" if alert.change_points >= 0 else "down"
        words["걸린 시간"] = window(alert.window_s)
        words["프리미엄 변화"] = f"{share(alert.change_points)}p {direction_word(direction)}"
        figures.append(
            Figure(
                alert.change_points,
                "pp",
                f"premium spread move {alert.basis}",
                near=moved,
                signed=True,
                change=True,
            )
        )
        figures.append(Figure(alert.window_s, "초", "span ago recent"))
    below = "reverse_kimchi" if direction is None else "reverse_change"
    return Facts(
        kind=below if reverse else alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms,),
        risk=RISKS[alert.severity],
        subject="premium price",
        direction=direction,
        usual=False,
        rare=False,
    )


def funding(alert: Funding, pair: SymbolInfo) -> Facts:
    """See facts.facts_of."""
    payer = POSITION_NAMES[alert.payer]
    other = POSITION_NAMES["short" if alert.payer == "long" else "long"]
    words = {
        "사건": f"펀딩비를 내는 쪽이 {payer}으로 바뀜" if alert.what == "turned" else "큰 펀딩비",
        "펀딩비": signed(alert.rate_pct, 4),
        "내는 쪽": payer,
        "받는 쪽": other,
        "다음 정산": kst_minute(alert.next_ms),
    }
    figures = [Figure(alert.rate_pct, "%", "fund", before_not=rf"(?:{USUAL})[^,]*$", signed=True)]
    if alert.interval_h is not None:
        words["정산 간격"] = f"{number(alert.interval_h, 1)}시간"
        figures.append(
            Figure(
                alert.interval_h * 3_600,
                "초",
                "interval",
                near="마다|간격|정산",
                after_not="전|뒤|후|동안|간(?!격)",
            )
        )
    if alert.usual_pct is not None and alert.times_usual:
        words["평소 펀딩비"] = f"{number(alert.usual_pct, 4)}%"
        words["평소 대비"] = times(alert.times_usual)
        figures.append(
            Figure(alert.usual_pct, "%", "fund usual", near=BY_USUAL, before_not=NOT_USUAL)
        )
        figures.append(Figure(alert.times_usual, "배", "fund usual"))
    if alert.what == "turned":
        words["전에 내던 쪽"] = other
    if alert.before_pct is not None:
        words["전의 펀딩비(가장 컸던 것)"] = signed(alert.before_pct, 4)
        figures.append(
            Figure(
                alert.before_pct,
                "%",
                "fund",
                near=rf"(?<!직)전|앞서|(?:앞서|전에)[^,.]*(?:{MOST})",
                signed=True,
            )
        )
    if alert.premium_pct is not None:
        words["차이(현물 지수와)"] = signed(alert.premium_pct, 3)
        figures.append(
            Figure(alert.premium_pct, "%", "index", near="차이|격차|지수", signed=True, change=True)
        )
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms,),
        settles_ms=alert.next_ms,
        risk=RISKS[alert.severity],
        subject="fund",
        position=alert.payer,
        turned=alert.what == "turned",
        usual=bool(alert.times_usual),
        rare=False,
    )
