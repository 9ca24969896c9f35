"""What the log is told of requests that go wrong below the page's own code."""

import logging
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError


class _OursOnly(logging.Filter):
    """Lets through what is our own mistake.

    A malformed request is answered with 400 and no more, a body that does not unpack is read no
    further: aiohttp would write a traceback for each, which quotes the request with its cookies,
    and a stranger could fill the disk. A visitor that is gone before the answer is nobody's
    mistake.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        foreign = HttpProcessingError | web.RequestPayloadError | ConnectionError
        return not isinstance(error, foreign)


server_log: Final = logging.getLogger("goraebot.web.server")
server_log.addFilter(_OursOnly())
