"""``goraebot check``: does every configured part work, and what to do where it does not."""

import asyncio
import math
import shutil
import time
from collections.abc import Callable

import aiohttp
import msgspec

from bot.claim import holder_of
from bot.errors import RetryLater, SettingsError, StoreError
from bot.health_words import database_advice
from bot.korean import josa
from bot.settings import Settings
from bot.store import open_store
from pipeline.errors import FrameError, PipelineError, Refused, TooFast
from pipeline.model import WonTicker
from pipeline.proxy import proxy_of
from pipeline.sources import rest_api
from pipeline.sources.binance import FUTURES, SPOT, Venue
from pipeline.sources.binance_frames import stream_name
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.exchange_rate import exchange_rate
from pipeline.sources.sockets import open_socket
from pipeline.sources.tardis_frames import address
from pipeline.sources.upbit_frames import parse, request
from pipeline.sources.upbit_rest import won_markets
from pipeline.universe import ALL_USDT

FIRST_FRAME_S = 10.0
SKEW_MS = 5_000
TEXTS_A_DAY = 1_000
A_TEXT = (900, 150)
"""Tokens in and out of one explanation, about."""


class Finding(msgspec.Struct, frozen=True):
    """One line of the report. ``mend`` is what to do about it, "" where all is well."""

    part: str
    well: bool
    text: str
    mend: str = ""


async def check(settings: Settings) -> list[Finding]:
    """Try each part once."""
    return [
        await _database(settings),
        _web(settings),
        await _rest(settings),
        await _streams(
            settings, "바이낸스 실시간", settings.binance.ws_url, SPOT, "GORAEBOT_BINANCE_WS_URL"
        ),
        await _futures(settings),
        await _machine(settings),
        *await _korea(settings),
        await _telegram(settings),
        await _discord(settings),
        await _gateway(settings),
    ]


def report(findings: list[Finding], write: Callable[[str], object]) -> bool:
    """Write the findings as a table; whether all is well."""
    for finding in findings:
        write(f"{'✅' if finding.well else '❌'} {finding.part}: {finding.text}")
        if finding.mend:
            write(f"   → {finding.mend}")
    return all(finding.well for finding in findings)


async def _database(settings: Settings) -> Finding:
    part, file = "데이터베이스", settings.database.file
    if file is not None and not file.exists():
        holder = holder_of(file.resolve())
        if holder is not None:  # a new file in its place would hide what has happened
            text = f"실행 중인 고래봇(프로세스 {holder or '?'})의 파일이 없어졌습니다: {file}"
            mend = "옮겼다면 제자리에 돌려놓고, 지웠다면 끝내기 전에 설명서(database)를 봐 주세요."
            return Finding(part, False, text, mend)
    began = time.monotonic()
    try:
        async with open_store(settings.database.url) as store:
            await store.set_meta("check", str(time.time_ns()))
            counts = await store.counts()
    except StoreError as error:
        return Finding(
            part,
            False,
            str(error),
            f"{database_advice(str(error))} 위치: GORAEBOT_DATABASE_URL",
        )
    took_ms = (time.monotonic() - began) * 1000
    text = f"쓰기 확인({took_ms:.0f}ms), 채팅 {counts.chats}개, 알림 기록 {counts.alerts}건"
    free_mb = math.inf if file is None else shutil.disk_usage(file.parent).free / 1e6
    if free_mb < settings.database.low_disk_mb:
        mend = "필요 없는 파일을 지우거나 디스크를 늘려 주세요. 한도: [database] low_disk_mb"
        return Finding(part, False, f"{text}, 디스크의 남은 공간 {free_mb:,.0f}MB", mend)
    return Finding(part, True, text)


def _web(settings: Settings) -> Finding:
    part, web = "웹 채팅", settings.web
    if not web.enabled:
        return Finding(part, True, "꺼짐 ([web] enabled)")
    from bot.platforms.web_sessions import is_loopback

    locked = bool(settings.web_password)
    if not locked and not is_loopback(web.host):
        text = f"{web.host}: 이 컴퓨터 밖에서도 열리는 주소인데 비밀번호가 없어 시작하지 않습니다"
        mend = "GORAEBOT_WEB_PASSWORD를 정하거나 GORAEBOT_WEB_HOST를 127.0.0.1로 두세요."
        return Finding(part, False, text, mend)
    return Finding(part, True, f"{web.host}:{web.port}, 비밀번호 {'있음' if locked else '없음'}")


