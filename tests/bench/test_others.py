"""The whole pipeline beside what other tools take to do nothing, on the same feed.

They are installed into .bench-venv beside .venv at the first run; the bench is skipped, with the
reason, where that is not possible.
"""

import json
import statistics
import subprocess
import sys
import venv
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from measure import Cost, alternately, compare, ratios
from sides import FILLS, bare, serving, whole

SYMBOLS, FRAMES, WARM, ROUNDS = 400, 240_000, 40_000, 5
APART_MS = 1_000 * FILLS / 150_000
"""As in test_throughput.py."""
HERE = Path(__file__).parent
HOME = HERE.parents[1] / ".bench-venv"
PYTHON = HOME / ("Scripts" if sys.platform == "win32" else "bin") / "python"
WANTED = HERE / "others-requirements.txt"
TOOLS = ("cryptofeed", "unicorn", "unicorn, picows")
INSTALL_S, RUN_S = 900, 120


def installed() -> None:
    """The other tools, in an environment of their own."""
    stamp = HOME / "installed"
    if stamp.is_file() and stamp.read_text() == WANTED.read_text():
        return
    venv.create(HOME, with_pip=True)
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "-r", str(WANTED)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        pytest.skip(f"the other tools cannot be installed here: {' '.join(last)}")
    stamp.write_text(WANTED.read_text())


def other(tool: str, port: int, folder: Path) -> Cost:
    """Its cost; the CPU is that of all its threads."""
    command = [str(PYTHON), str(HERE / "others.py"), tool, *map(str, (port, SYMBOLS, FRAMES))]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=RUN_S, cwd=folder, check=False
    )
    assert done.returncode == 0, done.stderr
    return Cost(*json.loads(done.stdout.splitlines()[-1]))


def test_the_whole_pipeline_beside_tools_that_detect_nothing(tmp_path: Path) -> None:
    installed()
    with serving("trades", SYMBOLS, FRAMES, APART_MS) as port:
        sides: dict[str, Callable[[], Cost]] = {
            "bare websockets": partial(bare, port, FRAMES),
            "pipeline, websockets": partial(whole, port, FRAMES, "websockets", warm=WARM),
            "pipeline, picows + uvloop": partial(whole, port, FRAMES, "picows", warm=WARM),
            **{f"{tool}, nothing": partial(other, tool, port, tmp_path) for tool in TOOLS},
        }
        measured = alternately(ROUNDS, sides)
    print(f"\n{SYMBOLS} symbols, {FRAMES:,} aggTrade frames, {ROUNDS} rounds (median, range)")
    compare(measured)
    for side in ("pipeline, websockets", "pipeline, picows + uvloop"):
        for tool in TOOLS:
            pairs = measured[f"{tool}, nothing"], measured[side]
            times = ratios(*([cost.cpu_us for cost in costs] for costs in pairs))
            print(f"  {side}: {statistics.median(times):.2f} times {tool}, by CPU")
