"""Hundreds of kills of the whole program, at other points than the suite's: see tests/flow."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "flow"))

from crashes import crashes

RUNS, KILLS, PEOPLE = 10, 30, 20


@pytest.mark.parametrize("seed", range(RUNS))
async def test_kills_lose_nothing_and_repeat_at_most_one_send_per_chat(
    tmp_path: Path, seed: int
) -> None:
    async with crashes(tmp_path, seed) as program:
        await program.survive(KILLS, PEOPLE)
        told = [program.told(chat) for chat in program.chats]
        assert all(all(copies.values()) for copies in told)
        alerts = len(program.alerts)
        twice = sum(len(texts) - 1 for copies in told for texts in copies.values())
        print(f"\nseed {seed}: {program.kills} kills, {alerts} alerts, {PEOPLE} chats")
        print(f"lost 0 of {alerts * PEOPLE}, repeated {twice}")
