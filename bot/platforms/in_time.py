"""An answer within a minute, whatever goes wrong: the person who asked always gets a line."""

import asyncio
import logging
from typing import Final

from bot.errors import UserError
from bot.model import Message, Request
from bot.ports import Answer

log = logging.getLogger(__name__)

ANSWER_S: Final = 60.0
_SLOW: Final = "답이 너무 늦어져 멈췄습니다. 잠시 뒤 다시 시도해 주세요."
_FAILED: Final = "처리하는 중에 문제가 생겼습니다. 잠시 뒤 다시 시도해 주세요."


async def answered(answer: Answer, request: Request) -> Message:
    """What ``answer`` says, or why it could not."""
    try:
        async with asyncio.timeout(ANSWER_S):
            return await answer(request)
    except UserError as error:
        return _refused(str(error))
    except TimeoutError:
        log.warning("no answer on %s within %g s", request.chat.platform, ANSWER_S)
        return _refused(_SLOW)
    except Exception:
        log.exception("answering on %s failed", request.chat.platform)
        return _refused(_FAILED)


def _refused(text: str) -> Message:
    return Message(text, tone="error", private=True)
