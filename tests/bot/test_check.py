"""`goraebot check` tries each configured part and says what to mend."""

import contextlib
import os
import sqlite3
import time
from functools import partial
from pathlib import Path

import msgspec
import pytest
from contracts import forward_proxy
from contracts.ai_server import AiServer
from contracts.forward_proxy import ForwardProxy
from contracts.futures_server import futures_rest, futures_server
from contracts.telegram_server import TelegramServer
from contracts.telegram_spec import load_spec
from yarl import URL

import bot.check
from bot.check import Finding, check, report
from bot.claim import claimed
from bot.settings import DatabaseSettings, FuturesSettings, Settings, TardisSettings, load
from pipeline.sources import exchange_rate, upbit
from pipeline.sources.simulated.upbit import UpbitServer
from pipeline.sources.simulator import Simulator


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    replace = msgspec.structs.replace
    plain = load(environ={})
    nobody = replace(plain.binance, ws_url="ws://127.0.0.1:9", rest_url="http://127.0.0.1:9")
    database = DatabaseSettings(f"sqlite+aiosqlite:///{tmp_path / 'check.db'}")
    futures = replace(plain.binance_futures, enabled=False)
    korea = replace(plain.upbit, enabled=False)
    return replace(plain, binance=nobody, binance_futures=futures, upbit=korea, database=database)


def parts(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.part: finding for finding in findings}


async def test_what_works_is_well_and_what_has_no_token_is_off(settings: Settings) -> None:
    async with Simulator(seed=1) as sim:
        urls = msgspec.structs.replace(settings.binance, ws_url=sim.ws_url, rest_url=sim.rest_url)
        found = await check(msgspec.structs.replace(settings, binance=urls))
    assert all(finding.well for finding in found), found
    assert "47개" in parts(found)["바이낸스 REST"].text
    assert "꺼짐" in parts(found)["텔레그램"].text
    assert report(found, lambda line: None)


