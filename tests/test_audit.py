"""`make audit` never calls unchecked packages safe."""

import importlib.util
import json
import stat
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


audit = load()
PINS = audit.pins([(ROOT / lock).read_text() for lock in audit.LOCKS])


def test_every_pinned_package_is_looked_up() -> None:
    names = [pin.partition("==")[0] for pin in PINS]
    assert {"aiohttp", "websockets", "pytest", "picows", "sqlalchemy"} <= set(names)
    lines = (ROOT / "requirements-dev.lock").read_text().splitlines()
    assert len(names) >= sum("==" in line for line in lines)
    assert all("--hash" not in pin and "\\" not in pin for pin in PINS)


def program(folder: Path, answers: dict[str, str]) -> str:
    """A pip-audit that answers so; a service without an answer cannot be reached."""
    file = folder / "pip-audit"
    file.write_text(
        "#!/usr/bin/env python3\nimport sys\n"
        f"answers = {answers!r}\n"
        "service = sys.argv[sys.argv.index('-s') + 1]\n"
        "if service not in answers:\n    sys.exit('ConnectionError: cannot resolve')\n"
        "print(answers[service])\n"
    )
    file.chmod(file.stat().st_mode | stat.S_IEXEC)
    return str(file)


def report(skipped: bool = False, vulns: list[object] | None = None) -> str:
    found = []
    for pin in PINS:
        name, _, version = pin.partition(";")[0].strip().partition("==")
        if skipped:
            found.append({"name": name, "skip_reason": "not found on PyPI"})
        else:
            bad = vulns if vulns and name == "aiohttp" else []
            found.append({"name": name, "version": version, "vulns": bad})
    return json.dumps({"dependencies": found, "fixes": []})


HOLE = {"id": "GHSA-x", "fix_versions": ["99"], "aliases": [], "description": ""}


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ({"pypi": report()}, 0, "no known vulnerabilities"),
        ({"pypi": report(skipped=True), "osv": report()}, 0, "no known vulnerabilities"),
        ({"osv": report(vulns=[HOLE])}, 1, "VULNERABLE aiohttp"),
        ({}, 2, "NOT CHECKED"),
        ({"pypi": report(skipped=True)}, 2, "NOT CHECKED"),
        ({"pypi": "no JSON"}, 2, "NOT CHECKED"),
    ],
)
def test_the_outcome_says_what_is_known(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answers: dict[str, str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(ROOT)
    assert audit.main(program(tmp_path, answers)) == code
    written = capsys.readouterr().out
    assert said in written
    assert ("no known vulnerabilities" in written) == (code == 0)
