"""The faults of networks and of the exchange that are measured, and the README's table of them."""

import asyncio
from collections.abc import Sequence

from endured import LOGIN, SYMBOLS, Changes, Fault, Happening, Rig, Seen

HEADS = (
    "fault", "`/status` names", "chats are told", "all there again after", "trades fetched",
    "trades lost", "alerts missing, doubled",
)  # fmt: skip
WORDS = {"unreachable": "no connection", "region": "451", "limited": "limited", "silent": "silence"}


def row(fault: Fault, seen: Seen) -> tuple[str, ...]:
    """What came of the fault, under ``HEADS``."""
    named = [WORDS[problem] for problem in seen.problems]
    if seen.after.gaps > seen.before.gaps:
        named.append("the gaps")
    told = [f"{seen.marked} of {seen.alerts} orders 복구"] if seen.marked else []
    if seen.told:
        told.insert(0, "stopped, back")
    return (
        fault.name,
        ", ".join(named) or "nothing",
        "; ".join(told) or "nothing",
        "no break" if fault.end is None and seen.back_s < 1.5 else f"{seen.back_s:.0f} s",
        f"{seen.fetched:,}",
        f"{seen.lost:,}",
        f"{seen.missing}, {seen.doubled}",
    )


def line(cells: Sequence[str]) -> str:
    """One of a table in Markdown."""
    return f"| {' | '.join(cells)} |"


async def well(it: Rig) -> None:
    """The network carries everything again."""
    it.wire.mood = "well"
    it.scheme, it.host = "ws", "127.0.0.1"
    it.rest._base = f"http://{LOGIN}@127.0.0.1:{it.wire.port}"


async def cut(it: Rig) -> None:
    """Nothing is carried, and everybody knows."""
    it.wire.mood = "refusing"
    it.wire.cut()


async def half_open(it: Rig) -> None:
    """The connection is dead, and nobody knows; a new one works."""
    it.wire.stall()


async def deaf(it: Rig) -> None:
    """All connections are dead, new ones too, and nobody knows."""
    it.wire.mood = "deaf"
    it.wire.stall()


async def late(it: Rig) -> None:
    """Everything comes ten seconds late."""
    it.wire.mood = "late"


async def trickling(it: Rig) -> None:
    """A byte a second."""
    it.wire.mood = "trickling"


async def resetting(it: Rig) -> None:
    """Every connection is reset."""
    it.wire.mood = "resetting"
    it.wire.cut(reset=True)


async def babbling(it: Rig) -> None:
    """Somebody else answers at the exchange's address."""
    it.wire.mood = "babbling"
    it.wire.cut()


async def not_tls(it: Rig) -> None:
    """The handshake of TLS fails."""
    it.scheme = "wss"
    it.wire.cut()


async def nameless(it: Rig) -> None:
    """The exchange's name is not resolved."""
    it.host = "exchange.invalid"
    it.rest._base = f"http://{LOGIN}@exchange.invalid:{it.wire.port}"
    it.wire.cut()


def refusing(status: int, retry_after: int | None = None) -> Happening:
    """Every request is refused."""

    async def begin(it: Rig) -> None:
        it.sim.refuse(status, times=1_000_000, retry_after=retry_after)
        it.wire.cut()

    return begin


async def admitting(it: Rig) -> None:
    """Nothing is refused any more."""
    it.sim.refuse(503, times=0)


async def garbage(it: Rig) -> None:
    """Truncated frames, wrong types, random bytes."""
    for _ in range(20):
        it.sim.send_garbage()


async def shutdown(it: Rig) -> None:
    """The server announces its end, and ends five seconds later."""
    it.sim.announce_shutdown(5_000)


async def shuffled(it: Rig) -> None:
    """Messages overtake each other within a second, and every fifth comes twice."""
    it.shuffling = True
    it.sim.announce_shutdown(5_000)


async def losing(it: Rig) -> None:
    """Ten seconds of frames are lost on the way."""
    for symbol in SYMBOLS:
        it.sim.lose(10_000, symbol)


async def forgetting(it: Rig) -> None:
    """Twenty seconds of frames are lost, and REST does not have them."""
    for symbol in SYMBOLS:
        it.sim.lose(20_000, symbol)
    await asyncio.sleep(19.0)
    it.sim.forget()


async def burst(it: Rig) -> None:
    """Fifty times as many trades as usual, for ten seconds."""
    asked = await it.newest()
    await asyncio.sleep(5.0)
    usual = sum(id - asked[symbol] for symbol, id in (await it.newest()).items()) / 5.0

    async def trade() -> None:
        for _ in range(200):
            for number in range(round(usual * 50 / 20)):
                it.sim._market.sweep(SYMBOLS[number % len(SYMBOLS)], "buy", 50.0)
            await asyncio.sleep(0.05)

    it.under_way = asyncio.create_task(trade())


async def burst_over(it: Rig) -> None:
    """The last of them."""
    assert it.under_way is not None
    await it.under_way


async def nothing(it: Rig) -> None:
    """All is as it was from the start on."""


AWAY, SILENT, LIMITED = ("unreachable",), ("silent",), ("limited",)
ROTATING = Changes({"rotate_s": 12.0})

FAULTS = (
    Fault("cut for 20 s", cut, 40, well, seen=AWAY),
    Fault("cut for 3 min", cut, 65, well, 180, AWAY, told=2),
    Fault("half-open (no FIN); a new connection works", half_open, 20, seen=SILENT),
    Fault("half-open for 1 min, new ones too", deaf, 65, well, 60, SILENT + AWAY, told=2),
    Fault("every byte 10 s late for 1 min", late, 25, well, 60, AWAY),
    Fault("1 byte/s for 30 s", trickling, 40, well, 30, SILENT + AWAY),
    Fault("resets for 20 s", resetting, 40, well, seen=AWAY),
    Fault("no HTTP in the handshake for 20 s", babbling, 40, well, seen=AWAY),
    Fault("TLS fails for 20 s", not_tls, 40, well, seen=AWAY),
    Fault("DNS fails for 20 s", nameless, 40, well, seen=AWAY),
    Fault("HTTP 451 for 20 s", refusing(451), 40, admitting, seen=("region",)),
    Fault("HTTP 429 for 20 s, Retry-After 10", refusing(429, 10), 20, admitting, seen=LIMITED),
    Fault("HTTP 429 for 20 s, no Retry-After", refusing(429), 65, admitting, 20, LIMITED, told=2),
    Fault("HTTP 418 for 20 s, Retry-After 30", refusing(418, 30), 40, admitting, seen=LIMITED),
    Fault("HTTP 418 for 20 s, no Retry-After", refusing(418), 125, admitting, 20, LIMITED, told=2),
    Fault("truncated and garbage frames", garbage, 1.5, counted="bad_frames"),
    Fault("rotation (as at 24 h)", nothing, 1.5, changes=ROTATING, counted="rotations"),
    Fault("`serverShutdown`", shutdown, 1.5, counted="rotations"),
    Fault("exchange's clock 5 s ahead", nothing, 1.5, changes=Changes(exchange_ms=5_000)),
    Fault("exchange's clock 5 s behind", nothing, 1.5, changes=Changes(exchange_ms=-5_000)),
    Fault("frames out of order, every fifth twice", shuffled, 5, counted="repeated"),
    Fault("10 s of frames lost on the way", losing, 15),
    Fault("50 times the usual rate for 10 s", burst, 2, burst_over, 10.0),
    Fault("20 s of frames lost, REST has none of it", forgetting, 25, loses=True),
)
