"""Writes what a source receives into compressed files that ``goraebot replay`` reads.

    binance-20261128T083000Z-18f3a2c41b7d-0001.ndjson.gz

Every frame stands in its file byte for byte behind the time it was received, with the lines of
course.py between. What has been received is compressed and handed to the system five times a
second in a way that everything before can be read: a crash, or kill -9, costs the last fifth of a
second, and the next run begins a file of its own. Receiving never waits for the disk. While more
than ``BUFFER_BYTES`` wait, or nothing can be written (a full disk), frames are left out, counted
and named as missing in the recording, and writing is tried again.
"""

import asyncio
import contextlib
import logging
import os
import re
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated, Final

import msgspec

from pipeline.course import VERSION, Began, Line, Missed, packed, written

log = logging.getLogger("goraebot.recorder")

Positive = Annotated[float, msgspec.Meta(gt=0)]

FLUSH_S: Final = 0.2
"""How much a crash may cost."""
BUFFER_BYTES: Final = 64 * 1024 * 1024
"""Not compressed, what waits to be written."""
RETRY_S: Final = 10.0
"""A file that cannot be written is given up; so long until another is tried."""
LEVEL: Final = 6
GZIP: Final = 31
"""zlib's word for: with gzip's head and tail."""

SPOT: Final = "binance"
OURS: Final = re.compile(r"[a-z-]+-\d{8}T\d{6}Z-[0-9a-f]{8,}-\d{4,}\.ndjson\.gz")
"""Names of files written here: no other is ever removed."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[record]``"""

    enabled: bool = False
    folder: str = "recordings"
    file_mb: Positive = 64.0
    file_s: Positive = 3_600.0
    keep_mb: Positive = 10_000.0
    keep_days: Positive = 7.0


class _Block(msgspec.Struct):
    """Lines that wait to be written. ``emitted`` is what the source had delivered before them."""

    lines: list[bytes] = []
    size: int = 0
    frames: int = 0
    emitted: int = 0
    first_ns: int = 0
    last_ns: int = 0


