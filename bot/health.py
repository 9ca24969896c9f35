"""How the program is doing: one place that /status, /healthz, the page and /metrics read."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from bot import won_health
from bot.alarm import Trouble
from bot.announce import Announcer
from bot.deliver import Deliverer
from bot.explain.ai_state import AiState
from bot.health_words import refused_text
from bot.lag import Lag
from bot.machine_words import machine_lines
from bot.model import Unreal
from bot.ports import FeedHealth, Platform
from bot.troubles import NAMES, Troubles
from bot.won_health import WonState
from pipeline.bus import LocalBus
from pipeline.sources.binance import BinanceSource
from pipeline.sources.handover import Handover
from pipeline.sources.recorder import Recorder
from pipeline.sources.status import Status
from pipeline.universe import Universe
from pipeline.watch import Watch

STALE_S = 15.0
"""Without a frame for so long the feed is not well."""


class Reporting(Protocol):
    """A source that says how it is doing."""

    def status(self) -> Status: ...


class LiveHealth:
    """Implements ports.Health over the running parts.

    ``paced``: the market's time goes as ours does, so that its delay says something of a clock.
    """

    def __init__(
        self,
        source: BinanceSource,
        universe: Universe,
        queued: Callable[[], int],
        *,
        unreal: Unreal | None,
        handover: Handover | None = None,
        paced: bool = True,
    ) -> None:
        self._handover = handover
        self._paced = paced
        self._source = source
        self._universe = universe
        self._queued = queued
        self._unreal = unreal

    def feed(self) -> FeedHealth:
        """See ports.Health."""
        status = self._source.status()
        problem = status.problem
        # Without a listing there is nothing to connect for: its problem is the one to tell.
        if self._universe.problem and problem in ("connecting", ""):
            problem = self._universe.problem
        if not problem and status.heard_s is not None and status.heard_s > STALE_S:
            problem = "silent"
        others: tuple[str, ...] = (refused_text(status.refused),) if status.refused else ()
        bad, gaps = status.bad_frames, status.gaps
        if self._handover is not None:
            state = self._handover.state()
            others += tuple(machine_lines(state))
            bad, gaps = bad + state.bad, gaps + state.gaps
            if state.by_machine:  # trades flow whatever becomes of the direct connection
                problem = ""
        return FeedHealth(
            ok=not problem,
            unreal=self._unreal,
            age_ms=None if status.heard_s is None else round(status.heard_s * 1000),
            delay_ms=(
                None if status.delay_ms is None or not self._paced else round(status.delay_ms)
            ),
            symbols=len(self._universe.watched),
            connections=status.connections,
            reconnects=status.reconnects,
            gaps=gaps,
            recovered_trades=status.recovered,
            bad_frames=bad,
            problem=problem,
            others=others,
        )

    def queued(self) -> int:
        """See ports.Health."""
        return self._queued()


class Operation(Collector):
    """What operators want to be woken for: troubles, platforms, disk, what AI costs, and whether
    the event loop keeps up. Read within the loop."""

    def __init__(
        self,
        platforms: Sequence[Platform],
        troubles: Troubles,
        *,
        standing: Callable[[], Mapping[str, Trouble]],
        unrecorded: Callable[[], int],
        ai: Callable[[], AiState] | None,
        lag: Lag,
        version: str,
        won: Callable[[], WonState | None] = lambda: None,
    ) -> None:
        self._won = won
        self._platforms = platforms
        self._troubles = troubles
        self._standing = standing
        self._unrecorded = unrecorded
        self._ai = ai
        self._lag = lag
        self._version = version

    def collect(self) -> Iterator[Metric]:
        standing = self._standing()
        trouble = GaugeMetricFamily(
            "goraebot_trouble", "Whether operators have been told of this trouble", labels=["name"]
        )
        stops = GaugeMetricFamily(
            "goraebot_trouble_stops",
            "Whether that is why alerts do not reach everybody",
            labels=["name"],
        )
        for name in NAMES:
            trouble.add_metric([name], name in standing)
            stops.add_metric([name], name in standing and standing[name].stops)
        yield trouble
        yield stops
        up = GaugeMetricFamily("goraebot_platform_up", "Whether it works", labels=["platform"])
        for platform in self._platforms:
            up.add_metric([platform.name], not getattr(platform, "problem", ""))
        yield up
        yield GaugeMetricFamily(
            "goraebot_alerts_unrecorded", "Alerts owed to the database", self._unrecorded()
        )
        free = self._troubles.free_bytes()
        if free is not None:
            yield GaugeMetricFamily("goraebot_disk_free_bytes", "Where the database is", free)
        buckets, late_s = self._lag.histogram()
        yield HistogramMetricFamily(
            "goraebot_loop_lag_seconds", "How late the event loop is", buckets, late_s
        )
        yield GaugeMetricFamily(
            "goraebot_tasks", "Tasks of the event loop", len(asyncio.all_tasks())
        )
        build = GaugeMetricFamily("goraebot_build_info", "The version", labels=["version"])
        build.add_metric([self._version], 1)
        yield build
        if (won := self._won()) is not None:
            yield from won_health.metrics(won)
        if self._ai is not None:
            yield from _ai_metrics(self._ai())


def _ai_metrics(state: AiState) -> Iterator[Metric]:
    texts = CounterMetricFamily(
        "goraebot_ai_texts", "What became of wanted explanations", labels=["outcome"]
    )
    for outcome in ("shown", "shared", "refused", "failed"):
        texts.add_metric([outcome], getattr(state, outcome))
    yield texts
    spent = GaugeMetricFamily("goraebot_ai_spent_dollars", "Spent, in Korea", labels=["span"])
    budget = GaugeMetricFamily("goraebot_ai_budget_dollars", "0: no limit", labels=["span"])
    for span, now, most in (
        ("day", state.spent_usd, state.budget_usd),
        ("month", state.month_usd, state.month_budget_usd),
    ):
        spent.add_metric([span], now)
        budget.add_metric([span], most)
    yield spent
    yield budget
    yield GaugeMetricFamily("goraebot_ai_resting", "1 while nothing is asked", state.resting)


class _Metrics(Collector):
    def __init__(
        self,
        source: Reporting,
        watch: Watch,
        bus: LocalBus,
        announcer: Announcer,
        deliverer: Deliverer,
        recorder: Recorder | None,
    ) -> None:
        self._source = source
        self._watch = watch
        self._bus = bus
        self._announcer = announcer
        self._deliverer = deliverer
        self._recorder = recorder

    def collect(self) -> Iterator[Metric]:
        status = self._source.status()
        counters = {
            "frames": ("Frames received", status.frames),
            "frames_bad": ("Frames or rows skipped as unreadable", status.bad_frames),
            "frames_ignored": ("Frames of streams that are not used", status.ignored_frames),
            "events": ("Events watched", self._watch.events),
            "trades": ("Trades watched", self._watch.trades),
            "detectors_failed": ("Detectors left out after a mistake", self._watch.failed),
            "trades_repeated": ("Trades received more than once", status.repeated),
            "trades_recovered": ("Trades fetched after a gap", status.recovered),
            "gaps": ("Holes in the data that could not be filled", status.gaps),
            "reconnects": ("Connections lost", status.reconnects),
            "rotations": ("Connections renewed without loss", status.rotations),
            "alerts_published": ("Alerts that passed the gate", self._bus.published),
            "alerts_recorded": ("Alerts written to the database", self._announcer.recorded),
            "alerts_lost": (
                "Alerts that could not be recorded",
                self._announcer.lost + self._bus.lost,
            ),
        }
        if self._recorder is not None:
            counters |= {
                "frames_recorded": ("Frames in recordings", self._recorder.frames_written),
                "frames_unrecorded": ("Frames missing in recordings", self._recorder.missed),
            }
        for name, (text, value) in counters.items():
            yield CounterMetricFamily(f"goraebot_{name}", text, value)
        gauges = {
            "connections": ("Open connections", status.connections),
            "feed_ok": ("Whether market data flows", not status.problem),
            "streams": ("Streams followed", status.streams),
            "events_waiting": ("Events between sockets and detectors", status.waiting),
            "feed_age_seconds": ("Since the last frame", status.heard_s),
            "feed_delay_seconds": (
                "Exchange time to receipt, smoothed",
                None if status.delay_ms is None else status.delay_ms / 1000,
            ),
        }
        for name, (text, gauge) in gauges.items():
            if gauge is not None:
                yield GaugeMetricFamily(f"goraebot_{name}", text, gauge)
        verdicts = CounterMetricFamily(
            "goraebot_gate_verdicts", "What became of raised alerts", labels=["verdict"]
        )
        for verdict, count in self._watch.gate.verdicts.items():
            verdicts.add_metric([verdict], count)
        yield verdicts
        deliveries = CounterMetricFamily(
            "goraebot_deliveries", "What became of deliveries", labels=["platform", "outcome"]
        )
        waiting = GaugeMetricFamily(
            "goraebot_deliveries_waiting", "Deliveries in memory", labels=["platform"]
        )
        for name, sender in self._deliverer.senders.items():
            for outcome in ("sent", "edited", "flooded", "retried", "refused", "gone"):
                deliveries.add_metric([name, outcome], getattr(sender, outcome))
            waiting.add_metric([name], sender.queued)
        yield deliveries
        yield waiting


def metrics_of(
    source: Reporting,
    watch: Watch,
    bus: LocalBus,
    announcer: Announcer,
    deliverer: Deliverer,
    operation: Operation,
    recorder: Recorder | None = None,
) -> Callable[[], bytes]:
    """Prometheus text of the running parts, read when it is asked for: nothing is counted twice.
    Memory, CPU time and open files of the process are in it."""
    registry = CollectorRegistry()
    registry.register(_Metrics(source, watch, bus, announcer, deliverer, recorder))
    registry.register(operation)
    ProcessCollector(registry=registry)
    return lambda: generate_latest(registry)
