"""What a chat receives: its subscriptions and mutes, reckoned and in words. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from bot.command import Context
from bot.commands.layout import at, kind_name, kind_names, symbol_name
from bot.korean import FOREVER_MS, korean_time
from bot.model import BY_NAME, Button, ChatState, includes, named_as
from pipeline.model import ALL

MAX_SYMBOLS: Final = 50
"""Symbols that one chat may name, in subscriptions and again in mutes; "all" is always possible."""

MAX_BUTTONS: Final = 8

_MUTES_SHOWN = 10

Wishes = Mapping[str, frozenset[str]]
"""Symbol (or ALL) → its kinds; ALL for all but those that are asked for by name."""


def wishes(state: ChatState) -> dict[str, frozenset[str]]:
    """The subscriptions by symbol."""
    found: dict[str, set[str]] = {}
    for wish in state.subscriptions:
        found.setdefault(wish.symbol, set()).add(wish.kind)
    return {symbol: frozenset(kinds) for symbol, kinds in found.items()}


def covered(wished: Wishes, symbol: str, kind: str) -> bool:
    """Whether alerts of the symbol (or ALL) and kind (or ALL) come already."""
    return any(
        named in named_as(symbol, kind) and includes(kinds, kind) for named, kinds in wished.items()
    )


def effective(wished: Wishes) -> dict[str, frozenset[str]]:
    """The same without what another subscription covers, kinds of all symbols first."""
    everywhere = _shortest(wished.get(ALL, frozenset()))
    kept = {ALL: everywhere} if everywhere else {}
    for symbol in sorted(wished):
        own = _shortest(wished[symbol])
        more = {k for k in own if not (ALL in named_as(symbol, k) and includes(everywhere, k))}
        if symbol != ALL and more:
            kept[symbol] = frozenset(more)
    return kept


def without(
    wished: Wishes, symbols: Collection[str], kinds: Collection[str], every: Iterable[str]
) -> dict[str, frozenset[str]]:
    """What remains when the symbols' kinds go (ALL for any); all kinds become the other ones."""
    left: dict[str, frozenset[str]] = {}
    for symbol, has in wished.items():
        if ALL in symbols or symbol in symbols:
            if ALL in kinds:
                continue
            if ALL in has and not BY_NAME.issuperset(kinds):
                has = frozenset(k for k in every if includes(has, k)) | (has - {ALL})
            has -= frozenset(kinds)
        if has:
            left[symbol] = has
    return left


def mutes(state: ChatState, now_ms: int) -> dict[str, int]:
    """Mutes that have not ended, the one of everything first."""
    lasting = {symbol: end for symbol, end in state.muted.items() if end > now_ms}
    return dict(sorted(lasting.items()))  # "*" sorts before letters and digits


def until(end_ms: int, now_ms: int) -> str:
    """When a mute ends: "10:03:21 KST까지", "해제할 때까지"; with the year if it is another one."""
    if end_ms - now_ms > FOREVER_MS // 2:
        return "해제할 때까지"
    year = korean_time(end_ms).year
    other = f"{year}년 " if year != korean_time(now_ms).year else ""
    return f"{other}{at(end_ms, now_ms)}까지"


def lines(state: ChatState, context: Context) -> tuple[str, ...]:
    """What comes and what does not, a line for each set of kinds and each mute."""
    by_kinds: dict[frozenset[str], list[str]] = {}
    for symbol, kinds in effective(wishes(state)).items():
        by_kinds.setdefault(kinds, []).append(symbol)
    found = [
        f"• {', '.join(symbol_name(context, s) for s in symbols)}: {_kinds(kinds, context)}"
        for kinds, symbols in sorted(by_kinds.items(), key=lambda entry: ALL not in entry[1])
    ]
    if not found:
        found.append("• 받는 알림이 없습니다.")
    off = [kind for kind in context.kinds if kind in state.settings.off]
    if off:
        found.append(f"🔕 꺼 둔 종류: {kind_names(off)} · 켜기: /settings 종류")
    found += mute_lines(mutes(state, context.now_ms()), context)
    if state.subscriptions and not state.active:
        found.append(
            "⏸ 지금은 이 채팅에 보내지 않고 있습니다. 받던 알림을 다시 구독하면 이어집니다."
        )
    return tuple(found)


def mute_lines(lasting: Mapping[str, int], context: Context) -> list[str]:
    """A line for each mute; beyond the first few only how many more there are."""
    now_ms = context.now_ms()
    found = [
        f"🔕 음소거: {symbol_name(context, symbol)} · {until(end, now_ms)}"
        for symbol, end in list(lasting.items())[:_MUTES_SHOWN]
    ]
    more = len(lasting) - _MUTES_SHOWN
    return [*found, f"🔕 그 밖에 음소거한 종목 {more}개"] if more > 0 else found


def remove_buttons(state: ChatState, context: Context) -> tuple[tuple[Button, ...], ...]:
    """Two a row and eight in all: end mutes, everything at once, then single subscriptions."""
    muted = mutes(state, context.now_ms())
    buttons = [Button(f"🔔 음소거 해제: {s}", f"/unmute {s}") for s in muted if s != ALL]
    if ALL in muted or len(buttons) > 1:
        buttons.insert(0, Button("🔔 음소거 모두 해제", "/unmute"))
    del buttons[MAX_BUTTONS // 2 :]
    wished = effective(wishes(state))
    if wished:
        buttons.append(Button("✖ 모두 해지", "/unsubscribe all"))
    everywhere = wished.pop(ALL, frozenset())
    kinds = [kind for kind in context.kinds if includes(everywhere, kind)]
    buttons += [Button(f"✖ {kind_name(kind)}", f"/unsubscribe all {kind}") for kind in kinds]
    buttons += [Button(f"✖ {s}", f"/unsubscribe {s}") for s in wished]
    few = buttons[:MAX_BUTTONS]
    return tuple(tuple(few[i : i + 2]) for i in range(0, len(few), 2))


def _kinds(kinds: frozenset[str], context: Context) -> str:
    found = []
    if ALL in kinds:
        found.append(f"모든 알림({kind_names(k for k in context.kinds if k not in BY_NAME)})")
    known = [kind for kind in context.kinds if kind in kinds]
    rest = sorted(kinds.difference(known, {ALL}))
    return ", ".join([*found, *map(kind_name, (*known, *rest))])


def _shortest(kinds: frozenset[str]) -> frozenset[str]:
    """Without what "all kinds" covers."""
    return frozenset({ALL}) | (kinds & BY_NAME) if ALL in kinds else kinds
