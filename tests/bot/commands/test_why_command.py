"""/why tells, stage by stage, what became of an alert, and why there was none."""

import msgspec
import pytest
from fakes import CHAT, HOUR_MS, MINUTE_MS, NOW_MS, Bot, FakeHealth, healthy, large_trade

from bot.model import Button, Chat, Decision, Handover, Near, StoredAlert, short_ref
from bot.symbols import Symbols
from pipeline.gate import Turned
from pipeline.model import Kimchi, Liquidated, Nearest, SymbolInfo


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    bot.journal.stored = [
        large_trade("BTCUSDT", "buy", 150_000, NOW_MS - MINUTE_MS),
        large_trade("BTCUSDT", "sell", 60_000, NOW_MS - 5 * MINUTE_MS),
        large_trade("ETHUSDT", "buy", 90_000, NOW_MS - 3 * HOUR_MS),
    ]
    return bot


def sent(bot: Bot, index: int = 0) -> str:
    """An alert of the journal came here; its id."""
    alert_id = bot.journal.stored[index].alert.id
    bot.casebook.decisions.append(Decision(alert_id, CHAT, True, "subscribed"))
    bot.casebook.handovers[CHAT, alert_id] = Handover(
        "sent", NOW_MS, NOW_MS - 9_000, 0, NOW_MS - 59_000
    )
    return alert_id


def liquidation(symbol: str, at_ms: int) -> Liquidated:
    """Longs of a contract closed by force."""
    return Liquidated(
        id=f"liquidation:{symbol}:{at_ms}:long:1", symbol=symbol, at_ms=at_ms, excess=2.0,
        position="long", notional=2_000_000.0, quantity=20.0, price=100_000.0, count=3,
        largest=1_000_000.0, window_s=5, first_ms=at_ms, last_ms=at_ms, per_day=None, rare=True,
    )  # fmt: skip


async def test_an_alert_is_explained_in_one_line_for_each_stage(bot: Bot) -> None:
    message = await bot.ask(f"/why #{short_ref(sent(bot))}")
    assert message.head == "❔ 비트코인(BTCUSDT) 대량 체결: 왜 왔나요 · 09:02:21 KST"
    assert message.lines == (
        "1. 감지: 한 주문 15만 달러, 기준 5만 달러 · 기준의 3배라서 ‘경고’",
        "2. 판단: 흔하지 않은 크기이고, 같은 종류를 방금 알리지 않아(쿨다운) 통과했습니다",
        "3. 이 채팅의 설정: 구독한 알림이라 보내기로 했습니다",
        "4. 전송: 09:02:22 KST에 보냈습니다(기록하고 1초 뒤) · 마지막 수정 09:03:12 KST",
    )
    assert message.private


async def test_alone_it_is_about_the_last_alert_here_and_as_a_reply_about_that_one(
    bot: Bot,
) -> None:
    newest, older = sent(bot, 0), sent(bot, 1)
    bot.casebook.messages[CHAT, "77"] = short_ref(older)
    by_itself = await bot.ask("/why")
    assert by_itself == await bot.ask(f"/why #{short_ref(newest)}")
    assert await bot.ask("/why", reply_to="77") == await bot.ask(f"/why #{short_ref(older)}")
    lost = await bot.ask("/why", reply_to="78")
    assert lost.lines[0].startswith("그 메시지에서 알림을 찾지 못해")
    assert lost.lines[1:] == by_itself.lines
    assert (await bot.ask("/why", chat=Chat("web", "another"))).tone == "error"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("muted", "음소거"),
        ("same_move", "덧붙였습니다"),
        ("held", "하루 알림 수"),
        ("stale", "지난"),
    ],
)
async def test_what_was_not_sent_says_at_which_stage_it_ended(
    bot: Bot, reason: str, said: str
) -> None:
    alert_id = bot.journal.stored[0].alert.id
    bot.casebook.decisions.append(Decision(alert_id, CHAT, False, reason))
    message = await bot.ask(f"/why #{short_ref(alert_id)}")
    assert "왜 오지 않았나요" in message.head
    assert said in message.lines[2]
    assert message.lines[3] == "4. 전송: 보낼 것이 없었습니다"