async def test_an_exchange_out_of_reach_and_a_database_that_cannot_be_are_told(
    settings: Settings, tmp_path: Path
) -> None:
    wrong = DatabaseSettings(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    found = parts(await check(msgspec.structs.replace(settings, database=wrong)))
    for part, mend in (
        ("데이터베이스", "GORAEBOT_DATABASE_URL"),
        ("바이낸스 REST", "GORAEBOT_BINANCE_REST_URL"),
        ("바이낸스 실시간", "GORAEBOT_BINANCE_WS_URL"),
    ):
        assert not found[part].well
        assert mend in found[part].mend


async def test_a_page_that_is_open_to_others_without_a_password_is_told(settings: Settings) -> None:
    """With these settings ``goraebot run`` does not begin."""
    replace = msgspec.structs.replace
    open_ = replace(settings, web=replace(settings.web, host="0.0.0.0"))
    found = parts(await check(open_))["웹 채팅"]
    assert not found.well
    assert "GORAEBOT_WEB_PASSWORD" in found.mend
    assert parts(await check(replace(open_, web_password="secret")))["웹 채팅"].well


async def test_a_symbol_that_is_not_listed_is_told(settings: Settings) -> None:
    replace = msgspec.structs.replace
    async with Simulator(seed=1) as sim:
        urls = replace(settings.binance, ws_url=sim.ws_url, rest_url=sim.rest_url)
        for symbols, told in (("all", "ALL"), (("btcusdt", "NOPEUSDT"), "NOPEUSDT")):
            market = replace(settings.market, symbols=symbols)
            asked = replace(settings, binance=urls, market=market)
            found = parts(await check(asked))["바이낸스 REST"]
            assert (found.well, found.text.endswith(f": {told}")) == (False, True)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY"])
async def test_every_part_is_asked_through_the_environment_s_proxy(
    settings: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = msgspec.structs.replace(
        load(environ={}),
        database=settings.database,
        telegram_token="42:telegram-token_x",
        discord_token="an.example.of-a-token",
        ai_key="cr_key",
    )
    for other in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(other, raising=False)
        monkeypatch.delenv(other.lower(), raising=False)
    async with ForwardProxy().running() as proxy:
        monkeypatch.setenv(name, proxy.url)
        found = await check(usual)
    well = {finding.part for finding in found if finding.well}
    assert well == {"데이터베이스", "웹 채팅", "tardis-machine"}
    addresses = (
        usual.binance.ws_url, usual.binance.rest_url, usual.binance_futures.ws_url,
        usual.upbit.ws_url, usual.upbit.rest_url, usual.fx.url,
        usual.telegram.api_url, usual.discord.api_url, usual.ai.base_url,
    )  # fmt: skip
    hosts = {URL(address).host for address in addresses}
    assert {line.removeprefix("CONNECT ").partition(":")[0] for line in proxy.asked} == hosts
    assert len(proxy.logins) == 1
    assert not any(forward_proxy.PASSWORD in finding.text for finding in found)


async def test_a_database_that_somebody_holds_and_a_disk_that_fills_are_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, little = "데이터베이스", msgspec.structs.replace(settings.database, low_disk_mb=1e12)
    assert parts(await check(settings))[part].well
    found = parts(await check(msgspec.structs.replace(settings, database=little)))[part]
    assert not found.well
    assert "남은 공간" in found.text
    assert "low_disk_mb" in found.mend
    monkeypatch.setattr(bot.check, "open_store", partial(bot.check.open_store, busy_ms=1))
    with contextlib.closing(sqlite3.connect(tmp_path / "check.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        found = parts(await check(settings))[part]
    assert not found.well
    assert "locked" in found.text
    assert "붙잡고 있는 다른 프로그램" in found.mend


async def test_a_running_program_s_file_that_is_gone_is_not_made_anew(
    settings: Settings, tmp_path: Path
) -> None:
    part, file = "데이터베이스", tmp_path / "check.db"
    with claimed(file.resolve()):
        found = parts(await check(settings))[part]
        assert not found.well
        assert f"프로세스 {os.getpid()})" in found.text
        assert not file.exists()
    assert parts(await check(settings))[part].well, "nobody has it: a first start"


async def test_a_country_that_binance_does_not_serve_is_told_apart(settings: Settings) -> None:
    async with Simulator(seed=1) as sim:
        sim.refuse(451, times=10)
        urls = msgspec.structs.replace(settings.binance, ws_url=sim.ws_url, rest_url=sim.rest_url)
        found = parts(await check(msgspec.structs.replace(settings, binance=urls)))
    assert "이 지역에서는" in found["바이낸스 REST"].mend
    assert "이 지역에서는" in found["바이낸스 실시간"].mend


async def test_futures_are_tried_on_the_address_on_which_data_come(settings: Settings) -> None:
    assert "꺼짐" in parts(await check(settings))["바이낸스 선물"].text
    async with (
        futures_server(lambda: 1_760_000_000_000) as (exchange, url),
        futures_rest(exchange) as rest_url,
    ):
        futures = FuturesSettings(ws_url=url, rest_url="http://127.0.0.1:9")
        found = parts(await check(msgspec.structs.replace(settings, binance_futures=futures)))
        assert "GORAEBOT_BINANCE_FUTURES_REST_URL" in found["바이낸스 선물"].mend
        futures = FuturesSettings(ws_url=url, rest_url=rest_url)
        found = parts(await check(msgspec.structs.replace(settings, binance_futures=futures)))
    assert found["바이낸스 선물"].well
    assert "종목 3개" in found["바이낸스 선물"].text
    assert set(exchange.asked) == {"/market/stream?streams=!markPrice@arr"}
    assert "꺼짐" in found["tardis-machine"].text
    futures = FuturesSettings(ws_url="ws://127.0.0.1:9")
    machine = TardisSettings(machine_url="ws://127.0.0.1:9")
    dead = msgspec.structs.replace(settings, binance_futures=futures, tardis=machine)
    found = parts(await check(dead))
    assert "GORAEBOT_BINANCE_FUTURES_WS_URL" in found["바이낸스 선물"].mend
    assert "GORAEBOT_TARDIS_MACHINE_URL" in found["tardis-machine"].mend


async def test_prices_in_won_and_the_exchange_rate_are_tried(settings: Settings) -> None:
    replace = msgspec.structs.replace
    assert "꺼짐" in parts(await check(settings))["업비트 원화 시세"].text
    now_ms = time.time_ns() // 1_000_000
    async with UpbitServer(lambda: {"BTC": 1e5}, lambda: now_ms, manual=True) as server:
        there = replace(
            settings,
            upbit=upbit.Settings(ws_url=server.ws_url, rest_url=server.rest_url),
            fx=exchange_rate.Settings(url=server.fx_url),
        )
        found = parts(await check(there))
        assert found["업비트 원화 시세"] == Finding("업비트 원화 시세", True, "원화 종목 2개")
        assert found["환율"].well
        assert found["환율"].text.startswith("1달러 1,390.00원, ")
        server.rate_ms = now_ms - 30 * 86_400_000
        assert not parts(await check(there))["환율"].well
    found = parts(await check(there))
    assert "GORAEBOT_UPBIT_WS_URL" in found["업비트 원화 시세"].mend
    assert "GORAEBOT_FX_URL" in found["환율"].mend


async def test_tokens_and_keys_are_tried(settings: Settings) -> None:
    gateway = AiServer()
    async with gateway.running(), TelegramServer(load_spec()) as telegram:
        replace = msgspec.structs.replace
        tried = replace(
            settings,
            telegram=replace(settings.telegram, api_url=telegram.url),
            telegram_token=telegram.token,
            ai=replace(settings.ai, base_url=gateway.base_url),
            ai_key=gateway.key,
        )
        found = parts(await check(tried))
        assert found["텔레그램"].text.startswith("@goraebot")
        assert found["AI 설명"].well
        assert "한 달에 gemini-2.5-flash 112.50달러" in found["AI 설명"].text
        refused = replace(tried, telegram_token="1:WRONG", ai_key="wrong")
        found = parts(await check(refused))
    assert not found["텔레그램"].well
    assert not found["AI 설명"].well
    lines: list[str] = []
    assert not report(list(found.values()), lines.append)
    assert not any("WRONG" in line or "wrong" in line for line in lines)
