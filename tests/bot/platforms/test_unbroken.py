"""What is read as one stays on one line of a phone, and is understood when it is pasted back."""

import re

import pytest
from fakes import NOW_MS, Bot
from hypothesis import given
from hypothesis import strategies as st

from bot.korean import dollars, duration, kst, parse_amount, percent, price, quantity
from bot.model import Message
from bot.platforms.discord_dress import dress as discord
from bot.platforms.telegram_dress import dress as telegram
from bot.platforms.unbroken import JOINER, NBSP, joined, unbroken
from bot.platforms.web_frames import Entry, Shown, encode
from bot.typed import read


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("· 1,234만 달러", "· 1,234만_달러"),
        ("1억 4,181만 달러로", "1억_4,181만_달러로"),
        ("5만 22달러", "5만_22달러"),
        ("2조 7,000억 원", "2조_7,000억_원"),
        ("8,500달러 · 상위 1%", "8,500달러 · 상위 1%"),
        ("118.2 BTC · 평균 104,402달러", "118.2_BTC · 평균 104,402달러"),
        ("54억 2,888만 PEPE", "54억_2,888만_PEPE"),
        ("12 1INCH", "12_1INCH"),
        ("5분 🔴 ▲ +5.20%", "5분 🔴_▲_+5.20%"),
        ("🔵 ▼ −3.1% 내림", "🔵_▼_−3.1% 내림"),
        ("1월 12일(월) 09:03:21 KST 기준", "1월_12일(월) 09:03:21_KST 기준"),
        ("2시간 5분, 3분 12초, 1일 2시간", "2시간_5분, 3분_12초, 1일_2시간"),
        ("37건 체결 3 단계", "37건 체결 3 단계"),
        ("비트코인(BTCUSDT) 대량 매수", "비트코인(BTCUSDT) 대량 매수"),
        ("/target BTC 10만", "/target BTC 10만"),
    ],
)
def test_only_amounts_changes_and_times_are_held_together(written: str, shown: str) -> None:
    assert unbroken(written) == shown.replace("_", NBSP)
    assert unbroken(unbroken(written)) == unbroken(written)


amounts = st.floats(min_value=0, max_value=9e15)


@given(amounts, st.floats(-90, 400), st.floats(0, 9e9))
def test_nothing_of_one_figure_can_be_torn_apart(x: float, pct: float, ms: float) -> None:
    shown = (
        dollars(x), price(x, 0.01), quantity(x, 0.1, "PEPE"), quantity(x, 0.1, "1INCH"),
        percent(pct), duration(ms),
    )  # fmt: skip
    assert all(" " not in unbroken(text) for text in shown)
    apart = re.compile(r"\d[조억만원달]|달러")
    assert not any(apart.search(joined(text)) for text in shown)
    assert unbroken(kst(NOW_MS)).split(" ") == [f"1월{NBSP}12일(월)", f"09:03:21{NBSP}KST"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("340만 달러", "340+만_달+러"),
        ("1억 4,181만 달러로", "1+억_4,181+만_달+러로"),
        ("104,402.5달러 · 2조 원", "104,402.5+달+러 · 2+조_원"),
        ("달러 강세, 3분 만에 5% 올라", "달러 강세, 3+분 만에 5% 올라"),
        ("229건 체결, 7개월째 12배", "229+건 체결, 7+개+월째 12+배"),
        ("호가 10단계 · 47종목, 3시간 4분", "호가 10+단+계 · 47+종+목, 3+시+간_4+분"),
        ("시간 단위로 종목 번째", "시간 단위로 종목 번째"),
    ],
)
def test_a_figure_and_its_counter_are_one_for_messengers(written: str, shown: str) -> None:
    assert joined(written) == shown.replace("_", NBSP).replace("+", JOINER)
    assert joined(joined(written)) == joined(written)


@given(amounts)
def test_a_copied_amount_is_read_like_a_typed_one(x: float) -> None:
    assert parse_amount(unbroken(dollars(x))) == parse_amount(dollars(x))
    typed = f"/target BTC {dollars(x)}"
    assert read(joined(typed), ()) == read(typed, ())


@pytest.mark.parametrize(
    "typed", ["목표가 비트 11만 달러", "/target BTC 11만 5,000달러", "음소거 1시간 30분 BTC"]
)
async def test_a_copied_line_is_a_command_like_a_typed_one(typed: str) -> None:
    answers = []
    for line in (typed, unbroken(typed), joined(typed), typed.replace(" ", NBSP)):
        bot = Bot()
        bot.tick("BTCUSDT", 104_402.0, NOW_MS)
        answers.append(await bot.ask(line))
    assert answers[0].tone != "error", answers[0].head
    assert all(answer == answers[0] for answer in answers)


def test_every_platform_holds_them_together() -> None:
    message = Message("🐳 매수 · 1,234만 달러", lines=("5분 🔴 ▲ +5.20%",), note="2억 원입니다.")
    wanted = (f"만{NBSP}달", f"🔴{NBSP}▲{NBSP}+5.20%", f"억{NBSP}원")
    on_discord = discord(message)
    assert on_discord.embed is not None
    for shown in (
        telegram(message).html,
        f"{on_discord.embed.title}{on_discord.embed.description}",
        encode(Shown(1, Entry(1, 1, "bot", message=message))),
    ):
        assert all(one in shown for one in wanted), shown