async def _rest(settings: Settings) -> Finding:
    part = "바이낸스 REST"
    try:
        async with BinanceRest(settings.binance.rest_url) as rest:
            began = time.time() * 1000
            server_ms = await rest.server_ms()
            received = time.time() * 1000
            listed = await rest.symbols()
    except PipelineError as error:
        return _failed(part, error, "GORAEBOT_BINANCE_REST_URL")
    skew_ms = (began + received) / 2 - server_ms  # the answer was made halfway
    usdt = sum(1 for info in listed.values() if info.trading and info.quote == "USDT")
    text = f"응답 {received - began:.0f}ms, 거래 중인 USDT 종목 {usdt}개"
    if abs(skew_ms) > SKEW_MS:
        return Finding(
            part,
            False,
            f"{text}, 이 컴퓨터의 시계가 {skew_ms / 1000:+.1f}초 어긋나 있습니다",
            "시간 동기화(NTP)를 켜세요.",
        )
    wanted = settings.market.symbols
    names = {wanted} - {ALL_USDT} if isinstance(wanted, str) else set(wanted)
    if unknown := sorted({name.upper() for name in names} - listed.keys()):
        mend = "[market] symbols를 고치세요. 모든 종목은 all-usdt입니다."
        return Finding(part, False, f"{text}, 목록에 없는 종목: {', '.join(unknown)}", mend)
    return Finding(part, True, text)


async def _futures(settings: Settings) -> Finding:
    part = "바이낸스 선물"
    if not settings.binance_futures.enabled:
        return Finding(part, True, "꺼짐 ([binance_futures] enabled)")
    url = settings.binance_futures.ws_url
    found = await _streams(settings, part, url, FUTURES, "GORAEBOT_BINANCE_FUTURES_WS_URL")
    if not found.well:
        return found
    try:
        async with BinanceRest(settings.binance_futures.rest_url, api=rest_api.FUTURES) as rest:
            listed = await rest.symbols()
    except PipelineError as error:
        return _failed(part, error, "GORAEBOT_BINANCE_FUTURES_REST_URL")
    return Finding(part, True, f"{found.text}, 종목 {len(listed):,}개")


async def _machine(settings: Settings) -> Finding:
    part = "tardis-machine"
    url = settings.tardis.machine_url
    if not url:
        return Finding(part, True, "꺼짐 (GORAEBOT_TARDIS_MACHINE_URL 없음)")
    variable = "GORAEBOT_TARDIS_MACHINE_URL"
    return await _first_of(settings, part, address(url, "binance", ()), variable)


async def _streams(
    settings: Settings, part: str, base: str, venue: Venue, variable: str
) -> Finding:
    url = f"{base.rstrip('/')}{venue.path}?streams={stream_name(venue.heartbeat)}"
    return await _first_of(settings, part, url, variable)


async def _first_of(settings: Settings, part: str, url: str, variable: str) -> Finding:
    began = time.monotonic()
    try:
        socket = await open_socket(url, settings.binance.engine)
        try:
            async with asyncio.timeout(FIRST_FRAME_S):
                await socket.recv()
        finally:
            await socket.close()
    except PipelineError as error:
        return _failed(part, error, variable)
    except TimeoutError:
        text = f"연결됐지만 {FIRST_FRAME_S:g}초 동안 시세가 오지 않습니다."
        return Finding(part, False, text, "잠시 뒤 다시 확인하세요.")
    return Finding(part, True, f"첫 시세까지 {(time.monotonic() - began) * 1000:.0f}ms")


