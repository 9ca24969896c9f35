"""What a started program waits for, made shorter: ``Hurried`` and zygote.py run this in it."""

import os
from functools import partial

import bot.alarm
import bot.app
import bot.health_words
import bot.positions
import pipeline.sources.binance
import pipeline.universe

SECOND_S = 0.1
"""How long a second of Telegram's lasts then; its server has to be told the same."""


def hurry(second_s: float = SECOND_S) -> None:
    """Positions are saved all the time, troubles seen at once, and Telegram's pauses pass soon."""
    bot.positions.SAVE_S = 0.2
    bot.alarm.LOOK_S = 0.05
    bot.health_words.REFUSED_MS = 500
    bot.app.Unrecorded = partial(bot.app.Unrecorded, try_s=0.3)  # type: ignore[assignment, misc]
    pipeline.sources.binance.GRACE_S = 0.5
    pipeline.universe.RETRY_S = (0.3,)
    if "TELEGRAM_BOT_TOKEN" in os.environ:
        from bot.model import Limits
        from bot.platforms import telegram
        from bot.platforms.telegram_pace import Pace, Pacing

        pacing = Pacing(second_s=1.2 * second_s, chat_gap_s=1.2 * second_s, minute_s=61 * second_s)
        telegram.TelegramPlatform.limits = Limits()
        telegram.Pace = lambda: Pace(pacing)  # type: ignore[assignment, misc]
