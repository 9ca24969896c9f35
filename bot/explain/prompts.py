"""What the model is told, read once at start from config/prompts/<task>.ko.md."""

import re
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec

from bot.errors import SettingsError

TASKS: Final = ("alert", "anomaly", "spread", "summary", "explain", "news")

REPOSITORY: Final = Path(__file__).parents[2] / "config" / "prompts"
PACKAGED: Final = "prompt_files"
"""Where a wheel carries the files, beside this module."""

LONGEST_BYTES: Final = 20_000

KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "대량 체결": ("large_trade",),
    "스프레드": ("spread",),
    "거래대금": ("volume_surge",),
    "김프, 역프": ("kimchi", "reverse_kimchi", "reverse_change"),
    "벽": ("wall_appeared", "wall_vanished"),
    "쏠림": ("imbalance",),
    "강제 청산": ("liquidation",),
    "펀딩비": ("funding",),
    "가격 급등, 가격 급락": ("price_jump",),
    "시장가 매수가 몰리며 가격 상승": ("pump",),
}
"""Headings in prompts, and the kinds of facts (see figures.py) that the block below is for."""
_BETWEEN: Final = re.compile(r"\r?\n\s*\n")


def load_prompts(folder: Path | None = None, tasks: Iterable[str] = TASKS) -> dict[str, str]:
    """The instructions of each task, from ``folder``, else the repository, else the package.

    Raises SettingsError naming the file that is missing, empty, too long or not UTF-8.
    """
    return {task: _read(task, folder) for task in tasks}


def _read(task: str, folder: Path | None) -> str:
    name = f"{task}.ko.md"
    packaged = resources.files(__package__ or "bot.explain") / PACKAGED / name
    if folder is not None:
        places: list[Any] = [folder / name]
    else:
        places = [REPOSITORY / name, packaged]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise SettingsError(f"{places[0]}: no such prompt")
    try:
        content = found.read_bytes()
        text = content.decode("utf-8").strip() if len(content) <= LONGEST_BYTES else ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{found}: {error}") from error
    if not text:
        raise SettingsError(f"{found}: empty, or longer than {LONGEST_BYTES} bytes")
    return str(text)


def instructions(prompt: str, kind: str) -> str:
    """The prompt without the blocks that are for other kinds of alerts: each word costs money, and
    forms that cannot be used mislead. ``kind``: see figures.Facts, "" where there is no alert."""
    blocks = _BETWEEN.split(prompt)
    headings = (KINDS.get(block.partition("\n")[0].strip()) for block in blocks)
    return "\n\n".join(
        block
        for block, kinds in zip(blocks, headings, strict=True)
        if kinds is None or kind in kinds
    )


def facts_block(words: Mapping[str, object]) -> str:
    """The facts as one JSON block: data, whatever they say."""
    return f"자료:\n{msgspec.json.format(msgspec.json.encode(words), indent=1).decode()}"
