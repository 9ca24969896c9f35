"""How a Message looks on Discord: an embed, its buttons, and the line that notifications show."""

import io
import re
from collections.abc import Collection
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final, NamedTuple, Protocol, Self, cast

import discord
from discord import ui

from bot.korean import kst, kst_time
from bot.model import Button, Colours, Message, Tone
from bot.platforms.harmless import harmless, shown

# Discord's limits. discord.py checks none of them; a longer text is refused with 400.
MAX_CONTENT: Final = 2000
MAX_TITLE: Final = 256
MAX_DESCRIPTION: Final = 4096
MAX_FOOTER: Final = 2048
MAX_EMBED: Final = 6000
MAX_LABEL: Final = 80
MAX_ALT: Final = 1024
MAX_CUSTOM_ID: Final = 100
MAX_ROWS: Final = 5
MAX_IN_ROW: Final = 5

_NOTE = 1000  # what an explanation keeps when a message has to be shortened
_CUT = "…"
_MORE = "… (길어서 나머지는 줄였습니다)"

RED, BLUE, GREEN = 0xE5484D, 0x3E7BFA, 0x30A46C
COLOURS: Final[dict[Colours, dict[Tone, int]]] = {
    "korean": {"up": RED, "down": BLUE, "plain": 0x8B95A1, "error": 0xF5A623},
    "global": {"up": GREEN, "down": RED, "plain": 0x8B95A1, "error": 0xF5A623},
}

# Everything that Discord could take for markup, a mention, a timestamp, an emoji or a link.
_MARKUP = re.compile(r"[\\*_~|`<>\[\]]|:(?=(?!\d+:)[A-Za-z0-9_+\-]+:)")
_BLOCKS = re.compile(r"(?m)^([^\S\n]*)([#\-+])")


class Presses(Protocol):
    """Who is told that a button was pressed: the client that the interaction came through."""

    async def pressed(
        self, interaction: discord.Interaction[Any], origin: str, command: str
    ) -> None:
        """Act as if ``command`` had been typed; ``origin`` is what the message answers."""
        ...


class Press(
    ui.DynamicItem[ui.Button[ui.View]],
    template=re.compile(r"gb:(?P<origin>[^:]*):(?P<command>.+)", re.DOTALL),
):
    """A button whose id carries all there is to know, so that it works after any restart.

    ``origin`` is the name of the command that the message answers, "" for a message nobody asked
    for: an answer to the same command is a new edition of that message.
    """

    def __init__(self, label: str, origin: str, command: str, row: int | None = None) -> None:
        super().__init__(
            ui.Button(
                label=cut(harmless(label), MAX_LABEL),
                style=discord.ButtonStyle.secondary,
                custom_id=custom_id(origin, command),
                row=row,
            )
        )
        self.origin = origin
        self.command = command

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed, whoever sent it and however long ago."""
        label = cast(ui.Button[ui.View], item).label or match["command"]
        return cls(label, match["origin"], match["command"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Pass the press on."""
        await cast(Presses, interaction.client).pressed(interaction, self.origin, self.command)


class Upload(NamedTuple):
    """A picture on its way; a File of discord.py can be sent once only."""

    name: str
    png: bytes
    alt: str

    def file(self) -> discord.File:
        """To be sent with the embed that shows it."""
        return discord.File(io.BytesIO(self.png), self.name, description=self.alt)


class Dressed(NamedTuple):
    """A message ready to be handed to discord.py; ``content`` and ``upload`` None for none."""

    content: str | None
    embed: discord.Embed | None
    view: ui.View | None
    upload: Upload | None = None

    @property
    def files(self) -> list[discord.File]:
        """What is attached."""
        return [] if self.upload is None else [self.upload.file()]


def dress(
    message: Message, *, origin: str = "", pushed: bool = False, png: bytes | None = None
) -> Dressed:
    """The message as an embed. Needs a running event loop if there are buttons.

    A ``pushed`` message carries its head as plain text above the embed instead of as its title:
    that is what a phone's notification shows, where an embed alone leaves it empty, and in both
    places it would fill a third of the screen. The head is never cut; lines too many for Discord's
    limits are, from the end, and then the explanation. ``png`` is the message's picture.
    """
    head = escape(message.head)
    above = pushed and length(head) <= MAX_CONTENT
    title = "" if above else head
    foot = cut(shown(message.foot), MAX_FOOTER)
    body = ""
    if length(title) > MAX_TITLE:  # a long head is the first thing in the body instead
        body, title = f"**{title}**\n", ""
    room = min(MAX_DESCRIPTION, MAX_EMBED - length(title) - length(foot))
    lines = [in_own_zone(escape(line), message.moments) for line in message.body]
    body = cut(body + _body(lines, message.note, max(0, room - length(body))), room).strip()
    embed = discord.Embed(
        title=title or None,
        description=body or None,
        colour=COLOURS[message.colours][message.tone],
    )
    if foot:
        embed.set_footer(text=foot)  # shown as it is: a footer knows no markup
    upload = None
    if message.picture is not None and png is not None:
        alt = cut(message.picture.alt, MAX_ALT)
        upload = Upload(f"{message.picture.name}.png", png, alt)
        embed.set_image(url=f"attachment://{upload.name}")
    return Dressed(
        content=cut(head, MAX_CONTENT) if pushed else None,
        embed=embed if title or body or foot or upload else None,
        view=_view(message, origin),
        upload=upload,
    )


