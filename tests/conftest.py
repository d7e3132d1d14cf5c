"""Fixtures that every package's tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Playwright, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
MEMORY = Path("/dev/shm")
ROOM_BYTES = 8 << 30  # a whole run needs less than half: most of it is databases

# How long a case takes says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def _has_room() -> bool:
    if not MEMORY.is_dir():
        return False
    found = os.statvfs(MEMORY)
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return not found.f_flag & os.ST_NOEXEC and min(found.f_bavail * found.f_frsize, free) >= ROOM_BYTES


if _has_room():  # a store syncs each commit: on a disk, two thirds of a test of intake are waits for that
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of third-party test data beside the project (`data/`, `conformance/`, `fuzz/`)."""
    folder = Path(os.environ.get("ISINGLASS_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no shared test data at {folder}: set ISINGLASS_SHARED")
    return folder


@pytest.fixture(scope="session")
def shared_data(shared: Path) -> Path:
    """`data/` of the shared folder: real DICOM, pictures, text and reference renderings."""
    folder = shared / "data"
    if not folder.is_dir():
        pytest.skip(f"no data folder in {shared}")
    return folder


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """The one driver of browsers in this process: there can't be two, and while it runs no test can start an event loop."""
    with sync_playwright() as running:
        yield running


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="write the README's screenshots anew")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files whose few tests take minutes first, and the many quick ones last: then no process is left alone with a long file."""
    items.sort(key=lambda item: "journeys" not in item.path.parts)
