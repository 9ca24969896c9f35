"""An hour of the whole program at a market's rate, with one fault after the other: see soaked.py.

``SOAK_MINUTES=10`` makes it shorter. Memory, tasks and open files must not grow, and every planted
order must have reached every chat once. What is learnt of symbols fills memory for 24 minutes, so
that it is judged in runs of 40 and more.
"""

import asyncio
import contextlib
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "flow"))

from soaked import CHANNELS, NOTIONAL, PEOPLE, Look, Soak, soaking

MINUTES = float(os.environ.get("SOAK_MINUTES", "60"))
CALM_S = 25.0
WARM_UP_MIN, JUDGED_MIN = 24.0, 15.0
"""Before memory is looked at windows and baselines fill; and a slope is one of so long at least."""
GROWTH_MB_PER_H = 12.0
MORE_FILES, MORE_TASKS = 3, 3
P99_S = 0.25
SETTLE_S = 180.0


def test_an_hour_among_faults(tmp_path: Path) -> None:
    asyncio.run(soak(tmp_path))


async def soak(folder: Path) -> None:
    async with soaking(folder) as it:
        async with asyncio.timeout(60):
            while not (await it._look()).frames:
                await asyncio.sleep(0.5)
        await asyncio.sleep(10.0)  # the bounds of its symbols' usual orders are fetched
        began_s, ours_s = time.monotonic(), _cpu_s()
        tasks = [
            asyncio.create_task(work)
            for work in (it.plant(), it.ask(), it.suffer(CALM_S), it.look(), it.last())
        ]
        done, _ = await asyncio.wait(
            tasks, timeout=MINUTES * 60, return_when=asyncio.FIRST_COMPLETED
        )
        if tasks[4] in done:
            tasks[4].result()  # why others ended as well
        for task in done:
            task.result()  # none ends by itself
        while not it.calm:
            await asyncio.sleep(0.5)
        for task in tasks[:3]:
            task.cancel()
        await _settled(it)
        await asyncio.sleep(30.0)
        for task in tasks[3:]:
            task.cancel()
        it.looks.append(await it._look())
        took_s = time.monotonic() - began_s
        missing, doubled = _reconcile(it)
        _tell(it, took_s, _cpu_s() - ours_s, missing, doubled)
        (folder / "log.txt").write_text("\n".join(it.program.log))  # beside planted.txt
        lost = [row for row in it.program.log if " ERROR " in row or "Traceback" in row]
        print("\n".join(f"  log: {row}" for row in lost[:20]))
        assert (missing, doubled) == ([], [])
        _grows_not(it.looks)
        assert it.telegram.floods == 0, "Telegram's limits were broken"
        assert not it.unanswered


