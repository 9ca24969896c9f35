"""USDⓈ-M futures of the simulated exchange: a contract for every dollar pair that trades.

A contract trades exactly as its pair does, the same orders at the same prices; what futures have
besides is made of that. Its valuation lies a few basis points from the price, further in planted
events, with the funding rate; and while a planted event runs, positions that it catches are closed
by force: longs in a fall, shorts in a rush, of each contract one a second at most.
"""

import math
from collections.abc import Iterable, Iterator
from random import Random

import msgspec

from pipeline.sources.simulated import wire
from pipeline.sources.simulated.listing import Listing
from pipeline.sources.simulated.market import LEADER, Market, Order, Touch
from pipeline.sources.simulated.parameters import BadRequest, Params
from pipeline.sources.simulated.rest import Rest
from pipeline.sources.simulated.sockets import Render, Sockets

WEIGHT_PER_MINUTE = 2_400
MARK_MS = 3_000
SECOND_MS = 1_000
SETTLED_MS = 8 * 3_600_000
RUSHED_RATE = 0.0075
"""What longs pay while everybody buys: beyond what is usual anywhere."""
CAUGHT = 0.06
"""Of a side's usual depth, the median liquidation."""
LEADER_CHANCE, CHANCE = 0.7, 0.3
"""That one is closed within a second of a planted event: of the pair it runs in, and of others."""

WEIGHTS = {"time": 1, "exchangeInfo": 1, "aggTrades": 20, "klines": 5, "depth": 5, "ticker/24hr": 1,
           "premiumIndex": 1}  # fmt: skip


