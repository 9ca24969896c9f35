"""An explainer between a gateway on loopback and a ledger in memory, for tests of both."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from contracts.ai_server import KEY, MODELS, AiServer
from explain_alerts import AT, PAIRS

from bot.errors import StoreError
from bot.explain.ai import AiExplainer
from bot.explain.gateway import Gateway
from bot.explain.pricing import Settings
from bot.explain.prompts import load_prompts
from bot.ports import Spend, SpendSum

GOOD = (
    "비트코인(BTCUSDT)에서 1,234만 달러 규모의 시장가 매수가 체결되었습니다. "
    "직전 1분 동안의 0.41% 상승과 함께 나타났고, 배경은 확인되지 않았습니다. "
    "위험도는 보통입니다(알림 기준의 3배)."
)
FIRST = MODELS[0]
DEADLINE_S = 2.0
QUICK = {"deadline_s": DEADLINE_S, "attempt_s": 0.1}
"""Where a model is silent: a test of it is over soon."""
ANSWERED = {"deadline_s": DEADLINE_S, "attempt_s": 0.4}
"""Where it answers, whatever it is, before the deadline."""
PATIENT = {"deadline_s": 60.0, "attempt_s": 30.0}
"""Where the server answers: a busy machine must not look like silence."""


class FakeLedger:
    """Implements bot.ports.Ledger over a list."""

    def __init__(self, spent: Sequence[SpendSum] = ()) -> None:
        self.entries: list[Spend] = []
        self.before = list(spent)
        self.full = False

    async def spend(self, entry: Spend) -> None:
        """Write one call down; refuses while the disk is ``full``."""
        if self.full:
            raise StoreError("disk is full")
        if entry.id not in {one.id for one in self.entries}:
            self.entries.append(entry)

    async def spent(self, since_ms: int, before_ms: int) -> Sequence[SpendSum]:
        """What was there at start."""
        return [one for one in self.before if since_ms <= one.day_ms < before_ms]


class Clock:
    """A steady clock that goes with the real one and can be put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return time.monotonic() + self.ahead


class World:
    """A server, a ledger, and the explainer between them; time is as ``clock`` and ``now_ms``."""

    def __init__(self, server: AiServer, gateway: Gateway, settings: Settings) -> None:
        self.server = server
        self.ledger = FakeLedger()
        self.clock = Clock()
        self.now_ms = AT
        self.explainer = AiExplainer(
            settings,
            gateway,
            prompts=load_prompts(),
            ledger=self.ledger,
            lookup=PAIRS.get,
            now_ms=lambda: self.now_ms,
            clock=self.clock,
        )


@asynccontextmanager
async def world(key: str = KEY, base_url: str = "", **settings: object) -> AsyncIterator[World]:
    """An explainer of the BTC buy; ``settings`` change those of the AI."""
    chosen = Settings(**(PATIENT | settings))  # type: ignore[arg-type]
    server = AiServer()
    server.text = GOOD
    async with server.running():
        found = World(server, Gateway(base_url or server.base_url, key), chosen)
        try:
            yield found
        finally:
            await found.explainer.close()
