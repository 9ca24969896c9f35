"""How people name a pair, and which one they get."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.korean import NAMES
from bot.ports import Directory
from bot.symbols import Symbols, read_symbol
from pipeline.model import FUTURES, SymbolInfo

LISTED = """
BTC/USDT BTC/FDUSD BTC/USDC BTC/TRY ETH/USDT ETH/BTC ETHFI/USDT XRP/USDT SOL/USDT DOGE/USDT
BNB/USDT BNB/BTC BCH/USDT BTTC/USDT ADA/USDT USDT/TRY PERP/USDT 币安人生/USDT 1000SATS/USDT OM/FDUSD
NEO/BTC W/USDT KRW/USDT
"""
VOLUMES = {
    "BTCUSDT": 2e9, "BTCFDUSD": 3e9, "BTCUSDC": 1e8, "BTCTRY": 9e10, "ETHUSDT": 1e9, "ETHBTC": 500,
    "ETHFIUSDT": 2e7, "XRPUSDT": 5e8, "SOLUSDT": 6e8, "DOGEUSDT": 3e8, "BNBUSDT": 2e8,
    "BNBBTC": 90, "BCHUSDT": 5e7, "BTTCUSDT": 1e6, "ADAUSDT": 1e8, "USDTTRY": 5e9,
}  # fmt: skip


def listed(*pairs: str, trading: bool = True) -> dict[str, SymbolInfo]:
    split = (pair.split("/") for pair in pairs)
    return {base + quote: SymbolInfo(base + quote, base, quote, trading) for base, quote in split}


@pytest.fixture(scope="module")
def symbols() -> Symbols:
    without_won = [pair for pair in LISTED.split() if pair != "KRW/USDT"]
    return Symbols(listed(*without_won) | listed("LUNA/USDT", trading=False), VOLUMES)


def tickers(found: list[SymbolInfo]) -> list[str]:
    return [info.symbol for info in found]


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        ("btcusdt", "BTCUSDT"),
        ("BTCUSDT", "BTCUSDT"),
        ("btc-usdt", "BTCUSDT"),
        ("BTC/USDT", "BTCUSDT"),
        ("btc_usdt", "BTCUSDT"),
        ("btc usdt", "BTCUSDT"),
        (" Btc ", "BTCUSDT"),
        ("ＢＴＣ", "BTCUSDT"),
        ("$btc", "BTCUSDT"),
        ("#BTC", "BTCUSDT"),
        ("KRW-BTC", "BTCUSDT"),
        ("BTC-KRW", "BTCUSDT"),
        ("BTC/USD", "BTCUSDT"),
        ("btckrw", "BTCUSDT"),
        ("USDT-BTC", "BTCUSDT"),
        ("BINANCE:BTCUSDT", "BTCUSDT"),
        ("BINANCE:BTCUSDT.P", "BTCUSDT"),
        ("BTCUSDTPERP", "BTCUSDT"),
        ("비트", "BTCUSDT"),
        ("비트코인", "BTCUSDT"),
        ("비트코인usdt", "BTCUSDT"),
        ("비트코인 원화", "BTCUSDT"),
        ("비트코인", "BTCUSDT"),
        ("비트코인 캐시", "BCHUSDT"),
        ("비캐", "BCHUSDT"),
        ("btc try", "BTCTRY"),
        ("BTC-FDUSD", "BTCFDUSD"),
        ("ETH-BTC", "ETHBTC"),
        ("BTC-ETH", "ETHBTC"),
        ("이더/비트", "ETHBTC"),
        ("이더", "ETHUSDT"),
        ("리플", "XRPUSDT"),
        ("엑스알피", "XRPUSDT"),
        ("#리플", "XRPUSDT"),
        ("리플코인", "XRPUSDT"),
        ("도지", "DOGEUSDT"),
        ("에이다", "ADAUSDT"),
        ("만트라", "OMFDUSD"),
        ("neo", "NEOBTC"),
        ("w", "WUSDT"),
        ("perp", "PERPUSDT"),
        ("币安人生", "币安人生USDT"),
        ("币安人生usdt", "币安人生USDT"),
        ("1000sats", "1000SATSUSDT"),
        ("테더", "USDTTRY"),
        ("비트랑", "BTCUSDT"),
        ("이더리움은", "ETHUSDT"),
        ("도지가", "DOGEUSDT"),
    ],
)
def test_a_pair_is_found_by_what_people_call_it(symbols: Symbols, typed: str, symbol: str) -> None:
    assert symbols.find(typed).symbol == symbol


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (
            "비트코잉",
            "‘비트코잉’에 맞는 심볼이 없습니다. 비슷한 심볼: 비트코인(BTCUSDT), "
            "비트코인캐시(BCHUSDT). 예: BTC, btcusdt, 비트코인",
        ),
        (
            "솔라냐",
            "‘솔라냐’에 맞는 심볼이 없습니다. 비슷한 심볼: 솔라나(SOLUSDT). "
            "예: BTC, btcusdt, 비트코인",
        ),
        ("", "심볼을 입력해 주세요. 예: BTC, btcusdt, 비트코인"),
        ("  ", "심볼을 입력해 주세요. 예: BTC, btcusdt, 비트코인"),
        ("🐳", "심볼을 입력해 주세요. 예: BTC, btcusdt, 비트코인"),
        ("qqqqq", "‘QQQQQ’에 맞는 심볼이 없습니다. 예: BTC, btcusdt, 비트코인"),
        ("x" * 41, "심볼이 너무 깁니다. 예: BTC, btcusdt, 비트코인"),
        (
            "lunausdt",
            "루나(LUNAUSDT): 지금 거래되지 않는 심볼입니다. 예: BTC, btcusdt, 비트코인",
        ),
    ],
)
def test_bad_input_gets_one_helpful_line(symbols: Symbols, typed: str, line: str) -> None:
    with pytest.raises(UserError) as refusal:
        symbols.find(typed)
    assert str(refusal.value) == line


@pytest.mark.parametrize(("typed", "base"), [("qlxm", "BTC"), ("ㅠㅅㅊ", "BTC"), ("ehwl", "DOGE")])
def test_what_was_typed_on_the_other_layout_is_near_what_was_meant(
    symbols: Symbols, typed: str, base: str
) -> None:
    with pytest.raises(UserError) as refusal:
        symbols.find(typed)
    assert symbols.suggest(typed)[0].base == base
    assert refusal.value.near[0] == symbols.suggest(typed)[0].symbol


def test_every_name_of_every_known_coin_finds_that_coin() -> None:
    every = Symbols(listed(*(f"{base}/USDT" for base in NAMES if base != "USDT"), "USDT/TRY"))
    wrong = {
        name: every.find(name).base
        for base, names in NAMES.items()
        for name in (base, *names)
        if every.find(name).base != base
    }
    assert wrong == {}


def test_a_slip_of_the_finger_names_at_most_three_coins_the_likeliest_first(
    symbols: Symbols,
) -> None:
    with pytest.raises(UserError, match=r"비슷한 심볼: 비트코인\(BTC") as refusal:
        symbols.find("BTCUDST")
    suggested = str(refusal.value).split("비슷한 심볼: ")[1].split(". 예:")[0]
    assert 1 <= len(suggested.split(", ")) <= 3


def test_nothing_typed_comes_back_that_could_be_markup_a_mention_or_a_link(
    symbols: Symbols,
) -> None:
    for typed in (
        "<b>x</b>",
        "@everyone",
        "[a](http://b.cc)",
        "*_`~|>",
        "\u202eabc\u200b",
        "a.bc/d",
    ):
        with pytest.raises(UserError) as refusal:
            symbols.find(typed)
        echoed = str(refusal.value).split("비슷한")[0].removesuffix("예: BTC, btcusdt, 비트코인")
        assert not set("<>@[]()*_`~|/\u202e\u200b") & set(echoed)
    with pytest.raises(UserError, match="‘QQQQQQQQQQQQ’"):
        symbols.find("q" * 40)


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_any_text_finds_a_pair_or_one_helpful_line(text: str) -> None:
    symbols = Symbols(listed(*LISTED.split()), VOLUMES)
    assert len(symbols.suggest(text, 3)) <= 3
    try:
        assert symbols.find(text).symbol
    except UserError as refusal:
        assert "예:" in str(refusal) and "\n" not in str(refusal)


def test_before_the_list_has_arrived_the_answer_says_so() -> None:
    symbols = Symbols()
    with pytest.raises(UserError, match="아직 받지 못했습니다"):
        symbols.find("BTC")
    assert list(symbols.suggest("b")) == []
    symbols.update(listed("BTC/USDT"), {})
    assert symbols.find("BTC").symbol == "BTCUSDT"


def test_an_update_brings_new_listings_and_drops_old_ones(symbols: Symbols) -> None:
    changing = Symbols(listed("BTC/USDT", "ETH/USDT"))
    changing.update(listed("BTC/USDT", "NEW/USDT"), {})
    assert changing.find("new").symbol == "NEWUSDT"
    with pytest.raises(UserError):
        changing.find("ETHUSDT")


def test_a_coin_really_called_like_a_currency_is_still_found() -> None:
    symbols = Symbols(listed("KRW/USDT", "BTC/USDT"))
    assert symbols.find("krw").symbol == "KRWUSDT"
    assert symbols.find("KRW-BTC").symbol == "BTCUSDT"


def test_without_a_prefix_the_most_traded_pairs_come_first(symbols: Symbols) -> None:
    assert tickers(list(symbols.suggest("", 4))) == ["BTCFDUSD", "BTCUSDT", "ETHUSDT", "SOLUSDT"]


def test_without_volumes_the_best_known_coins_come_first() -> None:
    symbols = Symbols(listed("ADA/USDT", "XRP/USDT", "AAA/USDT", "BTC/USDT"))
    assert tickers(list(symbols.suggest(""))) == ["BTCUSDT", "XRPUSDT", "ADAUSDT", "AAAUSDT"]


@pytest.mark.parametrize(
    ("prefix", "first"),
    [
        ("b", ["BTCFDUSD", "BTCUSDT", "BNBUSDT", "BTCUSDC", "BCHUSDT", "BTTCUSDT"]),
        ("btc", ["BTCUSDT", "BTCFDUSD", "BTCUSDC", "BTCTRY"]),
        ("BTC-US", ["BTCUSDT", "BTCUSDC"]),
        ("eth", ["ETHUSDT", "ETHFIUSDT", "ETHBTC"]),
        ("이더", ["ETHUSDT", "ETHFIUSDT", "ETHBTC"]),
        ("비트코인캐", ["BCHUSDT"]),
        ("빝", ["BTCFDUSD", "BTCUSDT"]),
        ("ㅂㅌㅋㅇㅋ", ["BCHUSDT"]),
        ("ㅇㄷㄹ", ["ETHUSDT", "ETHBTC"]),
        ("dgoe", ["DOGEUSDT"]),
        ("솔라냐", ["SOLUSDT"]),
    ],
)
def test_suggestions_begin_as_typed_and_then_sound_alike(
    symbols: Symbols, prefix: str, first: list[str]
) -> None:
    assert tickers(list(symbols.suggest(prefix)))[: len(first)] == first


def test_suggestions_are_distinct_trading_and_at_most_the_limit(symbols: Symbols) -> None:
    for prefix in ("", "b", "btc", "usdt", "코인", "루나"):
        found = list(symbols.suggest(prefix, 5))
        assert len(found) <= 5
        assert len({info.symbol for info in found}) == len(found)
        assert all(info.trading for info in found)


def test_a_pair_is_got_by_its_exact_name_whether_it_trades_or_not(symbols: Symbols) -> None:
    pair = symbols.get("LUNAUSDT")
    assert pair is not None and pair.base == "LUNA"
    assert symbols.get("lunausdt") is None


@pytest.mark.parametrize(
    ("symbol", "base", "quote"),
    [
        ("BTCUSDT", "BTC", "USDT"),
        ("ETHBTC", "ETH", "BTC"),
        ("BTCFDUSD", "BTC", "FDUSD"),
        ("FDUSDUSDT", "FDUSD", "USDT"),
        ("USDTTRY", "USDT", "TRY"),
        ("币安人生USDT", "币安人生", "USDT"),
        ("USDT", "USDT", ""),
        ("WHATEVER", "WHATEVER", ""),
    ],
)
def test_an_unlisted_name_tells_base_and_quote(symbol: str, base: str, quote: str) -> None:
    info = read_symbol(symbol)
    assert (info.symbol, info.base, info.quote) == (symbol, base, quote)


def test_it_is_the_directory_that_commands_ask(symbols: Symbols) -> None:
    directory: Directory = symbols
    assert directory.find("비트").symbol == "BTCUSDT"


# --- futures -------------------------------------------------------------------------------------


def contracts(*pairs: str) -> dict[str, SymbolInfo]:
    split = ((FUTURES, *pair.split("/")) for pair in pairs)
    return {f"{m}:{b}{q}": SymbolInfo(f"{m}:{b}{q}", b, q) for m, b, q in split}


@pytest.fixture(scope="module")
def both() -> Symbols:
    futures = contracts("BTC/USDT", "BTC/USDC", "1000PEPE/USDT", "SOL/USDT")
    return Symbols(listed("BTC/USDT", "ETH/USDT", "SOL/USDT"), VOLUMES, futures)


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        ("binance-futures:btcusdt", "binance-futures:BTCUSDT"),
        ("BINANCE-FUTURES:BTCUSDT", "binance-futures:BTCUSDT"),
        ("binance-futures:1000pepe", "binance-futures:1000PEPEUSDT"),
        ("선물:비트", "binance-futures:BTCUSDT"),
        ("futures: btc-usdc", "binance-futures:BTCUSDC"),
        ("비트 선물", "binance-futures:BTCUSDT"),
        ("선물 btc usdc", "binance-futures:BTCUSDC"),
        ("btcusdt", "BTCUSDT"),
        ("BINANCE:BTCUSDT.P", "BTCUSDT"),
    ],
)
def test_a_contract_is_meant_where_its_market_is_named(
    both: Symbols, typed: str, symbol: str
) -> None:
    assert both.find(typed).symbol == symbol
    assert both.get(symbol) is not None


def test_a_contract_that_there_is_not_is_refused_with_an_example(both: Symbols) -> None:
    with pytest.raises(UserError, match="예: binance-futures:btcusdt"):
        both.find("binance-futures:ethusdt")
    for typed in ("선물:btc", "btc 선물"):
        with pytest.raises(UserError, match="선물 종목 목록이 없습니다"):
            Symbols(listed("BTC/USDT")).find(typed)


def test_contracts_are_suggested_behind_the_name_of_their_market(both: Symbols) -> None:
    found = tickers(list(both.suggest("binance-futures:b")))
    assert found == ["binance-futures:BTCUSDT", "binance-futures:BTCUSDC"]
    assert tickers(list(both.suggest("선물:")))[0] == "binance-futures:BTCUSDT"
    assert tickers(list(both.suggest("b"))) == ["BTCUSDT"]
