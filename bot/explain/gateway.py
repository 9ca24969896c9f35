"""One question to an OpenAI-compatible gateway, and every odd way in which it may be answered.

The only place that knows the ``openai`` package. Its own retries are off: whether and when to try
again is decided in bot/explain/ai.py. Failures are values, not exceptions: an exception of the
package holds the request, and the server's words may repeat the key.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Mapping
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Final, Literal, Protocol

import httpx2
import msgspec
from openai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    DefaultAsyncHttpxClient,
    OpenAIError,
    omit,
)

from bot.explain.pricing import Model, estimate_tokens
from pipeline.proxy import proxy_of

LONGEST_BODY: Final = 1_048_576
"""Bytes of an answer; a longer one is no answer."""
MOST_CHUNKS: Final = 4_096
"""Pieces that a body comes in: each takes time, however small it is."""
CHUNKS_AT_ONCE: Final = 32
"""Pieces after which others have their turn: they may all have come already."""
LONGEST_TEXT: Final = 20_000
"""Characters; what is longer than any answer to our questions is not read."""
PROMPT_OVERHEAD: Final = 1_000
"""Tokens that a gateway may count beside one for each byte of a prompt."""
THINKING: Final = 20
"""Times the tokens that were allowed: what a model thinks may be counted as well."""

Trouble = Literal["account", "busy", "model", "broken", "silent", "unreachable", "empty", "cut"]

_ACCOUNT_CODES: Final = re.compile(r"insufficient_(?:quota|balance)|billing|invalid_api_key")
_CODE: Final = re.compile(r"[a-z][a-z_]{0,39}")
_WHOLE: Final = ("", "stop", "end_turn", "end")
"""Reasons to end where all is written: OpenAI's, and those of others that gateways pass on."""


class Answer(msgspec.Struct, frozen=True):
    """What a model wrote; ``estimated`` tells that the gateway did not count the tokens."""

    text: str
    tokens_in: int
    tokens_out: int
    estimated: bool


class Failed(msgspec.Struct, frozen=True):
    """No usable answer. ``text`` is ours and safe to log.

    "account": key, balance or permission, for all models alike. "busy": told to come back, in
    ``retry_after_s`` if it said so. "model": the id, the key's access to it or the request is
    refused. "broken": the server failed or did not speak the protocol. "silent": no whole answer in
    time. "unreachable": no connection. "empty": nothing written. "cut": it ends in the middle.
    ``billed`` are the tokens that may have to be paid all the same, None where none were used.
    ``status`` is HTTP's where there is one.
    """

    trouble: Trouble
    text: str
    retry_after_s: float | None = None
    billed: tuple[int, int] | None = None
    status: int = 0


class _Message(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = -1
    completion_tokens: int = -1


class _Fault(msgspec.Struct):
    code: str | int | None = None
    type: str | None = None


class _Completion(msgspec.Struct):
    """The part of an answer that is used; anything else in it may look as it likes."""

    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: _Fault | None = None


class _Listed(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Listed]


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends with an error once it is too long."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = chunks = 0
        async for chunk in self._stream:
            size += len(chunk)
            chunks += 1
            if size > LONGEST_BODY:
                raise httpx2.ReadError(f"the body is longer than {LONGEST_BODY} bytes")
            if chunks > MOST_CHUNKS:
                raise httpx2.ReadError(f"the body comes in more than {MOST_CHUNKS} pieces")
            if chunks % CHUNKS_AT_ONCE == 0:
                await asyncio.sleep(0)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx2.Response) -> None:
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream)


@cache
def _trusted() -> ssl.SSLContext:
    """Reading the certificates takes a twentieth of a second: done once."""
    return httpx2.create_ssl_context()


