"""What models cost, which one a task asks first, and every setting of the AI explanations."""

from typing import Annotated, Final, Literal

import msgspec

from pipeline.addresses import HttpUrl

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]

NANO: Final = 1_000_000_000
"""Money is counted in whole nanodollars: a token's price is one, so that sums are exact."""


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One model: ``input`` and ``output`` in US dollars per million tokens.

    ``limit`` is how the model wants the longest answer named; newer reasoning models of OpenAI
    refuse ``max_tokens``. Some of them also refuse a ``temperature``: null leaves it out.
    ``effort`` is how much a model thinks that does so before it writes (``reasoning_effort``), null
    leaves that to it: what it thinks counts among the tokens of its answer, and takes its time.
    """

    input: NotNegative
    output: NotNegative
    enabled: bool = True
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = 0.2
    effort: Literal["none", "minimal", "low", "medium", "high"] | None = None

    def nanodollars(self, tokens_in: int, tokens_out: int) -> int:
        """What so many tokens cost, rounded up."""
        price = self.input * tokens_in + self.output * tokens_out  # dollars per million tokens
        return -int(-price * 1000 // 1)


def default_models() -> dict[str, Model]:
    """The gateway's four models at its list prices."""
    return {
        "gemini-2.5-flash": Model(2.50, 10.00, effort="none"),
        "claude-sonnet-4.5": Model(15.00, 15.00),
        "gpt-4.1": Model(8.00, 32.00),
        "deepseek-v3.2": Model(0.42, 1.68),
    }


def default_tasks() -> dict[str, tuple[str, ...]]:
    """Which model a task asks first."""
    return {
        "alert": ("gemini-2.5-flash",),
        "anomaly": ("claude-sonnet-4.5",),
        "spread": ("gemini-2.5-flash",),
        "summary": ("gpt-4.1",),
        "explain": ("claude-sonnet-4.5",),
        "news": ("gpt-4.1",),
        "bulk": ("deepseek-v3.2",),
    }


SEVERITIES: Final = ("notice", "warning", "critical")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[ai]``; without a key in the environment there are template explanations only.

    ``tasks`` names the models that a task asks first, in order; all other enabled models follow in
    the order of ``models``. A task may be told apart by how severe the alert is:
    "anomaly.critical" goes before "anomaly". ``attempt_s`` bounds one call, ``deadline_s`` the
    whole explanation. ``tokens_per_minute`` counts questions and answers, ``monthly_budget_usd``
    is by the Korean calendar; both 0: no such limit. From ``thrifty_share`` of the day's or the
    month's budget on the cheapest model is asked first. ``share_s`` is how long near-identical
    alerts use one text.
    """

    enabled: bool = True
    base_url: HttpUrl = "https://api.holysheep.ai/v1"
    requests_per_minute: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 60
    tokens_per_minute: Annotated[int, msgspec.Meta(ge=0)] = 100_000
    deadline_s: Positive = 15.0
    attempt_s: Positive = 7.0
    daily_budget_usd: NotNegative = 3.0
    monthly_budget_usd: NotNegative = 100.0
    thrifty_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.8
    most_output_tokens: Annotated[int, msgspec.Meta(ge=50, le=32_000)] = 800
    share_s: NotNegative = 20.0
    models: dict[str, Model] = msgspec.field(default_factory=default_models)
    tasks: dict[str, tuple[str, ...]] = msgspec.field(default_factory=default_tasks)

    def order(self, task: str, severity: str = "") -> list[str]:
        """The enabled models in the order in which the task asks them at this severity."""
        named = self.tasks.get(f"{task}.{severity}", self.tasks.get(task, ()))
        first = [name for name in named if name in self.models]
        order = list(dict.fromkeys([*first, *self.models]))
        return [name for name in order if self.models[name].enabled]

    def problems(self) -> list[str]:
        """What does not fit together, one English line each; for the loader of settings."""
        lines = [
            f"[ai] tasks: {task} names {name}, which is not among [ai] models"
            for task, names in self.tasks.items()
            for name in names
            if name not in self.models
        ]
        known = default_tasks()
        for task in self.tasks:
            name, dot, severity = task.partition(".")
            if name not in known or (dot and severity not in SEVERITIES):
                lines.append(
                    f"[ai] tasks: {task} is no task; known are {', '.join(known)}, each also with "
                    f"the severity of an alert: {', '.join(f'alert.{s}' for s in SEVERITIES)}"
                )
        if 0 < self.tokens_per_minute < 2 * self.most_output_tokens:
            lines.append(
                f"[ai] tokens_per_minute = {self.tokens_per_minute}: no call would ever fit, it "
                f"must be at least twice most_output_tokens ({self.most_output_tokens}), or 0"
            )
        if self.enabled and not any(model.enabled for model in self.models.values()):
            lines.append("[ai] models: none is enabled")
        return lines


def estimate_tokens(text: str) -> int:
    """Tokens of a text, rather too many: one per Korean syllable, one per three other letters."""
    wide = sum(ord(char) > 0x2FF for char in text)
    return wide + -(-(len(text) - wide) // 3)
