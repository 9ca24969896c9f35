"""The image of config/deploy can be built, and holds no secret."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from shutil import copy, copytree, ignore_patterns

ROOT = Path(__file__).parents[1]
STAGES = re.split(
    r"(?m)^FROM .+$", (ROOT / "config" / "deploy" / "Dockerfile").read_text(encoding="utf-8")
)[1:]
BUILDING = """
import sys
from hatchling.build import build_wheel
print(build_wheel(sys.argv[1]))
"""


def copied(stage: str) -> list[str]:
    """What a stage takes from the repository."""
    lines = re.findall(r"(?m)^COPY (?!--from)(.+)$", stage)
    return [path for line in lines for path in line.split()[:-1]]


def test_the_wheel_is_built_of_what_the_image_copies(tmp_path: Path) -> None:
    for path in copied(STAGES[0]):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / path).is_dir():
            copytree(ROOT / path, tmp_path / path, ignore=ignore_patterns("__pycache__"))
        else:
            copy(ROOT / path, tmp_path / path)
    done = subprocess.run(
        [sys.executable, "-c", BUILDING, str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"goraebot-{version['version']}-" in done.stdout


def test_no_folder_that_may_hold_secrets_is_in_the_image() -> None:
    assert "config/.env" in (ROOT / "README.md").read_text(encoding="utf-8")
    for path in copied(STAGES[0]) + copied(STAGES[1]):
        assert not (Path("config") / ".env").is_relative_to(path), path
