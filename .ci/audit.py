"""Known vulnerabilities of what the locks pin, or a plain word that they could not be looked up.

Run by ``make audit`` with pip-audit in an environment of its own. It ends with 0 when every one was
looked up and none is known to be vulnerable, 1 when some are, 2 when some could not be looked up:
pip-audit alone calls it "no known vulnerabilities" when no database had ever heard of a package.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LOCKS = (
    "requirements.lock",
    "requirements-fast.lock",
    "requirements-tardis.lock",
    "requirements-dev.lock",
)
SERVICES = {"pypi": "PyPI's advisories", "osv": "osv.dev"}
DEADLINE_S = 600
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)([^\\]*)")


def pins(locks: list[str]) -> list[str]:
    """``name==version`` with its marker, of every package that a lock's text pins, each once."""
    found = {
        f"{pin[1].lower()}=={pin[2]}{pin[3].rstrip()}"
        for text in locks
        for line in text.splitlines()
        if (pin := _PIN.match(line))
    }
    return sorted(found)


def judged(report: dict[str, Any]) -> tuple[list[str], list[str], int]:
    """Of a report: the vulnerabilities as lines, the packages that were not looked up, and how
    many were."""
    bad, skipped, looked_up = [], [], 0
    for package in report["dependencies"]:
        if "skip_reason" in package:
            skipped.append(package["name"])
            continue
        looked_up += 1
        for one in package["vulns"]:
            fixed = ", ".join(one["fix_versions"]) or "no release yet"
            bad.append(f"{package['name']} {package['version']}: {one['id']}, fixed in {fixed}")
    return bad, skipped, looked_up


def ask(pip_audit: str, wanted: list[str], service: str) -> dict[str, Any] | str:
    """pip-audit's report, or why there is none."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(wanted))
        file.flush()
        command = [pip_audit, "--progress-spinner=off", "--disable-pip", "--no-deps", "-f", "json"]
        try:
            done = subprocess.run(
                [*command, "-s", service, "-r", file.name],
                capture_output=True,
                text=True,
                timeout=DEADLINE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"no answer within {DEADLINE_S} s"
        except OSError as error:
            return str(error)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        return (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    return report


def main(pip_audit: str) -> int:
    """Ask one database after the other until every package has been looked up."""
    wanted = pins([Path(lock).read_text() for lock in LOCKS])
    left, bad, why, checked = wanted, [], [], 0
    for service, name in SERVICES.items():
        report = ask(pip_audit, left, service)
        if isinstance(report, str):
            why.append(f"{name}: {report}")
            continue
        found, skipped, looked_up = judged(report)
        bad += found
        checked += looked_up
        print(f"{name}: {looked_up} of {len(left)} packages looked up")
        if skipped:
            why.append(f"{name}: {len(skipped)} packages unknown there, as where it is a mirror")
        left = [pin for pin in left if pin.partition("==")[0] in {s.lower() for s in skipped}]
        if not left:
            break
    for line in bad:
        print(f"VULNERABLE {line}")
    if left:
        print(f"NOT CHECKED: {len(left)} of {len(wanted)} packages. No database knows of them:")
        print("\n".join(f"  {line}" for line in why))
    elif not bad:
        print(f"{checked} packages: no known vulnerabilities")  # others are for other systems
    return 1 if bad else 2 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
