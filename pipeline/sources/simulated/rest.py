"""The REST endpoints of the simulated exchange (``/api/v3/…``), without the HTTP around them.

Parameters are judged as strictly as Binance judges them, with its codes and words. What the
market does not remember (see history) is not answered: klines reach back one day. Order books
have at most 48 levels a side, whatever the limit.
"""

from collections.abc import Callable, Sequence

import msgspec

from pipeline.sources.simulated import wire
from pipeline.sources.simulated.history import MINUTE_MS, Bar
from pipeline.sources.simulated.limits import WEIGHT_PER_MINUTE
from pipeline.sources.simulated.listing import Listing
from pipeline.sources.simulated.market import Market
from pipeline.sources.simulated.parameters import (
    BadRequest,
    Params,
    check_symbol,
    day_weight,
    depth_weight,
    limit_of,
    missing,
    names_in,
    number_of,
    offset_ms,
    ticker_weight,
    time_of,
)

_STATUSES = ("TRADING", "HALT", "BREAK", "END_OF_DAY", "CANCEL_ONLY")


class Endpoint(msgspec.Struct, frozen=True):
    """One path: the parameters it knows, its weight, and what it answers."""

    known: frozenset[str]
    weight: Callable[[Params], int]
    answer: Callable[[Params, bool], object]