class Futures:
    """What contracts send and answer: books through sockets of their own. ``rest`` answers for
    their pairs."""

    def __init__(
        self, market: Market, sockets: Sockets, books: Sockets, rest: Rest, seed: int
    ) -> None:
        self._market = market
        self._sockets = sockets
        self._books = books
        self._rest = rest
        self._rng = Random(f"{seed}:futures")
        self._rates = {s: self._rng.uniform(0.00002, 0.00012) for s in market.listings}

    def _contracts(self) -> Iterator[Listing]:
        for listing in self._market.listings.values():
            if listing.trading and listing.pair.quote == "USDT":
                yield listing

    # --- streams -----------------------------------------------------------------------------

    def send(self, events: Iterable[Order | Touch]) -> None:
        """The trades of contracts."""
        for event in events:
            if isinstance(event, Touch):
                continue
            stream = f"{event.pair.symbol.lower()}@aggTrade"
            if self._sockets.wanted(stream):
                for fill in event.fills:
                    text = wire.agg_trade(event, fill, False)
                    quantity = wire.quantity(event.pair, sum(fill.parts))
                    text = text.replace('"M":true', f'"nq":"{quantity}","st":1')
                    self._sockets.deliver(stream, _same(text), repeatable=True)

    def send_periodic(self, now_ms: int) -> None:
        """Books, valuations every three seconds, liquidations every second."""
        self._send_books(now_ms)
        if now_ms % MARK_MS == 0:
            self._send_marks(now_ms)
        if now_ms % SECOND_MS == 0:
            self._send_liquidations(now_ms)

    def _send_books(self, now_ms: int) -> None:
        for stream, topic in self._books.topics.items():
            listing = self._market.listings.get(topic.symbol)
            if topic.kind != "depth" or listing is None or not listing.trading:
                continue
            if now_ms % topic.every_ms == 0 and self._books.wanted(stream):
                text = wire.futures_depth(listing, topic.argument, now_ms)
                self._books.deliver(stream, _same(text))

    def _send_marks(self, now_ms: int) -> None:
        every = self._sockets.wanted("!markPrice@arr")
        rows = []
        for listing in self._contracts():
            stream = f"{listing.pair.symbol.lower()}@markPrice"
            if every or self._sockets.wanted(stream):
                text = msgspec.json.encode(self._mark(listing, now_ms)).decode()
                rows.append(text)
                self._sockets.deliver(stream, _same(text))
        if every:
            self._sockets.deliver("!markPrice@arr", _same(f"[{','.join(rows)}]"))

    def _mark(self, listing: Listing, now_ms: int) -> dict[str, object]:
        pair = listing.pair
        price = pair.price_of(listing.bars.last_price)
        premium, rate = self._valued(listing, now_ms)
        mark = f"{price * (1 + premium):.8f}"
        return {
            "e": "markPriceUpdate", "E": now_ms, "s": pair.symbol, "p": mark, "ap": mark, "P": mark,
            "i": f"{price:.8f}", "r": f"{rate:.8f}",
            "T": now_ms - now_ms % SETTLED_MS + SETTLED_MS, "st": 1,
        }  # fmt: skip

    def _valued(self, listing: Listing, now_ms: int) -> tuple[float, float]:
        """How far above its index, and what longs pay at the next settlement."""
        usual = self._rates.get(listing.pair.symbol, 0.0001)
        wave = math.sin(now_ms / 900_000 + sum(listing.pair.symbol.encode()))
        campaign = listing.campaign
        if campaign is not None and campaign.record.kind == "pump":
            return 0.004, RUSHED_RATE
        if campaign is not None and campaign.record.kind == "crash":
            return -0.001, -usual
        return 0.0002 + 0.0003 * wave, usual * (1 + 0.3 * wave)

    def _send_liquidations(self, now_ms: int) -> None:
        leader = self._market.listings[LEADER].campaign
        fall = leader if leader is not None and leader.record.kind == "crash" else None
        for listing in self._contracts():
            campaign = listing.campaign or fall
            if campaign is None:
                continue
            phase, target = campaign.aim(now_ms)
            chance = LEADER_CHANCE if campaign is listing.campaign else CHANCE
            if phase is None or target is None or self._rng.random() >= chance:
                continue
            side = "BUY" if phase.buy else "SELL"  # shorts are bought back, longs are sold
            self._send_forced(listing, side, now_ms)

    def _send_forced(self, listing: Listing, side: str, now_ms: int) -> None:
        pair = listing.pair
        value = CAUGHT * pair.depth * self._rng.lognormvariate(0.0, 1.0)
        lots = max(1, round(value / (listing.bars.last_price * pair.tick * pair.step)))
        price = wire.price(pair, listing.bars.last_price)
        quantity = wire.quantity(pair, lots)
        order = {
            "s": pair.symbol, "S": side, "o": "LIMIT", "f": "IOC", "q": quantity, "p": price,
            "ap": price, "X": "FILLED", "l": quantity, "z": quantity, "T": now_ms,
        }  # fmt: skip
        frame = {"e": "forceOrder", "E": now_ms, "o": order, "ps": pair.symbol, "st": 1}
        text = msgspec.json.encode(frame).decode()
        for stream in ("!forceOrder@arr", f"{pair.symbol.lower()}@forceOrder"):
            if self._sockets.wanted(stream):
                self._sockets.deliver(stream, _same(text))

    # --- REST --------------------------------------------------------------------------------

    def weight(self, path: str) -> int | None:
        """What a request costs; None if there is no such path."""
        return WEIGHTS.get(path)

    def answer(self, path: str, params: Params) -> bytes:
        """The body of the answer; raises BadRequest. ``path`` is one that ``weight`` knows."""
        listed = {listing.pair.symbol: listing for listing in self._contracts()}
        if path == "exchangeInfo":
            return self._info(listed)
        if "symbol" in params and params["symbol"] not in listed:
            raise BadRequest(-1121, "Invalid symbol.")
        if path == "premiumIndex":
            names = [params["symbol"]] if "symbol" in params else list(listed)
            rows = [self._premium(listed[name]) for name in names]
            return msgspec.json.encode(rows[0] if "symbol" in params else rows)
        return self._rest.answer(path, params, False)

    def _info(self, listed: Iterable[str]) -> bytes:
        names = list(listed)
        spot = msgspec.json.decode(self._rest.answer("exchangeInfo", {}, False))
        wanted = set(names)
        symbols = [
            {**row, "pair": row["symbol"], "contractType": "PERPETUAL"}
            for row in spot["symbols"]
            if row["symbol"] in wanted
        ]
        limit = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1}
        limits = [{**limit, "limit": WEIGHT_PER_MINUTE}]
        return msgspec.json.encode({**spot, "rateLimits": limits, "symbols": symbols})

    def _premium(self, listing: Listing) -> dict[str, object]:
        mark = self._mark(listing, self._market.now_ms)
        return {
            "symbol": mark["s"], "markPrice": mark["p"], "indexPrice": mark["i"],
            "estimatedSettlePrice": mark["P"], "lastFundingRate": mark["r"],
            "interestRate": "0.00010000", "nextFundingTime": mark["T"], "time": mark["E"],
        }  # fmt: skip


def _same(text: str) -> Render:
    """Futures have milliseconds alone."""
    return lambda _micros: text
