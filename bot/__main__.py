"""The command line: run · demo · replay · record · check."""

import argparse
import gc
import io
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from bot.command_line import parser
from bot.errors import BotError, SettingsError, single

if TYPE_CHECKING:
    from bot.settings import DatabaseSettings, Settings
    from pipeline.sources.tardis import Access
    from pipeline.sources.tardis_wanted import Wanted

DONE, FAILED, MISUSED = 0, 1, 2
DEMO_WARMUP_S = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``goraebot``; returns the exit code: 0 done, 1 failed while running, 2 wrong usage."""
    commands = {
        "run": _run,
        "demo": _demo,
        "replay": _replay,
        "record": _record,
        "check": _check,
    }
    _write_anything()
    options = parser(commands).parse_args(arguments)
    try:
        if options.run in (_run, _demo):
            gc.disable()  # until loops.settle: what is loaded stays, and a start is a tenth quicker
        from bot.settings import load

        settings = load(options.config)
        code: int = options.run(options, settings)
    except SettingsError as error:
        return _misused(error)
    except KeyboardInterrupt:
        return DONE
    except BrokenPipeError:  # the reader (head, less) has seen enough
        _say_no_more()
        return DONE
    finally:
        gc.enable()
    return code


def _write_anything() -> None:
    """What a terminal's letters lack (EUC-KR has no whale) is replaced and ends no program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _complain(why: str) -> None:
    print(why, file=sys.stderr)


def _misused(error: object, tell: Callable[[str], None] = _complain) -> int:
    tell(f"설정을 확인하세요: {error}")
    return MISUSED


def _run(options: argparse.Namespace, settings: "Settings") -> int:
    from bot.app import serve

    _log(settings)
    if options.tardis is not None:
        return _run_past(options, settings)
    if options.begin or options.end or options.symbols:
        raise SettingsError("--from, --to, --symbols는 --tardis와 함께 씁니다")
    return _serving(serve(settings, opened=_tell_address, told=_teller(settings)), settings)


def _run_past(options: argparse.Namespace, settings: "Settings") -> int:
    """The whole program on what Tardis recorded, at the pace at which it happened."""
    import msgspec

    from bot.app import serve
    from bot.unreal import replayed
    from pipeline.sources.tardis import TardisReplaySource

    asked, access = _tardis(options, _listed(options.symbols), settings, everything=True)
    past = TardisReplaySource(asked, access)
    unreal = replayed(past.begin_ms)
    # What it tells is kept nowhere: it is no news, and no record of what the program has seen.
    settings = msgspec.structs.replace(settings, database=_in_memory())
    return _serving(
        serve(
            settings,
            unreal=unreal,
            past=past,
            opened=lambda url: _tell_address(url, f"{unreal.name}({unreal.warning.rstrip('.')})"),
            told=_teller(settings),
        ),
        settings,
    )


def _in_memory() -> "DatabaseSettings":
    from bot.settings import DatabaseSettings

    return DatabaseSettings("sqlite+aiosqlite:///:memory:")


def _demo(options: argparse.Namespace, settings: "Settings") -> int:
    import msgspec

    from bot.app import serve
    from bot.settings import DatabaseSettings
    from bot.unreal import SIMULATED
    from pipeline.sources.simulated.upbit import UpbitServer
    from pipeline.sources.simulator import Simulator

    _log(settings)
    replace = msgspec.structs.replace
    speed = options.speed or settings.demo.speed
    seed = settings.demo.seed if options.seed is None else options.seed
    if settings.database == DatabaseSettings():  # a demo leaves nothing behind unless asked to
        settings = replace(settings, database=_in_memory())
    detectors = {  # nobody watches a demo for ten minutes before the first jump may be told
        kind: replace(section, warmup_s=min(section.warmup_s, DEMO_WARMUP_S))
        if hasattr(section, "warmup_s")
        else section
        for kind, section in settings.detectors.items()
    }

    async def demo() -> None:
        async with (
            Simulator(seed=seed, speed=speed) as market,
            UpbitServer(market.prices, lambda: market.now_ms, rallies=True) as upbit,
        ):
            korea = replace(settings.upbit, ws_url=upbit.ws_url, rest_url=upbit.rest_url)
            fx = replace(settings.fx, url=upbit.fx_url)
            urls = replace(settings.binance, ws_url=market.ws_url, rest_url=market.rest_url)
            futures = replace(
                settings.binance_futures, ws_url=market.ws_url, rest_url=market.rest_url
            )
            await serve(
                replace(
                    settings,
                    demo=replace(settings.demo, speed=speed),
                    binance=urls,
                    binance_futures=futures,
                    upbit=korea,
                    fx=fx,
                    detectors=detectors,
                ),
                unreal=SIMULATED,
                opened=lambda url: _tell_address(url, "모의 시장(실제 시세가 아닙니다)"),
                told=_teller(settings),
            )

    return _serving(demo(), settings)


