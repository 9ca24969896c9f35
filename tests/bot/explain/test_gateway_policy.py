"""Which model is asked when, how often and for how much: limits, breakers, budget and sharing."""

import asyncio
import math
from typing import Any

import msgspec
import pytest
from contracts.ai_server import MODELS, always, fault, raw
from explain_alerts import AT, large_trade
from explain_world import FIRST, GOOD, FakeLedger, world
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ExplainError
from bot.explain.budget import KEPT_DAYS, MOST_UNSAVED, Budget, day_start_ms, korean_day
from bot.explain.burst import MOST_BURSTS, Bursts
from bot.explain.gateway import retry_after_s
from bot.explain.limits import Breaker, Limiter, TokenLimiter
from bot.explain.pricing import Model, Settings, estimate_tokens
from bot.korean import month_of
from bot.ports import Spend, SpendSum

DAY_MS = 86_400_000
MIDNIGHT = day_start_ms(korean_day(AT))


def other(number: int, **facts: object) -> Any:
    """Another alert of the same words."""
    return large_trade(id=f"again {number}", **facts)


def spending(usd: float, id: str = "1", at_ms: int = AT) -> Spend:
    return Spend(id, at_ms, MIDNIGHT, "alert", FIRST, "", "shown", 1, 1, usd, False)


def earlier(usd: float, day_ms: int = MIDNIGHT) -> SpendSum:
    return SpendSum(day_ms, "alert", FIRST, 1, 1, 0, 1, 1, usd)


# --- the limiter -------------------------------------------------------------------------------


def test_no_minute_has_more_starts_than_allowed() -> None:
    limiter = Limiter(3)
    now, starts = 100.0, []
    for _ in range(20):
        now += limiter.take(now)
        starts.append(now)
        now += 1.0
    for start in starts:
        assert sum(start <= other < start + 60 for other in starts) <= 3
    assert starts[:4] == [100.0, 101.0, 102.0, 160.0]


def test_starts_booked_ahead_count_as_well() -> None:
    limiter = Limiter(2)
    assert [limiter.take(0.0) for _ in range(5)] == [0.0, 0.0, 60.0, 60.0, 120.0]


def test_a_pause_holds_every_start_back() -> None:
    limiter = Limiter(2)
    limiter.pause(7.5)
    limiter.pause(3.0)
    assert limiter.wait_s(5.0) == 2.5
    assert limiter.wait_s(8.0) == 0.0


@given(st.lists(st.tuples(st.integers(1, 100), st.floats(0, 30), st.floats(0, 1)), max_size=30))
def test_no_minute_has_more_tokens_than_allowed(calls: list[tuple[int, float, float]]) -> None:
    limiter, now, booked = TokenLimiter(100), 1_000.0, []
    for tokens, pause, used in calls:
        now += pause
        start = now + limiter.wait_s(now, tokens)
        booking = limiter.take(start, tokens)
        booked.append(booking)
        for one in booked:
            together = [b.tokens for b in booked if one.at - 60 + 1e-6 < b.at <= one.at]
            assert sum(together) <= 100
        booking.tokens = math.ceil(tokens * used)  # the answer was shorter than it might have been
    assert [one.at for one in booked] == sorted(one.at for one in booked)


def test_what_can_never_fit_waits_for_ever_and_what_an_answer_left_is_free_at_once() -> None:
    limiter = TokenLimiter(1_000)
    assert limiter.wait_s(0.0, 1_001) == math.inf
    booking = limiter.take(0.0, 900)
    assert limiter.wait_s(1.0, 200) == 59.0
    booking.tokens = 300
    assert limiter.wait_s(1.0, 200) == 0.0


