"""The market in plain Korean sentences without a model: measurements only, no cause and no advice.

They pass the check that holds a model's paragraph against the same survey (bot/explain/summary.py).
Pure.
"""

from collections.abc import Sequence

from bot.korean import display_name, dollars, josa, kst_time, number, price, quote_unit, share
from bot.readings import Coin, Survey

MAJORS_TOLD = 2


def plain_survey(survey: Survey) -> str:
    """Two or three sentences: the first majors, who rose and fell most, whales and mood."""
    sentences = (_majors(survey.majors[:MAJORS_TOLD]), _movers(survey), _whales_and_mood(survey))
    return " ".join(sentence for sentence in sentences if sentence)


def counted_when(hours: int, since_ms: int) -> str:
    """Over which time large trades were counted: since when, while it is not so many hours."""
    return f"{kst_time(since_ms)}부터" if since_ms else f"최근 {hours}시간"


def _majors(coins: Sequence[Coin]) -> str:
    if not coins:
        return ""
    *others, last = (_coin(coin) for coin in coins)
    return f"{', '.join([*others, last])}{'입니다' if last.endswith('보합') else '했습니다'}."


def _coin(coin: Coin) -> str:
    """ "비트코인(BTCUSDT)은 104,402달러로 09시 이후 1.23% 상승", since when is always told."""
    told = josa(display_name(coin.info), "은/는")
    unit = quote_unit(coin.info.quote)
    if unit == "달러":
        told += f" {josa(price(coin.price, coin.info.tick, unit), '으로/로')}"
    if coin.open_pct is None:
        return f"{told} 24시간 동안 {moved(coin.day_pct)}"
    return f"{told} 09시 이후 {moved(coin.open_pct)}"


def moved(change_pct: float) -> str:
    """A change in words: "1.23% 상승"."""
    if share(change_pct) == share(0):
        return "보합"
    return f"{share(change_pct)} {'상승' if change_pct > 0 else '하락'}"


def _movers(survey: Survey) -> str:
    """Who moved most over 24 hours; those that hardly moved are not worth a word."""
    told = []
    changes = [coin.day_pct for coin in (*survey.majors, *survey.risers, *survey.fallers)]
    for coins, rose in ((survey.risers, True), (survey.fallers, False)):
        first = next((coin for coin in coins if (coin.day_pct > 0) == rose), None)
        if first is None or share(first.day_pct) == share(0):
            continue
        most = first.day_pct == (max(changes) if rose else min(changes))
        who = f"{'가장 ' if most else ''}많이 {'오른' if rose else '내린'} 종목은"
        name = josa(display_name(first.info), "으로/로")
        told.append(f"{who} {name} {moved(first.day_pct)}")
    return f"24시간 동안 {'했고, '.join(told)}했습니다." if told else ""


def _whales_and_mood(survey: Survey) -> str:
    flow, mood = survey.whales, survey.mood
    when = counted_when(flow.hours, flow.since_ms)
    whales = f"{when}{'' if flow.since_ms else ' 동안'} 대량 체결은 없었"
    if flow.count:
        whales = f"{when} 대량 체결은 {flow.count:,}건"
        if flow.net:
            side = "순매수" if flow.net > 0 else "순매도"
            whales += f"으로 {side} {dollars(abs(flow.net))}"
    measures = (
        ("시장가 매수 비중", mood.buy_share),
        ("매수 잔량 비중", mood.bid_share),
        ("24시간 전보다 오른 종목 비율", mood.rising if mood.pairs else None),
    )
    told = [f"{name} {number(value, 1)}%" for name, value in measures if value is not None]
    if not told:
        return f"{whales}{'입니다' if flow.count else '습니다'}."
    measured = josa(", ".join(told), "으로/로")
    return f"{whales}{'이' if flow.count else ''}고, 시장 심리는 {measured} {mood.word}입니다."
