"""kill -9 at random moments of an intake, one worker or several: nothing is lost, doubled, or released unmasked."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from gateway.app import ServerSettings, open_data
from gateway.intake.receiving import MASK_JOB
from gateway.store import items, jobs, pixels, raw, tasks
from gateway.store.opening import Store
from tests.gateway.stores import add_project
from tests.journeys.planting import SLICES, Canaries, plant
from tests.journeys.serving import ROOT, isinglass

pytestmark = pytest.mark.slow

DONE_S = 600  # an intake gives way to all else on the machine


def _opened(data: Path) -> Store:
    return open_data(ServerSettings(data=data))


def _new(data: Path) -> Path:
    store = _opened(data)
    add_project(store)
    store.close()
    return data


def _start(data: Path, source: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", "ingest", str(source), "--project", "name of p1"],
        env={**os.environ, "ISINGLASS_DATA": str(data)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _frames(store: Store) -> Counter[tuple[str, str, int]]:
    """Which masked frames there are, of what state: the same for the same files in stores of one key."""
    found: Counter[tuple[str, str, int]] = Counter()
    with store.read() as connection:
        for each in items.items_of_project(connection, "p1"):
            found[each.kind, each.state, len(items.frames_of(connection, each.id))] += 1
            work = tasks.of_item(connection, each.id)
            assert len(work) == (each.state == "released"), "work on what is not released, or none"
    return found


def _check_whole(data: Path, source: Path, canaries: Canaries) -> None:
    store = _opened(data)
    key = raw.load_private_key(store.keys.folder)
    files = {path.read_bytes() for path in source.iterdir()}
    with store.read() as connection:
        masked = items.originals_of(connection, "p1", "masked")
        assert not items.originals_of(connection, "p1", "received"), "a file still waits"
        assert jobs.count(connection, MASK_JOB, "done") == len(files)
        rows = items.items_of_project(connection, "p1")
        frames = [(row, frame) for row in rows for frame in items.frames_of(connection, row.id)]
    assert {b"".join(raw.open_sealed(store, each.object, key)) for each in masked} == files, (
        "an original is lost"
    )
    assert sorted(frame.original for _, frame in frames) == sorted(each.digest for each in masked), (
        "lost or doubled"
    )
    for row, frame in frames:
        assert pixels.digest_of(pixels.get_frame(store, row.subject, frame.object)) == frame.digest
    kept = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert not canaries.found_in(kept)
    store.close()
    assert "verifies" in isinglass(data, "audit", "verify")


def _nothing_is_shown_too_early(data: Path) -> None:
    """At any moment: what is released went through masking, and has its frames."""
    store = _opened(data)
    with store.read() as connection:
        for each in items.items_of_project(connection, "p1"):
            originals = {frame.original for frame in items.frames_of(connection, each.id)}
            states = {row.state for row in (items.original(connection, one) for one in originals) if row}
            assert states == {"masked"}
            assert each.kind == "image" or each.state == "held"
    store.close()


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kills", [2, pytest.param(40, marks=pytest.mark.soak)])
def test_a_killed_intake_goes_on_where_it_stopped(tmp_path: Path, kills: int) -> None:
    source, rng = tmp_path / "in", np.random.default_rng(17)
    canaries = plant(source, 31)
    began = time.monotonic()
    whole = _new(tmp_path / "whole")
    assert _start(whole, source).wait(DONE_S) == 0
    took = time.monotonic() - began
    data = _new(tmp_path / "killed")
    for number in range(kills):
        running = [_start(data, source) for _ in range(1 + number % 2)]
        with contextlib.suppress(subprocess.TimeoutExpired):
            running[0].wait(float(rng.uniform(0.3, 1.0)) * took)
        for each in running:
            if each.poll() is None:
                os.killpg(each.pid, signal.SIGKILL)
            each.wait()
        _nothing_is_shown_too_early(data)
    last = [_start(data, source), _start(data, source)]
    assert [each.wait(DONE_S) for each in last] == [0, 0]
    _check_whole(data, source, canaries)
    first, second = _opened(whole), _opened(data)
    found, wanted = _frames(second), _frames(first)
    first.close()
    second.close()
    assert sum(count * frames for (_, _, frames), count in found.items()) == SLICES + 1
    assert {(kind, state) for kind, state, _ in found} == {(kind, state) for kind, state, _ in wanted}