async def test_a_call_waits_for_tokens_as_it_does_for_its_turn() -> None:
    async with world(tokens_per_minute=2_000, most_output_tokens=500) as w:
        w.server.usage = {"prompt_tokens": 1_000, "completion_tokens": 900}
        assert await w.explainer.explain(large_trade()) == GOOD
        with pytest.raises(ExplainError, match="limit"):
            await w.explainer.explain(other(1, symbol="ETHUSDT"))
        assert len(w.server.asked) == 1
        w.clock.ahead += 61
        with pytest.raises(ExplainError, match="refused"):  # asked again: the text is of Bitcoin
            await w.explainer.explain(other(1, symbol="ETHUSDT"))


async def test_an_explanation_that_would_have_to_wait_too_long_is_given_up_at_once() -> None:
    async with world(requests_per_minute=1, deadline_s=20.0) as w:
        assert await w.explainer.explain(large_trade()) == GOOD
        w.clock.ahead = 30.0
        with pytest.raises(ExplainError, match="limit"):
            await w.explainer.explain(large_trade())
        assert len(w.server.asked) == 1
        w.clock.ahead = 61.0
        assert await w.explainer.explain(large_trade()) == GOOD


async def test_two_models_told_to_wait_mean_that_the_key_is() -> None:
    async with world(deadline_s=20.0) as w:
        slow = always(lambda: fault(429, "slow", None, {"Retry-After": "40"}))
        w.server.answers = dict.fromkeys(MODELS[:2], slow)
        with pytest.raises(ExplainError, match="failed"):
            await w.explainer.explain(large_trade())
        assert w.server.asked_models == list(MODELS[:2])
        w.clock.ahead = 41.0
        w.server.answers = {}
        assert await w.explainer.explain(large_trade()) == GOOD


# --- the breaker -------------------------------------------------------------------------------


def test_a_breaker_opens_after_failures_in_a_row_and_lets_one_trial_through_afterwards() -> None:
    breaker = Breaker(failures=3, first_s=30.0, longest_s=100.0)
    breaker.fail(0.0)
    breaker.fail(0.0)
    breaker.succeed()
    for _ in range(2):
        breaker.fail(1.0)
        assert breaker.enter(1.0)
    breaker.fail(1.0)
    assert (breaker.state(30.9), breaker.enter(30.9)) == ("open", False)
    assert breaker.state(31.0) == "half-open"
    assert [breaker.enter(31.0) for _ in range(3)] == [True, False, False]
    breaker.fail(31.0)
    assert (breaker.state(90.9), breaker.state(91.0)) == ("open", "half-open")
    assert breaker.enter(91.0)
    breaker.fail(91.0)
    assert breaker.state(190.9) == "open"
    assert breaker.enter(191.0)
    breaker.succeed()
    assert breaker.state(191.0) == "closed"


def test_a_trial_without_an_outcome_blocks_nobody_for_ever() -> None:
    breaker = Breaker(failures=1, first_s=30.0)
    breaker.fail(0.0)
    assert [breaker.enter(30.0), breaker.enter(59.9), breaker.enter(60.0)] == [True, False, True]
    breaker.withdraw()
    assert breaker.enter(60.0)


async def test_a_model_that_keeps_failing_is_not_asked_until_its_trial() -> None:
    async with world(share_s=0.0) as w:
        w.server.answers = {FIRST: always(lambda: fault(500, "oops", None))}
        for _ in range(5):
            assert await w.explainer.explain(large_trade()) == GOOD
        assert w.server.asked_models.count(FIRST) == 3
        w.clock.ahead = 31.0
        for _ in range(3):
            assert await w.explainer.explain(large_trade()) == GOOD
        assert w.server.asked_models.count(FIRST) == 4
        w.server.answers = {}
        w.clock.ahead = 700.0
        assert await w.explainer.explain(large_trade()) == GOOD
        assert w.server.asked_models[-1] == FIRST


