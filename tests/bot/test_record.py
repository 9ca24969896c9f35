"""``goraebot record`` says what keeps it from recording."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.record import record
from bot.recording_words import outcome
from bot.settings import load
from pipeline.sources.recorder import Recorder, Settings


async def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_asked(
    tmp_path: Path,
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    for folder in (in_the_way, in_the_way / "inside"):
        settings = load(None, {"GORAEBOT_RECORD_FOLDER": str(folder)})
        with pytest.raises(SettingsError) as refused:
            await record(settings, told=pytest.fail)
        assert str(folder) in str(refused.value)
    assert "Not a directory" in str(refused.value)


async def test_where_nothing_could_be_written_the_end_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.write_text("in the way")
    recorder = Recorder(Settings(folder=str(folder)))
    assert "받은 시세가 없어" in outcome(recorder)
    recorder.frames([b"{}"], 1, 0)
    recorder.close()
    assert "받은 시세" not in outcome(recorder)
    assert "File exists" in outcome(recorder)
