"""What coins are called: as on the exchanges where Koreans trade, and never as something else."""

import re
from collections import Counter
from pathlib import Path

import pytest

from bot.coin_names import NAMES, PEGGED
from bot.commands import COMMANDS
from bot.korean import KIND_WORDS, unify
from bot.symbols import Symbols
from pipeline.model import SymbolInfo

LARGEST = tuple(
    re.findall(
        r"\w+",
        """
         BTC ETH BNB XRP SOL TRX DOGE ADA LINK XLM HYPE BCH SUI AVAX LEO LTC HBAR WBT SHIB XMR
        TON MNT CRO DOT ZEC TAO UNI M WLFI AAVE OKB BGB ENA PEPE NEAR ETC APT COAI ONDO XAUT POL
        ASTER WLD HTX GT HASH KCS IP ARB PI ICP ALGO ATOM VET SKY KAS PAXG PUMP FLR PENGU RENDER
        QNT SEI TRUMP BONK FET OM FIL STX IMX WIF INJ OP GRT THETA FLOKI RUNE PYTH TIA LDO JUP
        JASMY GALA SAND BRETT BEAMX CORE FLOW A BSV EGLD AERO AXS NEO MANA XTZ STRK KAIA IOTA
        AIOZ
        """,
    )
)
"""The hundred largest coins by what all of them are worth, without stable and wrapped ones.

The first 65, up to BONK, are CoinGecko's ranks 1 to 105 of October 2025 (kept in
JurijJusel/mini-projects on GitHub, profit/constants.py); the others are the next ones of its
ranking of December 2024. BEAM and EOS go by their names on Binance, BEAMX and A.
"""

OTHERWISE = {"XRP": "리플", "POL": "폴리곤"}
"""Shown as everybody says, where exchanges have a longer or a newer word."""


def listed() -> dict[str, dict[str, str]]:
    """Exchange → base → its Korean name there."""
    found: dict[str, dict[str, str]] = {"upbit": {}, "bithumb": {}}
    text = (Path(__file__).parent / "exchange_names.txt").read_text("utf-8")
    for line in text.splitlines():
        exchange, _, rest = line.partition(" ")
        if exchange != "#":
            found[exchange] |= dict(entry.split(" ") for entry in rest.split("|"))
    return found


EXCHANGES = listed()
WORDS = {unify(w) for c in COMMANDS.values() for w in (c.name, c.korean, *c.aliases)}


def test_each_of_the_hundred_largest_coins_has_a_korean_name() -> None:
    assert len(LARGEST) == len(set(LARGEST)) == 100
    assert not PEGGED.intersection(LARGEST)
    assert [base for base in LARGEST if base not in NAMES] == []


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_coin_answers_to_its_name_on_korean_exchanges(exchange: str) -> None:
    alike = {"BTT": "BTTC"}
    wrong = {
        base: name
        for base, name in EXCHANGES[exchange].items()
        if name.partition("[")[0] not in NAMES.get(alike.get(base, base), ())
    }
    assert wrong == {}


def test_the_name_shown_is_upbit_s_or_else_bithumb_s() -> None:
    names = EXCHANGES["bithumb"] | EXCHANGES["upbit"] | OTHERWISE
    assert {
        base: (shown[0], names[base])
        for base, shown in NAMES.items()
        if base in names and shown[0] != names[base]
    } == {}


def test_no_name_means_two_coins_and_none_is_another_coin_s_ticker() -> None:
    counts = Counter(unify(name) for names in NAMES.values() for name in names)
    assert [name for name, count in counts.items() if count > 1] == []
    tickers = {unify(base) for base in NAMES}
    assert {
        name for base, names in NAMES.items() for name in names if unify(name) in tickers
    } == set()


def test_no_name_of_a_coin_is_a_word_for_a_command_or_a_kind_of_alert() -> None:
    said = {unify(name) for names in NAMES.values() for name in names}
    assert said & WORDS == set()
    assert said & {unify(word) for word in KIND_WORDS} == set()
    assert {unify(base) for base in NAMES} & WORDS == set()


def test_every_name_and_ticker_finds_its_coin_among_all_of_them() -> None:
    pairs = {
        f"{base}USDT": SymbolInfo(f"{base}USDT", base, "USDT") for base in NAMES if base != "USDT"
    }
    symbols = Symbols(pairs)
    for info in pairs.values():
        for typed in (info.base, info.symbol, f"{info.base}-USDT", *NAMES[info.base]):
            assert symbols.find(typed) is info, typed
