"""/record tells what prices did after alerts, no more surely than it is known."""

from fakes import Bot

from bot.hindsight import Group, Quartiles, Standing

JUMP, FALL = Group("price_jump", "up"), Group("price_jump", "down")
MIDDLE = Quartiles(0.42, -0.3, 1234.5)
USUAL = Quartiles(0.004, -0.2, 0.2)


def known(group: Group, horizon: int, low: float, high: float, base: float = 53.2) -> Standing:
    middle = (low + high) / 2
    return Standing(
        group, horizon, 140, 95, 138, 93, 41, base, middle, (low, high), False, MIDDLE, USUAL
    )


def bot(*standings: Standing, symbol: str | None = None, simulated: bool = False) -> Bot:
    made = Bot(simulated=simulated)
    made.hindsight.known[symbol] = list(standings)
    made.hindsight.since_ms = 1_754_000_000_000
    return made


async def test_an_overview_has_a_line_for_each_kind_and_direction() -> None:
    message = await bot(
        known(JUMP, 0, -1, 1), known(JUMP, 1, 6.1, 22.6), known(JUMP, 2, -9, 2),
        known(FALL, 0, -1, 1), known(FALL, 1, -7.2, 25), known(FALL, 2, -9, 2),
        Standing(Group("spread", ""), 0, 4, 1, 4, 1), Standing(Group("spread", ""), 1, 0, 0),
        Standing(Group("spread", ""), 2, 0, 0),
        Standing(Group("pump", "up"), 0, 12, 7), Standing(Group("pump", "up"), 1, 12, 7, 12, 7),
        Standing(Group("pump", "up"), 2, 11, 7),
    ).ask("/record")  # fmt: skip
    assert message.head == "📒 알림 뒤의 가격 기록 · 2025년 8월 1일부터"
    assert message.lines[:4] == (
        "• 급등: 1시간 뒤 138건 중 상승 93건(67%), 무작위 53% · "
        "차이 +14%p(95% 구간 +6%p ~ +23%p) · 무작위보다 높았습니다",
        "• 급락: 1시간 뒤 138건 중 하락 93건(67%), 무작위 53% · "
        "차이 +9%p(95% 구간 −7%p ~ +25%p) · 무작위와 다르다고 할 수 없습니다",
        "• 스프레드 확대: 5분 뒤 4건 중 상승 1건",
        "• 펌핑 의심: 1시간 뒤 12건 중 상승 7건",
    )
    assert message.lines[-1] == "지난 일의 기록일 뿐, 앞으로의 가격을 알려 주지 않습니다."
    assert "투자 조언이 아닙니다" in message.foot
    commands = [button.command for row in message.buttons for button in row]
    assert commands[:2] == ["/record", "/record 대량체결"]


async def test_a_kind_is_told_at_each_horizon_with_its_spread() -> None:
    some = known(JUMP, 0, -22.4, -6), known(JUMP, 1, 6, 22.4), Standing(JUMP, 2, 9, 5)
    other = Standing(Group("pump", "up"), 0, 1, 1)
    message = await bot(*some, other).ask("/record 급등")
    assert message.lines[:9] == (
        "■ 급등",
        "5분 뒤 138건 중 상승 93건(67%), 무작위 53%",
        "　차이 −14%p(95% 구간 −22%p ~ −6%p) · 무작위보다 낮았습니다",
        "　변동 중앙값 +0.42%(절반이 −0.3% ~ +1,234.5%), 무작위 0%(절반이 −0.2% ~ +0.2%)",
        "　서로 무관한 알림으로 치면 약 41건만큼의 근거입니다",
        "1시간 뒤 138건 중 상승 93건(67%), 무작위 53%",
        "　차이 +14%p(95% 구간 +6%p ~ +22%p) · 무작위보다 높았습니다",
        "　변동 중앙값 +0.42%(절반이 −0.3% ~ +1,234.5%), 무작위 0%(절반이 −0.2% ~ +0.2%)",
        "　서로 무관한 알림으로 치면 약 41건만큼의 근거입니다",
    )
    assert message.lines[9] == "24시간 뒤 9건 중 상승 5건"
    assert message.lines[10].startswith("무작위: 같은 종목")
    few = await bot(Standing(JUMP, 0, 3, 2), Standing(JUMP, 1, 2, 1)).ask("/record 급등")
    assert few.lines == (
        "■ 급등",
        "5분 뒤 3건 중 상승 2건",
        "1시간 뒤 2건 중 상승 1건",
        "30건이 모인 종류는 무작위 시점과 비교한 비율도 보여 드립니다.",
        "지난 일의 기록일 뿐, 앞으로의 가격을 알려 주지 않습니다.",
    )
    assert not any("펌핑" in line for line in message.lines)


async def test_what_cannot_be_compared_has_no_percentage_and_says_why() -> None:
    crowd = Standing(JUMP, 1, 300, 300, 300, 300, moves=MIDDLE)
    young = Standing(FALL, 1, 60, 40, 3, 2, moves=MIDDLE)
    some = (Standing(JUMP, 0, 0, 0), crowd, Standing(FALL, 0, 0, 0), young)
    message = await bot(*some).ask("/record")
    first, second = message.lines[:2]
    assert first == "• 급등: 1시간 뒤 300건 중 상승 300건 · 며칠에 몰려 있어 비율을 말하지 않습니다"
    assert "비교할 지난날이 있는 알림이 적어" in second
    assert "%" not in first + second


async def test_a_pair_is_told_by_itself_and_nothing_is_said_where_nothing_is_known() -> None:
    made = bot(known(JUMP, 0, 1, 2), known(JUMP, 1, 6, 22), symbol="BTCUSDT")
    message = await made.ask("/record 비트코인")
    assert message.head.startswith("📒 비트코인(BTCUSDT) 알림 뒤의 가격 기록")
    none = await made.ask("/record 급등 ETH")
    assert none.head == "📒 이더리움(ETHUSDT) 급등·급락 알림 뒤의 기록이 아직 없습니다"
    assert (await made.ask("/기록 BTC ETH")).tone == "error"
    assert (await made.ask("/record 가나다라")).tone == "error"


async def test_a_simulated_market_s_record_is_called_so() -> None:
    made = bot(Standing(JUMP, 0, 3, 1), Standing(JUMP, 1, 2, 1), simulated=True)
    for text in ("/record", "/record BTC"):
        message = await made.ask(text)
        assert message.lines[0] == "🧪 모의 시장의 기록입니다. 실제 시세와 관계가 없습니다."
        assert message.foot.startswith("🧪 모의 시장")
