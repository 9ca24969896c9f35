"""/schedule: times, weekdays and zones as people type them, and what the chat then has."""

import pytest
from fakes import CHAT, Bot

from bot.commands.times import EVERY_DAY, When, days_name, read_when, zone_name
from bot.errors import UserError
from bot.model import Message

WORKING = (0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("typed", "when"),
    [
        ("09:00,21:00", When(("09:00", "21:00"))),
        ("21:00 9:00", When(("09:00", "21:00"))),
        ("9시", When(("09:00",))),
        ("9시 30분", When(("09:30",))),
        ("9시반", When(("09:30",))),
        ("아침 9시, 저녁 9시", When(("09:00", "21:00"))),
        ("오전 12시 오후 12시", When(("00:00", "12:00"))),
        ("24:00", When(("00:00",))),
        ("밤 12시 밤 1시 밤 11시", When(("00:00", "01:00", "23:00"))),
        ("새벽 6시 낮 12시 낮 1시 저녁 7시", When(("06:00", "12:00", "13:00", "19:00"))),
        ("09:00 평일", When(("09:00",), WORKING)),
        ("09:00 매주 월요일", When(("09:00",), (0,))),
        ("09:00 월수금", When(("09:00",), (0, 2, 4))),
        ("09:00 토,일", When(("09:00",), (5, 6))),
        ("주말", When((), (5, 6))),
        ("09:00 뉴욕", When(("09:00",), (), "America/New_York")),
        ("09:00 뉴욕시간", When(("09:00",), (), "America/New_York")),
        ("09:00 asia/dubai", When(("09:00",), (), "Asia/Dubai")),
        ("09:00 UTC 매일", When(("09:00",), EVERY_DAY, "UTC")),
        ("０９：００", When(("09:00",))),
    ],
)
def test_a_time_may_be_typed_in_many_ways(typed: str, when: When) -> None:
    assert read_when(typed.split()) == when


@pytest.mark.parametrize("typed", ["25:00", "9시 75분", "12:60", "내일", "BTC", "9", "<b>", "🐳"])
def test_anything_else_gets_one_line_with_an_example(typed: str) -> None:
    with pytest.raises(UserError, match="예: /schedule 09:00,21:00 평일"):
        read_when(typed.split())


def test_weekdays_and_zones_have_names() -> None:
    assert [days_name(d) for d in (EVERY_DAY, WORKING, (5, 6), (0, 2))] == [
        "매일",
        "평일",
        "주말",
        "월·수",
    ]
    assert [zone_name(z) for z in ("Asia/Seoul", "Asia/Dubai")] == ["KST", "Asia/Dubai"]


async def has(bot: Bot) -> list[tuple[str, str, str, int, tuple[int, ...], str]]:
    return [
        (one.task, one.symbol, one.at, one.every_s, one.days, one.zone)
        for one in await bot.schedules.schedules(CHAT)
    ]


def told(message: Message) -> str:
    return "\n".join((message.head, *message.lines))


async def test_asking_shows_what_there_is_and_changes_nothing() -> None:
    bot = Bot()
    message = await bot.ask("/schedule")
    assert "예약된 것이 없습니다." in message.lines
    assert message.buttons[0][0].command == "/schedule 09:00,21:00"
    assert await has(bot) == []


async def test_the_usual_times_are_one_word_or_one_button_away() -> None:
    for typed in ("/schedule 켜기", "/schedule 09:00,21:00", "정기 요약 켜기"):
        bot = Bot()
        message = await bot.ask(typed)
        assert [row[2] for row in await has(bot)] == ["09:00", "21:00"]
        assert "📋 시장 요약: 매일 09:00, 21:00 (KST)" in message.lines


async def test_new_times_replace_the_former_ones_and_keep_their_zone() -> None:
    bot = Bot()
    await bot.ask("/schedule 08:00 뉴욕")
    await bot.ask("/schedule 07:30 평일")
    assert await has(bot) == [("summary", "", "07:30", 0, WORKING, "America/New_York")]
    await bot.ask("/schedule 주말")
    assert await has(bot) == [("summary", "", "07:30", 0, (5, 6), "America/New_York")]


async def test_one_time_or_all_can_be_taken_back() -> None:
    bot = Bot()
    await bot.ask("/schedule 켜기")
    await bot.ask("/schedule 삭제 21:00")
    assert [row[2] for row in await has(bot)] == ["09:00"]
    assert "예약이 없습니다" in (await bot.ask("/schedule 끄기 13:00")).head
    message = await bot.ask("/schedule 끄기")
    assert (message.head, await has(bot)) == ("⏰ 정기 요약을 껐습니다", [])
    assert (await bot.ask("/schedule 끄기")).head == "⏰ 예약된 정기 요약이 없습니다"
    assert await bot.ask("/schedule 목록") == await bot.ask("/schedule")


