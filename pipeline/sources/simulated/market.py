"""A believable spot market without sockets or clock: prices, books, orders and planted events.

The same seed, start and calls give the same events, however the time is cut into steps. A market
factor and each pair's own noise have volatility that clusters; other pairs follow BTCUSDT by their
beta and after a lag. Orders have heavy-tailed sizes, walk real books and push the price. All fills
of one order share its trade time, and no two orders of a pair have the same one.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from random import Random
from typing import NamedTuple

import msgspec

from pipeline.model import Side
from pipeline.sources.simulated.campaign import Campaign, Phase, crash, pump, widen
from pipeline.sources.simulated.history import MINUTE_MS, Bar
from pipeline.sources.simulated.listing import Listing
from pipeline.sources.simulated.pairs import ORDER_SPREAD, PAIRS, Pair
from pipeline.sources.simulated.past import past_bars
from pipeline.sources.simulated.plan import Planted, PlantedKind

LEADER = "BTCUSDT"
PERMANENT = 0.15
"""The share of an order's price impact that stays."""
BURST_MS = 40.0
"""Mean distance of an order that follows another one closely."""
WALK = 3
"""An order over this many levels makes the makers quote again before their turn."""
KEEP_PLANTED = 1_000
_LEAST_ORDER = 5.0


class Touch(NamedTuple):
    """The best of both sides changed (prices in ticks, sizes in lots)."""

    pair: Pair
    at_ms: int
    update_id: int
    bid: int
    bid_lots: int
    ask: int
    ask_lots: int


class Fill(NamedTuple):
    """What an order took at one price: the aggregate's id, its first match id, its matches."""

    id: int
    first: int
    price: int
    parts: list[int]


class Order(NamedTuple):
    """One aggressive order, matched. ``buyer_is_maker``: true means that the taker sold."""

    pair: Pair
    at_ms: int
    buyer_is_maker: bool
    fills: list[Fill]


