"""What people want of the market data, and what is made for them by the clock."""

import asyncio
import itertools
import logging
from collections.abc import Collection
from typing import Final

import msgspec

from bot.command import Context
from bot.commands import spread, summary
from bot.errors import StoreError
from bot.model import Colours, Draft, Edition
from bot.occasions import Occasion
from bot.store import Store
from bot.targets import TargetWatch
from bot.thresholds import own_bars, usual_wanted
from bot.wiring.markets import Markets
from bot.wiring.past import PastMarkets
from pipeline.model import ALL

log = logging.getLogger("goraebot")

LOOK_S: Final = 1.0


async def follow_subscriptions(
    store: Store, targets: TargetWatch, markets: Markets | PastMarkets
) -> None:
    """Watch what subscriptions and targets need, with books where they do, let through what a
    chat wants though it is usual, and keep search ranked by turnover."""
    gate = markets.watch.gate
    revision = -1
    named: set[str] = set()
    for second in itertools.count():
        if store.revision != revision:
            revision = store.revision
            try:
                chats = await store.audience()
                named = {s.symbol for state in chats for s in state.subscriptions}
                gate.wanted = usual_wanted(s.settings for s in chats)
                gate.bars = own_bars(s.settings for s in chats)
            except StoreError as error:
                log.warning("subscriptions cannot be read: %s", error)
                revision = -1
        # Turnovers are known a few seconds after the start, and change slowly.
        if second % 30 == 5 and markets.market.listing:
            markets.refresh_symbols()
        markets.want((named - {ALL}) | targets.symbols, top=ALL in named)
        await asyncio.sleep(LOOK_S)


async def edition_of(context: Context, occasion: Occasion, colours: Collection[Colours]) -> Edition:
    """What is due by the clock, for chats of these colours. Raises UserError while it cannot
    be made."""
    if occasion.task == "summary":
        survey = await context.surveyor.survey()
        return await summary.edition(context, survey, occasion.at, colours)
    info = context.directory.find(occasion.symbol)
    book = await context.exchange.book(info.symbol, spread.LEVELS)
    answer = spread.answer(context, info, book)
    draft = answer if isinstance(answer, Draft) else None
    plain = msgspec.structs.replace(draft.first if draft else answer, silent=True)
    return Edition(dict.fromkeys(colours, plain), draft.later if draft else None)
