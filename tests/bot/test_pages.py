"""An answer longer than a message comes in pages: nothing of it is lost, on any platform."""

from typing import Any

import msgspec
import pytest
from contracts.discord_things import require_form
from contracts.telegram_text import MAX_TEXT, read_html, units
from fakes import Bot, request
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answer import Answerer
from bot.command import Command, Context
from bot.commands import COMMANDS
from bot.model import Button, Draft, Message, Request
from bot.pages import PAGE, asked, page, weight
from bot.platforms import discord_dress, telegram_dress

LINE = st.one_of(
    st.text(max_size=40),
    st.text("가힣 ", max_size=200),
    st.text("*_~|`<>[]@#:.$\\-", max_size=400),
    st.builds(lambda piece, times: piece * times, st.text(min_size=1, max_size=4), st.just(900)),
    st.builds(lambda times: "👨\u200d👩\u200d👧 🏳️\u200d🌈" * times, st.integers(1, 400)),
).map(lambda text: text.replace("\n", " ").encode("utf-8", "replace").decode())


def every_page(message: Message, text: str = "/help") -> list[Message]:
    """All pages, found as a reader does: by pressing the button that turns them."""
    found = [page(message, 1, text)]
    while (turn := forward(found[-1])) is not None:
        command, number = asked(turn)
        assert command == text
        found.append(page(message, number, text))
    return found


def forward(message: Message) -> str | None:
    """The command of the button to the next page."""
    commands = [b.command for row in message.buttons for b in row if "더 보기" in b.label]
    return commands[0] if commands else None


@given(
    lines=st.lists(LINE, min_size=1, max_size=40),
    note=LINE,
    head=st.text("가나다 ABC", min_size=1, max_size=120),
    foot=st.text("가나다 ABC", max_size=300),
)
@settings(deadline=None, max_examples=60)
async def test_every_word_is_on_one_page_and_every_page_fits_every_platform(
    lines: list[str], note: str, head: str, foot: str
) -> None:
    message = Message(head, lines=tuple(lines), note=note, foot=foot)
    pages = every_page(message)
    said = "".join(line for one in pages for line in one.lines).replace(" ", "")
    noted = "".join(one.note for one in pages).replace(" ", "")
    wanted = "".join(lines).replace(" ", "")
    if noted or not note.replace(" ", ""):
        assert (said, noted) == (wanted, note.replace(" ", ""))
    else:
        assert said == f"{wanted}💬{note}".replace(" ", "")
    for one in pages:
        assert one.head.startswith(head) and one.foot == foot
        text, _ = read_html(telegram_dress.dress(one).html)
        assert units(text) <= MAX_TEXT and "줄였습니다" not in text
        embed = discord_dress.dress(one).embed
        assert embed is not None
        require_form({"content": None, "embeds": [embed.to_dict()]})
        assert "줄였습니다" not in (embed.description or "")


def test_no_emoji_is_torn_between_pages() -> None:
    family = "👨\u200d👩\u200d👧\u200d👦"
    pages = every_page(Message("머리", lines=(family * 2_000,)))
    assert len(pages) > 3
    assert all(set(line.split(family)) == {""} for one in pages for line in one.lines)


def test_what_fits_stays_as_it_is() -> None:
    message = Message("머리", lines=("줄",) * 100, note="설명", buttons=((Button("가", "/help"),),))
    assert page(message, 1, "/help") is message
    assert page(message, 7, "/help") is message


def test_a_page_tells_which_it_is_and_leads_to_its_neighbours() -> None:
    message = Message(
        "머리",
        lines=tuple(f"{n}번째 줄입니다" for n in range(900)),
        note="설명",
        buttons=((Button("가", "/help"),),),
    )
    first, second = page(message, 1, "/alerts"), page(message, 2, "/alerts")
    assert (first.head, first.note) == ("머리 (1/4쪽)", "설명")
    assert first.buttons == ((Button("2쪽 더 보기 ▶", "/alerts 쪽=2"),), (Button("가", "/help"),))
    assert (second.head, second.note) == ("머리 (2/4쪽)", "")
    assert [b.command for b in second.buttons[0]] == ["/alerts 쪽=1", "/alerts 쪽=3"]
    assert page(message, 99, "/alerts").head == "머리 (4/4쪽)"
    assert page(message, 0, "/alerts").head == "머리 (1/4쪽)"


def test_an_answer_to_a_text_too_long_for_a_button_is_left_to_the_platforms() -> None:
    message = Message("머리", lines=("줄",) * 3_000)
    long = "/news " + "가" * 30
    assert page(message, 1, long) is message
    assert "나머지는 줄였습니다" in telegram_dress.dress(message).plain


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/help 쪽=2", ("/help", 2)),
        ("시세 비트 쪽=12 ", ("시세 비트", 12)),
        ("/news 2쪽", ("/news 2쪽", 1)),
        ("쪽=2", ("쪽=2", 1)),
    ],
)
def test_the_page_is_read_behind_the_command(text: str, found: tuple[str, int]) -> None:
    assert asked(text) == found


def telling(message: Message) -> dict[str, Command]:
    """A registry of one command, /status, that answers this."""

    async def run(context: Context, asked_for: Request, words: list[str]) -> Message:
        assert words == [] and asked_for.text == "/status"
        return message

    return {"status": msgspec.structs.replace(COMMANDS["status"], run=run)}


async def test_the_button_of_an_answer_brings_its_second_page_whoever_is_asked() -> None:
    """The program that answers the press need not be the one that sent the button."""
    lines = tuple(f"{n}번째 줄입니다" for n in range(400))
    registry = telling(Message("머리", lines=lines))
    first = await Answerer(Bot().context, registry)(request("/status"))
    turn = forward(first)
    assert turn is not None
    second = await Answerer(Bot().context, registry)(request(turn))
    assert (*first.lines, *second.lines) == lines


async def test_a_comment_comes_to_the_page_that_was_asked_for() -> None:
    lines = tuple(f"{n}번째 줄입니다" for n in range(400))

    async def later() -> Message | None:
        return Message("머리", lines=lines, note="더 나은 설명")

    registry = telling(Draft("머리", lines=lines, note="설명", later=later))
    drafts: list[Any] = [
        await Answerer(Bot().context, registry)(request(text))
        for text in ("/status", "/status 쪽=2")
    ]
    better = [await draft.later() for draft in drafts]
    assert [one.note for one in better] == ["더 나은 설명", ""]
    assert [one.head for one in better] == ["머리 (1/2쪽)", "머리 (2/2쪽)"]


async def test_alerts_of_many_symbols_are_all_listed() -> None:
    bot = Bot()
    symbols = [s for s, info in bot.market.listing.items() if info.trading]
    kinds = list(bot.kinds)
    for n, symbol in enumerate(symbols):
        chosen = [kind for bit, kind in enumerate(kinds) if (n + 1) >> bit & 1]
        await bot.subscriptions.subscribe(request("").chat, [symbol], chosen or kinds[:1])
    pages = [await bot.ask("/alerts")]
    while (turn := forward(pages[-1])) is not None:
        pages.append(await bot.ask(turn))
    whole = "\n".join(line for one in pages for line in one.lines)
    assert all(symbol in whole for symbol in symbols)
    assert all(weight("\n".join((one.head, *one.lines))) <= PAGE + 20 for one in pages)
