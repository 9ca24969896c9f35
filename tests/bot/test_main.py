"""What the command line writes can be shown on any terminal."""

import io

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
