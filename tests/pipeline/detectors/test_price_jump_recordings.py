"""Price jumps on recorded markets: few in a calm one, each large move in time, with its sign."""

import csv
from datetime import datetime

import pytest
from episodes import delay_s, episodes
from jumps import said

from pipeline.sources.recording import Tally, read

LARGE_MOVES = {
    "ALGOUSDT-1m-2025-02": 4,
    "AVAXUSDT-1m-2025-02": 4,
    "FILUSDT-1m-2025-02": 5,
    "NEARUSDT-1m-2025-02": 4,
    "NEARUSDT-1m-2025-06": 0,
}
"""Seventeen: five percent within five minutes, up or down (see episodes.py)."""


@pytest.mark.parametrize("name", LARGE_MOVES)
def test_every_large_move_is_told_with_its_sign_within_two_minutes(recordings, name):
    candles = list(read([recordings / "klines" / f"{name}.csv.gz"], Tally()))
    large = episodes(candles)
    assert len(large) == LARGE_MOVES[name]
    alerts = said(candles)
    assert [episode for episode in large if delay_s(episode, alerts) is None] == []
    per_day = len(alerts) / (len(candles) / 1_440)
    assert per_day <= (0.1 if not large else 1.0)


@pytest.mark.parametrize("name", ["spot_ethusdt_20240808", "usdm_btcusdt_20240808"])
def test_quiet_minutes_are_silent_even_without_a_warm_up(recordings, name):
    path = recordings / "frames" / f"{name}.ndjson.gz"
    assert said(read([path], Tally()), warmup_s=0.0) == []


THIN = ("APPC_2020-11-18_1800", "BNT_2020-04-24_1559", "GVT_2020-04-15_1557", "MTH_2021-03-01_1700")


def test_thin_pairs_tell_their_pumps_and_little_else(recordings):
    """Four days each, of one to eight trades a minute whose prices jump by percents all day."""
    with (recordings / "pumps" / "events.csv").open() as file:
        labelled = {row["file"]: row["onset_25s_utc"] for row in csv.DictReader(file)}
    others, days = 0, 0.0
    for name in THIN:
        file = f"{name}.csv.gz"
        rows = list(read([recordings / "pumps" / file], Tally()))
        onset = labelled[file] or "2021-03-01 17:00:00"
        at_ms = int(datetime.fromisoformat(f"{onset}+00:00").timestamp() * 1000)
        alerts = said(rows)
        assert any(at_ms - 70_000 <= a.at_ms <= at_ms + 120_000 for a in alerts), name
        others += sum(not at_ms - 300_000 <= a.at_ms <= at_ms + 3_600_000 for a in alerts)
        days += (rows[-1].at_ms - rows[0].at_ms) / 86_400_000
    assert others / days < 0.5
