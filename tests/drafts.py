"""Answers that a better edition follows, when a test lets it come."""

import asyncio

from bot.model import Button, Draft, Message, Request


class Commented:
    """Answers "<text> 1", "<text> 2", …; the comment on each comes when ``release`` is called."""

    def __init__(self) -> None:
        self._answers = 0
        self._held: dict[int, asyncio.Future[bool]] = {}

    async def __call__(self, request: Request) -> Message:
        """A refresh button is under every answer."""
        self._answers += 1
        number = self._answers
        head = f"{request.text} {number}"
        refresh = ((Button("🔄", request.text),),)
        held = self._held[number] = asyncio.get_running_loop().create_future()

        async def later() -> Message | None:
            comes = await held
            return Message(head, note=f"AI {number}", buttons=refresh) if comes else None

        return Draft(head, note=f"plain {number}", buttons=refresh, later=later)

    def release(self, number: int, *, comes: bool = True) -> None:
        """The comment on this answer comes, or never will."""
        self._held[number].set_result(comes)
