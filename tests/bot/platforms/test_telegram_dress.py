"""What Telegram is given reads as composed, within its limits, whatever the words are."""

import pytest
from contracts.telegram_text import MAX_TEXT, read_html, units
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Button, Message
from bot.platforms.harmless import harmless
from bot.platforms.telegram_dress import cut, dress, keyboard
from bot.platforms.unbroken import joined

ANY = st.text(max_size=60)
LONG = st.builds(lambda text, times: text * times, ANY, st.integers(1, 400))


@given(
    head=st.text(min_size=1, max_size=200).filter(lambda text: bool(harmless(text))),
    lines=st.lists(LONG, max_size=6),
    note=LONG,
    foot=ANY,
)
def test_any_words_become_html_that_telegram_reads_back_as_the_same_words(
    head: str, lines: list[str], note: str, foot: str
) -> None:
    dressed = dress(Message(head, lines=tuple(lines), note=note, foot=foot))
    text, entities = read_html(dressed.html)
    assert text == dressed.plain
    assert 0 < units(text) <= MAX_TEXT
    assert text.startswith(harmless(head))
    assert len(entities) <= 3
    assert entities[0] == {"type": "bold", "offset": 0, "length": units(harmless(head))}


def test_each_part_has_its_look() -> None:
    dressed = dress(Message("머리 <1>", lines=("사실",), note="설명", foot="안내"))
    assert dressed.html == (
        "<b>머리 &lt;1&gt;</b>\n사실\n<blockquote>💬 설명</blockquote>\n<i>안내</i>"
    )


@pytest.mark.parametrize(("length", "folded"), [(100, False), (400, True)])
def test_a_long_note_is_folded(length: int, folded: bool) -> None:
    html = dress(Message("머리", note="가" * length)).html
    assert ("<blockquote expandable>" in html) is folded


def test_head_and_foot_survive_whatever_else_is_cut() -> None:
    lines = tuple(joined(f"{n}번째 줄") for n in range(2_000))
    plain = dress(Message("머리", lines=lines, note="설명", foot="안내")).plain
    assert plain.startswith(f"머리\n{lines[0]}\n")
    assert plain.endswith("\n안내")
    shown, _, rest = plain.partition("\n… (길어서 나머지는 줄였습니다)\n")
    assert rest in ("안내", "💬 설명\n안내")
    assert all(line in lines for line in shown.split("\n")[1:])  # no line is cut in the middle


def test_a_cut_never_splits_a_character() -> None:
    assert [cut("🐳🐳🐳", limit) for limit in (6, 5, 4, 3, 2)] == [
        "🐳🐳🐳",
        "🐳🐳…",
        "🐳…",
        "🐳…",
        "…",
    ]


def test_words_from_outside_notify_nobody_and_can_always_be_sent() -> None:
    assert "@" not in dress(Message("@somebody")).plain.replace("@\u2060", "")
    assert harmless("a\x00b\ud800c") == "ab?c"


def test_buttons_that_telegram_would_refuse_are_left_out() -> None:
    fitting = Button("좋음", "/mute 1시간 BTCUSDT")
    rows = ((fitting, Button("김", "/price " + "가" * 20), Button(" ", "/x")), (Button("빈", ""),))
    markup = keyboard(rows)
    assert markup is not None
    assert [[b.callback_data for b in row] for row in markup.inline_keyboard] == [[fitting.command]]
    assert keyboard(()) is None
    many = keyboard([[fitting] * 10] * 20)
    assert many is not None
    assert max(len(row) for row in many.inline_keyboard) == 8
    assert sum(len(row) for row in many.inline_keyboard) == 100


def test_a_button_with_an_address_opens_it_and_carries_no_command() -> None:
    markup = keyboard([[Button("➕", "", "https://t.me/goraebot?startgroup=true")]])
    assert markup is not None
    ((button,),) = markup.inline_keyboard
    assert (button.url, button.callback_data) == ("https://t.me/goraebot?startgroup=true", None)
