"""One small JSON document over HTTP, within a deadline; nothing is retried here."""

from typing import Final

import aiohttp

from pipeline.errors import FrameError, Unreachable
from pipeline.proxy import proxy_of
from pipeline.sources.sockets import USER_AGENT, refusal

DEADLINE_S: Final = 10.0
MOST_BYTES: Final = 4 * 1024 * 1024


async def fetch(url: str, *, deadline_s: float = DEADLINE_S) -> bytes:
    """The body of a 200. Raises Unreachable, Refused, TooFast, and FrameError for too long a
    body."""
    deadline = aiohttp.ClientTimeout(total=deadline_s)
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
    try:
        async with (
            aiohttp.ClientSession(timeout=deadline, proxy=proxy_of(url)) as session,
            session.get(url, headers=headers) as response,
        ):
            body = bytearray()
            async for chunk in response.content.iter_chunked(1 << 16):
                body += chunk
                if len(body) > MOST_BYTES:
                    raise FrameError(f"an answer of more than {MOST_BYTES} bytes")
            if response.status != 200:
                after = response.headers.get("Retry-After")
                raise refusal(response.status, after, body, response.reason or "")
            return bytes(body)
    except TimeoutError as error:
        raise Unreachable(f"no answer within {deadline_s:g} s") from error
    except aiohttp.ClientHttpProxyError as error:  # it names the proxy, password and all
        raise Unreachable(f"the proxy answers {error.status}") from None
    except (aiohttp.ClientError, ValueError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error
