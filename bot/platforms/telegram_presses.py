"""Acknowledges pressed buttons: the spinner ends, and words may appear on that screen alone."""

import asyncio
import logging
from typing import Final

from telegram import CallbackQuery
from telegram.error import BadRequest, TelegramError

from bot.model import Message
from bot.platforms.harmless import harmless
from bot.platforms.telegram_dress import cut

log = logging.getLogger("goraebot.telegram")

ACKNOWLEDGE_S: Final = 2.0
"""A press that takes longer stops showing its spinner; the answer then comes as a message."""
_TOAST: Final = 200
_MUTE: Final = (
    "봇이 이 채팅에 글을 쓸 수 없어 답을 올리지 못했습니다. "
    "관리자에게 봇의 ‘메시지 보내기’ 권한을 허용해 달라고 부탁해 주세요."
)


class Acknowledged:
    """A press, which is acknowledged exactly once: the spinner on the button ends."""

    def __init__(self, query: CallbackQuery) -> None:
        self._query = query
        self._said = False

    async def say(self, text: str = "", *, alert: bool = False) -> bool:
        """Whether the words were shown; only the first ones are."""
        if self._said:
            return False
        self._said = True
        try:
            await self._query.answer(text or None, show_alert=alert or None)
        except asyncio.CancelledError:  # the answer is there: it acknowledges with its own words
            self._said = False
            raise
        except BadRequest as error:  # pressed long ago, while the bot was away
            log.info("a press is too old to be acknowledged: %s", error)
            return False
        except TelegramError as error:
            log.warning("a press cannot be acknowledged: %s", error)
            return False
        return True

    async def mute(self) -> None:
        """The answer cannot be posted; words on the button's own screen always can."""
        await self.say(_MUTE, alert=True)

    async def later(self) -> None:
        """End the spinner if the answer takes its time."""
        await asyncio.sleep(ACKNOWLEDGE_S)
        await self.say()


def toast(message: Message) -> str:
    """What of an answer can be shown that way."""
    return cut(harmless(message.head), _TOAST)
