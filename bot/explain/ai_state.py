"""How explanations are doing, for operators, /healthz and metrics."""

from typing import Literal

import msgspec


class AiState(msgspec.Struct, frozen=True):
    """``spent_usd`` and ``budget_usd`` are today's, ``month_usd`` and ``month_budget_usd`` this
    month's (0: no limit); ``used_up`` which of them did not suffice for the last call that was
    wanted. ``account`` is why the gateway refused key or balance when it was last asked, else "".
    ``resting``: nothing is asked for a while, since the gateway keeps failing; ``failing``: it has
    not answered since it did, whether it is asked again or not. ``missing`` are
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
    failing: bool = False

    @property
    def problem(self) -> Literal["", "account", "month", "failing"]:
        """What keeps models from explaining at this moment, besides the budget of the day."""
        if self.account:
            return "account"
        if self.used_up == "month":
            return "month"
        return "failing" if self.failing else ""
