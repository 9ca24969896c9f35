"""Volume surges on recorded months: seldom in a calm one, and in time before a crash."""

from pathlib import Path

import pytest

from pipeline.market import Market
from pipeline.model import VolumeSurge
from pipeline.sources.recording import Tally, read
from pipeline.watch import Watch

CRASH_MS = 1_738_547_700_000
"""2025-02-03 01:55 UTC: four symbols fall by 10 to 14 % within five minutes."""


def said(file: Path, until_ms: float = float("inf")) -> tuple[list[VolumeSurge], float]:
    """What would be sent, and after how many days of candles the recording (or this) ends."""
    loop = Watch(Market(), kinds={"volume_surge"})
    alerts: list[VolumeSurge] = []
    first_ms = last_ms = 0
    for event in read([file], Tally()):
        if event.at_ms > until_ms:
            break
        first_ms, last_ms = first_ms or event.at_ms, event.at_ms
        alerts += loop.on(event)  # type: ignore[arg-type]
    return alerts, (last_ms - first_ms) / 86_400_000


def test_a_calm_month_has_less_than_one_surge_in_two_days(recordings: Path) -> None:
    alerts, days = said(recordings / "klines" / "NEARUSDT-1m-2025-06.csv.gz")
    assert days > 29
    assert 1 <= len(alerts) < 0.4 * days
    assert all(alert.times_usual >= 10 for alert in alerts)


@pytest.mark.parametrize("symbol", ["ALGOUSDT", "AVAXUSDT", "FILUSDT", "NEARUSDT"])
def test_the_crash_of_february_is_seen_coming(recordings: Path, symbol: str) -> None:
    """Minutes before the fall itself."""
    file = recordings / "klines" / f"{symbol}-1m-2025-02.csv.gz"
    alerts, _ = said(file, CRASH_MS + 300_000)
    told = [alert for alert in alerts if alert.at_ms > CRASH_MS - 600_000]
    assert told
    assert CRASH_MS - 600_000 < told[0].at_ms < CRASH_MS
    assert told[0].way == "down"
    assert len(alerts) <= 8, "escalations included"