class Recorder:
    """A Tap. ``folder`` is where files go; it is made if it is not there.

    ``run_id`` is in the names of all its files; ``part`` (hexadecimal) tells it from others that
    one process begins in the same moment.
    ``frames_written``, ``missed`` (frames) and ``files`` count; ``problem`` says why nothing can be
    written, "" when it can.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        venue: str = "",
        part: str = "",
        now_ns: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], float] = time.monotonic,
        buffer_bytes: int = BUFFER_BYTES,
    ) -> None:
        self.folder = Path(settings.folder)
        self._settings = settings
        self._venue = venue
        self._now_ns = now_ns
        self._monotonic = monotonic
        self._most = buffer_bytes
        self.run_id = f"{now_ns() // 1_000_000:011x}{os.getpid() & 0xFFFF:04x}{part}"
        self._block = _Block()
        self._gone = _Block()  # what has been left out since the last line that was kept
        self._in_hand = 0  # bytes that are being written
        self._writing = threading.Lock()
        self._file: IO[bytes] | None = None
        self._path: Path | None = None
        self._compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
        self._opened_s = 0.0
        self._retry_s = 0.0
        self.files = 0
        self.frames_written = 0
        self.missed = 0
        self.problem = ""

    # --- the Tap ----------------------------------------------------------------------------------

    def frames(self, frames: Sequence[bytes], received_ns: int, emitted: int) -> None:
        """See pipeline.ports.Tap."""
        block = self._open_block(received_ns, emitted)
        if block is None:
            self._leave_out(len(frames), received_ns)
            return
        stamp = b"%d " % received_ns
        for frame in frames:
            text = packed(frame)
            block.lines += (stamp, text, b"\n")
            block.size += len(text) + 21
        block.frames += len(frames)

    def line(self, line: Line, emitted: int) -> None:
        """See pipeline.ports.Tap."""
        now_ns = self._now_ns()
        block = self._open_block(now_ns, emitted)
        if block is None:
            self._leave_out(0, now_ns)
        else:
            self._add(block, line, now_ns)

    def _open_block(self, at_ns: int, emitted: int) -> _Block | None:
        """Where the next lines go; None while there is no room."""
        block = self._block
        if block.size + self._in_hand >= self._most:
            return None
        if not block.lines:
            block.emitted, block.first_ns = emitted, at_ns
        block.last_ns = at_ns
        if self._gone.first_ns:
            gone, self._gone = self._gone, _Block()
            missed = Missed(
                gone.frames, gone.first_ns // 1_000_000, gone.last_ns // 1_000_000, emitted
            )
            self._add(block, missed, at_ns)
        return block

    @staticmethod
    def _add(block: _Block, line: Line, at_ns: int) -> None:
        text = written(line)
        block.lines.append(b"%d %b\n" % (at_ns, text))
        block.size += len(text) + 21

    def _leave_out(self, frames: int, at_ns: int) -> None:
        gone = self._gone
        if not gone.first_ns:
            gone.first_ns = at_ns
            log.error("the disk is too slow or full: frames are missing in the recording")
        gone.frames += frames
        gone.last_ns = at_ns
        self.missed += frames

    # --- the file ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Write until cancelled; then what is left, and end the file."""
        try:
            while True:
                await asyncio.sleep(FLUSH_S)
                if self._monotonic() >= self._retry_s:
                    await self.flush()
        finally:
            self.close()

    async def flush(self) -> None:
        """Write what waits. Whoever opens the file then can read it."""
        block = self._take()
        error = await asyncio.to_thread(self._put, block)
        self._written(block, error)

    def close(self) -> None:
        """Write what is left, and end the file."""
        block = self._take()
        self._written(block, self._put(block, last=True))

    def _take(self) -> _Block:
        block, self._block = self._block, _Block()
        self._in_hand = block.size
        return block

    def _written(self, block: _Block, error: OSError | None) -> None:
        """Count a block. Where it could not be written, what came meanwhile is left out as well,
        so that what is missing is one piece; another file is tried later."""
        self._in_hand = 0
        if error is None:
            self.frames_written += block.frames
            if block.lines:
                self.problem = ""
            return
        if not self.problem:
            log.error("the recording cannot be written: %s", error)
        self.problem = str(error)
        self._retry_s = self._monotonic() + RETRY_S
        for lost in (block, self._take()):
            if lost.lines:
                self._gone.first_ns = self._gone.first_ns or lost.first_ns
                self._gone.last_ns = lost.last_ns
                self._gone.frames += lost.frames
                self.missed += lost.frames
        self._in_hand = 0

    def _put(self, block: _Block, *, last: bool = False) -> OSError | None:
        """Write a block, in whatever thread; returns why it could not be."""
        with self._writing:
            try:
                if block.lines:
                    self._write(block)
                if last:
                    self._end()
            except OSError as error:
                file, self._file = self._file, None
                if file is not None:
                    with contextlib.suppress(OSError):  # it cannot write what it still has either
                        file.close()
                return error
        return None

    def _write(self, block: _Block) -> None:
        file = self._file or self._begin(block)
        compress = self._compressor.compress
        for at in range(0, len(block.lines), 3_000):  # a copy of all would double what waits
            file.write(compress(b"".join(block.lines[at : at + 3_000])))
        file.write(self._compressor.flush(zlib.Z_SYNC_FLUSH))
        file.flush()
        full = file.tell() >= self._settings.file_mb * 1_000_000
        if full or self._monotonic() - self._opened_s >= self._settings.file_s:
            self._end()

    def _begin(self, block: _Block) -> IO[bytes]:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._make_room()
        began = datetime.fromtimestamp(block.first_ns / 1e9, UTC).strftime("%Y%m%dT%H%M%SZ")
        number = self.files + 1
        name = f"{self._venue or SPOT}-{began}-{self.run_id}-{number:04}.ndjson.gz"
        self._path = self.folder / name
        self._compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
        self._file = self._path.open("xb")
        self.files = number
        self._opened_s = self._monotonic()
        head = written(Began(VERSION, self.run_id, number, block.emitted, self._venue))
        self._file.write(self._compressor.compress(b"%d %b\n" % (block.first_ns, head)))
        log.info("recording to %s", self._path)
        return self._file

    def _end(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with file:
                file.write(self._compressor.flush(zlib.Z_FINISH))
                file.flush()
                os.fsync(file.fileno())

    def _make_room(self) -> None:
        """Remove the oldest of the files written here, as far as they are too many or too old."""
        found = []
        for path in self.folder.iterdir():
            if OURS.fullmatch(path.name) and path.is_file():
                with contextlib.suppress(FileNotFoundError):  # another recorder makes room as well
                    stat = path.stat()
                    found.append((stat.st_mtime, stat.st_size, path))
        found.sort(reverse=True)
        oldest_s = self._now_ns() / 1e9 - self._settings.keep_days * 86_400
        kept = self._settings.file_mb * 1_000_000  # room for the one that begins
        for mtime, size, path in found:
            kept += size
            if kept > self._settings.keep_mb * 1_000_000 or mtime < oldest_s:
                path.unlink(missing_ok=True)
                log.info("removed %s", path)