def _replay(options: argparse.Namespace, settings: "Settings") -> int:
    from bot import replay
    from pipeline.detectors import KINDS

    kinds = None
    if options.kinds:
        kinds = _listed(options.kinds)
        unknown = [kind for kind in kinds if kind not in KINDS]
        if unknown:
            known = ", ".join(KINDS)
            raise SettingsError(f"--kinds {', '.join(unknown)}: 알 수 없는 종류입니다 ({known})")
    symbols = _listed(options.symbols)
    if options.settings is not None:
        from bot.settings import load

        settings = load(options.settings)
    if (options.tardis is None) != bool(options.files):
        raise SettingsError("기록 파일과 --tardis 가운데 하나를 주세요")
    if options.tardis is None and (options.begin or options.end or options.channels):
        raise SettingsError("--from, --to, --channels는 --tardis와 함께 씁니다")
    return replay.main(
        replay.Options(
            files=options.files,
            tardis=None if options.tardis is None else _tardis(options, symbols, settings),
            json=options.json,
            raw=options.raw,
            kinds=kinds,
            symbols=symbols,
            speed=options.speed,
            labels=None if options.labels is None else replay.labels_of(options.labels),
        ),
        settings,
    )


def _tardis(
    options: argparse.Namespace,
    symbols: Sequence[str],
    settings: "Settings",
    *,
    everything: bool = False,
) -> "tuple[Wanted, Access]":
    """What ``--tardis`` and its companions ask for; ``everything`` that is read of the exchange
    and not only what detectors look at. Raises SettingsError."""
    from bot.tardis_words import replay_trouble
    from pipeline.sources.tardis import Access
    from pipeline.sources.tardis_wanted import TardisError, wanted, whole

    begin, end = options.begin, options.end
    if begin is None or end is None:
        raise SettingsError(
            "--tardis에는 --from과 --to가 필요합니다. 예: --from 2024-03-01 --to 2024-03-01T01:00"
        )
    try:
        if everything:
            asked = whole(wanted(options.tardis, symbols, begin, end))
        else:
            asked = wanted(options.tardis, symbols, begin, end, _listed(options.channels))
    except TardisError as error:
        raise SettingsError(replay_trouble(error)) from error
    of = settings.tardis
    return asked, Access(of.api_url, of.folder, settings.tardis_key or "", of.cache_mb)


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _record(options: argparse.Namespace, settings: "Settings") -> int:
    import msgspec

    from bot.record import record

    _log(settings)
    replace = msgspec.structs.replace
    if options.folder is not None:
        settings = replace(settings, record=replace(settings.record, folder=str(options.folder)))
    symbols, contracts = _recorded(_listed(options.symbols))
    if contracts and not settings.binance_futures.enabled:
        raise SettingsError("--symbols: [binance_futures] enabled가 꺼져 있습니다")
    if symbols or contracts:
        settings = replace(settings, market=replace(settings.market, symbols=symbols))
    whole = False

    async def recorded() -> None:
        nonlocal whole
        for_s = options.minutes and options.minutes * 60
        whole = await record(settings, contracts=contracts, for_s=for_s, told=_tell)

    return _serving(recorded(), settings) or (DONE if whole else FAILED)


def _recorded(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Pairs, and contracts by their qualified names. Raises SettingsError for other exchanges'."""
    from pipeline.model import FUTURES

    symbols, contracts = [], []
    for name in names:
        venue, _, symbol = name.rpartition(":")
        if venue.lower() not in ("", FUTURES):
            raise SettingsError(
                f"--symbols {name}: 바이낸스만 녹화합니다. 예: BTCUSDT,{FUTURES}:BTCUSDT"
            )
        if venue:
            contracts.append(f"{FUTURES}:{symbol.upper()}")
        else:
            symbols.append(symbol.upper())
    return tuple(symbols), tuple(contracts)


def _check(options: argparse.Namespace, settings: "Settings") -> int:
    import asyncio

    from bot.check import check, report

    _log(settings)
    return DONE if report(asyncio.run(check(settings)), _teller(settings)) else FAILED


def _serving(work: Coroutine[Any, Any, None], settings: "Settings") -> int:
    """Run the program; what went wrong becomes a line and an exit code."""
    from bot import loops
    from bot.hidden import Hider

    hide = Hider(settings.secrets)

    def tell(why: str) -> None:
        if settings.log.format == "json":  # whatever reads the log reads this as well
            logging.getLogger("goraebot").critical("%s", why)
        else:
            print(hide(why), file=sys.stderr)

    code = DONE
    try:
        loops.run(work, settings.binance.engine)
    except* SettingsError as errors:
        code = max(_misused(error, tell) for error in single(errors))
    except* BotError as errors:
        for error in single(errors):
            tell(f"멈췄습니다: {error}")
        code = FAILED
    return code


def _tell_address(url: str, what: str = "웹 채팅") -> None:
    _tell(f"🐳 {what}: {url}  (끝내려면 Ctrl+C)")


def _tell(line: str) -> None:
    """Print a line. Where nobody can read it any more (a closed pipe or terminal, a full disk) the
    program goes on: its log and its chats tell as much."""
    try:
        print(line, flush=True)
    except OSError:
        _say_no_more()


def _say_no_more() -> None:
    """What is printed, and what waits to be, goes nowhere from now on."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _teller(settings: "Settings") -> Callable[[str], None]:
    """Tells without secrets: lines may quote what a server said."""
    from bot.hidden import Hider

    hide = Hider(settings.secrets)
    return lambda line: _tell(hide(line))


def _log(settings: "Settings") -> None:
    from bot.logs import set_up

    set_up(settings.log.format, settings.log.level, settings.secrets)


if __name__ == "__main__":
    sys.exit(main())
