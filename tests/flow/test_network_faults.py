"""Whatever network and exchange do, no trade is lost that REST has, and each alert comes once."""

import asyncio
from pathlib import Path

import pytest
from endured import LOGIN, Fault, measure
from faults import FAULTS, line, row
from leaking import leaks, secrets_in
from skipping import SkippingLoop

from bot import logs

ADDRESS = f"ws://{LOGIN}@exchange"
README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_named_overcome_and_costs_nothing(
    fault: Fault, capsys: pytest.CaptureFixture[str], own_logging: None
) -> None:
    """And what is written of it holds no password, though nothing is hidden here."""
    logs.set_up("text", "INFO")
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        seen = runner.run(measure(fault))
    said = capsys.readouterr()
    assert "goraebot" in said.err or not fault.seen
    assert leaks(secrets_in({"": ADDRESS}), said.out, said.err, seen.kept) == []
    assert "large_trade" in seen.kept
    assert seen.problems == list(fault.seen)
    assert len(seen.told) == fault.told, seen.told
    assert seen.back_s <= fault.back_s
    assert (seen.lost > 0) == fault.loses
    assert seen.doubled == 0
    if not fault.loses:
        assert seen.missing == 0
    if fault.counted:
        assert getattr(seen.after, fault.counted) > getattr(seen.before, fault.counted)
    name, *rest = row(fault, seen)
    (told,) = [text for text in README.splitlines() if text.startswith(f"| {name} |")]
    assert told.startswith(line([name, *rest[:2]])[:-1]), "make bench prints the table"
    assert told.endswith(line([rest[-2], rest[-1]])[2:] if fault.loses else "| 0 | 0, 0 |")