async def test_some_weekdays_can_be_taken_back() -> None:
    bot = Bot()
    await bot.ask("/schedule 09:00 21:00")
    await bot.ask("/schedule 주말 끄기")
    assert [(row[2], row[4]) for row in await has(bot)] == [("09:00", WORKING), ("21:00", WORKING)]


async def test_a_spread_can_come_at_an_interval_by_both_commands() -> None:
    for typed in (
        "/schedule 스프레드 비트 30분",
        "/schedule spread btcusdt 30분마다",
        "/subscribe BTC 스프레드 30분",
        "/subscribe btcusdt spread 30분마다",
    ):
        bot = Bot()
        message = await bot.ask(typed)
        assert await has(bot) == [("spread", "BTCUSDT", "", 1_800, EVERY_DAY, "Asia/Seoul")], typed
        assert "↔️ 비트코인(BTCUSDT) 스프레드: 30분마다" in message.lines
        subscribed = await bot.subscriptions.chat(CHAT)
        assert not subscribed.subscriptions
        await bot.ask("/schedule 스프레드 BTCUSDT 끄기")
        assert await has(bot) == []


async def test_every_button_of_the_panel_works() -> None:
    bot = Bot()
    await bot.ask("/schedule 10:00")
    panel = await bot.ask("/schedule 스프레드 ETH 1시간")
    commands = [button.command for row in panel.buttons for button in row]
    assert commands == [
        "/schedule 09:00,21:00",
        "/schedule 끄기",
        "/schedule 스프레드 ETHUSDT 끄기",
        "/summary",
    ]
    for command in commands[:3]:
        assert (await bot.ask(command)).tone != "error"
    assert await has(bot) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/schedule 스프레드 BTC", "간격을 함께"),
        ("/schedule 스프레드 30분", "심볼과 간격을"),
        ("/schedule 스프레드 BTC 7분", "간격은 다음에서"),
        ("/schedule 스프레드 BTC 계속", "간격은 다음에서"),
        ("/schedule 스프레드 없는코인 30분", "맞는 심볼이 없습니다"),
        ("/schedule 켜기 끄기", "하나만"),
        ("/schedule 비트 30분마다", "받으려면: /schedule 스프레드 BTCUSDT 30분"),
        ("/schedule 없는코인 30분", "‘없는코인’의 뜻을"),
        ("/schedule 25시", "00:00부터 23:59까지"),
        ("/schedule 1:00 2:00 3:00 4:00 5:00 6:00 7:00", "하루 6번까지"),
        ("/subscribe BTC 고래 30분", "한 종목의 스프레드에만"),
        ("/subscribe all 스프레드 30분", "한 종목의 스프레드에만"),
        ("/subscribe BTC ETH 스프레드 30분", "한 종목의 스프레드에만"),
    ],
)
async def test_bad_input_gets_one_helpful_line_and_changes_nothing(typed: str, said: str) -> None:
    bot = Bot()
    message = await bot.ask(typed)
    assert message.tone == "error"
    assert said in message.head
    assert await has(bot) == []


async def test_there_are_at_most_five_spreads_and_an_old_one_may_change_its_interval() -> None:
    bot = Bot()
    for coin in ("BTC", "ETH", "XRP", "SOL", "DOGE"):
        await bot.ask(f"/schedule 스프레드 {coin} 30분")
    assert "5종목까지" in (await bot.ask("/schedule 스프레드 ADA 30분")).head
    await bot.ask("/schedule 스프레드 DOGE 1시간")
    assert [row[3] for row in await has(bot)].count(3_600) == 1


async def test_a_muted_chat_is_told_that_nothing_comes() -> None:
    bot = Bot()
    await bot.ask("/schedule 켜기")
    await bot.ask("/mute 1시간")
    assert "🔕 지금은 음소거 중" in told(await bot.ask("/schedule"))


async def test_in_groups_only_admins_change_it() -> None:
    bot = Bot()
    message = await bot.ask("/schedule 켜기", admin=False, private=False)
    assert message.tone == "error"
    assert await has(bot) == []


async def test_what_new_times_and_intervals_replace_is_told() -> None:
    bot = Bot()
    first = await bot.ask("/schedule 09:00,21:00")
    assert first.head == "⏰ 정기 요약을 예약했습니다"
    changed = await bot.ask("/schedule 08:00 평일")
    assert changed.head == "⏰ 정기 요약을 바꿨습니다"
    assert changed.lines[:2] == (
        "📋 시장 요약: 평일 08:00 (KST)",
        "바꾸기 전: 매일 09:00, 21:00 (KST)",
    )
    assert (await bot.ask("/schedule 08:00 평일")).head == "⏰ 정기 요약을 예약했습니다"
    assert not any("바꾸기 전" in line for line in (await bot.ask("/schedule")).lines)
    assert (await bot.ask("/schedule 스프레드 BTC 30분")).head == "⏰ 스프레드를 예약했습니다"
    again = await bot.ask("/subscribe BTC 스프레드 1시간")
    assert again.head == "⏰ 스프레드 간격을 바꿨습니다(전에는 30분마다)"
