"""The pairs that trade, found by whatever people call them."""

import contextlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple, Protocol

from rapidfuzz import fuzz, process

from bot.errors import UserError
from bot.korean import NAMES, display_name, quote_unit, unify
from pipeline.model import FUTURES, SymbolInfo, bare
from pipeline.venues import HEARTBEATS, SPOT, exchange_of, foreign, pair_of

QUOTES: Final = (
    "USDT", "FDUSD", "USDC", "BTC", "ETH", "BNB",
    "TUSD", "USD1", "BUSD", "DAI", "TRY", "EUR", "BRL", "JPY", "MXN", "ARS", "PLN", "COP", "IDR",
)  # fmt: skip
"""Quote currencies, best first: what a base asset alone means."""

_MONEY = frozenset({"krw", "원", "원화", "won", "usd", "달러"})  # "KRW-BTC": whatever it is called
_VENUES = frozenset({"binance", "upbit", "bithumb", "바이낸스", "업비트", "빗썸"})
FUTURES_WORDS: Final = frozenset({FUTURES, "futures", "선물", "바이낸스선물"})
_FUTURES_EXAMPLES = f"예: {FUTURES}:btcusdt, 선물:비트코인"
_PARTICLES = re.compile("(?:이랑|랑|하고|와|과|은|는|이|가|을|를|의|도)$")  # "비트랑", "솔라나는"
MAX_SYMBOL: Final = 40
"""Letters; what is longer is none."""
_EXAMPLES = "예: BTC, btcusdt, 비트코인"
_ECHOED = 12
_ALIKE = 65.0  # per cent of rapidfuzz's ratio, below which a suggestion only puzzles

# The letters of a syllable as typed: leading consonant, vowel, final consonant.
_LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAILS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_COMPOUNDS = str.maketrans(
    dict(
        re.findall(
            "(.)=(..)",
            "ㄳ=ㄱㅅ ㄵ=ㄴㅈ ㄶ=ㄴㅎ ㄺ=ㄹㄱ ㄻ=ㄹㅁ ㄼ=ㄹㅂ ㄽ=ㄹㅅ ㄾ=ㄹㅌ ㄿ=ㄹㅍ ㅀ=ㄹㅎ "
            "ㅄ=ㅂㅅ ㅘ=ㅗㅏ ㅙ=ㅗㅐ ㅚ=ㅗㅣ ㅝ=ㅜㅓ ㅞ=ㅜㅔ ㅟ=ㅜㅣ ㅢ=ㅡㅣ",
        )
    )
)

_KEYS = ("qwertyuiopasdfghjklzxcvbnm", "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ")
_TO_HANGUL, _TO_LATIN = str.maketrans(*_KEYS), str.maketrans(*reversed(_KEYS))


def read_symbol(symbol: str) -> SymbolInfo:
    """What the name alone tells of a pair that is not (or no longer) listed; increments unknown."""
    if foreign(symbol):
        with contextlib.suppress(ValueError):
            return pair_of(symbol).info
    pair = bare(symbol)
    for quote in sorted(QUOTES, key=len, reverse=True):
        base = pair.removesuffix(quote)
        if base and base != pair:
            return SymbolInfo(symbol, base, quote)
    return SymbolInfo(symbol, pair, "")


class Elsewhere(Protocol):
    """What is known of pairs of other exchanges."""

    def lacks(self, symbol: str) -> bool:
        """Whether the exchange is known to have no such pair."""
        ...

    def near(self, symbol: str) -> Sequence[str]:
        """Pairs of the exchange that are written alike."""
        ...

    def unusable(self, symbol: str) -> str:
        """Why the pair cannot be followed, "" if it can."""
        ...


class _Entry(NamedTuple):
    """A pair that trades with everything that autocompletion compares, best pair first."""

    info: SymbolInfo
    keys: tuple[str, ...]  # ticker, base and names as typed on a keyboard: "ㅂㅣㅌㅡㅋㅗㅇㅣㄴ"
    initials: tuple[str, ...]  # first consonants of Korean names: "ㅂㅌㅋㅇ"


