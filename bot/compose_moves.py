"""What has become of a move, in words: progress lines, and messages about many symbols. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import msgspec

from bot.compose import DISCLAIMER, why_button
from bot.fitting import in_colours, painted
from bot.korean import (
    KIND_NAMES,
    MINUTE_MS,
    SECOND_MS,
    SEVERITY_NAMES,
    display_name,
    duration,
    kst_time,
    percent,
    window,
)
from bot.model import Button, Message, View
from bot.symbols import read_symbol
from bot.views import counts_for, lists, parts_for
from pipeline.model import ALL, Move, Part, Severity, SymbolInfo

Lookup = Callable[[str], SymbolInfo | None]

MERGED: Final = "↪ 여러 종목이 함께 움직여 시장 알림으로 이어집니다"
CONTINUED: Final = "↪ 더 커져 새 알림으로 이어집니다"
LEFT_BEHIND: Final = "⏹ 봇이 다시 시작되어 이후 변화는 이 메시지에 이어지지 않습니다"

SHOWN: Final = 10
"""Symbols of a market move that are listed; the others are counted."""

NAMED: Final = 2
_GROWING: Final = frozenset({"price_jump", "liquidation"})
BACK_PCT: Final = 0.05
"""A price that came back by less than so many percent is where it was."""

LEADER_PCT: Final = 0.5
"""From so many percent on, Bitcoin's own change is worth a line under another coin's alert."""


def progressing(lines: Sequence[str], *moments: int) -> Callable[[Message], Message]:
    """Put these lines under the head, for those that stood there; ``moments``: see Message."""
    return lambda message: msgspec.structs.replace(
        message, progress=tuple(lines), moments=tuple(dict.fromkeys((*message.moments, *moments)))
    )


def unless_left(change: Callable[[Message], Message]) -> Callable[[Message], Message]:
    """The change, but for a message that points to another one already."""

    def changed(message: Message) -> Message:
        left = message.progress and message.progress[0].startswith((MERGED, CONTINUED))
        return message if left else change(message)

    return changed


def told(move: Move, lookup: Lookup, listing: Collection[str] = ()) -> Callable[[Message], Message]:
    """Edit what the move has become into its message. ``listing`` are the keys of messages about
    one symbol that tell of all that move with it."""

    def change(message: Message) -> Message:
        if not message.key.startswith("market:"):  # also of an alert within a market move
            view = message.view
            if message.key in listing and lists(view):
                head = market_head(move, lookup, view)
                lines = _progress(move, message.key)
                lines = [head, *lines, *_market_lines(move, lookup, view)]
            else:  # what goes on is not what its head tells of
                lines = _progress(move, message.key, named=move.symbol == ALL)
            progress = tuple(in_colours(line, message.colours) for line in lines)
            return msgspec.structs.replace(message, progress=progress)
        now = market_message(move, lookup, key=message.key, view=message.view)
        now = painted(now, message.colours)
        # The button that names an alert stays: edits may come without one.
        return msgspec.structs.replace(
            now,
            silent=message.silent,
            own_words=message.own_words,
            buttons=message.buttons,
            foot=message.foot,  # with the severity that this chat was told
        )

    return change


def with_leader(message: Message, move: Move) -> Message:
    """With a line on how Bitcoin moved in the five minutes before, if it went the same way."""
    pct = move.leader_pct
    if pct is None or abs(pct) < LEADER_PCT or move.direction is None:
        return message
    if (pct > 0) != (move.direction == "up"):
        return message
    line = f"같은 때 비트코인 5분 {percent(pct)}"
    return msgspec.structs.replace(message, lines=(*message.lines, line))


def market_message(
    move: Move,
    lookup: Lookup,
    *,
    key: str,
    severity: Severity | None = None,
    view: View | None = None,
) -> Message:
    """Many symbols that move together, the strongest first. ``severity`` is the receiver's, the
    move's own if it has none, and ``view`` what it reads: how many there are is told to all."""
    severity = severity or move.severity
    verb = "올랐습니다" if move.direction == "up" else "내렸습니다"
    length = window(max(1, ((move.joined_ms or move.at_ms) - move.opened_ms) // 1000))
    return Message(
        head=market_head(move, lookup, view),
        progress=tuple(_progress(move, key)),
        lines=(*_market_lines(move, lookup, view), f"{kst_time(move.opened_ms)}부터"),
        note=f"{length} 사이 {move.symbols:,}개 종목이 함께 {verb}. 배경은 확인되지 않았습니다.",
        foot=" · ".join((DISCLAIMER, SEVERITY_NAMES[severity], "자동 설명")),
        buttons=(
            (
                Button("🔕 1시간", "/mute 1시간"),
                *([why_button(move.alert)] if move.alert is not None else []),
                Button("📋 시장 요약", "/summary"),
                Button("🔥 급등락", "/movers"),
            ),
        ),
        tone="up" if move.direction == "up" else "down",
        key=key,
        silent=severity == "notice",
        view=view,
        moments=(move.opened_ms,),
    )


def market_head(move: Move, lookup: Lookup, view: View | None = None) -> str:
    """How many symbols move together, and which went farthest."""
    icon = "📈" if move.direction == "up" else "📉"
    named = ", ".join(
        f"{_base(part, lookup)} {percent(part.extreme_pct or 0.0, 1)}"
        for part in parts_for(view, move)[:NAMED]
    )
    return f"{icon} {_market_name(move)} · {move.symbols:,}개 종목 · {named}"


def past_market(move: Move) -> str:
    """A market move as its alerts alone tell of it: how far it went in the end they do not."""
    icon = "📈" if move.direction == "up" else "📉"
    return f"{icon} {_market_name(move)} · {move.symbols:,}개 종목"


def _market_name(move: Move) -> str:
    return "시장 동반 급등" if move.direction == "up" else "시장 동반 급락"


def _market_lines(move: Move, lookup: Lookup, view: View | None) -> list[str]:
    read = parts_for(view, move)
    lines = [_row(part, lookup) for part in read[:SHOWN]]
    more = move.symbols - len(lines)
    if more > 0:
        left_out = len(read) < len(parts_for(None, move))
        why = "(이 채팅의 기준보다 작은 종목 포함)" if left_out else ""
        lines.append(f"외 {more:,}개 종목{why}")
    lines += _counted(counts_for(view, move), "price_jump")
    if move.led:
        lines.append("비트코인이 먼저 움직였습니다")
    return lines


def _progress(move: Move, key: str, *, named: bool = False) -> list[str]:
    """``named``: the message tells of one symbol, and the move is many's."""
    lasted_ms = max(0, (move.moved_ms or move.at_ms) - move.opened_ms)
    name = f"{_market_name(move)} " if named else ""
    part = move.parts[0] if move.symbol != ALL and move.parts else None
    far = []
    if part is not None and part.extreme_pct is not None and part.change_pct is not None:
        far = [f"최대 {percent(part.extreme_pct)}", f"지금 {percent(part.change_pct)}"]
    if move.stage == "closed":
        return [" · ".join((f"✅ {name}진정됨", f"{duration(lasted_ms)} 동안", *far))]
    lines = []
    if move.stage == "grew" and (far or move.symbol == ALL):
        if part is not None and (grown := _grown(part, move.starts.get(key))):
            far = grown
        # An edit that changes nothing but seconds is none.
        unit_ms = SECOND_MS if lasted_ms < MINUTE_MS else MINUTE_MS
        lasted = duration(max(SECOND_MS, lasted_ms // unit_ms * unit_ms))
        lines.append(" · ".join((f"⏱ {name}{lasted}째 진행", *far)))
    kind = key.partition(":")[0]
    if move.held_pct is not None and move.direction is not None and kind == "large_trade":
        kept = move.held_pct if move.direction == "up" else -move.held_pct
        lines.append(
            f"30초 뒤 평균 체결가 대비 {percent(move.held_pct)} · "
            f"가격 {'유지' if kept > -BACK_PCT else '되돌림'}"
        )
    if move.symbol != ALL:
        lines += _counted(move.counts, kind)
    return lines


def _grown(part: Part, start_pct: float | None) -> list[str]:
    """From where its message began to the farthest, and now unless that is it: "−4.2% → −6.8%".
    Nothing if it went no farther than that."""
    if start_pct is None or part.extreme_pct is None or part.change_pct is None:
        return []
    start, farthest, now = (percent(p) for p in (start_pct, part.extreme_pct, part.change_pct))
    if start == farthest:
        return []
    far = [f"{start} → {farthest.split()[-1]}"]  # the colour and the arrow are the same
    return far if now == farthest else [*far, f"지금 {now}"]


def _counted(by_kind: Mapping[str, int], kind: str) -> list[str]:
    """What else was noticed besides the alert of the leading kind; that a price goes on jumping is
    told by how far it went, and that a burst of liquidations grew by its sum."""
    counts = [
        (name, count - (name == kind))
        for name, count in sorted(by_kind.items())
        if name not in _GROWING or kind != name
    ]
    found = [f"{KIND_NAMES[name]} {count:,}건" for name, count in counts if count > 0]
    return [f"함께: {', '.join(found)}"] if found else []


def _row(part: Part, lookup: Lookup) -> str:
    info = lookup(part.symbol) or read_symbol(part.symbol)
    row = f"{display_name(info)} {percent(part.extreme_pct or 0.0)}"
    if part.change_pct is not None and part.change_pct != part.extreme_pct:
        row += f" · 지금 {percent(part.change_pct)}"
    return row


def _base(part: Part, lookup: Lookup) -> str:
    return (lookup(part.symbol) or read_symbol(part.symbol)).base