async def test_a_symbol_lists_the_last_hours_alerts_and_what_became_of_each_here(
    bot: Bot,
) -> None:
    sent(bot)
    await bot.ask("/subscribe BTC")
    alert = large_trade("BTCUSDT", "buy", 55_000, NOW_MS - 9 * MINUTE_MS).alert
    bot.insight.turned["BTCUSDT"] = [Turned(alert, "cooldown"), Turned(alert, "common", 40)]
    message = await bot.ask("/why 비트")
    assert message.head == "❔ 비트코인(BTCUSDT): 최근 1시간에 보낸 알림 1건"
    assert message.lines[0].startswith("✅ 09:02:21 KST 대량 체결(경고): 구독한")
    # Nor is there a decision of a chat that could not be written to: a kicked bot's, for one.
    not_then = "그때는 구독 전이거나 이곳의 알림이 멈춰 있어 보내지 않았습니다"
    assert message.lines[1].endswith(f"대량 체결(주의): {not_then}")
    assert "대량 체결 1건은 방금 알린 것과 같은 종류라서(쿨다운)" in message.lines[2]
    assert "대량 체결 40건은 이 종목에서는 흔한 크기라서" in message.lines[3]
    assert message.lines[-1].startswith("이 채팅의 설정: 받습니다(")


async def test_what_was_sent_comes_first_however_much_came_after_it(bot: Bot) -> None:
    bot.journal.stored = [
        large_trade("BTCUSDT", "buy", 150_000, NOW_MS - minute * MINUTE_MS)
        for minute in range(1, 10)
    ]
    sent(bot, 8)
    message = await bot.ask("/why BTC")
    assert message.head.endswith("보낸 알림 1건")
    assert message.lines[0].startswith("✅ 08:54:21 KST")
    assert message.lines[1].startswith("➖ 09:02:21 KST")
    assert message.lines[1].endswith("이 채팅이 구독하지 않은 알림이라 보내지 않았습니다")
    assert "그 밖에도 알림이 더 있었습니다." in message.lines


async def test_what_was_added_to_a_message_is_not_said_to_be_missing(bot: Bot) -> None:
    alert_id = bot.journal.stored[0].alert.id
    bot.casebook.decisions.append(Decision(alert_id, CHAT, False, "same_move"))
    message = await bot.ask("/why BTC")
    assert (
        message.head == "❔ 비트코인(BTCUSDT): 최근 1시간의 알림 1건은 보낸 메시지에 덧붙였습니다"
    )


async def test_all_of_it_is_against_the_threshold_that_the_chat_set(bot: Bot) -> None:
    ref = short_ref(sent(bot))
    await bot.ask("/subscribe BTC")
    await bot.ask("/settings 고래 10만달러")
    assert (await bot.ask(f"/why #{ref}")).lines[0] == (
        "1. 감지: 한 주문 15만 달러, 이 채팅의 지금 기준 10만 달러 · 기준의 1.5배라서 ‘주의’"
    )
    other = short_ref(bot.journal.stored[1].alert.id)
    assert (await bot.ask(f"/why #{other}")).lines[0].endswith("기준보다 작음")
    of_symbol = await bot.ask("/why BTC")
    assert of_symbol.lines[0].startswith("✅ 09:02:21 KST 대량 체결(주의)")
    assert of_symbol.lines[1].endswith("이 채팅이 정한 기준보다 작아 보내지 않았습니다")
    bot.insight.measured["ETHUSDT"] = Near(True, NOW_MS - 2_000, 12_000.0, 50_000.0, -0.42, 3.0)
    await bot.ask("/settings 급등 5%")
    lines = (await bot.ask("/why ETH")).lines
    assert lines[0] == "가장 큰 주문: 1만 2,000달러 (대량 체결 기준 10만 달러)"
    assert lines[1].endswith("(급등·급락 기준 5.00%)")


