"""Names of commands: which word means which, and that no two mean the same."""

from collections import Counter

import pytest

from bot.commands import COMMANDS
from bot.commands.arguments import (
    ALL_WORDS,
    command_of,
    echo,
    names_of,
    nearest_command,
    take_duration,
)
from bot.korean import KIND_WORDS, NAMES, unify

KNOWN = tuple(COMMANDS.values())
NOW_MS = 1_768_176_201_000


def test_no_word_calls_two_commands_and_none_is_a_coin() -> None:
    words = Counter(name for command in KNOWN for name in names_of(command))
    assert [word for word, count in words.items() if count > 1] == []
    coins = {unify(word) for base, names in NAMES.items() for word in (base, *names)}
    assert coins.isdisjoint(words)


def test_words_for_everything_are_neither_coins_nor_kinds() -> None:
    coins = {unify(word) for base, names in NAMES.items() for word in (base, *names)}
    assert ALL_WORDS.isdisjoint(coins)
    assert ALL_WORDS.isdisjoint(KIND_WORDS)


def test_korean_names_are_those_that_users_were_promised() -> None:
    assert {name: command.korean for name, command in COMMANDS.items()} == {
        "start": "시작",
        "help": "도움말",
        "price": "시세",
        "spread": "스프레드",
        "book": "호가",
        "chart": "차트",
        "movers": "급등락",
        "whales": "고래",
        "summary": "요약",
        "explain": "설명",
        "news": "뉴스",
        "schedule": "예약",
        "settings": "설정",
        "subscribe": "구독",
        "unsubscribe": "구독해지",
        "alerts": "알림",
        "target": "목표가",
        "why": "왜",
        "deletemydata": "내정보삭제",
        "mute": "음소거",
        "unmute": "음소거해제",
        "status": "상태",
        "cost": "비용",
        "preview": "미리보기",
        "funding": "펀딩비",
        "liquidations": "청산",
        "record": "기록",
        "kimp": "김프",
    }


@pytest.mark.parametrize(
    ("words", "name", "rest"),
    [
        (["price", "btc"], "price", ["btc"]),
        (["현재가", "비트"], "price", ["비트"]),
        (["대량체결"], "whales", []),
        (["대량", "체결", "btc"], "whales", ["btc"]),
        (["내", "알림"], "alerts", []),
        (["내알림"], "alerts", []),
        (["음소거", "해제", "btc"], "unmute", ["btc"]),
        (["음소거", "1시간"], "mute", ["1시간"]),
        (["구독", "해지"], "unsubscribe", []),
        (["구독", "btc"], "subscribe", ["btc"]),
        (["st", "art"], None, None),
        (["가나다"], None, None),
        ([], None, None),
    ],
)
def test_the_first_word_or_two_name_a_command(
    words: list[str], name: str | None, rest: list[str] | None
) -> None:
    found = command_of(words, KNOWN)
    assert (found[0].name if found else None, found[1] if found else None) == (name, rest)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("sprad", "spread"),
        ("pirce", "price"),
        ("subscirbe", "subscribe"),
        ("스프래드", "spread"),
        ("시새", "price"),
        ("급등란", "movers"),
        ("xyzzy", None),
        ("", None),
    ],
)
def test_near_misses_find_the_nearest_command(typed: str, name: str | None) -> None:
    found = nearest_command(typed, KNOWN)
    assert (found.name if found else None) == name


def test_what_is_repeated_is_short_and_harmless() -> None:
    assert echo("<b>@everyone</b> [x](http://y)") == "beveryonebxh"
    assert echo("＜ＢＴＣ＞") == "btc"


@pytest.mark.parametrize(
    ("words", "lasts_ms", "rest"),
    [
        (["btc", "2시간"], 7_200_000, ["btc"]),
        (["1시간", "30분", "btc"], 5_400_000, ["btc"]),
        (["btc"], None, ["btc"]),
        ([], None, []),
    ],
)
def test_a_duration_is_taken_from_wherever_it_stands(
    words: list[str], lasts_ms: int | None, rest: list[str]
) -> None:
    assert take_duration(words, NOW_MS) == (lasts_ms, rest)