def plain(message: Message) -> str:
    """The message as nothing but text, for when Discord takes no embed."""
    head, foot = f"**{escape(message.head)}**", escape(message.foot)
    room = max(0, MAX_CONTENT - length(head) - length(foot) - 2)
    body = _body([escape(line) for line in message.body], message.note, room)
    text = "\n".join(part for part in (head, body, foot) if part)
    return cut(text, MAX_CONTENT)


def escape(text: str) -> str:
    """The text as Discord shows it literally: no markup, mentions or links come from it."""
    return _BLOCKS.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", shown(text)))


def in_own_zone(line: str, moments: Collection[int]) -> str:
    """An escaped line in which Discord shows the moments as each reader's own clock has them; one
    with its date stays as it is in Korea, with how long ago that was."""
    for ms in moments:
        at = datetime.fromtimestamp(ms // 1000, UTC)
        dated, clock = escape(kst(ms)), escape(kst_time(ms))
        if dated in line:
            line = line.replace(dated, f"{dated}({discord.utils.format_dt(at, 'R')})")
        else:
            # Not within another moment's date, which is Korea's.
            alone = rf"(?<!\) ){re.escape(clock)}"
            line = re.sub(alone, discord.utils.format_dt(at, "T"), line)
    return line


def length(text: str) -> int:
    """UTF-16 units: never fewer than Discord counts."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, limit: int) -> str:
    """The text, or its start with "…", within ``limit`` units; no escape is torn apart."""
    if length(text) <= limit:
        return text
    kept = text.encode("utf-16-le")[: 2 * (limit - 1)].decode("utf-16-le", "ignore")
    slashes = len(kept) - len(kept.rstrip("\\"))
    return kept[: len(kept) - slashes % 2] + _CUT


def custom_id(origin: str, command: str) -> str:
    """What a button carries; see Press."""
    return f"gb:{origin}:{command}"


def _body(lines: list[str], note: str, room: int) -> str:
    """The escaped lines and the note, as much of them as fits."""
    note = f"💬 {escape(note)}" if note else ""
    whole = _joined(lines, note)
    if length(whole) <= room:
        return whole
    note = cut(note, min(_NOTE, room))
    left = room - length(_joined([_MORE], note))
    kept: list[str] = []
    for line in lines:
        left -= length(line) + 1
        if left < 0:
            break
        kept.append(line)
    return cut(_joined([*kept, _MORE], note), room)


def _joined(lines: list[str], note: str) -> str:
    return "\n\n".join(part for part in ("\n".join(lines), note) if part)


def _view(message: Message, origin: str) -> ui.View | None:
    rows = _rows(message, origin)
    if not rows:
        return None
    view = ui.View(timeout=None)
    for number, row in enumerate(rows):
        for button in row:
            view.add_item(Press(button.label, origin, button.command, row=number))
    return view


def _rows(message: Message, origin: str) -> list[list[Button]]:
    """At most five rows of five, each command once: Discord refuses two equal ids.

    What does not fit is left out, from the end; every button only saves typing its command.
    """
    seen: dict[str, Button] = {}
    kept: list[list[Button]] = []
    for row in message.buttons:
        fresh: list[Button] = []
        for button in row:
            usable = harmless(button.label) and button.command.strip()
            fits = length(custom_id(origin, button.command)) <= MAX_CUSTOM_ID
            if usable and fits and button.command not in seen:
                seen[button.command] = button
                fresh.append(button)
        kept += _chunks(fresh)
    if len(kept) > MAX_ROWS:
        kept = _chunks(list(chain.from_iterable(kept)))
    return kept[:MAX_ROWS]


def _chunks(buttons: list[Button]) -> list[list[Button]]:
    return [buttons[i : i + MAX_IN_ROW] for i in range(0, len(buttons), MAX_IN_ROW)]
