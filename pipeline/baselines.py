"""What detectors have learnt of each symbol, handed out and collected: it outlives the program."""

import logging
from collections.abc import Iterable, Iterator, Sequence

from pipeline.notes import Baseline
from pipeline.ports import Detector, Lasting
from pipeline.watch import Watch

log = logging.getLogger("goraebot.baselines")


class Baselines:
    """Gives each new detector what its predecessor knew: ``restore`` is for ``Watch(made=…)``.

    What cannot be read is told once for each kind of detector and forgotten. ``restored`` counts.
    """

    def __init__(self, kept: Iterable[Baseline] = ()) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}
        self._unreadable: set[str] = set()
        self.restored = 0
        for baseline in kept:
            self.keep(baseline)

    def keep(self, baseline: Baseline) -> None:
        """Have one more to hand out."""
        self._kept[baseline.detector, baseline.symbol] = baseline.state

    @property
    def kept(self) -> Iterator[Baseline]:
        """What has not been handed out yet."""
        for (detector, symbol), state in self._kept.items():
            yield Baseline(detector, symbol, state)

    def restore(self, symbol: str, detectors: Sequence[Detector]) -> None:
        """Hand out what is known of the symbol, each piece once."""
        for detector in detectors:
            name = type(detector).__name__
            state = self._kept.pop((name, symbol), None)
            if state is None or not isinstance(detector, Lasting):
                continue
            try:
                detector.restore(state)
                self.restored += 1
            except ValueError as error:
                if name not in self._unreadable:
                    log.warning("%s of %s, and maybe others, begins anew: %s", name, symbol, error)
                self._unreadable.add(name)

    def collect(self, watch: Watch) -> Iterator[Baseline]:
        """What every detector knows; symbols may come and go while this is read slowly."""
        for symbol in list(watch.symbols):
            for detector in watch.detectors(symbol) if symbol in watch.symbols else ():
                if isinstance(detector, Lasting):
                    yield Baseline(type(detector).__name__, symbol, detector.state())
