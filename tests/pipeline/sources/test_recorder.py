"""What is received stands in compressed files, whatever becomes of the program or the disk."""

import gzip
import os
import resource
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.course import Began, Lost, Noted, line_of, unpacked, written
from pipeline.errors import FrameError
from pipeline.model import ALL, Gap, Trade
from pipeline.notes import Lull
from pipeline.sources.recorder import Recorder, Settings
from pipeline.sources.recording import Tally, read

START_NS = 1_760_000_000_000_000_000


def trade(number: int, symbol: str = "BTCUSDT") -> bytes:
    at_ms = START_NS // 1_000_000 + number
    return (
        f'{{"stream":"{symbol.lower()}@aggTrade","data":{{"e":"aggTrade","E":{at_ms},'
        f'"s":"{symbol}","a":{number},"p":"65000.10","q":"0.5","f":{number},"l":{number},'
        f'"T":{at_ms},"m":false,"M":true}}}}'
    ).encode()


class Clock:
    def __init__(self) -> None:
        self.s = 1_000.0

    def monotonic(self) -> float:
        return self.s

    def ns(self) -> int:
        return START_NS + int((self.s - 1_000) * 1e9)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def recorder() -> Iterator[Callable[..., Recorder]]:
    """Makes recorders, and closes them in the end."""
    made = []

    def make(
        folder: Path, clock: Clock, buffer_bytes: int = 10_000_000, **changes: float
    ) -> Recorder:
        settings = Settings(folder=str(folder), **changes)
        made.append(
            Recorder(
                settings, now_ns=clock.ns, monotonic=clock.monotonic, buffer_bytes=buffer_bytes
            )
        )
        return made[-1]

    yield make
    for writer in made:
        writer.close()


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.gz"))


def frames(path: Path) -> list[bytes]:
    """The exchange's frames of a file that may have been cut off."""
    lines = zlib.decompressobj(31).decompress(path.read_bytes()).split(b"\n")[:-1]
    found = [unpacked(line.partition(b" ")[2]) for line in lines]
    return [frame for frame in found if not frame.startswith(b'{"stream":"!goraebot"')]


def events(*paths: Path) -> list[object]:
    tally = Tally()
    found = list(read(paths, tally))
    assert not tally.unreadable, tally.samples
    return found


ODD = [b"", b" led", b"=AAAA", b'{"a":\n1}', b"\r\n", b"\xff\x00\xfe", b"tail  "]


async def test_every_frame_comes_back_byte_for_byte_with_its_time(tmp_path, clock, recorder):
    writer = recorder(tmp_path, clock)
    sent = [trade(1), *ODD, trade(2)]
    writer.frames(sent, START_NS + 7, 0)
    await writer.flush()
    writer.close()
    (path,) = files(tmp_path)
    assert frames(path) == sent
    assert gzip.decompress(path.read_bytes()).splitlines()[1].startswith(b"%d {" % (START_NS + 7))
    assert writer.frames_written == len(sent)


async def test_what_was_flushed_is_read_though_the_file_has_no_end(tmp_path, clock, recorder):
    """kill -9 leaves the file like this."""
    writer = recorder(tmp_path, clock)
    writer.frames([trade(1), trade(2)], START_NS, 0)
    await writer.flush()
    writer.frames([trade(3)], START_NS, 2)  # still in memory when it happens
    (path,) = files(tmp_path)
    assert [event.id for event in events(path)] == [1, 2]
    writer.close()
    assert [event.id for event in events(path)] == [1, 2, 3]


async def test_a_file_cut_off_anywhere_gives_the_whole_lines_before(tmp_path, clock, recorder):
    writer = recorder(tmp_path, clock)
    for number in range(1, 60):
        writer.frames([trade(number)], START_NS + number, number - 1)
        await writer.flush()
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    cut = tmp_path / "cut" / path.name
    cut.parent.mkdir()
    last = 0
    for length in range(400, len(whole), 97):
        cut.write_bytes(whole[:length])
        ids = [event.id for event in read([cut], Tally())]
        assert ids == list(range(1, len(ids) + 1))
        assert len(ids) >= last
        last = len(ids)
    assert last >= 55


async def test_another_file_is_begun_by_size_and_by_age(tmp_path, clock, recorder):
    writer = recorder(tmp_path, clock, file_mb=0.0001)
    for number in (1, 2):
        writer.frames([trade(number)], START_NS + number, number - 1)
        await writer.flush()
    assert len(files(tmp_path)) == 2
    by_age = tmp_path / "age"
    writer = recorder(by_age, clock, file_s=60.0)
    for number in (1, 2, 3):
        writer.frames([trade(number)], clock.ns(), number - 1)
        await writer.flush()
        clock.s += 40
    writer.close()
    assert [len(frames(path)) for path in files(by_age)] == [3]
    writer = recorder(by_age, clock, file_s=60.0)
    for number in (1, 2, 3):
        writer.frames([trade(number)], clock.ns(), number - 1)
        await writer.flush()
        clock.s += 61
    writer.close()
    assert [len(frames(path)) for path in files(by_age)] == [3, 2, 1]
    gzip.decompress(files(by_age)[1].read_bytes())  # a file that is over has its proper end


