"""What the command line writes can be shown on any terminal."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import pytest

from bot import __main__ as program
from bot.__main__ import MISUSED, main


class Terminal(io.TextIOWrapper):
    """One whose letters are not UTF-8."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding)

    @property
    def shown(self) -> str:
        self.flush()
        self.seek(0)
        return self.read()


@pytest.mark.parametrize("encoding", ["euc-kr", "ascii"])
def test_letters_that_the_terminal_lacks_are_replaced(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, err = Terminal(encoding), Terminal(encoding)
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    assert main(["check", "--config", "고래 🐳.toml"]) == MISUSED
    assert "?.toml: no such file" in err.shown
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    program._tell_address("http://127.0.0.1:8787/")  # with a whale
    assert "goraebot" in out.shown
    assert "http://127.0.0.1:8787/" in out.shown


@pytest.mark.parametrize("speed", ["0", "-1", "빨리", "nan"])
def test_what_is_no_number_above_zero_is_told_so(
    speed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--speed", speed])
    assert ended.value.code == MISUSED
    assert f"{speed}: 0보다 큰 수여야 합니다" in capsys.readouterr().err


def full_disk() -> TextIO:
    return Path("/dev/full").open("w", encoding="utf-8")


def closed_pipe() -> TextIO:
    reading, writing = os.pipe()
    os.close(reading)
    return os.fdopen(writing, "w", encoding="utf-8")


@pytest.mark.parametrize("gone", [full_disk, closed_pipe])
def test_a_line_that_nobody_can_read_any_more_ends_no_program(
    gone: Callable[[], TextIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``goraebot run | tee log`` without its tee, or with its output on a disk that fills."""
    with gone() as out:  # whose end writes what waits
        monkeypatch.setattr("sys.stdout", out)
        program._tell("⚠️ 데이터가 멈췄습니다.")
        program._tell("✅ 시세가 다시 들어옵니다.")
