"""What the README says is true: its examples run, the names it gives exist."""

import asyncio
import re
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fakes import Bot

from bot.answer import Answerer
from bot.commands import COMMANDS
from bot.compose import alert_message
from bot.deliver import Deliverer
from bot.explain.template import sentence
from bot.korean import KIND_NAMES
from bot.model import Chat, Message, Request
from bot.settings import SECTIONS, variable_names
from bot.store import Notice, open_store
from bot.symbols import read_symbol
from pipeline.bus import LocalBus
from pipeline.detectors import KINDS, Kind
from pipeline.market import Market
from pipeline.model import Feed, Trade
from pipeline.watch import Settings, Watch

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOW = 1_760_000_000_000


def example(path: str) -> Any:
    """The module that the README shows as ``path``."""
    blocks: list[str] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (block,) = [b for b in blocks if b.startswith(f"# {path}\n")]
    module = ModuleType(Path(path).stem)
    exec(compile(block, path, "exec"), module.__dict__)
    return module


def test_the_detector_of_the_how_to_raises_alerts_that_can_be_worded() -> None:
    module = example("pipeline/detectors/round_number.py")
    KINDS["round_number"] = Kind(module.Settings, module.RoundNumber)
    try:
        watch = Watch(Market(), Settings(), kinds=["round_number"])
        prices = [99_990.0, 100_010.0, 100_020.0, 99_980.0]
        alerts = [
            alert
            for number, price in enumerate(prices)
            for alert in watch.on(Trade("BTCUSDT", number, price, 1.0, NOW + number, False))
        ]
    finally:
        del KINDS["round_number"]
    assert [alert.facts()["direction"] for alert in alerts] == ["up", "down"]
    info = read_symbol("BTCUSDT")
    for alert in alerts:
        note = sentence(alert, info)  # type: ignore[arg-type]
        assert alert_message(alert, info, note=note, by="template").head  # type: ignore[arg-type]


async def test_the_command_of_the_how_to_answers_and_helps() -> None:
    module = example("bot/commands/ping.py")
    answerer = Answerer(Bot().context, commands={**COMMANDS, "ping": module.COMMAND})
    me = Chat("web", "1")
    for text, head in (("/ping 비트", "BTCUSDT: 퐁"), ("핑 btc", "BTCUSDT: 퐁")):
        assert (await answerer(Request(me, "1", text, True, True))).head == head
    refusal = await answerer(Request(me, "1", "/ping", True, True))
    assert (refusal.tone, refusal.head) == ("error", "심볼을 함께 입력해 주세요. 예: /ping btc")


async def test_the_platform_of_the_how_to_delivers_and_answers() -> None:
    module = example("bot/platforms/console.py")
    written: list[str] = []
    wrote = asyncio.Event()

    def write(text: str) -> None:
        written.append(text)
        wrote.set()

    async def lines() -> AsyncIterator[str]:
        yield "/start"

    async def answer(request: Request) -> Message:
        return Message(f"{request.text}에 답합니다")

    me = Chat("console", "me")
    platform = module.ConsolePlatform(me, lines(), write)
    async with open_store("sqlite+aiosqlite:///:memory:", clock=lambda: NOW) as store:
        message = Message("알림", key="k")
        await store.enqueue([Notice(me, "k", message, "notice", NOW, NOW + 1_000)])
        deliverer = Deliverer(store, [platform], now_ms=lambda: NOW)
        async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(deliverer.run())
            await wrote.wait()
            running.cancel()
    await platform.listen(answer)
    assert written == ["알림", "/start에 답합니다"]


async def test_the_source_of_the_how_to_is_watched() -> None:
    module = example("pipeline/sources/ticking.py")
    ticks = [("BTCUSDT", 100_000.0, 1.0, NOW), ("ETHUSDT", 4_000.0, 1.0, NOW)]
    source = module.TickingSource([*ticks, ("BTCUSDT", 100_000.0, 1.0, NOW + 1_000)])
    await source.follow([Feed("BTCUSDT", "trade")])
    watch, bus = Watch(Market()), LocalBus()
    async with bus.subscribe() as moves:
        await watch.run(source, bus)
        alert = (await anext(moves)).alert
    assert alert is not None
    assert watch.trades == 2
    assert (alert.kind, alert.symbol, alert.at_ms) == ("large_trade", "BTCUSDT", NOW)


def test_every_kind_has_its_words_section_and_tape() -> None:
    """What the how-to asks of a new detector, for each that there is."""
    sections = tomllib.loads((ROOT / "config/goraebot.toml").read_text(encoding="utf-8"))
    for kind in KINDS:
        assert kind in KIND_NAMES, kind
        assert kind in sections and kind in SECTIONS, kind
        assert (ROOT / "tests" / "tapes" / f"{kind}.jsonl").is_file(), kind


def test_every_kind_and_command_is_named() -> None:
    for name in (*KINDS, *(f"/{command}" for command in COMMANDS)):
        assert f"`{name}`" in README, name


def test_the_contents_lead_somewhere() -> None:
    heads = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}
    links = set(re.findall(r"\]\(#([^)]+)\)", README))
    assert links and links <= anchors, links - anchors


def test_every_file_and_variable_that_the_readme_names_exists() -> None:
    for link in re.findall(r"\]\((?!http|#)([^)]+)\)", README):
        assert (ROOT / link).exists(), link
    known = set(variable_names())
    named = set(re.findall(r"`(GORAEBOT_[A-Z_]+[A-Z])`", README))
    assert named <= known, named - known
    targets = set(re.findall(r"(?:`|^)make (\w+)", README, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_module_of_the_map_exists() -> None:
    start = README.index("\npipeline/        ")
    named = set(re.findall(r"\w+\.py", README[start : README.index("```", start)]))
    modules = {
        path.name for folder in ("bot", "pipeline") for path in (ROOT / folder).rglob("*.py")
    }
    assert named
    assert named <= modules


def test_the_pictures_are_small_and_none_is_left_over() -> None:
    shown = set(re.findall(r"\]\((tests/screenshots/[^)]+)\)", README))
    taken = {str(file.relative_to(ROOT)) for file in (ROOT / "tests/screenshots").glob("*.png")}
    assert shown == taken
    for picture in shown:
        assert (ROOT / picture).stat().st_size < 200_000, picture


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_named_in_the_changelog(name: str) -> None:
    assert f"/{name}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
