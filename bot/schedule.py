"""What happens by the clock: housekeeping, by APScheduler in Korean time."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.errors import StoreError
from bot.store import Store

log = logging.getLogger("goraebot.schedule")

SEOUL = ZoneInfo("Asia/Seoul")
DAY_MS = 86_400_000


@asynccontextmanager
async def scheduled(
    store: Store, *, keep_days: float, now_ms: Callable[[], int]
) -> AsyncIterator[AsyncIOScheduler]:
    """Run the schedule for the time of the block."""
    scheduler = AsyncIOScheduler(timezone=SEOUL)

    async def prune() -> None:
        try:
            pruned = await store.prune(now_ms() - int(keep_days * DAY_MS))
            log.info("housekeeping: %d old rows removed", pruned)
        except StoreError as error:
            log.error("housekeeping failed: %s", error)

    scheduler.add_job(
        prune,
        # A trigger made by hand would take the machine's zone, not the scheduler's (FACTS F.5).
        CronTrigger(hour=4, minute=30, timezone=SEOUL),
        id="prune",
        misfire_grace_time=3_600,
        coalesce=True,
    )
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.shutdown(wait=False)