class _Index(NamedTuple):
    """Everything ``find`` and ``suggest`` look at, replaced as a whole by ``update``."""

    pairs: Mapping[str, SymbolInfo]
    by_symbol: Mapping[str, SymbolInfo]  # as compared, also those that do not trade
    by_base: Mapping[str, SymbolInfo]  # base asset as compared → its best pair
    assets: Mapping[str, str]  # names and tickers as compared → asset as compared
    entries: tuple[_Entry, ...]  # trading pairs, most traded first


class Symbols:
    """Implements bot.ports.Directory over the exchange's list of pairs.

    ``volumes`` are quote volumes of 24 hours by symbol, for ranking; unknown ones rank last.
    ``contracts`` are futures, which are meant where the market is named: ``binance-futures:btc``,
    ``선물:비트``, ``비트 선물``. Without ``elsewhere`` there are no pairs of other exchanges
    (``okex:BTC-USDT``).
    """

    def __init__(
        self,
        pairs: Mapping[str, SymbolInfo] | None = None,
        volumes: Mapping[str, float] | None = None,
        contracts: Mapping[str, SymbolInfo] | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._elsewhere = elsewhere
        self.update(pairs or {}, volumes or {}, contracts or {})

    def update(
        self,
        pairs: Mapping[str, SymbolInfo],
        volumes: Mapping[str, float],
        contracts: Mapping[str, SymbolInfo] | None = None,
    ) -> None:
        """Replace everything known; finds under way see either the old list or the new one."""
        self._index = _index(pairs, volumes)
        # A contract is about as busy as its pair.
        busy = {symbol: volumes.get(bare(symbol), 0.0) for symbol in contracts or {}}
        self._contracts = _index(contracts or {}, busy)

    def get(self, symbol: str) -> SymbolInfo | None:
        """The pair or contract of exactly this name, trading or not."""
        found = self._index.pairs.get(symbol) or self._contracts.pairs.get(symbol)
        if found is None and foreign(symbol):
            with contextlib.suppress(ValueError):
                return pair_of(symbol).info
        return found

    def find(self, text: str) -> SymbolInfo:
        """``btcusdt``, ``BTC``, ``btc-usdt``, ``KRW-BTC``, ``비트``, ``비트코인`` … → the pair.

        A base alone means its best quote (USDT first). Raises UserError with up to three
        suggestions for a near miss, and for text that is empty or longer than 40 characters.
        """
        if len(text) > MAX_SYMBOL:
            raise UserError(f"심볼이 너무 깁니다. {_EXAMPLES}")
        if (contract := _of_futures(text)) is not None:
            return self._find_contract(contract)
        elsewhere = self._find_elsewhere(text)
        if elsewhere is not None:
            return elsewhere
        parts = _parts(text)
        if not parts:
            raise UserError(f"심볼을 입력해 주세요. {_EXAMPLES}")
        if not self._index.pairs:
            raise UserError("심볼 목록을 아직 받지 못했습니다. 잠시 뒤에 다시 시도해 주세요.")
        found = _found(self._index, parts)
        if found is None:
            raise self._miss(parts)
        if not found.trading:
            raise UserError(f"{display_name(found)}: 지금 거래되지 않는 심볼입니다. {_EXAMPLES}")
        return found

    def _find_elsewhere(self, text: str) -> SymbolInfo | None:
        """``okex:btc-usdt``, ``업비트:KRW-BTC`` → the pair; None for what is of Binance's spot
        market, or meant for it: "upbit:KRW-BTC" where only that is followed."""
        venue, colon, name = text.partition(":")
        exchange = exchange_of(venue)
        if not colon or exchange in (None, SPOT):
            return None
        if self._elsewhere is None:
            if unify(venue) in _VENUES:
                return None
            raise UserError(
                "다른 거래소의 종목은 운영자가 tardis-machine을 연결하면 볼 수 있습니다. "
                f"바이낸스 종목을 입력해 주세요. {_EXAMPLES}"
            )
        try:
            found = pair_of(f"{exchange}:{name}").info
        except ValueError:
            raise UserError(
                f"{exchange}의 종목을 읽을 수 없습니다. 예: {exchange}:{HEARTBEATS[exchange]}"
            ) from None
        if self._elsewhere.lacks(found.symbol):
            near = self._elsewhere.near(found.symbol)
            more = f" 비슷한 종목: {', '.join(near)}" if near else ""
            raise UserError(f"{found.symbol}: {exchange}에 없는 종목입니다.{more}")
        if self._elsewhere.unusable(found.symbol):
            raise UserError(
                f"{found.symbol}: 계약 하나의 크기를 몰라 금액을 셀 수 없습니다. 운영자가 "
                "[tardis.contract_sizes]에 적으면 볼 수 있습니다."
            )
        return found

    def _find_contract(self, text: str) -> SymbolInfo:
        parts = _parts(text)
        if not self._contracts.pairs:
            raise UserError(
                "선물 종목 목록이 없습니다. 현물은 쓸 수 있습니다. 예: BTC"
                if self._index.pairs
                else "심볼 목록을 아직 받지 못했습니다. 잠시 뒤에 다시 시도해 주세요."
            )
        found = _found(self._contracts, parts) if parts else None
        if found is None or not found.trading:
            raise UserError(f"거래되는 선물이 아닙니다. {_FUTURES_EXAMPLES}")
        return found

    def suggest(self, prefix: str, limit: int = 25) -> Sequence[SymbolInfo]:
        """Pairs whose ticker or Korean name begins so, most traded first, then similar ones.

        Half-typed syllables ("빝" on the way to "비트") and first consonants ("ㅂㅌ") count, and
        what was typed on the other layout of the keyboard where nothing else is meant.
        Nothing typed yet: the most traded pairs.
        """
        return self._suggest(prefix, limit) or self._suggest(_other_layout(prefix), limit)

    def _suggest(self, prefix: str, limit: int) -> Sequence[SymbolInfo]:
        index = self._index
        if (contract := _of_futures(prefix[:MAX_SYMBOL])) is not None:
            index, prefix = self._contracts, contract
        typed = "".join(_parts(prefix[:MAX_SYMBOL]))
        entries = index.entries
        if not typed:
            return [entry.info for entry in entries[:limit]]
        key = _letters(typed)
        only_initials = all(letter in _LEADS for letter in key)
        exact = _found(index, [typed])
        found = [exact] if exact and exact.trading else []
        for entry in entries:
            words = entry.keys + entry.initials if only_initials else entry.keys
            if entry.info is not exact and any(word.startswith(key) for word in words):
                found.append(entry.info)
        if len(found) < limit and len(typed) > 1 and index is self._index:
            found += [info for info in self._alike(key, limit) if info not in found]
        return found[:limit]

    def _alike(self, key: str, limit: int) -> list[SymbolInfo]:
        """The best pair of each similarly written asset, most alike first."""
        best: dict[str, float] = {}
        for rank, entry in enumerate(self._index.entries):
            if self._index.by_base[unify(entry.info.base)] is not entry.info:
                continue
            scored = process.extractOne(key, entry.keys, scorer=fuzz.ratio, score_cutoff=_ALIKE)
            if scored:
                best[entry.info.symbol] = scored[1] - rank * 1e-6  # the more traded of two equals
        ranked = sorted(best, key=lambda symbol: -best[symbol])
        return [self._index.pairs[symbol] for symbol in ranked[:limit]]

    def _miss(self, parts: Sequence[str]) -> UserError:
        near: dict[str, SymbolInfo] = {}  # one pair of each coin
        for info in self.suggest("".join(parts), 12):
            near.setdefault(info.base, info)
        nearest = list(near.values())[:3]
        named = ", ".join(map(display_name, nearest))
        echo = "".join(c for c in "".join(parts).upper() if c.isalnum())[:_ECHOED]
        start = f"‘{echo}’에 맞는 심볼이 없습니다." if echo else "맞는 심볼이 없습니다."
        said = f"{start} 비슷한 심볼: {named}. {_EXAMPLES}" if near else f"{start} {_EXAMPLES}"
        return UserError(said, [info.symbol for info in nearest])


def _found(index: _Index, parts: Sequence[str]) -> SymbolInfo | None:
    """The pair that is meant: as one word, as two assets in either order, or as one asset."""
    whole = "".join(parts)
    if whole in index.by_symbol:
        return index.by_symbol[whole]
    if len(parts) == 2:
        first, second = (index.assets.get(part, part) for part in parts)
        for pair in (first + second, second + first):
            if pair in index.by_symbol:
                return index.by_symbol[pair]
    joined = read_symbol(whole.upper())  # "비트코인USDT"
    pair = index.assets.get(unify(joined.base), "") + unify(joined.quote)
    if joined.quote and pair in index.by_symbol:
        return index.by_symbol[pair]
    coins = [part for part in parts if part not in _MONEY]
    if len(coins) == 1 and len(parts) == 2:
        whole = coins[0]  # "KRW-BTC", "비트코인 원화"
    bare_of_particle = _PARTICLES.sub("", whole)
    for word in (whole, whole.removesuffix("krw"), whole.removesuffix("코인"), bare_of_particle):
        asset = index.assets.get(word, "")
        if asset in index.by_base:
            return index.by_base[asset]
    return None


def _of_futures(text: str) -> str | None:
    """What stands beside the name of the futures' market ("선물:비트", "비트 선물"); None where it
    is not named."""
    market, mark, rest = unify(text).partition(":")
    if mark:
        named = market.strip() in FUTURES_WORDS or exchange_of(market) == FUTURES
        return rest if named else None
    words = text.split()
    for beside, others in ((words[-1:], words[:-1]), (words[:1], words[1:])):
        if others and unify(beside[0]) in FUTURES_WORDS:
            return unify(" ".join(others))
    return None


def _parts(text: str) -> list[str]:
    """Typed text as compared, cut at separators, without signs and the name of a venue."""
    typed = re.sub(r"(usd[tc])(?:\.p|perp)$", r"\1", unify(text))  # how charting sites mark futures
    words = [re.sub(r"[^\w]", "", word) for word in re.split(r"[\s\-/_:,|·]+", typed)]
    return [word for word in words if word and word not in _VENUES]


def _index(pairs: Mapping[str, SymbolInfo], volumes: Mapping[str, float]) -> _Index:
    fame = {base: rank for rank, base in enumerate(NAMES)}

    def rank(info: SymbolInfo) -> tuple[int, float, int, str]:
        # Volumes of different currencies cannot be compared: dollars first, then each by itself.
        currency = 0 if quote_unit(info.quote) == "달러" else 1 + _quote_rank(info.quote)
        volume = -volumes.get(info.symbol, 0.0)
        return currency, volume, fame.get(info.base, len(fame)), info.symbol

    listed = sorted((info for info in pairs.values() if info.trading), key=rank)
    by_base: dict[str, SymbolInfo] = {}
    for info in sorted(listed, key=lambda info: _quote_rank(info.quote)):
        by_base.setdefault(unify(info.base), info)
    assets = _named_assets().copy()
    for info in pairs.values():  # a ticker beats a name
        for asset in (info.base, info.quote):
            assets[unify(asset)] = unify(asset)
    return _Index(
        pairs=dict(pairs),
        by_symbol={unify(bare(info.symbol)): info for info in pairs.values()},
        by_base=by_base,
        assets=assets,
        entries=tuple(_entry(info) for info in listed),
    )


@cache
def _named_assets() -> dict[str, str]:
    """Assets by their names, both as compared."""
    return {unify(name): unify(asset) for asset, names in NAMES.items() for name in names}


def _quote_rank(quote: str) -> int:
    return QUOTES.index(quote) if quote in QUOTES else len(QUOTES)


def _entry(info: SymbolInfo) -> _Entry:
    names = tuple(map(unify, NAMES.get(info.base, ())))
    words = (unify(bare(info.symbol)), unify(info.base), *names)
    return _Entry(
        info=info,
        keys=tuple(map(_letters, words)),
        initials=tuple(map(_first_consonants, names)),
    )


def _letters(text: str) -> str:
    """Hangul as it is typed, letter by letter: "비트" → "ㅂㅣㅌㅡ"; anything else unchanged."""
    letters = []
    for char in text:
        if "가" <= char <= "힣":
            rest, tail = divmod(ord(char) - ord("가"), len(_TAILS))
            lead, vowel = divmod(rest, len(_VOWELS))
            letters.append((_LEADS[lead] + _VOWELS[vowel] + _TAILS[tail]).rstrip())
        else:
            letters.append(char)
    return "".join(letters).translate(_COMPOUNDS)


def _other_layout(text: str) -> str:
    """The same keys on the keyboard's other layout: "qlxm" → 비트, "ㅠㅅㅊ" → btc."""
    return _letters(unify(text)).translate(_TO_HANGUL if text.isascii() else _TO_LATIN)


def _first_consonants(text: str) -> str:
    return "".join(_letters(char)[0] for char in text)
