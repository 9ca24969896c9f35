"""How messages look on Discord, within Discord's limits."""

import discord
import pytest
from contracts.discord_things import require_form

from bot.model import Button, Message
from bot.platforms.discord_dress import (
    COLOURS,
    Dressed,
    cut,
    dress,
    escape,
    length,
    plain,
)
from bot.platforms.unbroken import joined

ALERT = Message(
    head="🐳 비트코인(BTCUSDT) 대량 매수 체결 · 1,234만 달러",
    lines=("118.2 BTC · 평균 104,402달러", "1분 🔴 ▲ +0.41% · 09:03:21 KST"),
    note="큰 매수 주문이 체결되었습니다.",
    foot="※ 정보 제공용이며 투자 조언이 아닙니다.",
    buttons=((Button("🔕 1시간", "/mute 1시간 BTCUSDT"), Button("📊 현재가", "/price BTCUSDT")),),
    tone="up",
    key="large_trade:BTCUSDT:1",
)


def body(dressed: Dressed) -> dict[str, object]:
    """The message as it goes to Discord."""
    return {
        "content": dressed.content,
        "embeds": [dressed.embed.to_dict()] if dressed.embed else [],
        "components": dressed.view.to_components() if dressed.view else [],
    }


async def test_an_answer_is_an_embed_with_its_head_as_title_and_the_note_below_the_facts() -> None:
    embed = dress(ALERT).embed
    assert embed is not None
    assert embed.title == joined(ALERT.head)
    assert embed.description == joined(
        "118.2 BTC · 평균 104,402달러\n1분 🔴 ▲ +0.41% · 09:03:21 KST\n\n"
        "💬 큰 매수 주문이 체결되었습니다."
    )
    assert embed.footer.text == ALERT.foot
    assert dress(ALERT).content is None


async def test_a_pushed_message_has_its_head_once_as_text_that_notifications_show() -> None:
    pushed = dress(ALERT, pushed=True)
    assert pushed.content == joined(ALERT.head)
    assert pushed.embed is not None and pushed.embed.title is None
    assert pushed.embed.description == getattr(dress(ALERT).embed, "description", "")


async def test_a_pushed_message_of_nothing_but_a_head_needs_no_embed() -> None:
    pushed = dress(Message("✅ 다시 연결되었습니다"), pushed=True)
    assert pushed.embed is None
    require_form(body(pushed))


async def test_a_rise_is_red_and_a_fall_is_blue() -> None:
    up = discord.Colour(COLOURS["korean"]["up"]).to_rgb()
    down = discord.Colour(COLOURS["korean"]["down"]).to_rgb()
    assert up[0] > up[2] and down[2] > down[0]


async def test_buttons_carry_their_command_and_what_they_belong_to() -> None:
    view = dress(ALERT, origin="price").view
    assert view is not None and view.timeout is None and view.is_persistent()
    ids = [button["custom_id"] for row in view.to_components() for button in row["components"]]
    assert ids == ["gb:price:/mute 1시간 BTCUSDT", "gb:price:/price BTCUSDT"]


async def test_at_most_25_buttons_in_rows_of_five_each_command_once() -> None:
    row = tuple(Button(f"{i}", f"/price C{i}USDT") for i in range(7))
    many = tuple(
        tuple(Button(f"{r}{i}", f"/price {r}C{i}USDT") for i in range(7)) for r in range(6)
    )
    dressed = dress(Message("고르세요", buttons=(row, row)))
    assert dressed.view is not None
    assert [len(r["components"]) for r in dressed.view.to_components()] == [5, 2]
    packed = dress(Message("고르세요", buttons=many))
    assert packed.view is not None
    assert [len(r["components"]) for r in packed.view.to_components()] == [5] * 5
    require_form(body(packed))


async def test_buttons_that_discord_would_refuse_are_left_out() -> None:
    bad = Message("고르세요", buttons=((Button("", "/help"), Button("긴", "/" + "가" * 120)),))
    assert dress(bad).view is None


@pytest.mark.parametrize("note", ["", "설명입니다.", "긴 설명 " * 2000])
@pytest.mark.parametrize("count", [0, 1, 400, 4000])
@pytest.mark.parametrize("head", ["머리", "🐳" * 300, "가" * 3000])
async def test_any_message_fits_and_its_head_is_whole(head: str, count: int, note: str) -> None:
    message = Message(
        head=head,
        lines=tuple(f"{i}번째 줄입니다 *_{i}_*" for i in range(count)),
        note=note,
        foot="작은 글씨 " * 900,
        buttons=((Button("가" * 300, "/help"),),),
    )
    for pushed in (True, False):
        dressed = dress(message, pushed=pushed)
        require_form(body(dressed))
        assert dressed.embed is not None
        assert len(dressed.embed) <= 6000
        shown = f"{dressed.content}\n{dressed.embed.title}\n{dressed.embed.description}"
        assert shown.count(head) == 1
    assert length(plain(message)) <= 2000


async def test_a_shortened_message_says_so_and_keeps_first_lines_and_explanation() -> None:
    message = Message("머리", lines=tuple(f"{i}번째 줄" for i in range(2000)), note="설명입니다.")
    embed = dress(message).embed
    assert embed is not None and embed.description is not None
    assert embed.description.startswith(joined("0번째 줄\n1번째 줄\n"))
    assert "나머지는 줄였습니다" in embed.description
    assert embed.description.endswith("💬 설명입니다.")


@pytest.mark.parametrize(
    ("outside", "shown"),
    [
        ("**굵게**", r"\*\*굵게\*\*"),
        ("[눌러](https://evil.example)", "\\[눌러\\](https:\u2060//evil\u2060.example)"),
        (
            "<@123> <#5> <t:1:R> </price:1>",
            "\\<@\u2060123\\> \\<#\u20605\\> \\<t:1:R\\> \\</price:1\\>",
        ),
        ("@everyone @here a@b", "@\u2060everyone @\u2060here a@\u2060b"),
        ("# 제목\n  - 목록\n> 인용", "\\# 제목\n  \\- 목록\n\\> 인용"),
        ("`코드` ~~줄~~ ||숨김||", r"\`코드\` \~\~줄\~\~ \|\|숨김\|\|"),
        ("a\\*b", r"a\\\*b"),
        ("<:hi:12> :tada: 10:03:21", r"\<\:hi:12\> \:tada: 10:03:21"),
        ("discord.gg/abc foo.io", "discord\u2060.gg/abc foo\u2060.io"),
        ("\u202e거꾸로\u200b숨김\u3164", "거꾸로숨김"),
        ("−3.1% · 1,234.5 (BTC)", "−3.1% · 1,234.5 (BTC)"),
    ],
)
def test_text_from_outside_brings_no_markup_mention_or_link(outside: str, shown: str) -> None:
    assert escape(outside) == shown


def test_cutting_tears_neither_an_emoji_nor_an_escape_apart() -> None:
    assert cut("가나다", 3) == "가나다"
    assert cut("🐳🐳", 3) == "🐳…"
    assert cut("🐳🐳🐳", 4) == "🐳…"
    assert cut(r"가\*나다", 3) == "가…"
    assert cut(r"가\\나다", 4) == r"가\\…"


def test_as_plain_text_a_message_keeps_its_words() -> None:
    text = plain(ALERT)
    assert text.startswith("**🐳 비트코인(BTCUSDT)")
    assert "💬 큰 매수" in text and text.endswith("조언이 아닙니다.")
