"""Servers, planted data and a real Chromium for the journeys."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.journeys.planting import Canaries, plant
from tests.journeys.serving import PATIENCE_S, ROOT, Server, isinglass

expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
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
def workers() -> int:
    """How many processes serve: a module has another number where people meet who may be on different ones."""
    return 1


@pytest.fixture
def server(planted: tuple[Path, Canaries], workers: int) -> Iterator[Server]:
    """A server over `planted`."""
    with Server(planted[0], workers=workers) as running:
        yield running


@pytest.fixture
def sign_in(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """A function (user, size=(1280, 800), ...) → that user's first page after a fresh sign-in, in a browser profile of its own.

    A script error, or a break of the content security policy, on any of these pages fails the test.
    `origin`: another way to the server, as through a `Line`. `scripts` run before the page's own. `watch` gets the page before it is anywhere.
    """
    contexts, errors = [], []

    def opener(
        user: str,
        size: tuple[int, int] = (1280, 800),
        origin: str | None = None,
        scripts: tuple[str, ...] = (),
        watch: Callable[[Page], None] | None = None,
    ) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_S * 1000)
        # Without the pixel the canvas stays open: these tests read the picture. `test_exfiltration` leaves it closed.
        context.route("**/pixel.png", lambda route: route.abort())
        page = context.new_page()
        for script in scripts:
            page.add_init_script(script)
        if watch is not None:
            watch(page)
        page.on("pageerror", lambda error: errors.append(f"{error}\n{error.stack}"))
        page.on(
            "console",
            lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None,
        )
        link = server.link(user).removeprefix(server.origin)
        page.goto((origin or server.origin) + link)
        page.wait_for_url(f"**/{'admin' if user in {'sam', 'sue'} else 'work'}")
        return page

    yield opener
    for context in contexts:
        context.close()
    assert not errors
