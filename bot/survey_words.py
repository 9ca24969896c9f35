"""The market in plain sentences, for summaries without a model. Pure."""

from bot.korean import display_name, number, share
from bot.readings import Coin, Survey


def plain_survey(survey: Survey) -> str:
    """How the first majors went over 24 hours, and the mood with its widest measure."""
    went = [_went(coin) for coin in survey.majors[:2]]
    mood = (
        f"24시간 동안 오른 종목은 {survey.mood.pairs:,}개 중 {number(survey.mood.rising, 0)}%이고, "
        f"시장 심리는 {survey.mood.word}입니다."
    )
    return " ".join((*went, mood))


def _went(coin: Coin) -> str:
    name = display_name(coin.info)
    if share(coin.day_pct) == share(0):
        return f"{name} 가격은 24시간 전과 거의 같습니다."
    way = "상승" if coin.day_pct > 0 else "하락"
    return f"{name} 가격은 24시간 동안 {share(coin.day_pct)} {way}했습니다."
