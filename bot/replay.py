"""``goraebot replay``: the same watch loop over recordings, and a report of what it saw."""

import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

import msgspec

from bot.compose import alert_message
from bot.errors import SettingsError
from bot.explain.template import sentence
from bot.hidden import Hider
from bot.korean import KIND_NAMES, SEVERITY_NAMES, duration, korean_time, kst
from bot.quality import SOON_S, Label, LabelError, Quality, Score, bare, read_labels
from bot.settings import Settings
from bot.symbols import read_symbol
from bot.tardis_words import OPERATORS, replay_trouble
from pipeline.baselines import Baselines
from pipeline.detectors import KINDS
from pipeline.errors import EngineMissing, RecordingError
from pipeline.gate import Gate
from pipeline.market import DOLLARS, Market, rates_of
from pipeline.model import SEVERITIES, Alert, AnyAlert, Event, Gap, Ticker
from pipeline.moves import Moves, messages
from pipeline.notes import NOTES, Baseline, Compared, Note, Told
from pipeline.sources.recording import Tally, read
from pipeline.sources.tardis import Access
from pipeline.sources.tardis import read as read_tardis
from pipeline.sources.tardis_wanted import TardisError, Wanted
from pipeline.watch import Watch

EXAMPLES = 3
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
PROGRESS_S = 2.0
SLOWEST_WAIT_S = 0.001


class Options(msgspec.Struct, frozen=True):
    """What was asked for on the command line. ``speed`` None is as fast as it goes; with
    ``labels`` the quality of the alerts is told on standard error. ``tardis``, and how to get it,
    takes the place of files."""

    files: Sequence[Path]
    tardis: tuple[Wanted, Access] | None = None
    json: bool = False
    raw: bool = False
    kinds: Collection[str] | None = None
    symbols: Collection[str] = ()
    speed: float | None = None
    labels: Sequence[Label] | None = None


