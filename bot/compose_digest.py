"""What was held back from a chat, as one message: how many by kind, and the largest. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.compose import DISCLAIMER, alert_message
from bot.compose_moves import past_market
from bot.korean import KIND_NAMES, kst, kst_time, percent
from bot.model import Button, Message
from pipeline.model import AnyAlert, Move, SymbolInfo

LINES: Final = 5
"""What is named; the others are counted."""

Lookup = Callable[[str], SymbolInfo | None]


def digest_message(
    quiet: Mapping[str, int],
    held: Mapping[str, int],
    largest: Sequence[tuple[AnyAlert, float | None]],
    together: Sequence[Move] = (),
    *,
    since_ms: int,
    key: str,
    lookup: Lookup,
) -> Message:
    """``quiet`` and ``held`` count by kind what quiet hours and the daily limit kept back since
    ``since_ms``; ``largest`` are the largest of both, each with the change of its price in the hour
    after it in percent, None where that is not known. ``together`` are moves of many symbols."""
    night, over = sum(quiet.values()), sum(held.values())
    if night:
        head = f"🌅 방해금지 동안 모아 둔 알림 {night:,}건"
    else:
        head = f"🔢 하루 한도로 보내지 않은 알림 {over:,}건"
    lines = [f"{kst(since_ms)}부터", _counts(quiet if night else held)]
    if night and over:
        lines.append(f"하루 한도로 보내지 않은 알림 {over:,}건: {_counts(held)}")
    if largest or together:
        lines.append("큰 것부터")
    lines += [f"• {kst_time(move.opened_ms)} {past_market(move)}" for move in together]
    single = largest[: LINES - len(together)]
    lines += [f"• {_row(alert, after, lookup)}" for alert, after in single]
    return Message(
        head=head,
        lines=tuple(lines),
        foot=DISCLAIMER,
        buttons=(
            (Button("🐳 고래", "/whales"), Button("🔥 급등락", "/movers")),
            (Button("⚙️ 설정", "/settings"),),
        ),
        key=key,
        silent=True,
        moments=(*(move.opened_ms for move in together), *(alert.at_ms for alert, _ in single)),
    )


def _counts(by_kind: Mapping[str, int]) -> str:
    names = {**KIND_NAMES, "market": "시장 동반 급등·급락"}
    return " · ".join(f"{names.get(kind, kind)} {n:,}건" for kind, n in by_kind.items())


def _row(alert: AnyAlert, after: float | None, lookup: Lookup) -> str:
    head = alert_message(alert, lookup(alert.symbol), note="", by="template").head
    later = f" · 1시간 뒤 {percent(after)}" if after is not None else ""
    return f"{kst_time(alert.at_ms)} {head}{later}"
