"""Words from outside are read as they are and do nothing, as the platforms would show them."""

import unicodedata

import pytest
from contracts.discord_text import read_markdown
from contracts.discord_things import require_form
from contracts.telegram_text import MAX_TEXT, detected, read_html, units
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.model import Message
from bot.platforms import discord_dress
from bot.platforms.harmless import JOINER, harmless
from bot.platforms.telegram_dress import dress
from bot.platforms.unbroken import joined

HOSTILE = (
    "@everyone", "@here", "@goraebot_admin", "<@123456>", "<@!1>", "<@&77>", "<#5>",
    "<id:guide>", "https://evil.example/x?a=1", "<https://evil.example>",
    "[눌러](https://evil.example)", "t.me/joinchat", "discord.gg/abcdef", "foo.io", "보상.한국",
    "www.evil.com", "a@b.co.kr", "tg://resolve?domain=x", "ftp://1.2.3.4", "8.8.8.8", "#급등",
    "$BTC", "<b>굵게</b>", "</b>", "<a href='https://x.io'>x</a>", "&lt;b&gt;", "&amp;",
    "**굵게**", "__밑줄__", "*기울임*", "_기울임_", "~~줄~~", "||숨김||", "`코드`",
    "```코드```", "# 제목", "-# 작게", "- 목록", "> 인용", ">>> 인용", "<:gora:123>",
    "<a:gora:123>", ":tada:", "<t:1:R>", "</price:12>", "\\", "\\*", "\u202e거꾸로\u202c",
    "\u200b", "\u2066격리\u2069", "\ufeff", "\u3164", "\u115f", "\r\n", "\n", "\u2028", "\x00",
    "\ud800", "tel:+821012345678", "mailto:a@b.c",
)  # fmt: skip
PICTURES = ("🐳", "👨\u200d👩\u200d👧\u200d👦", "🏳️\u200d🌈", "👍🏽", "🇰🇷", "❤️", "1️⃣")
WORDS = (
    "币安人生",
    "비트코인(BTCUSDT)",
    "대량 매수 체결",
    "−3.1%",
    "104,402.5달러",
    "BTC",
    "10:03:21 KST",
)

ODD = st.lists(
    st.one_of(
        st.sampled_from(HOSTILE),
        st.sampled_from(PICTURES),
        st.sampled_from(WORDS),
        st.text(max_size=8),
        st.text("가각한글ㅎ힣", min_size=1, max_size=30),
        st.text("<>&;/\\*_~|`[]()@#:.$-+ \n", max_size=12),
        st.builds(
            lambda piece, times: piece * times, st.text(min_size=1, max_size=3), st.just(900)
        ),
        st.builds(lambda piece: "\n".join([piece] * 300), st.text(max_size=6)),
    ),
    max_size=8,
).flatmap(lambda parts: st.sampled_from(["", " ", "·"]).map(lambda gap: gap.join(parts)))
"""Anything that people, models and exchanges may come up with."""

UNSEEN = {"Cf", "Cc", "Cs"}


def shown(text: str) -> str:
    """The text as eyes have it: without the joiners that keep it from being a link."""
    return text.replace(JOINER, "")


@given(ODD)
@example("".join(HOSTILE))
@example(" ".join(HOSTILE))
@example("\n".join(HOSTILE))
@settings(deadline=None)
def test_on_telegram_words_become_no_link_no_mention_and_no_markup(text: str) -> None:
    html = dress(Message("머리", lines=(text,))).html
    seen, entities = read_html(html)
    assert [entity["type"] for entity in entities] == ["bold"]  # the head's, by us
    assert detected(seen) == []


@given(ODD)
@example("".join(HOSTILE))
@example(" ".join(HOSTILE))
@example("\n".join(HOSTILE))
@settings(deadline=None)
def test_on_discord_words_become_no_link_no_mention_and_no_markup(text: str) -> None:
    seen, marks = read_markdown(discord_dress.escape(text))
    assert marks == []
    assert seen == joined(harmless(text))  # and every word is there


@given(ODD)
@settings(deadline=None)
def test_nothing_hides_in_words_and_nothing_turns_their_direction(text: str) -> None:
    kept = shown(harmless(text))
    joints = kept.replace("\n", "")
    for position, char in enumerate(joints):
        if char == "\u200d":  # within an emoji, and nowhere else
            assert unicodedata.category(joints[position + 1]) == "So"
            assert unicodedata.category(joints[position - 1]) in ("So", "Sk", "Mn")
        else:
            assert unicodedata.category(char) not in UNSEEN
    assert not set(kept) & set("\u3164\u115f\u1160\uffa0\u2800")


@given(ODD)
@settings(deadline=None)
def test_made_harmless_twice_words_are_the_same(text: str) -> None:
    assert harmless(harmless(text)) == harmless(text)


@pytest.mark.parametrize("text", [*PICTURES, *WORDS, "두 줄\n입니다", "v1.5 · 3.14배 (약 1.2억)"])
def test_what_is_no_harm_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(
    head=ODD.map(lambda text: text[:150]).filter(lambda text: bool(harmless(text))),
    lines=st.lists(ODD, max_size=5),
    note=ODD,
    foot=ODD.map(lambda text: text[:300]),
)
@settings(deadline=None, max_examples=60)
async def test_any_message_fits_both_platforms_with_its_whole_head(
    head: str, lines: list[str], note: str, foot: str
) -> None:
    message = Message(head, lines=tuple(lines), note=note, foot=foot)
    html = dress(message).html
    text, entities = read_html(html)
    assert units(text) <= MAX_TEXT and len(entities) <= 100
    assert text.startswith(joined(harmless(head)))
    for pushed in (True, False):
        dressed = discord_dress.dress(message, pushed=pushed)
        embeds = [dressed.embed.to_dict()] if dressed.embed else []
        require_form({"content": dressed.content, "embeds": embeds})
        title, body = (
            (dressed.embed.title, dressed.embed.description) if dressed.embed else ("", "")
        )
        whole = "\n".join(part for part in (dressed.content, title, body) if part)
        assert discord_dress.escape(head) in whole
    assert 0 < discord_dress.length(discord_dress.plain(message)) <= 2000