class Market:
    """The exchange's matching side; see the module."""

    def __init__(self, *, seed: int = 1, start_ms: int, pairs: Iterable[Pair] = PAIRS) -> None:
        self.now_ms = start_ms
        self.listings: dict[str, Listing] = {}
        self.planted: deque[Planted] = deque(maxlen=KEEP_PLANTED)
        self._seed = seed
        self._due: list[tuple[int, int, Callable[[int], None]]] = []
        self._count = 0
        self._out: list[Order | Touch] = []
        for pair in pairs:
            self._list(pair, start_ms)
        if LEADER not in self.listings:
            raise ValueError(f"the market needs {LEADER}, which leads the other pairs")

    # --- what happens to it from outside -----------------------------------------------------

    def list_pair(self, pair: Pair) -> None:
        """Start trading a pair: a new one, which has no past, or one that was halted."""
        known = self.listings.get(pair.symbol)
        if known is None:
            self._list(pair, None)
        elif known.trading:
            raise ValueError(f"{pair.symbol} is trading already")
        else:
            known.status = "TRADING"
            known.quoted_ms = self.now_ms
            self._start(known)

    def halt(self, symbol: str) -> None:
        """Stop trading a pair (status BREAK); what was traded stays known."""
        self.listings[symbol].status = "BREAK"

    def advance(self, to_ms: int) -> list[Order | Touch]:
        """Everything that happens until ``to_ms``, in order; also what was planted before."""
        minute = self.now_ms // MINUTE_MS
        while self._due and self._due[0][0] <= to_ms:
            at_ms, _, happen = heapq.heappop(self._due)
            self.now_ms = max(self.now_ms, at_ms)
            happen(at_ms)
        self.now_ms = max(self.now_ms, to_ms)
        if self.now_ms // MINUTE_MS != minute:
            for listing in self.listings.values():
                listing.bars.roll(self.now_ms, listing.tape.next_match_id)
        out, self._out = self._out, []
        return out

    def skip(self, ms: int) -> None:
        """Let time pass in which nothing happens, as when the machine slept."""
        self._due = [(at_ms + ms, count, happen) for at_ms, count, happen in self._due]
        self.now_ms += ms
        for listing in self.listings.values():
            listing.quoted_ms += ms
            if listing.campaign is not None:
                listing.campaign.began_ms += ms
            listing.bars.roll(self.now_ms, listing.tape.next_match_id)

    def sweep(self, symbol: str, side: Side, notional: float) -> Planted:
        """One aggressive order of at least ``notional`` (quote currency), now.

        It is smaller only where a tenth of the price does not hold that much.
        """
        if notional <= 0:
            raise ValueError("a sweep needs a notional above zero")
        listing = self._tradable(symbol)
        order = self._match(listing, self.now_ms, side == "buy", notional)
        record = Planted(
            kind="sweep",
            symbol=symbol,
            at_ms=order.at_ms,
            until_ms=order.at_ms,
            side=side,
            first_price=listing.pair.price_of(order.fills[0].price),
        )
        record = _with_order(record, order)
        self.planted.append(record)
        return record

    def pump(self, symbol: str, rise_pct: float, rush_ms: int = 60_000) -> Planted:
        """A rush of market buys that lifts the price by ``rise_pct`` percent, then the dump."""
        return self._begin("pump", symbol, pump(self._tradable(symbol).pair, rise_pct, rush_ms))

    def crash(self, fall_pct: float, over_ms: int = 110_000) -> Planted:
        """BTCUSDT falls by ``fall_pct`` percent and recovers a little; the others follow."""
        return self._begin("crash", LEADER, crash(self._tradable(LEADER).pair, fall_pct, over_ms))

    def widen(self, symbol: str, times: float, for_ms: int = 30_000) -> Planted:
        """Market makers pull their quotes: the spread is ``times`` the usual one."""
        self._tradable(symbol)
        return self._begin("spread", symbol, widen(times, for_ms))

    # --- inside ------------------------------------------------------------------------------

    def _list(self, pair: Pair, past_until_ms: int | None) -> None:
        past = partial(self._past, pair, past_until_ms)
        listing = Listing(pair, self._seed, self.now_ms, past)
        leader = self.listings.get(LEADER)
        listing.seen = leader.log if leader else listing.log
        self.listings[pair.symbol] = listing
        if listing.trading:
            self._start(listing)

    def _past(self, pair: Pair, until_ms: int | None, first_match_id: int) -> list[Bar]:
        if until_ms is None:
            return []
        leader = self.listings[LEADER].pair
        return past_bars(self._seed, pair, leader, until_ms, first_match_id)

    def _tradable(self, symbol: str) -> Listing:
        listing = self.listings.get(symbol)
        if listing is None or not listing.trading:
            raise ValueError(f"{symbol} is not trading here")
        return listing

    def _at(self, at_ms: int, happen: Callable[[int], None]) -> None:
        self._count += 1
        heapq.heappush(self._due, (at_ms, self._count, happen))

    def _start(self, listing: Listing) -> None:
        listing.session += 1
        first = int(listing.rng.random() * listing.quote_every_ms) + 1
        self._at(self.now_ms + first, partial(self._quote, listing, listing.session))
        arrive = partial(self._arrive, listing, listing.session)
        self._at(self.now_ms + self._until_next(listing), arrive)

    def _quote(self, listing: Listing, session: int, at_ms: int) -> None:
        """Quote again and again, until trading stops."""
        if listing.trading and listing.session == session:
            self._requote(listing, at_ms)
            self._at(at_ms + listing.quote_every_ms, partial(self._quote, listing, session))

    def _requote(self, listing: Listing, at_ms: int) -> None:
        """Move the fair price on and the quotes to it."""
        if not listing.trading:
            return
        dt_s = max(0.001, (at_ms - listing.quoted_ms) / 1000)
        listing.quoted_ms = at_ms
        base = self.listings.get(listing.pair.base + "USDT")
        listing.drift(dt_s, self.listings[LEADER], base)
        phase = None
        campaign = listing.campaign
        if campaign is not None:
            phase, target = campaign.aim(at_ms)
            if target is not None:
                listing.log += (target - listing.log) * (1 - math.exp(-dt_s / 0.8))
        fair = listing.fair
        half = max(0.5, listing.pair.half_spread_bp * 1e-4 * fair)
        jitter = listing.rng.uniform(0.8, 1.3) * math.exp(0.3 * listing.pace)
        if phase is not None and phase.spread > 1:
            half *= phase.spread * min(1.1, max(0.9, jitter))
            listing.book.quote(fair, half, tight=True)
        else:
            listing.book.quote(fair, half * jitter, tight=False)
        if campaign is not None:
            bid, _, ask, _ = listing.book.touch
            campaign.spread_seen = max(campaign.spread_seen, ask - bid)
        self._tell(listing, at_ms)

    def _until_next(self, listing: Listing) -> int:
        """Milliseconds until the next order: bursts, and more of them when it is volatile."""
        rng = listing.rng
        rate = listing.pair.orders_per_s * math.exp(min(1.5, 0.6 * listing.pace))
        campaign = listing.campaign
        if campaign is not None:
            rate *= campaign.flow(self.now_ms)
        if rng.random() < 0.35:
            return 1 + int(rng.expovariate(1 / BURST_MS))
        pause = max(10.0, (1000 / rate - 0.35 * BURST_MS) / 0.65)
        return 1 + int(rng.expovariate(1 / pause))

    def _arrive(self, listing: Listing, session: int, at_ms: int) -> None:
        """An ordinary order: sides persist and lean to where the price goes."""
        if not listing.trading or listing.session != session:
            return
        pair, rng = listing.pair, listing.rng
        bid, _, ask, _ = listing.book.touch
        lean = (listing.fair - (bid + ask) / 2) / (ask - bid + 1)
        buy_share = 0.5 + 0.14 * listing.last_sign + 0.15 * max(-1.0, min(1.0, lean))
        buy = rng.random() < buy_share
        listing.last_sign = 1 if buy else -1
        notional = pair.median_order * math.exp(rng.gauss(0.0, ORDER_SPREAD))
        notional = max(_LEAST_ORDER / pair.quote_dollars, min(notional, 0.6 * pair.depth))
        self._match(listing, at_ms, buy, notional)
        self._at(at_ms + self._until_next(listing), partial(self._arrive, listing, session))

    def _match(self, listing: Listing, at_ms: int, buy: bool, notional: float) -> Order:
        pair, rng = listing.pair, listing.rng
        listing.last_ms = at_ms = max(at_ms, listing.last_ms + 1)
        taken = listing.book.take(buy, math.ceil(notional / (pair.tick * pair.step) - 1e-6))
        listing.bars.roll(at_ms, listing.tape.next_match_id)
        fills = []
        for price, lots in taken:
            parts = _parts(lots, rng)
            agg_id, match_id = listing.tape.add(price, parts, at_ms, not buy)
            listing.bars.add(price, lots, len(parts), buy)
            fills.append(Fill(agg_id, match_id, price, parts))
        last, listing.last_lots = taken[-1]
        listing.log += PERMANENT * math.log(last / taken[0][0])
        if listing.campaign is not None:
            listing.campaign.see(last)
        # As on the exchange, the quote that an order leaves behind comes before its trades.
        self._tell(listing, at_ms)
        order = Order(pair, at_ms, not buy, fills)
        self._out.append(order)
        if len(fills) >= WALK:  # market makers answer a walk through the book at once
            answer_ms = at_ms + 15 + int(rng.expovariate(1 / 30))
            self._at(answer_ms, partial(self._requote, listing))
        return order

    def _tell(self, listing: Listing, at_ms: int) -> None:
        touch = listing.book.touch
        if touch != listing.told:
            listing.told = touch
            self._out.append(Touch(listing.pair, at_ms, listing.book.update_id, *touch))

    def _begin(self, kind: PlantedKind, symbol: str, phases: list[Phase]) -> Planted:
        listing = self.listings[symbol]
        if listing.campaign is not None:
            raise ValueError(f"{symbol} already has a {listing.campaign.record.kind} going on")
        bid, _, ask, _ = listing.book.touch
        last = listing.bars.last_price
        campaign = Campaign.begin(
            kind, listing.pair, self.now_ms, listing.log, phases, last, ask - bid
        )
        listing.campaign = campaign
        self.planted.append(campaign.record)
        self._at(campaign.record.until_ms, partial(self._finish, listing, campaign))
        self._at(self.now_ms + 1, partial(self._rush, listing, campaign))
        return campaign.record

    def _rush(self, listing: Listing, campaign: Campaign, at_ms: int) -> None:
        """One of the orders that drive a planted event."""
        if listing.campaign is not campaign or not listing.trading:
            return
        phase, _ = campaign.aim(at_ms)
        if phase is None or phase.orders_per_s <= 0:
            return
        rng = listing.rng
        notional = phase.notional * math.exp(rng.gauss(-0.5, 1.0))
        order = self._match(listing, at_ms, phase.buy, notional)
        campaign.record = _with_order(campaign.record, order)
        wait = 1 + int(rng.expovariate(phase.orders_per_s / 1000))
        self._at(at_ms + wait, partial(self._rush, listing, campaign))

    def _finish(self, listing: Listing, campaign: Campaign, at_ms: int) -> None:
        """Replace what was announced by what happened."""
        if listing.campaign is not campaign:
            return
        listing.campaign = None
        done = campaign.measured(at_ms, listing.bars.last_price)
        for place, record in enumerate(self.planted):
            if record is campaign.announced:
                self.planted[place] = done


def _parts(lots: int, rng: Random) -> list[int]:
    """How an aggregate splits into matches with single resting orders."""
    if lots == 1 or rng.random() < 0.6:
        return [lots]
    count = min(lots, 2 + int(rng.expovariate(0.6)))
    cuts = sorted({1 + int(rng.random() * (lots - 1)) for _ in range(count - 1)})
    return [b - a for a, b in zip([0, *cuts], [*cuts, lots], strict=True)]


def _with_order(record: Planted, order: Order) -> Planted:
    """The record with one more order counted into it."""
    pair = order.pair
    value = sum(fill.price * sum(fill.parts) for fill in order.fills)
    return msgspec.structs.replace(
        record,
        notional=record.notional + value * pair.tick * pair.step,
        quantity=record.quantity + pair.quantity_of(sum(sum(f.parts) for f in order.fills)),
        fills=record.fills + sum(len(fill.parts) for fill in order.fills),
        prints=record.prints + len(order.fills),
        last_price=pair.price_of(order.fills[-1].price),
    )