async def test_where_there_was_none_it_tells_what_was_measured_against_what_it_takes(
    bot: Bot,
) -> None:
    bot.insight.measured["ETHUSDT"] = Near(True, NOW_MS - 2_000, 12_000.0, 50_000.0, -0.42, 3.0)
    message = await bot.ask("/why 이더")
    assert message.head == "❔ 이더리움(ETHUSDT): 최근 1시간 동안 왜 알림이 없었나요"
    assert message.lines == (
        "가장 큰 주문: 1만 2,000달러 (대량 체결 기준 5만 달러)",
        "가장 큰 5분 변동(1분 단위): 🔵 ▼ −0.42% (급등·급락 기준 3.00%)",
        "이 채팅의 설정: 이 종목을 구독하지 않았습니다. 받으려면: /subscribe ETHUSDT",
    )
    assert "지켜보고 있지 않습니다" in (await bot.ask("/why ADA")).lines[0]
    await bot.ask("/subscribe ETH")
    assert "/subscribe" in str(message.buttons)
    assert "/subscribe" not in str((await bot.ask("/why ETH")).buttons)
    for muted in ("/mute 1시간 ETH", "/mute 1시간"):
        await bot.ask(muted)
        message = await bot.ask("/why ETH")
        assert "음소거 중" in message.lines[-1]
        await bot.ask(message.buttons[0][1].command)
    assert not (await bot.subscriptions.chat(CHAT)).muted


FUTURE = "binance-futures:BTCUSDT"


@pytest.fixture
def with_futures(bot: Bot) -> Bot:
    """A liquidation in the future of a pair that had no alert itself."""
    bot.journal.stored = [StoredAlert(liquidation(FUTURE, NOW_MS - MINUTE_MS), NOW_MS - MINUTE_MS)]
    pairs = bot.directory._index.pairs
    bot.directory = Symbols(pairs, {}, {FUTURE: SymbolInfo(FUTURE, "BTC", "USDT")})
    return bot


@pytest.mark.parametrize("asked", ["/why btc 선물", "/why 선물 비트", "왜 비트 선물 안 와?"])
async def test_the_contract_is_asked_about_in_plain_words(with_futures: Bot, asked: str) -> None:
    sent(with_futures)
    message = await with_futures.ask(asked)
    assert message == await with_futures.ask(f"/why {FUTURE}")
    assert message.head == "❔ 비트코인(BTCUSDT) 선물: 최근 1시간에 보낸 알림 1건"


async def test_a_contract_that_there_is_not_is_not_taken_for_its_pair(with_futures: Bot) -> None:
    assert "거래되는 선물이 아닙니다" in (await with_futures.ask("/why 이더 선물")).head
    assert (await with_futures.ask("/why 이더 선물 뭐야")).tone == "error"


async def test_alerts_of_its_contract_are_not_denied_where_the_pair_is_asked_about(
    with_futures: Bot,
) -> None:
    sent(with_futures)
    message = await with_futures.ask("/why btc")
    assert message.head == "❔ 비트코인(BTCUSDT): 최근 1시간에 보낸 알림은 선물 1건"
    told = "선물 알림은 최근 1시간에 1건 있었고 이 채팅에 보낸 것은 1건입니다. 자세히: "
    assert f"{told}/why {FUTURE}" in message.lines
    assert Button("❔ 선물 알림", f"/why {FUTURE}") in message.buttons[1]
    assert "선물 알림" not in str(await with_futures.ask("/why eth"))


async def test_alerts_of_its_contract_that_did_not_come_here_are_told_as_such(
    with_futures: Bot,
) -> None:
    message = await with_futures.ask("/why btc")
    assert message.head == "❔ 비트코인(BTCUSDT): 최근 1시간 동안 왜 알림이 없었나요"
    assert "1건 있었고 이 채팅에 보낸 것은 없습니다" in str(message.lines)


async def test_talk_around_why_is_no_symbol(bot: Bot) -> None:
    for text in ("왜 왔어?", "왜 떨어져?", "왜 이래"):
        assert "온 알림이 아직 없습니다" in (await bot.ask(text)).head
    assert (await bot.ask("비트 왜 올라")).head.startswith("❔ 비트코인(BTCUSDT)")
    assert (await bot.ask("왜 비트 안와")).head.startswith("❔ 비트코인(BTCUSDT)")
    assert "맞는 심볼이 없습니다" in (await bot.ask("/why zzzz")).head