async def test_files_of_a_run_are_one_recording_in_whatever_order_they_are_named(
    tmp_path, clock, recorder
):
    writer = recorder(tmp_path, clock, file_mb=0.0001)
    for number in range(1, 6):
        writer.frames([trade(number)], START_NS + number, number - 1)
        await writer.flush()
    writer.close()
    found = events(*reversed(files(tmp_path)))
    assert [event.id for event in found] == [1, 2, 3, 4, 5]
    assert [event.id for event in events(*files(tmp_path)[2:])] == [3, 4, 5]
    assert [event.id for event in events(*files(tmp_path)[:1], *files(tmp_path)[3:])] == [1, 4, 5]


async def test_the_oldest_recordings_are_removed_and_no_other_file(tmp_path, clock, recorder):
    names = []
    for _ in range(3):
        writer = recorder(tmp_path, clock)
        writer.frames([os.urandom(40_000)], clock.ns(), 0)
        await writer.flush()
        writer.close()
        (name,) = {path.name for path in files(tmp_path)} - set(names)
        names.append(name)
        os.utime(tmp_path / name, (clock.ns() / 1e9, clock.ns() / 1e9))
        clock.s += 10
    other = tmp_path / "BTCUSDT-trades-2024-08-08.csv.gz"
    other.write_bytes(b"x" * 100_000)
    os.utime(other, (0, 0))
    writer = recorder(tmp_path, clock, file_mb=0.01, keep_mb=0.1)
    writer.frames([trade(1)], clock.ns(), 0)
    await writer.flush()
    left = {path.name for path in files(tmp_path)}
    assert names[0] not in left
    assert names[2] in left
    assert other.name in left
    clock.s += 86_400 * 8
    writer = recorder(tmp_path, clock)
    writer.frames([trade(1)], clock.ns(), 0)
    await writer.flush()
    left = {path.name for path in files(tmp_path)}
    assert names[2] not in left
    assert other.name in left


async def test_what_does_not_fit_into_memory_is_a_gap_in_the_recording_and_counted(
    tmp_path, clock, recorder
):
    writer = recorder(tmp_path, clock, buffer_bytes=500)
    writer.frames([trade(number) for number in range(1, 6)], START_NS, 0)
    writer.frames([trade(6), trade(7)], START_NS + 2_000_000, 5)
    writer.line(Lost(), 7)
    assert writer.missed == 2
    await writer.flush()
    writer.frames([trade(8)], START_NS + 9_000_000, 7)
    writer.close()
    found = events(*files(tmp_path))
    start_ms = START_NS // 1_000_000
    assert [e.id for e in found if isinstance(e, Trade)] == [1, 2, 3, 4, 5, 8]
    (gap,) = [e for e in found if isinstance(e, Gap)]
    assert gap.symbols == (ALL,)
    assert (gap.from_ms, found.index(gap)) == (start_ms + 2, 5)


async def test_a_disk_that_cannot_be_written_is_told_and_tried_again(
    tmp_path, clock, recorder, caplog
):
    folder = tmp_path / "recordings"
    folder.write_text("in the way")
    writer = recorder(folder, clock)
    writer.frames([trade(1), trade(2)], clock.ns(), 0)
    await writer.flush()
    assert "recordings" in writer.problem
    assert (writer.missed, writer.frames_written) == (2, 0)
    assert "cannot be written" in caplog.text
    folder.unlink()
    clock.s += 11
    writer.frames([trade(3)], clock.ns(), 2)
    await writer.flush()
    assert writer.problem == ""
    first, second = events(*files(folder))
    assert isinstance(first, Gap)
    assert second.id == 3


async def test_a_disk_that_fills_up_in_the_middle_costs_only_what_it_could_not_take(
    tmp_path, clock, recorder
):
    writer = recorder(tmp_path, clock)
    writer.frames([trade(1)], clock.ns(), 0)
    await writer.flush()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))  # no file gets any longer
    try:
        writer.frames([trade(2), os.urandom(50_000)], clock.ns(), 1)
        await writer.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert writer.problem
    assert writer.missed == 2
    clock.s += 11
    writer.frames([trade(3)], clock.ns(), 2)
    await writer.flush()
    assert (writer.problem, writer.files) == ("", 2)
    found = list(read(files(tmp_path), Tally()))
    assert [e.id for e in found if isinstance(e, Trade)] in ([1, 3], [1, 2, 3])
    assert isinstance(found[-2], Gap)


def test_a_note_comes_between_the_events_it_came_between(tmp_path, clock, recorder):
    writer = recorder(tmp_path, clock)
    writer.frames([trade(1), trade(2), trade(3)], START_NS, 0)
    writer.line(Noted(2, Lull(("BTCUSDT",))), 3)  # the third still waited for the watch
    writer.close()
    one, two, note, three = events(*files(tmp_path))
    assert [one.id, two.id, three.id] == [1, 2, 3]
    assert note == Lull(("BTCUSDT",))


def test_a_recording_of_another_version_is_refused_and_not_guessed_at():
    head = written(Began(version=99, run="a", number=1, emitted=0))
    with pytest.raises(FrameError, match="version 99"):
        line_of(head)
