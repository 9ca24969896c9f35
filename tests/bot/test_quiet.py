"""Quiet hours by the clock of their zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.model import Quiet
from bot.quiet import current, ended, is_quiet

NIGHT = Quiet("23:00", "07:00")


def at(text: str, zone: str = "Asia/Seoul") -> int:
    """Milliseconds of a local time."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("now", "quiet"),
    [
        ("2026-01-12 22:59:59.999", False),
        ("2026-01-12 23:00:00", True),
        ("2026-01-13 00:00:00", True),
        ("2026-01-13 06:59:59.999", True),
        ("2026-01-13 07:00:00", False),
        ("2026-01-13 12:00:00", False),
    ],
)
def test_the_night_begins_on_one_day_and_ends_on_the_next(now: str, quiet: bool) -> None:
    assert is_quiet(NIGHT, at(now)) is quiet


def test_without_any_nothing_is_quiet() -> None:
    assert not is_quiet(None, at("2026-01-13 03:00:00"))


def test_hours_within_a_day_end_on_the_same_day() -> None:
    lunch = Quiet("12:00", "13:30")
    assert is_quiet(lunch, at("2026-01-13 13:29:00"))
    assert not is_quiet(lunch, at("2026-01-13 03:00:00"))


def test_days_are_those_on_which_the_hours_begin() -> None:
    friday = Quiet("23:00", "07:00", (4,))
    assert is_quiet(friday, at("2026-01-17 06:00:00"))  # Saturday morning
    assert not is_quiet(friday, at("2026-01-17 23:30:00"))
    assert not is_quiet(friday, at("2026-01-16 06:00:00"))


def test_the_zone_decides_which_hour_it_is() -> None:
    quiet = Quiet("23:00", "07:00", zone="America/New_York")
    assert is_quiet(quiet, at("2026-01-12 23:30:00", "America/New_York"))
    assert not is_quiet(quiet, at("2026-01-12 23:30:00"))


def test_it_is_known_since_when_it_is_quiet_and_until_when_it_last_was() -> None:
    span = (at("2026-01-12 23:00:00"), at("2026-01-13 07:00:00"))
    assert current(NIGHT, at("2026-01-13 03:00:00")) == span
    assert current(NIGHT, at("2026-01-13 07:00:00")) is None
    assert ended(NIGHT, at("2026-01-13 07:00:00")) == span
    assert ended(NIGHT, at("2026-01-13 23:30:00")) == span
    weekly = Quiet("23:00", "07:00", (0,))
    assert ended(weekly, at("2026-01-19 12:00:00")) == span


def test_a_night_in_which_clocks_change_is_an_hour_shorter_or_longer() -> None:
    quiet = Quiet("23:00", "07:00", zone="Europe/Berlin")
    for date, hours in (("2026-03-29", 7), ("2026-10-25", 9), ("2026-06-01", 8)):
        last = ended(quiet, at(f"{date} 07:00:00", "Europe/Berlin"))
        assert last is not None
        assert last[1] - last[0] == hours * 3_600_000
