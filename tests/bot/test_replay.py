"""`goraebot replay`: what it prints, and when it says that something went wrong."""

import asyncio
import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from contracts.tardis_server import tardis_server

from bot.__main__ import main
from bot.replay import Options, labels_of, replay
from bot.settings import load
from pipeline.detectors import large_trade

FRAME = (
    '{{"stream":"btcusdt@trade","data":{{"e":"trade","E":{at},"s":"BTCUSDT","t":{id},'
    '"p":"100000","q":"{quantity}","T":{at},"m":true}}}}'
)
AT = 1_723_161_600_000


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Two fills of one order worth 60,000, and a small trade after it."""
    fills = [(1, 0, "0.4"), (2, 0, "0.2"), (3, 5, "0.001")]
    path = tmp_path / "x.log"
    path.write_text(
        "".join(
            f"{(AT + ms) * 1_000_000} {FRAME.format(at=AT + ms, id=number, quantity=quantity)}\n"
            for number, ms, quantity in fills
        )
    )
    return path


def played(path: Path, **options: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = replay(Options(files=[path], **options), load(environ={}), out, err)  # type: ignore[arg-type]
    return code, out.getvalue(), err.getvalue()


def test_json_is_one_line_per_alert_and_nothing_else(recording: Path) -> None:
    code, out, err = played(recording, json=True, raw=True)
    (line,) = map(json.loads, out.splitlines())
    assert code == 0
    assert set(line) == {"id", "kind", "symbol", "at_ms", "severity", "recovered", "facts"}
    assert (line["kind"], line["symbol"], line["at_ms"]) == ("large_trade", "BTCUSDT", AT)
    assert (line["severity"], line["recovered"]) == ("notice", False)
    assert line["facts"]["side"] == "sell"
    assert (line["facts"]["fills"], line["facts"]["notional"]) == (2, 60_000.0)
    assert line["facts"]["slippage_bp"] is None
    assert "3줄" in err


def test_the_report_counts_what_standard_settings_would_have_sent(recording: Path) -> None:
    code, out, _ = played(recording)
    assert code == 0
    assert "대량 체결: 1 / 1" in out
    assert "비트코인(BTCUSDT) 대량 매도 체결 · 6만 달러" in out


def test_a_limit_to_symbols_keeps_what_their_dollars_are_told_by(
    recording: Path, tmp_path: Path
) -> None:
    """An order of ETHBTC is large by the price of BTCUSDT, whether or not that was asked for."""
    other = tmp_path / "ETHBTC-trades-1.csv"
    other.write_text(f"1,0.05,20,1,{AT + 10},False,True\n2,0.05,1,0.05,{AT + 20},False,True\n")
    told = {}
    for symbols in ((), ("ETHBTC",)):
        out = io.StringIO()
        options = Options(files=[recording, other], json=True, raw=True, symbols=symbols)
        assert replay(options, load(environ={}), out, io.StringIO()) == 0
        told[symbols] = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [alert["symbol"] for alert in told[()]] == ["BTCUSDT", "ETHBTC"]
    assert told["ETHBTC",] == told[()][1:]
    assert played(other, symbols=["BTCUSDT"])[0] == played(recording, symbols=["ETHBTC"])[0] == 2


def test_a_symbol_that_no_file_has_is_wrong_usage(recording: Path) -> None:
    code, _, err = played(recording, symbols=["XXX"])
    assert (code, "XXX" in err) == (2, True)


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    assert played(tmp_path / "missing.log")[0] == 2
    code, _, err = played(tmp_path)
    assert (code, "a folder" in err) == (2, True)


def test_the_rate_is_by_the_hour_or_of_days_by_the_day(recording: Path) -> None:
    assert "시간당" in played(recording)[1]
    with recording.open("a") as more:
        for day in (1, 2):
            ms = AT + day * 86_400_000
            more.write(f"{ms * 1_000_000} {FRAME.format(at=ms, id=3 + day, quantity='0.001')}\n")
    assert "  합계: 1건, 하루 0.5건\n" in played(recording)[1]


def test_the_report_names_the_year_and_the_day_of_each_example(recording: Path) -> None:
    """Recordings are old, and several files may lie years apart."""
    report = played(recording)[1].splitlines()
    assert report[0].startswith("기간: 2024년 8월 9일(금) 09:00:00 KST ~ 2024년 8월 9일(금) ")
    assert "  2024년 8월 9일(금) 09시  1건" in report
    assert report[report.index("가장 큰 알림") + 1] == "  ■ 2024년 8월 9일(금)"


@pytest.mark.parametrize("given", ["--from 2024-08-09", "--to 2024-08-10", "--channels trade"])
def test_what_only_tardis_heeds_is_not_ignored_of_files(
    recording: Path, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(recording), *given.split()]) == 2
    assert "--tardis와 함께" in capsys.readouterr().err


def test_a_detector_that_fails_makes_the_result_incomplete_and_says_so(
    recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(large_trade.LargeTrades, "on", broken)
    code, _, err = played(recording)
    assert (code, "완전하지 않습니다" in err) == (1, True)


LABELS = "symbol,at,kind\nBTCUSDT,2024-08-09T00:00:00Z,large_trade\nETHUSDT,1723161600,\n"


def test_labels_tell_the_quality_beside_the_alerts(recording: Path, tmp_path: Path) -> None:
    """On standard error: standard output stays one line per alert."""
    labels = tmp_path / "events.csv"
    labels.write_text(LABELS)
    known = labels_of(labels)
    code, out, err = played(recording, json=True, kinds=["large_trade"], labels=known)
    assert code == 0
    assert [json.loads(line)["kind"] for line in out.splitlines()] == ["large_trade"]
    (line,) = [line for line in err.splitlines() if "(large_trade)" in line]
    for figure in ("사건 1건", "적중 1건", "재현율 100.0%", "F1 1.000", "지연 중앙값 0.0초"):
        assert figure in line
    assert "기록에 없는 라벨 1건" in err


def test_a_labels_file_that_cannot_be_read_is_wrong_usage(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that names the place, and nothing is replayed."""
    labels = tmp_path / "events.csv"
    cases: list[tuple[bytes, str]] = [
        (b"symbol,at\nBTCUSDT,soon\n", "events.csv 2번째 줄 at 열"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", "1번째 줄"),
    ]
    for content, told in cases:
        labels.write_bytes(content)
        assert main(["replay", str(recording), "--json", "--labels", str(labels)]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert told in captured.err
        assert len(captured.err.splitlines()) == 1
    assert main(["replay", str(recording), "--labels", str(tmp_path / "missing.csv")]) == 2
    assert "missing.csv" in capsys.readouterr().err


def test_other_settings_tell_what_they_would_have_sent(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And one that does not exist is told, and nothing is replayed."""
    told = []
    for dollars in (50_000, 59_999, 60_001):
        file = tmp_path / "stricter.toml"
        file.write_text(f"[large_trade]\nmin_notional = {dollars}\n")
        assert main(["replay", str(recording), "--json", "--settings", str(file)]) == 0
        told.append(len(capsys.readouterr().out.splitlines()))
    assert told == [1, 1, 0]
    file.write_text("[large_trade]\nmin_notinal = 1\n")
    assert main(["replay", str(recording), "--settings", str(file)]) == 2
    captured = capsys.readouterr()
    assert "did you mean min_notional?" in captured.err
    assert captured.out == ""


async def test_tardis_gives_the_alerts_that_the_same_frames_give_from_a_file(
    recording: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("tardis_dev", reason="the extra tardis is not installed (make tardis)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GORAEBOT_TARDIS_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setenv("TARDIS_API_KEY", "a-key")
    asked = ["replay", "--json", "--raw", "--tardis", "Binance", "--symbols", "BTCUSDT"]
    asked += ["--channels", "trade", "--from", "2024-08-09", "--to", "2024-08-09T00:02"]
    lines = [line.split(" ", 1) for line in recording.read_text().splitlines()]  # noqa: ASYNC240
    async with tardis_server(key="a-key") as server:
        monkeypatch.setenv("GORAEBOT_TARDIS_API_URL", server.url)
        for stamp, frame in lines:
            server.line(datetime.fromtimestamp(int(stamp) / 1e9, UTC), json.loads(frame))
        assert await asyncio.to_thread(main, asked) == 0
        assert capsys.readouterr().out == played(recording, json=True, raw=True)[1]
        monkeypatch.setenv("TARDIS_API_KEY", "not-it")
        assert await asyncio.to_thread(main, asked) == 2
        said = capsys.readouterr()
        assert said.err.startswith("TARDIS_API_KEY가 틀렸거나")
        assert "not-it" not in said.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "--tardis OKX --symbols BTC --from 2024-03-01 --to 2024-03-02",
            "binance, binance-futures",
        ),
        ("--tardis binance --symbols BTC --from 2024-03-01", "--from과 --to"),
        ("--tardis binance --from 2024-03-01 --to 2024-03-02", "--symbols BTCUSDT"),
        ("--tardis binance --symbols BTC --from 2024-03-02 --to 2024-03-01", "--from보다 늦어야"),
        ("", "--tardis 가운데 하나"),
    ],
)
def test_what_tardis_cannot_be_asked_is_wrong_usage_and_says_what_can(
    given: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", *given.split()]) == 2
    assert said in capsys.readouterr().err


def test_without_the_library_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tardis_dev", None)
    monkeypatch.setenv("GORAEBOT_TARDIS_CACHE_DIR", str(tmp_path))
    asked = ["--from", "2024-03-01", "--to", "2024-03-02", "--symbols", "BTCUSDT"]
    assert main(["replay", "--tardis", "binance", *asked]) == 2
    assert "make tardis로 설치" in capsys.readouterr().err