class Rest:
    """Answers for one market."""

    def __init__(self, market: Market) -> None:
        self._market = market

        def endpoint(
            names: str, weight: Callable[[Params], int], answer: Callable[[Params, bool], object]
        ) -> Endpoint:
            return Endpoint(frozenset(names.split()), weight, answer)

        several = "symbol symbols symbolStatus"
        window = "symbol startTime endTime limit"
        self._endpoints = {
            "ping": endpoint("", lambda _: 1, lambda _p, _m: {}),
            "time": endpoint(
                "", lambda _: 1, lambda _p, m: {"serverTime": wire.stamp(market.now_ms, m)}
            ),
            "exchangeInfo": endpoint(f"{several} permissions", lambda _: 20, self._info),
            "depth": endpoint("symbol limit symbolStatus", depth_weight, self._depth),
            "trades": endpoint("symbol limit", lambda _: 25, self._trades),
            "aggTrades": endpoint(f"{window} fromId", lambda _: 4, self._agg_trades),
            "klines": endpoint(f"{window} interval timeZone", lambda _: 2, self._klines),
            "uiKlines": endpoint(f"{window} interval timeZone", lambda _: 2, self._klines),
            "ticker/24hr": endpoint(f"{several} type", day_weight, self._days),
            "ticker/price": endpoint(several, ticker_weight, self._prices),
            "ticker/bookTicker": endpoint(several, ticker_weight, self._quotes),
        }

    def weight(self, path: str, params: Params) -> int | None:
        """What a request costs; None if there is no such path."""
        endpoint = self._endpoints.get(path)
        return None if endpoint is None else endpoint.weight(params)

    def answer(self, path: str, params: Params, micros: bool) -> bytes:
        """The body of the answer; raises BadRequest. ``path`` is one that ``weight`` knows."""
        endpoint = self._endpoints[path]
        unread = set(params) - endpoint.known
        if unread:
            raise BadRequest(
                -1104,
                f"Not all sent parameters were read; read '{len(params) - len(unread)}' "
                f"parameter(s) but was sent '{len(params)}'.",
            )
        return msgspec.json.encode(endpoint.answer(params, micros))

    # --- parameters --------------------------------------------------------------------------

    def _listing(self, params: Params) -> Listing:
        name = params.get("symbol", "")
        if not name:
            raise missing("symbol")
        return self._named(name, "symbol")

    def _named(self, name: str, parameter: str) -> Listing:
        check_symbol(name, parameter)
        listing = self._market.listings.get(name)
        if listing is None:
            raise BadRequest(-1121, "Invalid symbol.")
        return listing

    def _chosen(self, params: Params) -> tuple[list[Listing], bool]:
        """The listings of ``symbol``, ``symbols`` or none of them; and whether it is just one."""
        if "symbol" in params and "symbols" in params:
            raise BadRequest(-1128, "Combination of optional parameters invalid.")
        status = params.get("symbolStatus")
        if status is not None and status not in _STATUSES:
            raise BadRequest(-1122, "Invalid symbolStatus.")
        if "symbol" in params:
            found = [self._listing(params)]
        elif "symbols" in params:
            names = names_in(params["symbols"])
            if len(set(names)) != len(names):
                raise BadRequest(-1151, "Symbol is present multiple times in the list.")
            found = [self._named(name, "symbols") for name in names]
        else:
            every = self._market.listings.values()
            return [one for one in every if status in (None, one.status)], False
        if status is not None and any(one.status != status for one in found):
            raise BadRequest(-1220, "The symbol's status does not match the symbolStatus.")
        return found, "symbol" in params

    # --- answers -----------------------------------------------------------------------------

    def _info(self, params: Params, micros: bool) -> object:
        found, _ = self._chosen(params)
        if "permissions" in params and "SPOT" not in params["permissions"]:
            found = []  # every pair here is a spot pair and nothing else
        minute = {"interval": "MINUTE", "intervalNum": 1}
        return {
            "timezone": "UTC",
            "serverTime": wire.stamp(self._market.now_ms, micros),
            "rateLimits": [
                {"rateLimitType": "REQUEST_WEIGHT", **minute, "limit": WEIGHT_PER_MINUTE},
                {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100},
                {"rateLimitType": "RAW_REQUESTS", **minute, "intervalNum": 5, "limit": 300_000},
            ],
            "exchangeFilters": [],
            "symbols": [_symbol_info(one) for one in found],
        }

    def _depth(self, params: Params, micros: bool) -> object:
        found, _ = self._chosen({"symbol": "", **params})
        return msgspec.Raw(wire.depth(found[0], limit_of(params, 100, 5000)).encode())

    def _trades(self, params: Params, micros: bool) -> object:
        listing = self._listing(params)
        pair = listing.pair
        return [
            {
                "id": match.id,
                "price": wire.price(pair, match.price),
                "qty": wire.quantity(pair, match.lots),
                "quoteQty": wire.value(pair, match.price * match.lots),
                "time": wire.trade_stamp(match.at_ms, micros),
                "isBuyerMaker": match.buyer_is_maker,
                "isBestMatch": True,
            }
            for match in listing.tape.matches(limit_of(params, 500, 1000))
        ]

    def _agg_trades(self, params: Params, micros: bool) -> object:
        listing = self._listing(params)
        pair, limit = listing.pair, limit_of(params, 500, 1000)
        from_id = number_of(params, "fromId")
        start_ms, end_ms = time_of(params, "startTime"), time_of(params, "endTime")
        if from_id is not None and (start_ms is not None or end_ms is not None):
            raise BadRequest(-1128, "Combination of optional parameters invalid.")
        if from_id is not None:
            rows = listing.tape.since(from_id, limit)
        else:
            rows = listing.tape.between(start_ms, end_ms, limit)
        return [
            {
                "a": row.id,
                "p": wire.price(pair, row.price),
                "q": wire.quantity(pair, row.lots),
                "f": row.first,
                "l": row.last,
                "T": wire.trade_stamp(row.at_ms, micros),
                "m": row.buyer_is_maker,
                "M": True,
            }
            for row in rows
        ]

    def _klines(self, params: Params, micros: bool) -> object:
        listing = self._listing(params)
        interval = params.get("interval", "")
        if not interval:
            raise missing("interval")
        minutes = wire.INTERVALS.get(interval)
        if minutes is None and interval != "1s":
            raise BadRequest(-1120, "Invalid interval.")
        limit = limit_of(params, 500, 1000)
        start_ms, end_ms = time_of(params, "startTime"), time_of(params, "endTime")
        if minutes is None:
            end_ms = self._market.now_ms if end_ms is None else min(end_ms, self._market.now_ms)
            bars = listing.tape.seconds(start_ms, end_ms, limit)
            return [_kline_row(listing, bar, 1_000, micros) for bar in bars]
        zone_ms = offset_ms(params.get("timeZone", "0"))
        if minutes == 1:
            bars = listing.bars.minutes(start_ms, end_ms, limit)
        else:
            bars = [
                bar
                for bar in listing.bars.grouped(minutes, zone_ms)
                if (start_ms is None or bar.open_ms >= start_ms)
                and (end_ms is None or bar.open_ms <= end_ms)
            ]
            bars = bars[-limit:] if start_ms is None else bars[:limit]
        return [_kline_row(listing, bar, minutes * MINUTE_MS, micros) for bar in bars]

    def _days(self, params: Params, micros: bool) -> object:
        kind = params.get("type", "FULL")
        if kind not in ("FULL", "MINI"):
            raise BadRequest(-1139, "Invalid ticker type.")
        return self._each(params, lambda one: _day(one, self._market.now_ms, kind, micros))

    def _prices(self, params: Params, micros: bool) -> object:
        return self._each(
            params,
            lambda one: {
                "symbol": one.pair.symbol,
                "price": wire.price(one.pair, one.bars.last_price),
            },
        )

    def _quotes(self, params: Params, micros: bool) -> object:
        return self._each(params, _quote)

    def _each(self, params: Params, make: Callable[[Listing], object]) -> object:
        found, single = self._chosen(params)
        made = [make(one) for one in found]
        return made[0] if single else made


