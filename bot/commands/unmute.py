"""/unmute: ends every mute of this chat, or those of some symbols."""

from collections.abc import Mapping, Sequence

from bot.command import Command, Context, Parameter
from bot.commands.arguments import symbols_only
from bot.commands.layout import rows, symbol_names
from bot.commands.receives import mute_lines, mutes
from bot.model import Button, Message, Request
from pipeline.model import ALL


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for what is no symbol."""
    lasting = mutes(await context.subscriptions.chat(request.chat), context.now_ms())
    wanted = symbols_only(words, context, lasting)
    everything = not wanted or ALL in wanted
    ended = [symbol for symbol in lasting if everything or symbol in wanted]
    for symbol in ended:
        await context.subscriptions.mute(request.chat, symbol, 0)
    left = {symbol: end for symbol, end in lasting.items() if symbol not in ended}
    return render(context, ended, left, wanted=() if everything else wanted)


def render(
    context: Context, ended: Sequence[str], left: Mapping[str, int], *, wanted: Sequence[str]
) -> Message:
    """Which mutes ended and which remain; ``wanted`` are the symbols asked for, () for all."""
    if ended:
        head = f"🔔 음소거를 해제했습니다: {symbol_names(context, ended)}"
    elif wanted:
        head = f"음소거하지 않은 종목입니다: {symbol_names(context, wanted)}"
    else:
        head = "음소거한 알림이 없습니다"
    lines = mute_lines(left, context)
    if wanted and ALL in left:
        lines.append("모든 알림이 음소거되어 있어 이 종목의 알림도 오지 않습니다. 해제: /unmute")
    buttons = [Button("📋 내 알림", "/alerts")]
    if left:
        buttons.insert(0, Button("🔔 모두 해제", "/unmute"))
    return Message(head=head, lines=tuple(lines), buttons=rows(buttons), private=True)


COMMAND = Command(
    name="unmute",
    korean="음소거해제",
    description="음소거 해제: 알림을 다시 받습니다",
    example="/unmute BTC",
    run=run,
    parameters=(Parameter("symbol", "심볼", "그 종목만 다시 켜기. 비우면 모두", "symbol"),),
    aliases=("알림켜기", "다시켜기"),
    who="admins",
)
