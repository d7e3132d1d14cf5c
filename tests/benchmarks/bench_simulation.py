"""How long a changed set of policies takes to try on a hundred thousand recorded decisions."""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

DECISIONS = 100_000
GOAL_S = 5.0
REPEATS = 5
_POLICIES = Path(__file__).parents[2] / "deploy" / "policies"
_TIMED = """
import resource, sys
from gateway.cli import main
try:
    main()
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    sys.stderr.write(f"{used.ru_utime + used.ru_stime}")
"""


def run() -> list[dict[str, object]]:
    """The processor time of the whole command, from its start to its last line."""
    with tempfile.TemporaryDirectory() as folder:
        decisions = Path(folder) / "decisions.jsonl"
        decisions.write_text("".join(_lines()), encoding="utf-8")
        tried = ["vendor-untrusted", "public-photographs", "employees-managed", "medical-reviewers"]
        command = [
            *(sys.executable, "-c", _TIMED, "policy", "simulate"),
            *(str(_POLICIES / name) for name in tried),
            *("--decisions", str(decisions)),
        ]
        taken = []
        for _ in range(REPEATS):
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            assert f"of {DECISIONS} sessions would have been refused" in done.stdout
            taken.append(float(done.stderr))
    value = statistics.median(taken)
    return [
        {
            "name": f"policy simulate, {DECISIONS:,} recorded decisions",
            "value": value,
            "unit": "s",
            "goal": f"< {GOAL_S:g} s",
            "holds": value < GOAL_S,
            "detail": f"processor time of the command, median of {REPEATS}; one process, one core; {done.stdout.splitlines()[0]}",
        }
    ]


def _lines() -> Iterator[str]:
    for k in range(DECISIONS):
        decision = {
            "time": 1_764_150_000.0 + 20 * k,
            "user": f"u{k % 500}",
            "role": "annotator",
            "roles": ["annotator"],
            "groups": [f"vendor-{k % 20}"],
            "project": ("lung-ct", "photos-x")[k % 2],
            "mfa": "totp",
            "credentials": ["background-check", "hipaa-training", "nda"],
            "address": f"10.0.{k % 250}.7",
            "country": "DE",
            "device": "known",
            "allowed": True,
            "session": f"s{k}",
            "duration_s": float(k % 40_000),
        }
        yield json.dumps(decision) + "\n"