class _Sum:
    """What the report tells; grows by numbers and a few examples only."""

    def __init__(self) -> None:
        self.first_ms: int | None = None
        self.last_ms = 0
        self.raised: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.severities: Counter[tuple[str, str]] = Counter()
        self.hours: Counter[int] = Counter()
        self.largest: list[AnyAlert] = []

    def see(self, event: Event) -> None:
        if self.first_ms is None or event.at_ms < self.first_ms:
            self.first_ms = event.at_ms
        self.last_ms = max(self.last_ms, event.at_ms)

    def count(self, alert: Alert, passed: bool) -> None:
        self.raised[alert.kind] += 1
        if passed:
            self.sent[alert.kind] += 1
            self.severities[alert.kind, alert.severity] += 1
            self.hours[alert.at_ms // HOUR_MS] += 1
            self.largest.append(alert)  # type: ignore[arg-type]
            self.largest.sort(key=lambda a: -a.excess)
            del self.largest[EXAMPLES:]


class _Replay:
    """The watch loop over recorded events, and what the report needs of it."""

    def __init__(self, options: Options, settings: Settings, out: TextIO) -> None:
        self._options = options
        self._out = out
        self._baselines = Baselines()
        self.watch = Watch(
            Market(), settings.watch, kinds=options.kinds, raw=True, made=self._baselines.restore
        )
        self._gate = Gate(settings.gate, everything=options.kinds is not None)
        self._moves = Moves()
        self.total = _Sum()
        self.quality = Quality(options.labels) if options.labels is not None else None
        # What Tardis was asked for has no other symbols.
        self._wanted = {bare(one) for one in options.symbols} if options.tardis is None else set()
        self._encode = msgspec.json.Encoder().encode

    def events(self, tally: Tally) -> Iterator[Event | Note]:
        """What is to be replayed: from the files, or from Tardis."""
        if self._options.tardis is not None:
            return read_tardis(*self._options.tardis, tally)
        symbols = self._wanted | _rates(self._wanted, self.watch.market)
        return read(self._options.files, tally, symbols)

    def see(self, event: Event | Note) -> None:
        """The next event, or what a recorder noted before it."""
        if isinstance(event, NOTES):
            self._heed(event)
            return
        if self._asked(getattr(event, "symbol", "")):
            self.total.see(event)
            if self.quality is not None and not isinstance(event, Gap | Ticker):
                self.quality.see(bare(event.symbol), event.at_ms)
        self._take(self.watch.on(event))

    def finish(self) -> None:
        """There are no more events."""
        self._take(self.watch.finish())

    def _heed(self, note: Note) -> None:
        if isinstance(note, Baseline):
            self._baselines.keep(note)
        elif isinstance(note, Told):
            self._gate.remember(note.alert)
        elif isinstance(note, Compared):
            self._take(self.watch.on(note.premium))
        else:
            self._take(self.watch.heed(note))

    def _take(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            if not self._asked(alert.symbol):
                continue
            passed = self._passes(alert)
            self.total.count(alert, passed)
            if not passed and not self._options.raw:
                continue
            if self._options.json:
                self._out.write(self._encode(line_of(alert)).decode() + "\n")
            if self.quality is not None:
                self.quality.take(alert)

    def _passes(self, alert: Alert) -> bool:
        """Whether the standard settings would send a message of it."""
        if self._gate.judge(alert) not in ("pass", "escalated"):
            return False
        if self._options.kinds is not None:  # one kind alone is not grouped with others
            return True
        return any(True for _ in messages(self._moves.take(alert)))  # type: ignore[arg-type]

    def _asked(self, symbol: str) -> bool:
        return not self._wanted or symbol.rpartition(":")[2] in self._wanted


def replay(options: Options, settings: Settings, out: TextIO, err: TextIO) -> int:
    """Run it; returns the exit code. Needs no database, network, keys or config folder."""
    tally = Tally()
    run = _Replay(options, settings, out)
    watch = run.watch
    began_s = time.monotonic()
    try:
        for event in _paced(run.events(tally), options.speed, err):
            run.see(event)
        run.finish()
    except RecordingError as error:
        err.write(f"기록을 읽을 수 없습니다: {error}\n")
        return 2 if watch.events == 0 else 1
    except (EngineMissing, TardisError) as error:
        err.write(Hider(settings.secrets)(f"{replay_trouble(error)}\n"))
        ours = isinstance(error, EngineMissing) or error.code not in OPERATORS
        return 2 if ours and watch.events == 0 else 1
    if options.symbols and run.total.first_ms is None:
        err.write(f"기록에 없는 심볼입니다: {', '.join(options.symbols)}\n")
        return 2
    _tell_reading(err, tally, watch, time.monotonic() - began_s)
    if not options.json:
        _report(out, run.total, options.raw)
    if run.quality is not None:
        detectors = settings.watch.detectors
        kinds = options.kinds or [kind for kind in KINDS if detectors[kind].enabled]
        _tell_quality(err, run.quality, kinds)
    if watch.failed:
        err.write(f"탐지기 {watch.failed}개가 오류로 멈춰 결과가 완전하지 않습니다.\n")
        return 1
    return 0


def _rates(symbols: Collection[str], market: Market) -> set[str]:
    """Further symbols, whose prices tell what these are worth in dollars."""
    quotes = {market.info(symbol).quote for symbol in symbols} - DOLLARS
    return {rate for quote in quotes if quote for rate in rates_of(quote)}


def line_of(alert: Alert) -> dict[str, object]:
    """An alert as ``--json`` prints it."""
    return {
        "id": alert.id,
        "kind": alert.kind,
        "symbol": alert.symbol.rpartition(":")[2],
        "at_ms": alert.at_ms,
        "severity": alert.severity,
        "recovered": alert.recovered,
        "facts": alert.facts(),
    }


def _paced(
    events: Iterator[Event | Note], speed: float | None, err: TextIO
) -> Iterator[Event | Note]:
    """Events at a multiple of the recorded speed, or at once; tells a terminal how far it is."""
    began_s = told_s = time.monotonic()
    first_ms: int | None = None
    terminal = err.isatty()
    for number, event in enumerate(events, 1):
        if speed and not isinstance(event, NOTES):
            if first_ms is None:
                first_ms = event.at_ms
            wait_s = began_s + (event.at_ms - first_ms) / 1000 / speed - time.monotonic()
            if wait_s > SLOWEST_WAIT_S:
                time.sleep(wait_s)
        if (
            terminal
            and not isinstance(event, NOTES)
            and number % 1_000 == 0
            and time.monotonic() - told_s > PROGRESS_S
        ):
            told_s = time.monotonic()
            err.write(f"\r{number:,}건 처리, {_dated(event.at_ms)}까지")
            err.flush()
        yield event
    if terminal:
        err.write("\r")


def _tell_reading(err: TextIO, tally: Tally, watch: Watch, took_s: float) -> None:
    parts = [f"{tally.lines:,}줄 읽음", f"이벤트 {watch.events:,}건", f"체결 {watch.trades:,}건"]
    if tally.duplicates + watch.repeated:
        parts.append(f"중복 {tally.duplicates + watch.repeated:,}건 제외")
    if tally.gaps:
        parts.append(f"체결이 빠진 구간 {tally.gaps:,}곳")
    if tally.unreadable:
        parts.append(f"읽지 못한 줄 {tally.unreadable:,}개")
    err.write(f"{', '.join(parts)} ({took_s:.1f}초)\n")
    for sample in tally.samples:
        err.write(f"  {sample}\n")


def labels_of(path: Path) -> list[Label]:
    """The labels in a file (see bot.quality). Raises SettingsError that names line and column."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return read_labels(lines, KINDS)
    except LabelError as error:
        raise SettingsError(f"--labels {path} {error}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"--labels {path}: UTF-8로 된 CSV 파일이 아닙니다") from error
    except OSError as error:
        raise SettingsError(f"--labels {path}: 읽을 수 없습니다({error.strerror})") from error


def _tell_quality(err: TextIO, quality: Quality, kinds: Collection[str]) -> None:
    err.write(f"라벨과 비교한 탐지 품질 (기록된 종목·일: {quality.days:.2f})\n")
    if quality.unrecorded:
        err.write(f"  기록에 없는 라벨 {quality.unrecorded:,}건은 세지 않았습니다.\n")
    for kind in kinds:
        score = quality.score(kind)
        err.write(f"  {KIND_NAMES.get(kind, kind)}({kind}): {', '.join(_figures(score))}\n")


def _figures(score: Score) -> Iterator[str]:
    def shown(value: float | None, form: str) -> str:
        return "-" if value is None else format(value, form)

    yield f"사건 {score.events:,}건"
    yield f"적중 {score.hits:,}건"
    yield f"재현율 {shown(score.recall, '.1%')}"
    yield f"정밀도 {shown(score.precision, '.1%')}"
    yield f"F1 {shown(score.f1, '.3f')}"
    yield f"오탐 {score.false_alerts:,}건(종목·일당 {shown(score.false_per_day, '.3f')})"
    yield f"지연 중앙값 {shown(score.median_delay_s, '.1f')}초"
    for seconds in SOON_S:
        yield f"{seconds}초 안에 찾음 {shown(score.within(seconds), '.1%')}"


def _report(out: TextIO, total: _Sum, raw: bool) -> None:
    if total.first_ms is None:
        out.write("이벤트가 없습니다.\n")
        return
    span_ms = max(1, total.last_ms - total.first_ms)
    first, last = _dated(total.first_ms), _dated(total.last_ms)
    out.write(f"기간: {first} ~ {last} ({duration(span_ms)})\n\n")
    out.write("종류별 알림 (표준 설정이면 보냈을 것 / 탐지 전체)\n")
    for kind, raised in sorted(total.raised.items()):
        severities = ", ".join(
            f"{SEVERITY_NAMES[s]} {total.severities[kind, s]}"
            for s in reversed(SEVERITIES)
            if total.severities[kind, s]
        )
        tail = f" ({severities})" if severities else ""
        out.write(f"  {KIND_NAMES[kind]}: {total.sent[kind]:,} / {raised:,}{tail}\n")
    if not total.raised:
        out.write("  없음\n")
    sent = sum(total.sent.values())
    each, each_ms = ("하루", DAY_MS) if span_ms >= DAY_MS else ("시간당", HOUR_MS)
    out.write(f"  합계: {sent:,}건, {each} {sent / span_ms * each_ms:.1f}건\n")
    if total.hours:
        out.write("\n시간대별 (KST)\n")
        for hour, count in sorted(total.hours.items()):
            out.write(f"  {_dated(hour * HOUR_MS)[:-10]}시  {count:,}건\n")
    if total.largest:
        out.write("\n가장 큰 알림\n")
        for alert in total.largest:
            pair = read_symbol(alert.symbol)
            message = alert_message(alert, pair, note=sentence(alert, pair), by="template")
            day = _dated(alert.at_ms)[:-13]  # an alert of now tells the time alone
            for line in (f"■ {day}", message.head, *message.lines, f"💬 {message.note}"):
                out.write(f"  {line}\n")
            out.write("\n")
    if raw:
        out.write(
            "--raw: 대기 시간과 희소성을 적용하기 전의 알림 하나하나는 --json으로 볼 수 있습니다.\n"
        )


def _dated(ms: int) -> str:
    """ "2024년 8월 9일(금) 09:00:00 KST": recordings are of any year, and may be of several."""
    return f"{korean_time(ms).year}년 {kst(ms)}"


def main(options: Options, settings: Settings) -> int:
    """``replay`` on the standard streams."""
    return replay(options, settings, sys.stdout, sys.stderr)
