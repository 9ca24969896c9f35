"""What operators read: every line parses, and no complaint is made again every second."""

import itertools
import json
import logging
from collections.abc import Coroutine
from typing import Any

import msgspec
import pytest

from bot import __main__ as program
from bot.errors import BotError, SettingsError, StoreError
from bot.logs import AGAIN_S, COMPLAINTS, LONGEST_S, Patience
from bot.settings import LogSettings, load

TOKEN = "4242:AAH-a_secret_of_the_test"


class Ear:
    """Hears what passes, each second by a clock of its own."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.patience = Patience(lambda: self.now_s)

    def hears(self, text: str, level: int = logging.WARNING, **more: Any) -> bool:
        self.record = logging.LogRecord("goraebot.x", level, __file__, 1, "%s", (text,), None)
        self.record.__dict__ |= more
        return self.patience.filter(self.record)

    def seconds_heard(self, text: str, for_s: int) -> list[int]:
        heard = []
        for second in range(for_s):
            if self.hears(text):
                heard.append(second)
            self.now_s += 1.0
        return heard


def test_what_is_said_every_second_is_heard_at_doubling_intervals_with_its_number() -> None:
    ear = Ear()
    heard = ear.seconds_heard("digests wait: disk full", 6 * 3600)
    first = int(AGAIN_S)
    assert heard[:5] == [0, first, 3 * first, 7 * first, 15 * first]
    assert max(b - a for a, b in itertools.pairwise(heard)) == LONGEST_S
    assert ear.hears("digests wait: disk full") is False
    ear.now_s += LONGEST_S
    assert ear.hears("digests wait: disk full")
    assert ear.record.__dict__["held"] > 1000


def test_after_a_pause_a_complaint_is_heard_at_once() -> None:
    ear = Ear()
    for _ in range(3):
        assert ear.seconds_heard("connection 1 lost", 5) == [0]
        ear.now_s += 3 * AGAIN_S


def test_other_words_incidents_tracebacks_and_information_always_pass() -> None:
    ear = Ear()
    assert ear.hears("alert a is lost") and ear.hears("alert b is lost")
    for _ in range(2):
        assert ear.hears("trouble is over", incident={"name": "disk"})
        assert ear.hears("failed", exc_info=(ValueError, ValueError(), None))
        assert ear.hears("watching 47 symbols", logging.INFO)


def test_so_many_complaints_are_remembered_and_no_more() -> None:
    ear = Ear()
    for number in range(3 * COMPLAINTS):
        assert ear.hears(f"alert {number} is lost")
    assert len(ear.patience._heard) == COMPLAINTS


@pytest.mark.parametrize(
    ("error", "code", "begins"),
    [
        (StoreError(f"disk full at {TOKEN}"), 1, "멈췄습니다: disk full at "),
        (SettingsError("[web] port"), 2, "설정을 확인하세요: [web] port"),
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_why_it_ended_is_a_line_like_the_others(
    form: str, error: BotError, code: int, begins: str, own_logging: None,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    settings = msgspec.structs.replace(
        load(None, {"TELEGRAM_BOT_TOKEN": TOKEN}), log=LogSettings(format=form)
    )

    async def fail() -> None:
        raise ExceptionGroup("tasks", [error])

    work: Coroutine[Any, Any, None] = fail()
    program._log(settings)
    assert program._serving(work, settings) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert TOKEN not in line
    if form == "json":
        decoded = json.loads(line)
        assert decoded["level"] == "CRITICAL"
        line = decoded["message"]
    assert line.startswith(begins)