async def _settled(it: Soak) -> None:
    """Everything planted is in every chat, or the time for that is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_S):
            while True:
                waiting = it.rows("select count(*) from outbox where state = 'pending'")[0][0]
                have = [sum(map(bool, copies.values())) for copies in it.copies().values()]
                if not waiting and min(have) == len(it.planted):
                    return
                await asyncio.sleep(1.0)


def _reconcile(it: Soak) -> tuple[list[str], list[str]]:
    """Chats and planted orders that are missing there or came twice; the ledger agrees."""
    copies = it.copies()
    assert len(copies) == PEOPLE + CHANNELS
    missing = [f"{c} {a}" for c, told in copies.items() for a, n in told.items() if not n]
    doubled = [f"{c} {a}" for c, told in copies.items() for a, n in told.items() if n > 1]
    sent = Counter(
        key
        for (key,) in it.rows(
            "select key from outbox where state = 'sent' and key like 'large_trade:%'"
        )
    )
    missing += [f"ledger {alert}" for alert in it.planted if sent[alert] < len(copies)]
    known = {id for (id,) in it.rows("select id from alerts")}
    missing += [f"alerts {alert}" for alert in it.planted if alert not in known]
    for chat in it.telegram.chats.values():  # what nobody planted is not told twice either
        texts = Counter(
            next((d for r in rows for b in r if "#" in (d := b.get("callback_data", ""))), "")
            for m in chat.shown()
            if (rows := m.get("reply_markup", {}).get("inline_keyboard")) and chat.id <= PEOPLE
        )
        doubled += [f"{chat.id} {text}" for text, n in texts.items() if text and n > 1]
    return missing, doubled


def _grows_not(looks: Sequence[Look]) -> None:
    if warm := _warm(looks):
        assert _slope_per_h(warm) < GROWTH_MB_PER_H
    calm = [look for look in looks if look.calm]
    first, last = calm[2:12], calm[-10:]
    assert min(look.files for look in last) <= min(look.files for look in first) + MORE_FILES
    assert min(look.tasks for look in last) <= min(look.tasks for look in first) + MORE_TASKS
    assert _lag_s(looks[0], looks[-1], 0.99) <= P99_S


def _warm(looks: Sequence[Look]) -> Sequence[Look]:
    """Those that memory is judged by; none of too short a run."""
    filled_s = looks[0].at_s + WARM_UP_MIN * 60
    warm = [look for look in looks if look.at_s >= filled_s]
    return warm if warm and warm[-1].at_s - filled_s >= JUDGED_MIN * 60 else []


def _slope_per_h(looks: Sequence[Look]) -> float:
    """Least squares through the memory, MiB an hour."""
    at = [look.at_s / 3600 for look in looks]
    rss = [look.rss_mb for look in looks]
    mean_at, mean_rss = sum(at) / len(at), sum(rss) / len(rss)
    above = sum((a - mean_at) * (r - mean_rss) for a, r in zip(at, rss, strict=True))
    return above / sum((a - mean_at) ** 2 for a in at)


def _lag_s(first: Look, last: Look, share: float) -> float:
    """How late the loop was in all but so large a share, read between two bounds."""
    counts = {bound: last.lag[bound] - first.lag[bound] for bound in last.lag}
    bounds = sorted(counts)
    wanted, below_s, below = counts[bounds[-1]] * share, 0.0, 0.0
    for bound in bounds:
        if counts[bound] >= wanted:
            part = (wanted - below) / max(1.0, counts[bound] - below)
            return below_s + (min(bound, 30.0) - below_s) * part
        below_s, below = bound, counts[bound]
    raise AssertionError("no bound is infinite")


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _tell(
    it: Soak, took_s: float, ours_s: float, missing: Sequence[str], doubled: Sequence[str]
) -> None:
    looks = it.looks
    first, last = looks[0], looks[-1]
    passed_s = last.at_s - first.at_s
    chats = PEOPLE + CHANNELS
    print(
        f"\n{took_s / 60:.0f} min, {(last.frames - first.frames) / passed_s:,.0f} frames/s, ",
        end="",
    )
    print(f"{len(it.happened)} faults, {len(it.planted)} orders of ${NOTIONAL:,} to {chats} chats")
    print(f"  left out as too small for the book: {len(it.small)}")
    print(f"  missing {len(missing)}, doubled {len(doubled)} {(*missing, *doubled)[:5]}")
    print(f"  questions answered {it.answered}, not answered {it.unanswered}")
    print(f"  refused by Telegram for its limits: {it.telegram.floods}")
    if warm := _warm(looks):
        print(f"  memory after the warm-up: {_slope_per_h(warm):+.1f} MiB/h, ", end="")
        print(f"{min(k.rss_mb for k in warm):.0f} to {max(k.rss_mb for k in warm):.0f} MiB")
    else:
        print("  memory: too short a run to judge it")
    print(f"  CPU of the program {(last.cpu_s - first.cpu_s) / passed_s:.0%} of a core, ", end="")
    print(f"of everything around it {ours_s / took_s:.0%}")
    for share in (0.5, 0.99, 0.999):
        print(f"  event loop late, p{share * 100:g}: {_lag_s(first, last, share) * 1000:.1f} ms")
    print("  minute   MiB  files  tasks  drawers  calm")
    step = max(1, len(looks) // 20)
    for look in (*looks[::step], last):
        minute = (look.at_s - first.at_s) / 60
        print(
            f"  {minute:6.1f} {look.rss_mb:5.1f} {look.files:6} {look.tasks:6} {look.kids:8}"
            f"  {'yes' if look.calm else 'no'}"
        )
