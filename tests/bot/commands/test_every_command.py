"""What holds for every answer of every command, and for every button on them."""

import re
from collections.abc import Iterator

import pytest
from busy_bot import busy
from fakes import CHAT, NOW_MS, Bot, units

from bot.command import Command
from bot.commands import COMMANDS
from bot.commands.layout import LONGEST_COMMAND
from bot.model import Message
from pipeline.model import ALL, SymbolInfo, Ticker

ASKED = (
    "/start", "/help", "/price BTC", "/price ETHBTC", "/price SOLTRY", "/spread BTC", "/book BTC",
    "/chart BTC",
    "/movers", "/funding", "/funding BTC", "/funding ADA", "/liquidations", "/liquidations BTC",
    "/kimp", "/kimp BTC", "/kimp USDT", "/kimp ADA",
    "/whales", "/whales BTC", "/whales ADA", "/subscribe", "/subscribe BTC ETH 고래",
    "/subscribe all", "/subscribe BTC", "/unsubscribe", "/unsubscribe BTC", "/unsubscribe 고래",
    "/unsubscribe DOGE", "/alerts", "/mute", "/mute 1시간", "/mute 계속 BTC ETH", "/alerts",
    "/mute", "/unmute", "/status", "/target", "/target BTC", "/target BTC +5%", "/target",
    "/alerts", "/target 수정 1", "/preview", "/preview 급등 5%", "/deletemydata",
    "/why BTC", "/why ADA", "/record", "/record 급등", "/record BTC",
    "/sprad", "/sprad btc", "/price", "안녕하세요", "/unmute BTC",
    *(f"/help {name}" for name in COMMANDS),
)  # fmt: skip


async def answers(bot: Bot) -> list[tuple[str, Message]]:
    return [(text, await bot.ask(text)) for text in ASKED]


def buttons(message: Message) -> Iterator[str]:
    return (button.command for row in message.buttons for button in row)


@pytest.mark.parametrize("simulated", [False, True])
async def test_every_button_of_every_answer_works_and_so_do_the_buttons_behind_it(
    simulated: bool,
) -> None:
    waiting = {
        c for _, message in await answers(busy(simulated=simulated)) for c in buttons(message)
    }
    assert len(waiting) > 30
    pressed: set[str] = set()
    while waiting:
        command = waiting.pop()
        pressed.add(command)
        assert len(command.encode()) <= LONGEST_COMMAND
        # Pressed in a chat that has nothing, and in one that has a bit of everything.
        for texts in ((), ("/subscribe all 고래", "/subscribe BTC ETH", "/mute 1시간 SOL")):
            bot = busy(simulated=simulated)
            for text in texts:
                await bot.ask(text)
            message = await bot.ask(command)
            assert message.tone != "error", (command, message.head)
            waiting |= set(buttons(message)) - pressed


async def test_every_answer_has_a_head_of_one_line_and_fits_a_message() -> None:
    for text, message in await answers(busy()):
        parts = (message.head, *message.lines, message.note, message.foot)
        assert message.head.strip(), text
        assert all("\n" not in part for part in parts), text
        assert units("\n".join(parts)) <= 4096, text
        assert all(button.label.strip() for row in message.buttons for button in row)


async def test_no_answer_has_exponents_or_words_of_the_program() -> None:
    for text, message in await answers(busy()):
        whole = " ".join((message.head, *message.lines, message.note))
        assert not re.search(r"\d[eE][-+]?\d|\bNone\b|\bnan\b|\binf\b|Traceback", whole), text


async def test_statements_about_the_market_carry_the_disclaimer_and_settings_are_private() -> None:
    bot = busy()
    for text in (
        "/price BTC", "/spread BTC", "/book BTC", "/movers", "/whales", "/whales ADA", "/funding",
        "/funding BTC", "/liquidations", "/liquidations BTC", "/kimp", "/kimp BTC",
    ):  # fmt: skip
        message = await bot.ask(text)
        assert "투자 조언이 아닙니다" in message.foot
        assert not message.private
    for text in ("/subscribe", "/subscribe all", "/unsubscribe all", "/alerts", "/mute", "/unmute"):
        assert (await bot.ask(text)).private


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
async def test_every_example_works(command: Command) -> None:
    assert (await busy().ask(command.example)).tone != "error"
    korean = command.example.replace(f"/{command.name}", command.korean)
    assert (await busy().ask(korean)).tone != "error"


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_every_command_fits_the_menus_of_the_platforms(command: Command) -> None:
    assert COMMANDS[command.name] is command
    assert re.fullmatch(r"[a-z0-9_]{1,32}", command.name)
    assert re.fullmatch(r"[가-힣]{1,32}", command.korean)
    assert 0 < len(command.description) <= 100
    assert len(command.example.encode()) <= LONGEST_COMMAND
    assert command.example.startswith(f"/{command.name}")
    for parameter in command.parameters:
        assert re.fullmatch(r"[a-z_]{1,32}", parameter.name)
        assert re.fullmatch(r"[가-힣]{1,32}", parameter.korean)
        assert 0 < len(parameter.description) <= 100


async def test_a_button_whose_command_would_be_too_long_is_left_out() -> None:
    bot = busy()
    name = "아주긴이름의밈코인" * 2 + "USDT"
    bot.list_also(SymbolInfo(name, name.removesuffix("USDT"), "USDT"))
    bot.exchange.days[name] = Ticker(name, NOW_MS, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    message = await bot.ask(f"/price {name}")
    assert message.head.startswith(f"📊 {name}")
    assert message.buttons == ()
    await bot.subscriptions.subscribe(CHAT, (name,), (ALL,))
    assert list(buttons(await bot.ask("/alerts"))) == ["/unsubscribe all"]


async def test_when_the_exchange_is_silent_every_command_still_answers() -> None:
    bot = Bot()
    bot.exchange.down = True
    for text in ASKED:
        assert (await bot.ask(text)).head.strip()
