"""An OpenAI-compatible gateway that behaves, on loopback, and misbehaves when it is told to.

It knows its key and its models and counts tokens; requests are held to the part of the protocol
that gateways share. ``answers`` gives each model a behaviour; a model without one writes ``text``.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

KEY = "cr_secret_of_the_test_0123456789"
UNSENT = 65_536
"""Bytes that wait: Python's own transports count them anew with every write."""
MODELS = ("gemini-2.5-flash", "claude-sonnet-4.5", "gpt-4.1", "deepseek-v3.2")

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AiServer:
    """What the gateway is like; ``asked`` are the bodies it was sent, in order."""

    def __init__(self, key: str = KEY) -> None:
        self.key = key
        self.models: tuple[str, ...] = MODELS
        self.text = ""
        self.usage: dict[str, Any] | None = {"prompt_tokens": 700, "completion_tokens": 120}
        self.answers: dict[str, Behaviour] = {}
        self.listing: Behaviour | None = None
        self.asked: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.violations: list[str] = []
        self.forms: tuple[str, ...] = ("json_schema", "json_object")
        """The kinds of ``response_format`` that are taken; others are refused with 400."""
        self.takes_effort = True
        """Whether ``reasoning_effort`` is taken, not refused with 400."""
        self.base_url = ""
        self.arrived = asyncio.Condition()
        self.closing = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["AiServer"]:
        """Serve on a free port of loopback."""
        app = web.Application()
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._chat)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        self.base_url = f"http://127.0.0.1:{port}/v1"
        try:
            yield self
        finally:
            self.closing.set()
            await runner.cleanup()

    async def until_asked(self, count: int) -> None:
        """Wait until so many questions have arrived."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.asked) >= count)

    @property
    def asked_models(self) -> list[str]:
        """Which models were asked, in order."""
        return [body["model"] for body in self.asked]

    async def _models(self, request: web.Request) -> web.StreamResponse:
        if self.listing is not None:
            return await self.listing(request)
        if not self._allowed(request):
            return wrong_key()
        data = [
            {"id": name, "object": "model", "created": 1, "owned_by": "x"} for name in self.models
        ]
        return web.json_response({"object": "list", "data": data})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.headers.append(dict(request.headers))
        self.violations += _violations(body)
        async with self.arrived:
            self.asked.append(body)
            self.arrived.notify_all()
        if not self._allowed(request):
            return wrong_key()
        name = body.get("model")
        form = body.get("response_format", {}).get("type")
        if form not in (None, *self.forms):
            return fault(400, "This response_format type is unavailable now", "invalid_request")
        if "reasoning_effort" in body and not self.takes_effort:
            return fault(400, "Unrecognized request argument: reasoning_effort", "invalid_request")
        if name in self.answers:
            return await self.answers[name](request)
        if name not in self.models:
            return fault(404, f"The model `{name}` does not exist", "model_not_found")
        return completion(self.text, usage=self.usage, model=name)

    def _allowed(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {self.key}"

    # --- behaviours ----------------------------------------------------------------------------

    def says(self, text: str | None, **changes: Any) -> Behaviour:
        """An ordinary answer with this text; ``changes`` go to ``completion``."""

        async def behave(request: web.Request) -> web.StreamResponse:
            return completion(text, **({"usage": self.usage} | changes))

        return behave

    def thinking(self, text: str, thoughts: int = 1_024) -> Behaviour:
        """A model that thinks before it writes, out of the tokens it was allowed, unless told not
        to (ai.google.dev/gemini-api/docs/openai#thinking): where these are used up nothing comes.
        """

        async def behave(request: web.Request) -> web.StreamResponse:
            body = await request.json()
            used = 0 if body.get("reasoning_effort") == "none" else thoughts
            allowed = body.get("max_tokens") or body["max_completion_tokens"]
            if used >= allowed:
                usage = {"prompt_tokens": 700, "completion_tokens": allowed}
                return completion(None, usage=usage, finish_reason="length")
            return completion(text, usage={"prompt_tokens": 700, "completion_tokens": used + 120})

        return behave

    def silent(self) -> Behaviour:
        """Takes the question and says nothing until the server closes."""

        async def behave(request: web.Request) -> web.StreamResponse:
            await self.closing.wait()
            return fault(503, "closing", None)

        return behave

    def trickling(self) -> Behaviour:
        """Good headers, then a space now and then, for ever: no read ever times out."""

        async def behave(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            await response.prepare(request)
            while not self.closing.is_set():
                await response.write(b" ")
                try:
                    await asyncio.wait_for(self.closing.wait(), 0.02)
                except TimeoutError:
                    continue
            return response

        return behave

    def flooding(self) -> Behaviour:
        """Good headers, then as many spaces as the other side takes."""

        async def behave(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            await response.prepare(request)
            while not self.closing.is_set():
                await response.write(b" " * 65_536)
            return response

        return behave

    def crumbling(self) -> Behaviour:
        """Good headers, then spaces, each in a chunk of its own, as many as are taken."""

        async def behave(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            response.enable_chunked_encoding()
            await response.prepare(request)
            assert request.transport is not None
            while not self.closing.is_set():
                request.transport.write(b"1\r\n \r\n" * 256)
                await response.write(b" ")
                while request.transport.get_write_buffer_size() > UNSENT:
                    await asyncio.sleep(0)
            return response

        return behave


def always(make: Callable[[], web.StreamResponse]) -> Behaviour:
    """A behaviour that makes the same response each time."""

    async def behave(request: web.Request) -> web.StreamResponse:
        return make()

    return behave


async def hang_up(request: web.Request) -> web.StreamResponse:
    """The connection is cut in the middle of the answer."""
    response = web.StreamResponse(
        headers={"Content-Type": "application/json", "Content-Length": "1000"}
    )
    await response.prepare(request)
    await response.write(b'{"id": "x", "choices": [')
    assert request.transport is not None
    request.transport.abort()
    return response


def completion(
    text: str | None,
    *,
    usage: dict[str, Any] | None,
    finish_reason: str | None = "stop",
    model: str = "gemini-2.5-flash",
) -> web.Response:
    """A chat completion as the protocol has it; ``usage`` None leaves it out."""
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": finish_reason,
            }
        ],
    }
    if usage is not None:
        body["usage"] = usage
    return web.json_response(body)


def fault(
    status: int, message: str, code: str | None, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An error as the protocol has it."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    return web.json_response(body, status=status, headers=headers)


def wrong_key() -> web.Response:
    """401 in the words of some gateways, which repeat the key."""
    return fault(401, f"Incorrect API key provided: {KEY}", "invalid_api_key")


def raw(
    body: str | bytes, content_type: str = "application/json", status: int = 200
) -> web.Response:
    """Whatever bytes, with a status and a type."""
    content = body.encode() if isinstance(body, str) else body
    return web.Response(body=content, status=status, content_type=content_type)


def _violations(body: dict[str, Any]) -> list[str]:
    """What a strict gateway would refuse."""
    wrong = []
    messages = body.get("messages")
    if not isinstance(body.get("model"), str):
        wrong.append("model must be a string")
    if not isinstance(messages, list) or [m.get("role") for m in messages] != ["system", "user"]:
        wrong.append("messages must be one of system and one of user")
    elif not all(isinstance(m.get("content"), str) and m["content"] for m in messages):
        wrong.append("content must be text")
    limits = body.keys() & {"max_tokens", "max_completion_tokens"}
    if len(limits) != 1 or not all(isinstance(body[name], int) for name in limits):
        wrong.append("exactly one limit of tokens")
    wrong += _wrong_format(body.get("response_format"), json.dumps(messages, ensure_ascii=False))
    if body.get("reasoning_effort", "none") not in ("none", "minimal", "low", "medium", "high"):
        wrong.append("no effort that is known")
    known = {"model", "messages", "temperature", "response_format", "reasoning_effort", *limits}
    unknown = body.keys() - known
    if unknown:
        wrong.append(f"unknown fields: {json.dumps(sorted(unknown))}")
    return wrong


def _wrong_format(given: Any, messages: str) -> list[str]:
    """What is wrong with a ``response_format``; strict schemas want every property required."""
    if given is None:
        return []
    if given.get("type") == "json_object":
        return [] if "json" in messages.lower() else ["json_object needs the word json"]
    schema = given.get("json_schema", {})
    body = schema.get("schema", {})
    right = (
        given.get("type") == "json_schema"
        and schema.get("strict") is True
        and bool(schema.get("name"))
        and body.get("additionalProperties") is False
        and body.get("required") == list(body.get("properties", {}))
    )
    return [] if right else ["no strict json_schema"]
