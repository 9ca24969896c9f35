"""Operators hear of everything that keeps alerts from flowing, and of nothing else."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from fakes import healthy

from bot.errors import SettingsError
from bot.explain.ai_state import AiState
from bot.settings import DatabaseSettings, load
from bot.troubles import (
    BACKLOG,
    DISK_EVERY_MS,
    GONE_EVERY_MS,
    LATE_MS,
    LOST_MS,
    NAMES,
    STUCK_MS,
    Troubles,
)
from bot.won_health import WonState

STATE = AiState(
    spent_usd=1.0, budget_usd=5.0, month_usd=20.0, month_budget_usd=100.0, used_up="", account="",
    resting=False, missing=(), shown=1, shared=0, refused=0, failed=0,
)  # fmt: skip


class World:
    """Parts of a program that can be broken one by one."""

    def __init__(self, folder: Path | None = None, low_disk_bytes: float = 0.0) -> None:
        self.now_ms = 1_000_000
        self.database = self.removed = ""
        self.feed = healthy()
        self.recording = self.futures = ""
        self.slow, self.waiting = False, 0
        self.broke_off = False
        self.won: WonState | None = None
        self.lost = self.left_out = 0
        self.platforms: list[Any] = [
            SimpleNamespace(name=name, problem="") for name in ("telegram", "discord")
        ] + [SimpleNamespace(name="web")]
        self.sender = SimpleNamespace(sent=0, edited=0, flooded=0, refused=0, gone=0, queued=0)
        self.ai = STATE
        self.troubles = Troubles(
            database=lambda: self.database,
            removed=lambda: self.removed,
            recording=lambda: self.recording,
            feed=lambda: self.feed,
            lost=lambda: self.lost,
            left_out=lambda: self.left_out,
            platforms=self.platforms,
            senders={"telegram": self.sender},
            ai=lambda: self.ai,
            broke_off=lambda: self.broke_off,
            slow=lambda: self.slow,
            waiting=lambda: self.waiting,
            futures=lambda: self.futures,
            won=lambda: self.won,
            stale_s=60.0,
            folder=folder,
            low_disk_bytes=low_disk_bytes,
            now_ms=lambda: self.now_ms,
        )

    def names(self) -> list[str]:
        found = self.troubles.now()
        assert set(found) <= set(NAMES)
        return list(found)


def test_futures_that_fall_silent_are_told_apart_from_the_spot_market() -> None:
    world = World()
    world.futures = "connecting"
    assert world.names() == []
    world.futures = "silent"
    assert world.names() == ["futures"]
    assert world.troubles.now()["futures"].text.startswith("선물: 데이터가 멈췄습니다")


def test_a_clock_that_is_wrong_is_told_after_a_minute_and_which_way() -> None:
    world = World()
    for delay_ms, first in (
        (None, None),
        (LATE_MS - 1, None),
        (LATE_MS, "시세가 5초 늦게 들어오거나 고래봇이 도는 컴퓨터의 시계가 그만큼 빠릅니다."),
        (-LATE_MS, "고래봇이 도는 컴퓨터의 시계가 거래소보다 5초 느립니다."),
    ):
        world.feed = msgspec.structs.replace(healthy(), delay_ms=delay_ms)
        assert world.names() == (["late"] if first else [])
        if first:
            trouble = world.troubles.now()["late"]
            assert trouble.text.startswith(first) and not trouble.stops
            assert trouble.after_ms == 60_000
    world.feed = msgspec.structs.replace(healthy(), delay_ms=LATE_MS, problem="silent")
    assert world.names() == ["feed"]  # it says no more of now


def test_a_program_that_does_not_keep_up_is_told_after_a_minute_and_stops_nothing() -> None:
    world = World()
    world.waiting = BACKLOG
    assert world.names() == []
    for world.slow, world.waiting, first in (
        (True, 0, "고래봇이 바빠서 시세·알림·답이 거듭 0.5초 넘게 밀립니다. "),
        (True, BACKLOG + 1, "시세가 처리보다 빨리 들어와 50,001건이 밀려 있습니다. "),
    ):
        assert world.names() == ["slow"]
        trouble = world.troubles.now()["slow"]
        assert trouble.text.startswith(first) and "[market] symbols" in trouble.text
        assert (trouble.after_ms, trouble.stops) == (60_000, False)


def test_prices_in_won_and_the_rate_are_told_apart_and_neither_stops_alerts() -> None:
    world = World()
    well = WonState("", 0.4, 3_600.0, True, 10, 0, 0)
    world.won = well
    assert world.names() == []
    world.won = msgspec.structs.replace(well, problem="silent")
    assert world.names() == ["upbit"]
    world.won = msgspec.structs.replace(well, problem="connecting", rate_s=None, fresh=False)
    assert world.names() == ["exchange_rate"]
    trouble = world.troubles.now()["exchange_rate"]
    assert trouble.text.startswith("은행 환율을 받지 못하고 있습니다.")
    assert (trouble.after_ms, trouble.stops) == (1_800_000, False)


def test_while_all_is_well_nothing_is_told() -> None:
    world = World(Path("/"))
    for _ in range(3):
        assert world.names() == []
        world.now_ms += STUCK_MS


def test_a_stale_feed_is_told_after_a_minute_and_a_start_is_none() -> None:
    world = World()
    world.feed = msgspec.structs.replace(world.feed, ok=False, problem="connecting")
    assert world.names() == []
    world.feed = msgspec.structs.replace(world.feed, problem="silent")
    assert world.troubles.now()["feed"].after_ms == 60_000


@pytest.mark.parametrize("problem", ["refused", "unreachable", "conflict"])
def test_a_platform_that_does_not_work_keeps_alerts_from_flowing(problem: str) -> None:
    world = World()
    world.platforms[0].problem = problem
    (trouble,) = world.troubles.now().values()
    assert trouble.stops and trouble.text.startswith("텔레그램: ")
    assert trouble.reason == problem
    assert world.names() == ["telegram"]


def test_a_database_that_refuses_is_told_but_alerts_flow() -> None:
    world = World()
    world.database = "disk I/O error"
    assert world.names() == ["database"]
    assert not world.troubles.now()["database"].stops


def test_what_needs_something_else_to_be_done_is_another_reason() -> None:
    world, seen = World(), set()
    for reason in ("database is locked", "disk I/O error", "malformed", "removed while in use: x"):
        world.database = reason
        seen.add(world.troubles.now()["database"].reason)
    assert len(seen) == 4
    world.database = "database or disk is full"
    assert world.troubles.now()["database"].reason in seen, "the same is to be done"
    for problem in ("region", "unreachable"):
        world.database, world.futures = "", problem
        world.feed = msgspec.structs.replace(world.feed, ok=False, problem=problem)
        assert {one.reason for one in world.troubles.now().values()} == {problem}


def test_a_database_whose_file_is_gone_is_told_though_it_takes_everything() -> None:
    world = World()
    assert world.names() == []
    world.removed = "removed while in use: /data/goraebot.db"
    assert world.names() == [], "looked at now and then"
    world.now_ms += GONE_EVERY_MS
    assert world.names() == ["database"]
    assert "다시 시작하면" in world.troubles.now()["database"].text


def test_a_recording_that_cannot_be_written_is_told_but_alerts_flow() -> None:
    world = World()
    world.recording = "녹화를 쓰지 못하고 있습니다"
    assert world.names() == ["recording"]
    assert not world.troubles.now()["recording"].stops
    world.recording = ""
    assert world.names() == []


def test_a_lost_alert_is_a_trouble_for_a_minute() -> None:
    world = World()
    world.lost = 1
    assert world.names() == ["lost"] and world.troubles.now()["lost"].stops
    world.now_ms += LOST_MS - 1
    assert world.names() == ["lost"]
    world.now_ms += 1
    assert world.names() == []


def test_messages_that_wait_while_none_is_sent_are_stuck() -> None:
    world = World()
    world.sender.queued = 3
    assert world.names() == []
    world.now_ms += STUCK_MS - 1
    assert world.names() == []
    world.now_ms += 1
    assert world.names() == ["stuck"]
    assert "텔레그램" in world.troubles.now()["stuck"].text
    world.sender.flooded += 1  # a flood is waited out: that is no standstill
    assert world.names() == []
    world.now_ms += STUCK_MS - 1
    assert world.names() == []
    world.sender.queued = 0
    world.now_ms += STUCK_MS
    assert world.names() == []


def test_messages_that_were_given_up_as_old_have_been_stuck_until_one_is_sent() -> None:
    world = World()
    world.sender.queued = 1
    assert world.names() == []
    world.now_ms += STUCK_MS
    assert world.names() == ["stuck"]
    world.sender.queued = 0
    world.now_ms += STUCK_MS
    assert world.names() == ["stuck"]
    world.sender.sent += 1
    assert world.names() == []


def test_little_space_where_the_database_is_is_told(tmp_path: Path) -> None:
    world = World(tmp_path, low_disk_bytes=1e18)
    assert world.names() == ["disk"]
    assert "MB뿐입니다" in world.troubles.now()["disk"].text
    assert World(tmp_path, low_disk_bytes=1.0).names() == []
    assert World(None, low_disk_bytes=1e18).names() == []
    gone = World(tmp_path / "nowhere", low_disk_bytes=1e18)
    assert gone.names() == [] and gone.troubles.free_bytes() is None


def test_the_disk_is_looked_at_now_and_then(tmp_path: Path) -> None:
    world = World(tmp_path / "later", low_disk_bytes=1e18)
    assert world.names() == []
    (tmp_path / "later").mkdir()
    assert world.names() == []
    world.now_ms += DISK_EVERY_MS
    assert world.names() == ["disk"]


def test_a_clock_that_is_set_back_puts_nothing_off(tmp_path: Path) -> None:
    world = World(tmp_path / "later", low_disk_bytes=1e18)
    world.sender.queued = 3
    assert world.names() == []
    (tmp_path / "later").mkdir()
    world.removed = "removed while in use: /data/goraebot.db"
    world.now_ms -= 9 * 3_600_000
    assert world.names() == ["database", "disk"]
    world.now_ms += STUCK_MS
    assert world.names() == ["database", "disk", "stuck"]


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        ({"account": "HTTP 401 invalid_api_key"}, "ai_key", "HTTP 401 invalid_api_key"),
        ({"used_up": "day"}, "ai_budget", "오늘 AI 예산(5달러)"),
        ({"used_up": "month"}, "ai_budget", "이번 달 AI 예산(100달러)"),
    ],
)
def test_a_refused_key_and_a_budget_that_is_used_up_are_told(
    change: dict[str, Any], name: str, words: str
) -> None:
    world = World()
    world.ai = msgspec.structs.replace(STATE, **change)
    (trouble,) = world.troubles.now().values()
    assert world.names() == [name] and words in trouble.text and not trouble.stops


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("sqlite+aiosqlite:///goraebot.db", Path()),
        ("sqlite+aiosqlite:////var/lib/goraebot/goraebot.db?x=1", Path("/var/lib/goraebot")),
        ("sqlite+aiosqlite:///:memory:", None),
        ("sqlite+aiosqlite://", None),
        ("postgresql+asyncpg://bot:password@db/bot", None),
    ],
)
def test_the_disk_is_that_of_the_databases_file(url: str, folder: Path | None) -> None:
    assert DatabaseSettings(url).folder == folder


def test_how_little_space_is_told_is_a_setting() -> None:
    assert load(None, {"GORAEBOT_DATABASE_LOW_DISK_MB": "0"}).database.low_disk_mb == 0
    with pytest.raises(SettingsError, match="low_disk_mb"):
        load(None, {"GORAEBOT_DATABASE_LOW_DISK_MB": "-1"})


def test_a_message_that_a_platform_refused_is_told_for_a_minute() -> None:
    world = World()
    world.sender.refused = 1
    assert world.names() == ["refused"]
    trouble = world.troubles.now()["refused"]
    assert trouble.text.startswith("텔레그램: 플랫폼이 거부해 버린 메시지가 있습니다.")
    assert not trouble.stops
    world.now_ms += LOST_MS
    assert world.names() == []
    world.sender.refused = 2
    assert world.names() == ["refused"]


def test_a_detector_that_failed_is_told_until_the_next_start() -> None:
    world = World()
    world.left_out = 2
    for _ in range(2):
        assert world.names() == ["mistake"]
        world.now_ms += STUCK_MS
    assert "2개" in world.troubles.now()["mistake"].text


def test_a_run_that_broke_off_is_told_by_the_one_after_it() -> None:
    world = World()
    world.broke_off = True
    trouble = world.troubles.now()["crashed"]
    assert trouble.text.startswith("프로그램이 예고 없이 끝나 다시 시작했습니다.")
    assert not trouble.stops and trouble.over.startswith("✅")
    world.broke_off = False
    assert world.names() == []