async def test_a_gateway_of_which_every_model_keeps_failing_is_left_alone_for_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with world() as w:
        w.server.answers = dict.fromkeys(MODELS, always(lambda: raw("<html>", "text/html")))
        for _ in range(3):
            with pytest.raises(ExplainError, match="failed"):
                await w.explainer.explain(large_trade())
        asked = len(w.server.asked)
        with pytest.raises(ExplainError, match="resting"):
            await w.explainer.explain(large_trade())
        assert len(w.server.asked) == asked
        assert w.explainer.state().resting and w.explainer.state().problem == "failing"
        w.server.answers = {}
        w.clock.ahead = 31.0
        assert await w.explainer.explain(large_trade()) == GOOD
        assert not w.explainer.state().resting and not w.explainer.state().problem
    assert caplog.text.count("keeps failing and rests") == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        (
            {
                "retry-after": "Mon, 12 Jan 2026 00:01:00 GMT",
                "date": "Mon, 12 Jan 2026 00:00:00 GMT",
            },
            60.0,
        ),
        (
            {
                "retry-after": "Mon, 12 Jan 2026 00:00:00 GMT",
                "date": "Mon, 12 Jan 2026 00:01:00 GMT",
            },
            0.0,
        ),
        ({"retry-after": "Mon, 12 Jan 2026 00:01:00 GMT"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"}, None),
        ({"retry-after": f"Mon, {'9' * 20} Jan 2026 00:00:00 GMT"}, None),
        ({"retry-after": f"Mon, 12 Jan 2026 00:00:{'9' * 20} GMT"}, None),
        ({"retry-after": f"Mon, 12 Jan 2026 00:00:00 +{'9' * 20}"}, None),
        (
            {
                "retry-after": "Mon, 12 Jan 2026 00:01:00 GMT",
                "date": f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT",
            },
            None,
        ),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_every_form_or_not_at_all(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(headers) == seconds


# --- which model -------------------------------------------------------------------------------


def test_the_task_has_its_own_first_model_and_all_others_follow() -> None:
    settings = Settings()
    assert settings.order("alert") == list(MODELS)
    assert settings.order("anomaly")[0] == "claude-sonnet-4.5"
    assert settings.order("spread")[0] == "gemini-2.5-flash"
    assert settings.order("summary")[0] == "gpt-4.1"
    assert settings.order("bulk")[0] == "deepseek-v3.2"
    assert all(set(settings.order(task)) == set(MODELS) for task in settings.tasks)
    off = settings.models | {FIRST: msgspec.structs.replace(settings.models[FIRST], enabled=False)}
    changed = msgspec.structs.replace(settings, models=off)
    assert FIRST not in changed.order("alert")
    assert (settings.problems(), changed.problems()) == ([], [])


def test_settings_that_do_not_fit_together_are_named() -> None:
    settings = Settings(models={"a": Model(1, 1, enabled=False)}, tasks={"alert": ("b",)})
    assert len(settings.problems()) == 2
    for task in ("alerts", "alert.urgent", "alert.", ".critical"):
        (line,) = Settings(tasks={task: (FIRST,)}).problems()
        assert f"{task} is no task" in line
    (line,) = Settings(tokens_per_minute=1_000).problems()
    assert "tokens_per_minute = 1000" in line
    assert Settings(tokens_per_minute=0).problems() == []


async def test_a_task_may_ask_another_model_where_the_alert_is_more_severe() -> None:
    tasks = {"alert": ("deepseek-v3.2",), "alert.critical": ("gpt-4.1", "claude-sonnet-4.5")}
    assert Settings(tasks=tasks).problems() == []
    async with world(tasks=tasks) as w:
        assert await w.explainer.explain(large_trade()) == GOOD
        with pytest.raises(ExplainError, match="refused"):  # GOOD calls the risk 보통
            await w.explainer.explain(other(1, symbol="ETHUSDT", excess=12.0))
        assert w.server.asked_models == ["deepseek-v3.2", "gpt-4.1", "claude-sonnet-4.5"]


async def test_models_that_the_gateway_does_not_list_are_told_and_asked_last(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with world() as w:
        w.server.models = ("gpt-4.1", "deepseek-v3.2", "something-else")
        check = await w.explainer.start()
        assert (check.missing, check.problem) == (MODELS[:2], "")
        assert "gemini-2.5-flash" in caplog.text
        assert await w.explainer.explain(large_trade()) == GOOD
        assert w.server.asked_models == ["gpt-4.1"]


@pytest.mark.parametrize(
    "listing",
    [
        always(lambda: fault(500, "oops", None)),
        always(lambda: raw("<html>", "text/html")),
        always(lambda: raw('{"data": null}')),
    ],
)
async def test_a_list_that_cannot_be_had_stops_nothing(listing: Any) -> None:
    async with world() as w:
        w.server.listing = listing
        assert (await w.explainer.start()).problem
        assert await w.explainer.explain(large_trade()) == GOOD


async def test_a_model_may_name_its_limit_otherwise_and_refuse_a_temperature() -> None:
    odd = Model(1, 1, limit="max_completion_tokens", temperature=None)
    async with world(models={FIRST: odd}, tasks={}) as w:
        assert await w.explainer.explain(large_trade()) == GOOD
        [body] = w.server.asked
        assert body["max_completion_tokens"] == 800
        assert "temperature" not in body and "max_tokens" not in body
        assert w.server.violations == []


async def test_the_default_model_of_alerts_is_told_not_to_think_away_its_answer() -> None:
    async with world(models=Settings().models) as w:
        w.server.answers["gemini-2.5-flash"] = w.server.thinking(GOOD)
        assert await w.explainer.explain(large_trade()) == GOOD
        assert w.server.asked_models == ["gemini-2.5-flash"]


async def test_a_gateway_that_takes_no_effort_is_asked_without_from_then_on() -> None:
    async with world(models={FIRST: Model(1, 1, effort="none")}, tasks={}) as w:
        w.server.takes_effort = False
        assert await w.explainer.explain(large_trade()) == GOOD
        assert ["reasoning_effort" in body for body in w.server.asked] == [True, False]
        w.clock.ahead += 60  # the same text is not shared any more
        assert await w.explainer.explain(large_trade()) == GOOD
        assert "reasoning_effort" not in w.server.asked[2]


async def test_what_is_refused_with_and_without_an_effort_is_not_taken_for_the_effort() -> None:
    async with world(models={FIRST: Model(1, 1, effort="low")}, tasks={}) as w:
        w.server.answers[FIRST] = always(lambda: fault(400, "no", "invalid_request"))
        with pytest.raises(ExplainError, match="failed"):
            await w.explainer.explain(large_trade())
        del w.server.answers[FIRST]
        w.clock.ahead += 601  # it has rested
        assert await w.explainer.explain(large_trade()) == GOOD
        assert [body.get("reasoning_effort") for body in w.server.asked] == ["low", None, "low"]


async def test_switched_off_nothing_is_asked() -> None:
    async with world(enabled=False) as w:
        with pytest.raises(ExplainError, match="off"):
            await w.explainer.explain(large_trade())
        assert w.server.asked == []


# --- money -------------------------------------------------------------------------------------


async def test_every_call_is_written_down_with_its_tokens_and_price() -> None:
    async with world() as w:
        await w.explainer.explain(large_trade())
        [entry] = w.ledger.entries
        assert (entry.task, entry.model, entry.subject) == ("alert", FIRST, "1")
        assert (entry.tokens_in, entry.tokens_out, entry.estimated) == (700, 120, False)
        assert entry.usd == pytest.approx(700 * 2.5e-6 + 120 * 10e-6)
        assert w.explainer.state().spent_usd == pytest.approx(entry.usd)


@pytest.mark.parametrize(
    "usage",
    [None, {}, {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": -5}],
)
async def test_tokens_that_the_gateway_does_not_count_are_estimated(usage: Any) -> None:
    async with world() as w:
        w.server.usage = usage
        assert await w.explainer.explain(large_trade()) == GOOD
        [entry] = w.ledger.entries
        assert entry.estimated
        assert entry.tokens_out == estimate_tokens(GOOD)
        assert entry.tokens_in > 500


@pytest.mark.parametrize("count", [10**6, 10**13, 10**17, 10**400])
async def test_more_tokens_than_a_call_can_have_are_not_believed(count: int) -> None:
    async with world() as w:
        w.server.usage = {"prompt_tokens": count, "completion_tokens": count}
        assert await w.explainer.explain(large_trade()) == GOOD
        [entry] = w.ledger.entries
        assert entry.estimated
        prompt = sum(len(one["content"].encode()) for one in w.server.asked[0]["messages"])
        assert entry.tokens_in <= prompt + 1_000
        assert entry.tokens_out <= 20 * w.server.asked[0]["max_tokens"]
        assert w.explainer.state().spent_usd < 0.2


async def test_an_answer_beyond_all_lengths_is_not_read() -> None:
    async with world() as w:
        w.server.answers[FIRST] = w.server.says("가" * 30_000)
        assert await w.explainer.explain(large_trade()) == GOOD  # by the next one
        assert [entry.outcome for entry in w.ledger.entries] == ["cut", "shown"]


def test_a_price_is_rounded_up_to_a_nanodollar() -> None:
    assert Model(2.50, 10.00).nanodollars(700, 120) == 2_950_000
    assert Model(0.42, 1.68).nanodollars(1, 1) == 2_100
    assert Model(0.0001, 0).nanodollars(1, 0) == 1
    assert Model(0, 0).nanodollars(9, 9) == 0


def test_estimates_of_tokens_are_rather_too_high() -> None:
    assert estimate_tokens("비트코인") == 4
    assert estimate_tokens("BTCUSDT") == 3
    assert estimate_tokens("") == 0


async def test_calls_side_by_side_never_spend_more_than_the_day_allows() -> None:
    async with world(daily_budget_usd=0.03) as w:
        w.server.usage = {"prompt_tokens": 1_000, "completion_tokens": 800}
        results = await asyncio.gather(
            *(w.explainer.explain(large_trade(f"{n}USDT")) for n in range(40)),
            return_exceptions=True,
        )
        assert w.explainer.state().spent_usd <= 0.03
        assert any("budget" in str(one) for one in results)


async def test_without_a_budget_nothing_is_asked() -> None:
    async with world(daily_budget_usd=0.0) as w:
        with pytest.raises(ExplainError, match="budget"):
            await w.explainer.explain(large_trade())
        assert w.server.asked == []


async def test_when_money_is_short_the_cheapest_model_is_asked_first() -> None:
    async with world(daily_budget_usd=1.0) as w:
        w.ledger.before = [earlier(0.85)]
        await w.explainer.start()
        assert await w.explainer.explain(large_trade()) == GOOD
        assert w.server.asked_models == ["deepseek-v3.2"]


async def test_what_was_spent_before_a_restart_counts_until_midnight_in_korea() -> None:
    async with world(daily_budget_usd=1.0) as w:
        w.ledger.before = [earlier(0.5), earlier(0.5), earlier(9.0, MIDNIGHT - DAY_MS)]
        await w.explainer.start()
        assert w.explainer.state().spent_usd == pytest.approx(1.0)
        with pytest.raises(ExplainError, match="budget"):
            await w.explainer.explain(large_trade())
        w.now_ms = MIDNIGHT + DAY_MS - 1
        with pytest.raises(ExplainError, match="budget"):
            await w.explainer.explain(large_trade())
        w.now_ms += 1
        assert await w.explainer.explain(large_trade()) == GOOD


async def test_the_month_has_a_budget_of_its_own_that_ends_with_the_month_in_korea(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first_ms, next_ms = month_of(AT)
    async with world(daily_budget_usd=1.0, monthly_budget_usd=10.0) as w:
        w.ledger.before = [earlier(9.999, first_ms), earlier(50.0, first_ms - DAY_MS)]
        await w.explainer.start()
        state = w.explainer.state()
        assert (state.month_usd, state.month_budget_usd) == (pytest.approx(9.999), 10.0)
        for _ in range(3):
            with pytest.raises(ExplainError, match="budget"):
                await w.explainer.explain(large_trade())
        w.now_ms = next_ms - 1
        with pytest.raises(ExplainError, match="budget"):
            await w.explainer.explain(large_trade())
        w.now_ms = next_ms
        assert await w.explainer.explain(large_trade()) == GOOD
        assert w.explainer.state().month_usd < 0.1
    assert caplog.text.count("the AI budget of this month (10 USD) does not suffice") == 2  # by day


async def test_a_budget_is_used_up_once_no_model_is_cheap_enough_and_until_its_end() -> None:
    budget = Budget(FakeLedger(), 1.0, 1.5)
    assert not budget.reserve(2_000_000_000, AT)
    assert budget.used_up(AT) == "month"
    assert not budget.reserve(1_200_000_000, AT)
    assert budget.used_up(AT) == "day"
    assert budget.reserve(900_000_000, AT)  # a cheaper one
    assert budget.used_up(AT) == ""
    assert not budget.reserve(900_000_000, AT)
    assert budget.used_up(MIDNIGHT + DAY_MS - 1) in ("day", "month")
    assert budget.used_up(MIDNIGHT + DAY_MS) == ""


async def test_when_the_months_money_is_short_the_cheapest_model_is_asked_first() -> None:
    async with world(daily_budget_usd=1.0, monthly_budget_usd=10.0) as w:
        w.ledger.before = [earlier(8.5, month_of(AT)[0])]
        await w.explainer.start()
        assert await w.explainer.explain(large_trade()) == GOOD
        assert w.server.asked_models == ["deepseek-v3.2"]


async def test_a_database_that_refuses_costs_no_text_and_loses_no_spending() -> None:
    async with world() as w:
        w.ledger.full = True
        assert await w.explainer.explain(large_trade()) == GOOD
        assert w.ledger.entries == []
        w.ledger.full = False
        w.clock.ahead = 60.0
        assert await w.explainer.explain(large_trade()) == GOOD
        assert len(w.ledger.entries) == 2


async def test_unsaved_spendings_are_bounded_and_still_count(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ledger = FakeLedger()
    budget = Budget(ledger, 10.0)
    for number in range(MOST_UNSAVED + 1):
        budget.count(spending(0.001, id=str(number)))
    assert budget.spent(AT) == (MOST_UNSAVED + 1) * 1_000_000
    assert caplog.text.count("not written down") == 1
    await budget.flush()
    assert len(ledger.entries) == MOST_UNSAVED


async def test_a_clock_that_was_ahead_neither_frees_a_day_nor_counts_against_another() -> None:
    budget = Budget(FakeLedger(), 1.0, 5.0)
    budget.count(spending(0.75))
    budget.count(spending(0.5, at_ms=AT + DAY_MS))
    assert (budget.spent(AT), budget.spent(AT + DAY_MS)) == (750_000_000, 500_000_000)
    assert not budget.reserve(300_000_000, AT)
    assert budget.used_up(AT) == "day"
    assert budget.reserve(200_000_000, AT)
    assert budget.spent_this_month(AT) == 1_250_000_000
    _, next_ms = month_of(AT)
    assert budget.spent_this_month(next_ms) == budget.spent(next_ms) == 0
    for _ in range(10):
        budget.count(spending(0.02, at_ms=AT))
    assert budget.spent(AT) == 950_000_000, "each call counts after the clock was put right"


async def test_a_start_while_the_clock_is_a_month_ahead_knows_what_was_spent_now() -> None:
    ledger = FakeLedger([earlier(0.5), earlier(0.5, MIDNIGHT - DAY_MS)])
    budget = Budget(ledger, 0.75)
    await budget.restore(month_of(AT)[1])
    assert budget.spent(month_of(AT)[1]) == 0
    assert budget.spent(AT) == 500_000_000
    assert not budget.reserve(300_000_000, AT)


def test_days_long_past_are_forgotten() -> None:
    budget = Budget(FakeLedger(), 1.0)
    for day in range(KEPT_DAYS + 1):
        budget.count(spending(0.5, id=str(day), at_ms=AT + day * DAY_MS))
    assert budget.spent(AT) == 0
    assert budget.spent(AT + DAY_MS) == budget.spent(AT + KEPT_DAYS * DAY_MS) == 500_000_000


# --- one text for a burst ----------------------------------------------------------------------


async def test_alerts_of_the_same_facts_in_a_burst_share_one_call() -> None:
    async with world() as w:
        texts = await asyncio.gather(*(w.explainer.explain(other(n)) for n in range(10)))
        assert set(texts) == {GOOD}
        assert len(w.server.asked) == 1
        w.clock.ahead = 19.0
        assert await w.explainer.explain(other(10)) == GOOD
        assert len(w.server.asked) == 1
        w.clock.ahead = 25.0
        assert await w.explainer.explain(other(11)) == GOOD
        assert len(w.server.asked) == 2
        assert w.explainer.state().shared == 10


async def test_a_text_is_not_shared_with_an_alert_of_which_it_is_not_true() -> None:
    async with world() as w:
        assert await w.explainer.explain(large_trade()) == GOOD
        for changed in ({"notional": 13_000_000.0}, {"side": "sell"}, {"change_1m_pct": -0.41}):
            with pytest.raises(ExplainError, match="refused"):
                await w.explainer.explain(other(1, **changed))
        assert len(w.server.asked) > 1


async def test_a_burst_whose_one_call_fails_does_not_ask_again_for_each() -> None:
    async with world() as w:
        w.server.answers = dict.fromkeys(MODELS, always(lambda: fault(500, "oops", None)))
        results = await asyncio.gather(
            *(w.explainer.explain(other(n)) for n in range(10)), return_exceptions=True
        )
        assert {type(one) for one in results} == {ExplainError}
        assert len(w.server.asked) == 4


async def test_when_the_first_of_a_burst_is_cancelled_the_others_are_explained_all_the_same() -> (
    None
):
    async with world(deadline_s=20.0, attempt_s=10.0) as w:
        w.server.answers = {FIRST: w.server.silent()}
        first = asyncio.create_task(w.explainer.explain(other(1)))
        await w.server.until_asked(1)
        second = asyncio.create_task(w.explainer.explain(other(2)))
        await asyncio.sleep(0)
        w.server.answers = {}
        first.cancel()
        assert await second == GOOD


async def test_a_cancelled_follower_takes_nothing_from_the_others() -> None:
    async with world() as w:
        tasks = [asyncio.create_task(w.explainer.explain(other(n))) for n in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        assert [await tasks[0], await tasks[2]] == [GOOD, GOOD]
        assert len(w.server.asked) == 1


async def test_what_is_remembered_for_sharing_is_bounded_and_forgotten() -> None:
    bursts = Bursts(share_s=20.0)
    for number in range(MOST_BURSTS + 20):
        with bursts.making(("spread", str(number), None), lambda: 5.0) as burst:
            burst.made = str(number)
    assert len(bursts) == MOST_BURSTS
    assert await bursts.text(("spread", "0", None), 5.0) is None
    assert await bursts.text(("spread", "30", None), 25.0) == "30"
    assert await bursts.text(("spread", "30", None), 25.1) is None
    assert len(bursts) == 0


async def test_other_tasks_are_written_through_the_same_chain_and_check() -> None:
    async with world() as w:
        w.server.text = "요약입니다."
        text = await w.explainer.write("summary", {"종목": "비트코인"}, lambda text: [])
        assert text == "요약입니다."
        assert w.server.asked_models == ["gpt-4.1"]
        with pytest.raises(ExplainError, match="refused"):
            await w.explainer.write("summary", {}, lambda text: ["no"])