def _kline_row(listing: Listing, bar: Bar, length_ms: int, micros: bool) -> Sequence[object]:
    pair = listing.pair
    return (
        wire.stamp(bar.open_ms, micros),
        wire.price(pair, bar.open),
        wire.price(pair, bar.high),
        wire.price(pair, bar.low),
        wire.price(pair, bar.close),
        wire.quantity(pair, bar.lots),
        wire.stamp(bar.open_ms + length_ms, micros) - 1,
        wire.value(pair, bar.value),
        bar.matches,
        wire.quantity(pair, bar.taker_lots),
        wire.value(pair, bar.taker_value),
        "0",
    )


def _symbol_info(listing: Listing) -> object:
    pair = listing.pair
    tick, step = wire.price(pair, 1), wire.quantity(pair, 1)
    return {
        "symbol": pair.symbol,
        "status": listing.status,
        "baseAsset": pair.base,
        "baseAssetPrecision": 8,
        "quoteAsset": pair.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
        "icebergAllowed": True,
        "isSpotTradingAllowed": listing.trading,
        "isMarginTradingAllowed": False,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": tick,
                "maxPrice": wire.price(pair, 10**9),
                "tickSize": tick,
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": step,
                "maxQty": wire.quantity(pair, 10**12),
                "stepSize": step,
            },
        ],
        "permissions": [],
        "permissionSets": [["SPOT"]],
    }


def _quote(listing: Listing) -> dict[str, object]:
    pair = listing.pair
    bid, bid_lots, ask, ask_lots = listing.book.touch
    return {
        "symbol": pair.symbol,
        "bidPrice": wire.price(pair, bid),
        "bidQty": wire.quantity(pair, bid_lots),
        "askPrice": wire.price(pair, ask),
        "askQty": wire.quantity(pair, ask_lots),
    }


def _day(listing: Listing, now_ms: int, kind: str, micros: bool) -> object:
    pair, day = listing.pair, listing.bars.day()
    mini = {
        "symbol": pair.symbol,
        "openPrice": wire.price(pair, day.open),
        "highPrice": wire.price(pair, day.high),
        "lowPrice": wire.price(pair, day.low),
        "lastPrice": wire.price(pair, day.close),
        "volume": wire.quantity(pair, day.lots),
        "quoteVolume": wire.value(pair, day.value),
        "openTime": wire.stamp(now_ms - 86_400_000, micros),
        "closeTime": wire.stamp(now_ms, micros),
        "firstId": day.first_id if day.matches else -1,
        "lastId": day.first_id + day.matches - 1 if day.matches else -1,
        "count": day.matches,
    }
    if kind == "MINI":
        return mini
    change = day.close - day.open
    sign = "-" if change < 0 else ""
    return {
        **mini,
        "priceChange": sign + wire.price(pair, abs(change)),
        "priceChangePercent": f"{100 * change / day.open:.3f}",
        "weightedAvgPrice": wire.average(pair, day.value, day.lots),
        "prevClosePrice": wire.price(pair, day.open),
        "lastQty": wire.quantity(pair, listing.last_lots),
        **_quote(listing),
    }
