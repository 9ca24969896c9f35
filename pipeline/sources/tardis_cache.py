"""What Tardis' library has downloaded: files by minute that it never removes itself."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

HALF_WRITTEN_S: Final = 600.0
"""Nobody writes a file for longer."""


def tidy(folder: Path, most_mb: float) -> None:
    """Remove the oldest downloads beyond so many megabytes, what a kill left half-written, and
    folders that are empty then. Only files that the library names as it does are touched."""
    root = folder / "feeds"
    files = []
    for path in root.rglob("*"):
        with contextlib.suppress(OSError):  # another replay tidies as well
            if path.name.endswith(".unconfirmed") and not _is_fresh(path):
                path.unlink()
            elif path.name.endswith((".json.gz", ".json.zst")):
                known = path.stat()
                files.append((known.st_mtime, known.st_size, path))
    room = most_mb * 1e6
    for _, size, path in sorted(files, reverse=True):
        room -= size
        if room < 0:
            with contextlib.suppress(OSError):
                path.unlink()
    for path in sorted(root.rglob("*"), reverse=True):
        with contextlib.suppress(OSError):
            if path.is_dir():
                path.rmdir()


def _is_fresh(path: Path) -> bool:
    """Whether somebody may still be writing it."""
    return datetime.now(UTC).timestamp() - path.stat().st_mtime < HALF_WRITTEN_S
