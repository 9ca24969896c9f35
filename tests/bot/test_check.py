"""`goraebot check` tries each configured part and says what to mend."""

from pathlib import Path

import msgspec
import pytest
from contracts.ai_server import AiServer
from contracts.futures_server import futures_server
from contracts.telegram_server import TelegramServer
from contracts.telegram_spec import load_spec

from bot.check import Finding, check, report
from bot.settings import DatabaseSettings, FuturesSettings, Settings, TardisSettings, load
from pipeline.sources.simulator import Simulator


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    replace = msgspec.structs.replace
    plain = load(environ={})
    nobody = replace(plain.binance, ws_url="ws://127.0.0.1:9", rest_url="http://127.0.0.1:9")
    database = DatabaseSettings(f"sqlite+aiosqlite:///{tmp_path / 'check.db'}")
    futures = replace(plain.binance_futures, enabled=False)
    return replace(plain, binance=nobody, binance_futures=futures, database=database)


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


async def test_a_country_that_binance_does_not_serve_is_told_apart(settings: Settings) -> None:
    async with Simulator(seed=1) as sim:
        sim.refuse(451, times=10)
        urls = msgspec.structs.replace(settings.binance, ws_url=sim.ws_url, rest_url=sim.rest_url)
        found = parts(await check(msgspec.structs.replace(settings, binance=urls)))
    assert "이 지역에서는" in found["바이낸스 REST"].mend
    assert "이 지역에서는" in found["바이낸스 실시간"].mend


async def test_futures_are_tried_on_the_address_on_which_data_come(settings: Settings) -> None:
    assert "꺼짐" in parts(await check(settings))["바이낸스 선물"].text
    async with futures_server(lambda: 1_760_000_000_000) as (exchange, url):
        futures = FuturesSettings(ws_url=url)
        found = parts(await check(msgspec.structs.replace(settings, binance_futures=futures)))
    assert found["바이낸스 선물"].well
    assert exchange.asked == ["/market/stream?streams=!markPrice@arr"]
    assert "꺼짐" in found["tardis-machine"].text
    futures = FuturesSettings(ws_url="ws://127.0.0.1:9")
    machine = TardisSettings(machine_url="ws://127.0.0.1:9")
    dead = msgspec.structs.replace(settings, binance_futures=futures, tardis=machine)
    found = parts(await check(dead))
    assert "GORAEBOT_BINANCE_FUTURES_WS_URL" in found["바이낸스 선물"].mend
    assert "GORAEBOT_TARDIS_MACHINE_URL" in found["tardis-machine"].mend


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