class Gateway:
    """A connection to one gateway with one key. Close it with ``close``."""

    def __init__(self, base_url: str, key: str) -> None:
        self._client = AsyncOpenAI(
            api_key=key,
            base_url=base_url,
            max_retries=0,
            # Compressed bodies could be far longer than what is counted.
            default_headers={"Accept-Encoding": "identity"},
            # A redirect is refused: it would be a request that no limiter saw, with the key.
            http_client=DefaultAsyncHttpxClient(
                verify=_trusted(),
                follow_redirects=False,
                event_hooks={"response": [_bound]},
                proxy=proxy_of(base_url),
                trust_env=False,  # it would insist on a package for SOCKS where ALL_PROXY is that
            ),
        )
        # The package reads these from the environment; they are none of this gateway's business.
        self._client.organization = None
        self._client.project = None

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def ask(
        self,
        name: str,
        model: Model,
        system: str,
        user: str,
        *,
        most_tokens: int,
        timeout_s: float,
        response_format: Mapping[str, Any] | None = None,
        effort: str | None = None,
    ) -> Answer | Failed:
        """One answer of at most ``most_tokens`` tokens, whole and within ``timeout_s`` seconds.

        ``response_format`` and ``effort`` are sent as they are, None leaves them out: see forms.py.
        """
        guessed = estimate_tokens(system) + estimate_tokens(user)
        found = await _body(
            self._client.chat.completions.with_raw_response.create(
                model=name,
                messages=[
                    {"role": "system", "content": system},
                    {"role": "user", "content": user},
                ],
                temperature=omit if model.temperature is None else model.temperature,
                extra_body={model.limit: most_tokens}
                | ({"response_format": dict(response_format)} if response_format else {})
                | ({"reasoning_effort": effort} if effort else {}),
                timeout=timeout_s,
            ),
            timeout_s,
            name,
        )
        if isinstance(found, Failed):
            if found.trouble == "silent":  # cut off by us: perhaps written, and billed, in full
                return msgspec.structs.replace(found, billed=(guessed, most_tokens))
            return found
        try:
            completion = msgspec.json.decode(found, type=_Completion)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Failed("broken", "200 with something that is no chat completion")
        most = len((system + user).encode(errors="replace")) + PROMPT_OVERHEAD
        return _read(completion, guessed, (most, THINKING * most_tokens))

    async def models(self, timeout_s: float) -> set[str] | Failed:
        """The ids that the gateway lists."""
        found = await _body(
            self._client.models.with_raw_response.list(timeout=timeout_s), timeout_s
        )
        if isinstance(found, Failed):
            return found
        try:
            return {one.id for one in msgspec.json.decode(found, type=_Models).data}
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Failed("broken", "200 with something that is no list of models")


class _Response(Protocol):
    @property
    def content(self) -> bytes: ...


async def _body(request: Awaitable[_Response], timeout_s: float, model: str = "") -> bytes | Failed:
    """The body of an answer with a good status; ``model`` is who was asked, if one was."""
    try:
        # The client's own timeout counts from byte to byte; a slow body never ends by it.
        async with asyncio.timeout(timeout_s):
            return (await request).content
    except (TimeoutError, APITimeoutError):
        return Failed("silent", f"no whole answer within {timeout_s:.1f} s")
    except APIStatusError as error:
        return _refusal(error, model)
    except APIConnectionError as error:
        cause = type(error.__cause__).__name__ if error.__cause__ else "connection error"
        return Failed("unreachable", cause)
    except (OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        return Failed("broken", type(error).__name__)


def _read(completion: _Completion, guessed: int, most: tuple[int, int]) -> Answer | Failed:
    """The text of a completion, if it is one. ``most``: tokens of its prompt and of its text that
    are possible; a gateway that counts more is mistaken, and billed as if it had counted these."""
    if not completion.choices:
        fault = completion.error
        named = _named(fault.code if fault else None) or _named(fault.type if fault else None)
        if named and _ACCOUNT_CODES.search(named):
            return Failed("account", f"200 with the error {named}")
        return Failed("broken", f"200 without choices{f': {named}' if named else ''}")
    choice = completion.choices[0]
    text = (choice.message.content or "").strip()
    usage = completion.usage
    counted = usage is not None and usage.prompt_tokens > 0 and usage.completion_tokens > 0
    tokens = (guessed, min(estimate_tokens(text), most[1]))
    if counted and usage is not None:
        tokens = (min(usage.prompt_tokens, most[0]), min(usage.completion_tokens, most[1]))
        counted = tokens == (usage.prompt_tokens, usage.completion_tokens)
    if len(text) > LONGEST_TEXT:
        return Failed("broken", f"more than {LONGEST_TEXT} characters", billed=tokens)
    ended = (choice.finish_reason or "").lower()  # Gemini's are in capitals
    if not text:
        return Failed("empty", f"nothing written ({_named(ended)})", billed=tokens)
    if ended not in _WHOLE:
        return Failed("cut", f"ended by {_named(ended) or 'an unknown reason'}", billed=tokens)
    return Answer(text, *tokens, estimated=not counted)


def _refusal(error: APIStatusError, model: str) -> Failed:
    """A status that is not 2xx."""
    status = error.status_code
    named = _named(error.code) or _named(error.type)
    text = f"HTTP {status}{f' {named}' if named else ''}"
    after = retry_after_s(error.response.headers)
    # A key may have no access to single models; gateways say so with a code or in words.
    barred = status == 403 and ("model" in named or (model and model in error.message))
    if (status in (401, 402, 403) and not barred) or _ACCOUNT_CODES.search(named):
        return Failed("account", text)
    if status == 429:
        return Failed("busy", text, after)
    if barred or status in (400, 404, 405, 410, 413, 415, 422):
        return Failed("model", text, status=status)
    return Failed("broken", text, after)


def _named(code: object) -> str:
    """An error code that can be shown; free text, which might hold anything, is not."""
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from ``Retry-After-Ms`` or ``Retry-After`` (seconds or a date)."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", value):
            return float(value) * scale
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
        now = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError, OverflowError):  # the last of years without end
        return None
    if (until.tzinfo is None) != (now.tzinfo is None):
        return None
    return max(0.0, (until - now).total_seconds())