async def _korea(settings: Settings) -> list[Finding]:
    """Prices in won, and the exchange rate."""
    upbit, rate = "업비트 원화 시세", "환율"
    if not settings.upbit.enabled:
        return [Finding(upbit, True, "꺼짐 ([upbit] enabled)")]
    found = []
    try:
        codes = await won_markets(settings.upbit.rest_url)
        socket = await open_socket(settings.upbit.ws_url, settings.binance.engine)
        try:
            async with asyncio.timeout(FIRST_FRAME_S):
                await socket.send(request(codes[:1]))
                answers = [one for frame in await socket.recv() for one in parse(frame)]
        finally:
            await socket.close()
        well = any(isinstance(one, WonTicker) for one in answers)
        text = f"원화 종목 {len(codes)}개" if well else f"시세가 아닌 답: {answers[0]!r}"
        found.append(Finding(upbit, well, text, "" if well else "잠시 뒤 다시 확인하세요."))
    except PipelineError as error:
        variables = "GORAEBOT_UPBIT_REST_URL, GORAEBOT_UPBIT_WS_URL"
        found.append(
            Finding(upbit, False, str(error), f"네트워크와 주소를 확인하세요: {variables}")
        )
    except TimeoutError:
        text = f"연결됐지만 {FIRST_FRAME_S:g}초 동안 시세가 오지 않습니다."
        found.append(Finding(upbit, False, text, "잠시 뒤 다시 확인하세요."))
    try:
        known = await exchange_rate(settings.fx.url, now_ms := time.time_ns() // 1_000_000)
    except PipelineError as error:
        mend = "네트워크와 주소를 확인하세요: GORAEBOT_FX_URL"
        return [*found, Finding(rate, False, str(error), mend)]
    hours = (now_ms - known.at_ms) / 3_600_000
    text = f"1달러 {known.won:,.2f}원, {hours:.0f}시간 전 고시 ({known.source})"
    fresh = known.fresh(now_ms)
    return [*found, Finding(rate, fresh, text, "" if fresh else "오래되어 쓰지 않습니다.")]


async def _telegram(settings: Settings) -> Finding:
    part = "텔레그램"
    if not settings.telegram_token:
        return Finding(part, True, "꺼짐 (TELEGRAM_BOT_TOKEN 없음)")
    from bot.platforms.telegram import identify

    try:
        name = await identify(settings.telegram_token, api_url=settings.telegram.api_url)
    except SettingsError as error:
        return Finding(part, False, str(error), "@BotFather에서 토큰을 다시 확인하세요.")
    except RetryLater as error:
        return Finding(part, False, f"연결할 수 없습니다({error})", "인터넷과 프록시를 확인하세요.")
    return Finding(part, True, f"{name}로 로그인했습니다")


async def _discord(settings: Settings) -> Finding:
    part = "디스코드"
    if not settings.discord_token:
        return Finding(part, True, "꺼짐 (DISCORD_BOT_TOKEN 없음)")
    url = f"{settings.discord.api_url.rstrip('/')}/users/@me"
    headers = {"Authorization": f"Bot {settings.discord_token.strip()}"}
    timeout = aiohttp.ClientTimeout(total=FIRST_FRAME_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, proxy=proxy_of(url)) as session,
            session.get(url, headers=headers) as response,
        ):
            if response.status == 401:
                mend = "개발자 포털에서 토큰을 다시 만들어 DISCORD_BOT_TOKEN에 넣으세요."
                return Finding(part, False, "토큰이 거절되었습니다", mend)
            if response.status != 200:
                text = f"HTTP {response.status}"
                return Finding(part, False, text, "잠시 뒤 다시 확인하세요.")
            name = (await response.json()).get("username", "?")
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        text = f"연결할 수 없습니다({type(error).__name__})"
        return Finding(part, False, text, "인터넷과 프록시를 확인하세요.")
    return Finding(part, True, f"{name}로 로그인했습니다")


async def _gateway(settings: Settings) -> Finding:
    part = "AI 설명"
    if not settings.ai_key or not settings.ai.enabled:
        return Finding(part, True, "꺼짐 (HOLYSHEEP_API_KEY 없음, 자동 설명만)")
    from bot.explain.gateway import Failed, Gateway

    gateway = Gateway(settings.ai.base_url, settings.ai_key)
    try:
        listed = await gateway.models(FIRST_FRAME_S)
    finally:
        await gateway.close()
    if isinstance(listed, Failed):
        mend = "HOLYSHEEP_API_KEY와 [ai] base_url, 잔액을 확인하세요."
        return Finding(part, False, listed.text, mend)
    models = {name: model for name, model in settings.ai.models.items() if model.enabled}
    month_usd = {
        name: model.nanodollars(*A_TEXT) * TEXTS_A_DAY * 30 / 1e9 for name, model in models.items()
    }
    costs = ", ".join(f"{name} {usd:.2f}달러" for name, usd in month_usd.items())
    text = f"모델 {len(models)}개, 하루 {TEXTS_A_DAY:,}건이면 한 달에 {costs}"
    missing = [name for name in models if name not in listed]
    if missing:
        mend = "[ai.models]를 게이트웨이가 제공하는 모델로 고치세요."
        return Finding(part, False, f"{text}. 목록에 없는 모델: {', '.join(missing)}", mend)
    return Finding(part, True, text)


def _failed(part: str, error: PipelineError, variable: str) -> Finding:
    if isinstance(error, Refused) and error.status == 451:
        mend = (
            "이 지역에서는 바이낸스를 쓸 수 없습니다. 다른 지역의 서버에서 실행하거나 "
            "make demo로 모의 시장을 쓰세요."
        )
    elif isinstance(error, TooFast):
        mend = f"{error.retry_after_s:.0f}초 뒤에 다시 시도하세요."
    elif isinstance(error, FrameError):
        mend = f"{josa(variable, '이/가')} 바이낸스를 가리키는지 확인하세요."
    else:
        mend = (
            f"인터넷, DNS, 프록시와 {josa(variable, '을/를')} 확인하세요. "
            "make demo는 네트워크 없이 됩니다."
        )
    return Finding(part, False, str(error), mend)
