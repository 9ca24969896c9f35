"""How explanations are doing, for operators, /healthz and metrics."""

from typing import Literal

import msgspec


class AiState(msgspec.Struct, frozen=True):
    """``spent_usd`` and ``budget_usd`` are today's, ``month_usd`` and ``month_budget_usd`` this
    month's (0: no limit); ``used_up`` which of them did not suffice for the last call that was
    wanted. ``account`` is why the gateway refused key or balance when it was last asked, else "".
    ``resting``: nothing is asked for a while, since the gateway keeps failing. ``missing`` are
    models that the gateway does not list; the rest counts texts since the start.
    """

    spent_usd: float
    budget_usd: float
    month_usd: float
    month_budget_usd: float
    used_up: Literal["", "day", "month"]
    account: str
    resting: bool
    missing: tuple[str, ...]
    shown: int
    shared: int
    refused: int
    failed: int
