"""The registry of commands, in menu order: one line a command.

A command is a file here with a ``COMMAND``; it appears on every platform by itself.
"""

from bot.command import Command
from bot.commands import (
    alerts,
    book,
    chart,
    cost,
    deletemydata,
    explain,
    help,
    movers,
    mute,
    news,
    price,
    schedule,
    settings,
    spread,
    start,
    status,
    subscribe,
    summary,
    target,
    unmute,
    unsubscribe,
    whales,
    why,
)

COMMANDS: dict[str, Command] = {
    "start": start.COMMAND,
    "help": help.COMMAND,
    "price": price.COMMAND,
    "spread": spread.COMMAND,
    "book": book.COMMAND,
    "chart": chart.COMMAND,
    "movers": movers.COMMAND,
    "whales": whales.COMMAND,
    "summary": summary.COMMAND,
    "explain": explain.COMMAND,
    "news": news.COMMAND,
    "subscribe": subscribe.COMMAND,
    "unsubscribe": unsubscribe.COMMAND,
    "alerts": alerts.COMMAND,
    "target": target.COMMAND,
    "schedule": schedule.COMMAND,
    "settings": settings.COMMAND,
    "mute": mute.COMMAND,
    "unmute": unmute.COMMAND,
    "why": why.COMMAND,
    "status": status.COMMAND,
    "deletemydata": deletemydata.COMMAND,
    "cost": cost.COMMAND,
}
