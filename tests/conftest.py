"""What any test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples every time, on however slow a machine.
settings.register_profile("goraebot", derandomize=True, deadline=None)
settings.load_profile("goraebot")

VARIABLE = "GORAEBOT_RECORDINGS"


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded market data, which is not part of the project.

    Without it the tests that need it are skipped, except where nothing may be skipped.
    """
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not (folder / "frames").is_dir():
        why = f"no recordings at {folder}; set {VARIABLE} to the folder that has frames/ and pumps/"
        if os.environ.get("TESTS_NO_SKIP") == "1":
            pytest.fail(why)
        pytest.skip(why)
    return folder
