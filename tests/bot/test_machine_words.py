"""/status tells which way data come, and why they do not."""

import pytest
from contracts.tardis_server import tardis_server

from bot.errors import UserError
from bot.machine_words import machine_lines
from bot.symbols import Symbols
from pipeline.model import SymbolInfo
from pipeline.sources.handover import State
from pipeline.sources.tardis_listing import Listing
from pipeline.sources.tardis_machine import Status

SINCE = 1_795_359_000_000
WELL = Status("binance", "", "", 90.0, 400, ())


def lines(by_machine: bool | None, since_ms: int, *exchanges: Status) -> list[str]:
    return list(machine_lines(State(by_machine, since_ms, exchanges)))


def test_it_says_which_way_the_trades_come_in_one_line() -> None:
    (carried,) = lines(True, SINCE, WELL)
    assert carried == "바이낸스 현물 체결은 tardis-machine으로 받습니다(선물 제외)."
    (fallen,) = lines(False, SINCE, WELL)
    assert fallen.startswith("⚠️ tardis-machine이 멈춰 ")
    assert "바이낸스 현물 체결도 직접 받습니다." in fallen
    assert lines(None, 0) == []


def test_it_names_what_fails_and_pairs_that_nothing_is_heard_of() -> None:
    silent = Status("upbit", "silent", "", 0.0, 2, ())
    mute = Status("okex", "", "", 90.0, 3, ("okex:BTC-USDTT",))
    ahead = Status("binance", "ahead", "", 0.0, 400, ())
    assert lines(None, 0, ahead, silent, mute) == [
        "⚠️ binance: 데이터의 시각이 이 컴퓨터의 시계보다 2분 넘게 앞섭니다. 시계를 확인해 주세요. "
        "계속 다시 시도합니다.",
        "⚠️ upbit: tardis-machine에서 데이터가 오지 않습니다. 계속 다시 시도합니다.",
        "⚠️ okex: 종목 3개 · 데이터가 온 적 없는 종목: okex:BTC-USDTT. 이름을 확인해 주세요.",
    ]


@pytest.fixture(scope="module")
def elsewhere() -> Listing:
    """Nothing has been read yet, but what a contract is."""
    return Listing("http://127.0.0.1:9", {"okex-swap:BTC-USDT-SWAP": 0.01})


FUTURE = "binance-futures:BTCUSDT"
PAIRS = {"BTCUSDT": SymbolInfo("BTCUSDT", "BTC", "USDT")}
CONTRACTS = {FUTURE: SymbolInfo(FUTURE, "BTC", "USDT")}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("okex:btc-usdt", "okex:BTC-USDT"),
        ("OKX:BTC/USDT", "okex:BTC-USDT"),
        ("업비트:krw-btc", "upbit:KRW-BTC"),
        ("okex-swap:BTC-USDT-SWAP", "okex-swap:BTC-USDT-SWAP"),
        ("binance-futures:btcusdt", FUTURE),
        ("binance-usdm:btcusdt", FUTURE),
        ("binance:btcusdt", "BTCUSDT"),
        ("btcusdt", "BTCUSDT"),
    ],
)
def test_pairs_are_named_with_their_exchange(typed: str, meant: str, elsewhere: Listing) -> None:
    symbols = Symbols(PAIRS, contracts=CONTRACTS, elsewhere=elsewhere)
    assert symbols.find(typed).symbol == meant


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("okex:btc", "예: okex:BTC-USDT"),
        ("okex-swap:ETH-USDT-SWAP", "계약 하나의 크기를 몰라"),
        ("deribit:BTC-27DEC26-50000-C", "예: deribit:BTC-PERPETUAL"),
    ],
)
def test_pairs_that_cannot_be_followed_are_told_why(
    typed: str, said: str, elsewhere: Listing
) -> None:
    with pytest.raises(UserError, match=said):
        Symbols(PAIRS, elsewhere=elsewhere).find(typed)


def test_without_a_machine_there_are_no_other_exchanges() -> None:
    symbols = Symbols(PAIRS)
    with pytest.raises(UserError, match="tardis-machine을 연결하면"):
        symbols.find("okex:btc-usdt")
    assert symbols.find("upbit:KRW-BTC").symbol == "BTCUSDT"  # as it was always understood
    assert symbols.get("okex:BTC-USDT") == SymbolInfo("okex:BTC-USDT", "BTC", "USDT")


async def test_a_pair_that_its_exchange_does_not_have_is_refused_with_what_it_has() -> None:
    async with tardis_server() as server:
        listing = Listing(server.url, {})
        symbols = Symbols(PAIRS, elsewhere=listing)
        assert symbols.find("huobi:ETHUSD").symbol == "huobi:ETHUSD"  # as long as nothing is known
        assert await listing.read("huobi")
        with pytest.raises(UserError, match="비슷한 종목: huobi:ETHUSDT"):
            symbols.find("huobi:ETHUSD")
        with pytest.raises(UserError, match="huobi에 없는 종목입니다"):
            symbols.find("huobi:lunausdt")  # delisted
        assert symbols.find("huobi:ethusdt").symbol == "huobi:ETHUSDT"
        server.status = 503
        assert not await listing.read("huobi")
        assert symbols.find("huobi:ethusdt").symbol == "huobi:ETHUSDT"
    assert not await listing.read("okex")  # nobody there any more