ASKED = ("왜 안 와?", "왜 알림이 안 와요?", "알림이 왜 안 와요?", "왜 조용해")


@pytest.mark.parametrize("asked", ASKED)
async def test_who_asks_why_nothing_comes_is_told_what_came_and_why_the_rest_did_not(
    bot: Bot, asked: str
) -> None:
    await bot.subscriptions.subscribe(CHAT, ["BTCUSDT"], ["large_trade"])
    sent(bot)
    for index, reason in ((1, "held"), (2, "held")):
        alert_id = bot.journal.stored[index].alert.id
        bot.casebook.decisions.append(Decision(alert_id, CHAT, False, reason))
    message = await bot.ask(asked)
    assert message.head == "❔ 최근 24시간에 온 알림 1건"
    assert message.lines == (
        "✅ 시세 데이터: 정상입니다.",
        "마지막 알림: 09:02:21 KST · 비트코인(BTCUSDT) 대량 체결",
        "➖ 2건: 하루 알림 수에 맞추어, 더 큰 것만 보내려고 보내지 않았습니다",
        "이 채팅의 설정",
        "• 비트코인(BTCUSDT): 대량 체결",
        "한 종목을 물어보려면: /why BTC",
    )


async def test_who_is_sent_nothing_is_told_whether_anything_could_come(bot: Bot) -> None:
    nothing = await bot.ask("왜 안 와?")
    assert nothing.head == "❔ 최근 24시간에 온 알림이 없습니다"
    assert "• 받는 알림이 없습니다." in nothing.lines
    assert nothing.buttons[0][0] == Button("🔔 알림 고르기", "/subscribe")
    await bot.subscriptions.subscribe(CHAT, ["BTCUSDT"], ["large_trade"])
    bot.health = FakeHealth(msgspec.structs.replace(healthy(), ok=False, problem="silent"))
    quiet = await bot.ask("왜 안 와?")
    assert quiet.lines[0].startswith("⚠️ 시세 데이터: 데이터가 멈췄습니다.")
    assert "알릴 만큼 큰 움직임을 찾지 못했습니다" in quiet.lines[1]
    assert not any(button.command == "/subscribe" for row in quiet.buttons for button in row)
    bot.subscriptions.pause(CHAT)
    paused = await bot.ask("왜 안 와?")
    assert any("보내지 않고 있습니다" in line for line in paused.lines)
    assert paused.buttons[0][0] == Button("🔔 알림 고르기", "/subscribe")


async def test_an_alert_that_could_not_be_sent_is_not_told_as_if_it_had_come(bot: Bot) -> None:
    await bot.subscriptions.subscribe(CHAT, ["BTCUSDT"], ["large_trade"])
    bot.casebook.handovers[CHAT, sent(bot)] = Handover("expired", NOW_MS, None, 3)
    told = (await bot.ask("왜 안 와?")).lines[1]
    assert told.startswith("마지막 알림: ")
    assert told.endswith("대량 체결 · 제때 보낼 수 없어 그만두었습니다")


async def test_whoever_has_subscribed_is_not_told_to(bot: Bot) -> None:
    assert "받으려면: /subscribe" in (await bot.ask("/why")).head
    await bot.subscriptions.subscribe(CHAT, ["BTCUSDT"], ["large_trade"])
    assert "받는 알림 보기: /alerts" in (await bot.ask("/why")).head


