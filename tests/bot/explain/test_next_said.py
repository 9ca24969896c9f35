"""A text may say in one sentence where to look next: what the facts have, and no forecast of it."""

import pytest
from explain_alerts import ALERTS, PAIRS, large_trade
from prompt_forms import items
from test_situation_now import ALERT as ASKED

from bot.explain import situation_now, situation_words
from bot.explain.facts import facts_of
from bot.explain.grounding import verify, verify_facts
from bot.explain.next_said import NEXT, without_next
from bot.explain.template import sentence

TRADE = large_trade()
TOLD = sentence(TRADE, PAIRS[TRADE.symbol])
NEXT_OF_IT = "이어서 볼 점은 30초 뒤에도 가격이 유지되는지입니다."


def objections(text: str) -> list[str]:
    return verify(text, TRADE, PAIRS[TRADE.symbol])


@pytest.mark.parametrize("name", ALERTS)
def test_what_the_facts_say_to_look_at_next_may_be_said(name: str) -> None:
    alert = ALERTS[name]
    facts = facts_of(alert, PAIRS[alert.symbol])
    told = f"{sentence(alert, PAIRS[alert.symbol])} 이어서 볼 점은 {facts.following}입니다."
    assert facts.words["이어서 볼 점"] == facts.following == NEXT[facts.kind]
    assert verify_facts(told, facts) == []


@pytest.mark.parametrize(
    "said",
    [
        "이어서 볼 점은 30초 뒤에도 가격이 오르는지입니다.",
        "이어서 볼 점은 60초 뒤에도 가격이 유지되는지입니다.",
        "이어서 볼 점은 스프레드가 평소 수준으로 돌아오는지입니다.",
        "이어서 볼 점은 30초 뒤에도 가격이 유지되는지이며, 유지될 것입니다.",
        "30초 뒤에도 가격이 유지될 것입니다.",
        "30초 뒤에도 가격이 유지되면 매수할 만합니다.",
        f"{NEXT_OF_IT} 지금 매수가 유리합니다.",
        f"{NEXT_OF_IT} {NEXT_OF_IT}",
    ],
)
def test_anything_else_of_what_comes_is_refused(said: str) -> None:
    assert objections(f"{TOLD} {NEXT_OF_IT}") == []
    assert objections(f"{TOLD} {said}")


def test_alone_it_is_no_explanation() -> None:
    assert objections(NEXT_OF_IT)


def test_nothing_comes_next_of_what_is_told_late() -> None:
    late = large_trade(recovered=True)
    facts = facts_of(late, PAIRS[late.symbol])
    assert "이어서 볼 점" not in facts.words
    assert verify_facts(f"{sentence(late, PAIRS[late.symbol])} {NEXT_OF_IT}", facts)


def test_whoever_asks_later_is_told_how_it_went_on_instead() -> None:
    assert ASKED.alert is not None
    assert "알림 이어서 볼 점" not in items(situation_words.words_of(ASKED))
    measured = "알림 이후 5분 동안 0.62% 상승했습니다."
    assert situation_now.objections(measured, ASKED) == []
    following = f"이어서 볼 점은 {NEXT[ASKED.alert.kind]}입니다."
    assert situation_now.objections(f"{measured} {following}", ASKED)


def test_a_text_without_it_stays_as_it_is() -> None:
    assert without_next(TOLD, NEXT["large_trade"]) == TOLD
    assert without_next(f"{TOLD} {NEXT_OF_IT}", "") == f"{TOLD} {NEXT_OF_IT}"
