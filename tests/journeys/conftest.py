"""Servers, planted data and a real Chromium for the journeys."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.planting import Canaries, plant
from tests.journeys.serving import ROOT, Server, isinglass


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("no Chromium on this machine: `make test` installs it with apt-get")
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Canaries]:
    """A data folder with the planted series in a project `demo` with ada, bo, rene and sam, made by the commands; nobody works in it."""
    folder = tmp_path_factory.mktemp("seed")
    scans, data = folder / "scans", folder / "data"
    canaries = plant(scans, seed=20261124)
    policies = data / "policies"
    policies.mkdir(parents=True)
    for path in (ROOT / "deploy" / "policies").glob("demo-*.toml"):
        shutil.copyfile(path, policies / path.name)
    isinglass(data, "project", "add", "demo")
    for name, role in (("ada", "annotator"), ("bo", "annotator"), ("rene", "reviewer"), ("sam", "admin")):
        isinglass(data, "user", "add", name, "--role", role)
    isinglass(data, "ingest", str(scans), "--project", "demo")
    return data, canaries


@pytest.fixture
def planted(seed: tuple[Path, Canaries], tmp_path: Path) -> tuple[Path, Canaries]:
    """The seed's data folder, copied for one test."""
    data, canaries = seed
    return shutil.copytree(data, tmp_path / "data"), canaries


@pytest.fixture
def server(planted: tuple[Path, Canaries]) -> Iterator[Server]:
    """A server over `planted`."""
    with Server(planted[0]) as running:
        yield running