async def test_each_further_kind_tells_its_largest_or_what_it_still_lacks(bot: Bot) -> None:
    others = (
        Nearest("pump", 1.25, 3.0),
        Nearest("volume_surge", 82_000.0, 150_000.0),
        Nearest("spread", 1.5, 10.0, wait_s=240.0),
        Nearest("book_imbalance", 64.0, 80.0),
    )
    bot.insight.measured["ETHUSDT"] = Near(True, NOW_MS, others=others)
    told = (await bot.ask("/why ETH")).lines[:-1]
    assert told == (
        "펌핑 의심: 짧은 사이 가장 큰 상승 1.25%(기준 3.00%에 매수 주문 쏠림까지)",
        "거래량 급등: 한 구간의 가장 큰 거래대금 8만 2,000달러(기준 15만 달러)",
        "스프레드 확대: 준비 중입니다. 4분어치의 시세가 더 쌓이면 판단합니다.",
    ), "books are told of to those who asked for them"
    await bot.subscriptions.subscribe(CHAT, ["ETHUSDT"], ["book_imbalance"])
    told = (await bot.ask("/why ETH")).lines
    assert "호가벽·쏠림: 한쪽 호가 비중 최대 64.00%(기준 80.00%)" in told
    unknown = (Nearest("pump", None, 3.0), Nearest("volume_surge", 5.0), Nearest("spread"))
    bot.insight.measured["ETHUSDT"] = Near(True, NOW_MS, others=unknown)
    told = (await bot.ask("/why ETH")).lines
    assert "펌핑 의심: 최근 1시간에 판단할 매수 체결 기록이 없습니다." in told
    assert "거래량 급등: 평소 거래대금을 아직 몰라 판단하지 않습니다." in told
    assert "스프레드 확대: 최근 1시간에 판단할 호가 기록이 없습니다." in told


async def test_a_contract_that_nobody_named_tells_what_is_known_of_it_without_its_trades(
    bot: Bot,
) -> None:
    others = (Nearest("liquidation", 420_000.0, 1e6), Nearest("funding", 0.012, 0.05))
    bot.insight.measured["ETHUSDT"] = Near(False, others=others)
    told = (await bot.ask("/why ETH")).lines
    assert told[0].startswith("이 종목의 체결은 지금 지켜보고 있지 않습니다.")
    assert told[1] == "강제 청산: 이어진 청산 최대 42만 달러 이상(기준 100만 달러)"
    bot.insight.measured["ETHUSDT"] = Near(False, others=(Nearest("liquidation", 0.0, 1e6),))
    assert (await bot.ask("/why ETH")).lines[1] == (
        "강제 청산: 최근 1시간에 알려진 청산이 없습니다."
    )
    bot.insight.measured["ETHUSDT"] = Near(False, others=others)
    await bot.subscriptions.subscribe(CHAT, ["ETHUSDT"], ["funding"])
    assert "펀딩비: 최대 0.01%(기준 0.05%)" in (await bot.ask("/why ETH")).lines


async def test_an_alert_that_is_no_longer_kept_is_said_to_be_old(bot: Bot) -> None:
    message = await bot.ask("/why #0123456789abcdef")
    assert message.tone == "error"
    assert "/why BTC" in message.head


async def test_a_premium_is_said_to_have_grown_and_to_be_no_usual_size(bot: Bot) -> None:
    """Between the levels that everybody is told of it only passes for thresholds of somebody's."""
    grown = Kimchi(
        id="kimchi:BTCUSDT:level:1", symbol="BTCUSDT", at_ms=NOW_MS - 1_000, excess=1.22,
        what="level", basis="bank", premium_pct=6.1, bank_pct=6.1, tether_pct=0.2,
        change_points=None, window_s=None, won=98e6, price=66_000.0, rate=1_400.0,
        tether=1_480.0, step=True,
    )  # fmt: skip
    bot.journal.stored = [StoredAlert(grown, NOW_MS)]
    bot.kinds = (*bot.kinds, "kimchi")
    await bot.ask("/subscribe BTC 김프")
    message = await bot.ask(f"/why #{short_ref(grown.id)}")
    assert message.lines[1].startswith("2. 판단: 이미 알린 김프가 더 벌어져, %를 기준으로")
    assert "이미 알린 김프가 조금 더 벌어진 것이라" in message.lines[2]
    bot.insight.turned = {"BTCUSDT": [Turned(grown, "common")]}
    assert "흔한 크기" not in "".join((await bot.ask("/why BTC")).lines)
