"""/start: what this is and three buttons to begin."""

from bot.command import Command, Context
from bot.compose import greeting
from bot.model import Message, Request


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """The greeting; what a deep link appends to /start is not needed."""
    return greeting(context.simulated)


COMMAND = Command(
    name="start",
    korean="시작",
    description="고래봇 소개와 시작 버튼",
    example="/start",
    run=run,
    aliases=("시작하기", "소개"),
)
