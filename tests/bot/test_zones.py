"""A zone that this machine does not know serves its chat by Seoul's clock, and stops nobody."""

from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest
from desk import NOW, Desk

from bot.model import Chat, Quiet
from bot.occasions import Occasion
from bot.quiet import current
from bot.store import Store, open_store
from bot.zones import zone_named
from pipeline.model import ALL, Spread
from pipeline.moves import alone

GONE = "America/Atlantis"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    zone_named.cache_clear()
    yield
    zone_named.cache_clear()


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite:///:memory:", clock=lambda: NOW) as opened:
        yield opened


def test_a_zone_that_is_known_is_itself() -> None:
    assert zone_named("America/New_York").key == "America/New_York"


@pytest.mark.parametrize("name", [GONE, "", "Asia", "../UTC", "x" * 300])
def test_any_other_is_seoul_s_and_is_told_of_once(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert zone_named(name).key == zone_named(name).key == "Asia/Seoul"
    assert len(caplog.records) == 1


def test_quiet_hours_and_occasions_of_an_unknown_zone_are_those_of_seoul() -> None:
    quiet = Quiet("17:00", "18:00")
    assert current(msgspec.structs.replace(quiet, zone=GONE), NOW) == current(quiet, NOW)
    here, gone = (
        Occasion("summary", "", "09:00", 0, tuple(range(7)), zone) for zone in ("Asia/Seoul", GONE)
    )
    assert gone.next(NOW) == here.next(NOW)


async def test_an_alert_reaches_every_chat_though_one_has_an_unknown_zone(store: Store) -> None:
    chats = [Chat("web", str(n)) for n in range(3)]
    for chat in chats:
        await store.subscribe(chat, [ALL], [ALL])
    lost = Quiet("23:00", "07:00", zone=GONE)
    await store.preferences.change(chats[1], lambda had: msgspec.structs.replace(had, quiet=lost))
    alert = Spread(
        id="spread:BTCUSDT:1", symbol="BTCUSDT", at_ms=NOW, excess=3.0, spread_bp=20.0,
        usual_bp=2.0, times_usual=10.0, bid=99.9, ask=100.1,
    )  # fmt: skip
    await Desk(store).announcer.announce(alone(alert))
    assert [one.chat for one in await store.pending("web", 9)] == chats
