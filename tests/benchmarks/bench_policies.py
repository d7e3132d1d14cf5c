"""How long a decision takes."""

import os
import statistics
import time

from policies.conditions import Facts
from policies.deciding import Request, decide
from policies.loading import PolicySet, load_all
from policies.values import Device, Mfa

POLICIES = 100
GOAL_US = 50.0
REPEATS = 7
CALLS = 500  # in one repeat

_TEXT = """
policy = "p{k}"
applies_to = {{ roles = ["{role}", "x{k}"], groups = ["vendor-{k}-*", "night-*"], projects = ["lung-*", "p{k}"] }}
require.mfa = "totp"
require.credentials = ["nda", "training"]
require.networks = ["198.51.100.0/24", "2001:db8:{k}::/48"]
require.countries = ["DE", "FR"]
require.hours = {{ days = "mon-sun", from = "00:00", to = "24:00", zone = "Europe/Berlin" }}
require.device = "known"
allow.actions = ["item.view", "annotation.write", "task.take", "task.submit"]
session = {{ idle_lock = "{minutes}m", max_duration = "8h", concurrent = 1 }}
display.lossless = true
watermark = {{ visible = "{{user}} {{session}} {{time}}", opacity = 0.14 }}
masking.profile = "clinical-strict"
[surface]
copy = "deny"
paste = "deny"
print = "deny"
download = "deny"
context_menu = "deny"
drag_out = "deny"
save = "deny"
text = "pixels"
on_focus_loss = "blank"
"""
_REQUEST = Request(
    user="u",
    roles=("annotator",),
    groups=("day-1", "night-2"),
    project="lung-ct",
    role="annotator",
    facts=Facts(
        mfa=Mfa.PASSKEY,
        credentials=frozenset({"nda", "training", "licence"}),
        address="198.51.100.7",
        country="FR",
        device=Device.MANAGED,
        now=1_764_150_000.0,
    ),
)


def run() -> list[dict[str, object]]:
    """The median time of a decision with conditions where all of a hundred policies apply, and where two do."""
    everything, two = _policies(matching=POLICIES), _policies(matching=2)
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(pinned)})
    try:
        repeats = [(_median_us(everything), _median_us(two)) for _ in range(REPEATS)]  # interleaved
    finally:
        os.sched_setaffinity(0, pinned)
    return [
        _figure("all apply", statistics.median(full for full, _ in repeats)),
        _figure("two apply", statistics.median(part for _, part in repeats)),
    ]


def _policies(*, matching: int) -> PolicySet:
    roles = ["annotator" if k < matching else "reviewer" for k in range(POLICIES)]
    texts = {f"{k}.toml": _TEXT.format(k=k, role=role, minutes=k + 1) for k, role in enumerate(roles)}
    policies = load_all(texts)
    assert not policies.errors
    assert len(decide(_REQUEST, policies).policies) == matching
    return policies


def _median_us(policies: PolicySet) -> float:
    taken = []
    for _ in range(CALLS):
        start = time.perf_counter_ns()
        decide(_REQUEST, policies)
        taken.append(time.perf_counter_ns() - start)
    return statistics.median(taken) / 1000


def _figure(case: str, value_us: float) -> dict[str, object]:
    return {
        "name": f"policy decision, {POLICIES} policies, {case}",
        "value": value_us,
        "unit": "µs",
        "goal": f"< {GOAL_US:.0f} µs",
        "holds": value_us < GOAL_US,
        "detail": f"median of {REPEATS} medians of {CALLS} calls, one core; 23 fields and 3 lists in each policy; "
        "what a set of policies comes to is composed once and remembered",
    }
