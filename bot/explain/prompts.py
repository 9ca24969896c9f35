"""What the model is told, read once at start from config/prompts/<task>.ko.md."""

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


def facts_block(words: Mapping[str, object]) -> str:
    """The facts as one JSON block: data, whatever they say."""
    return f"자료:\n{msgspec.json.format(msgspec.json.encode(words), indent=1).decode()}"
