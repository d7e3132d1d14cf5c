"""The exfiltration matrix: every way out is tried in a real Chromium under three policies, and docs/controls.md says how each ended.

`pytest tests/journeys/test_exfiltration.py --pictures` writes the document; without it a difference fails.
"""

import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from gateway.app import ServerSettings, open_data, open_sessions
from gateway.store import projects, users
from tests.benchmarks.studio import Studio, ct_slices, masked
from tests.gateway.stores import note
from tests.journeys.leaking import ATTEMPTS, BLOCKED, DETECTED, IMPOSSIBLE, Attack, outcomes
from tests.journeys.planting import Canaries
from tests.journeys.probes import SCRIPTS
from tests.journeys.serving import PATIENCE_S, ROOT, Server

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

DOCUMENT = ROOT / "docs" / "controls.md"
POLICIES = ("public-photographs", "employees-managed", "vendor-untrusted")
ALLOWED = ["clipboard-read", "clipboard-write", "camera"]  # as by somebody who says yes to everything
PLAIN = """<!doctype html><title>plain</title><body><canvas id="frame" width="64" height="64"></canvas>
<script>const context = document.querySelector('canvas').getContext('2d'); context.fillStyle = 'teal'; context.fillRect(8, 8, 40, 40);
</script>"""


class Elsewhere:
    """Another server on this machine: a page without any defence, and a count of all that reaches it."""

    def __init__(self) -> None:
        paths: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                paths.append(self.path)
                kind = (
                    "text/javascript" if "script" in self.path or self.path.endswith(".js") else "text/html"
                )
                body = (
                    PLAIN if self.path in ("/plain", "/page") else "" if kind != "text/html" else "<p>x</p>"
                )
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Cache-Control", "max-age=60")
                self.end_headers()
                self.wfile.write(body.encode())

            do_POST = do_GET  # noqa: N815 - http.server's name

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://localhost:{self.server.server_address[1]}"
        self.paths = paths
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    made = Elsewhere()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def guarded(planted: tuple[Path, Canaries]) -> Path:
    """A data folder in which one annotator each is under one of `POLICIES`; who may come in and who changes it is left out."""
    data = planted[0]
    for path in (data / "policies").glob("demo-annotators.toml"):
        path.unlink()
    for name in POLICIES:
        folder = ROOT / "deploy" / "policies" / name
        (source,) = [path for path in folder.glob("*.toml") if not path.name.endswith(".test.toml")]
        text = re.sub(r"(?ms)^\[(require|approval)\]\n.*?(?=^\[|\Z)", "", source.read_text(encoding="utf-8"))
        text = re.sub(r"(?m)^applies_to = .*$", f'applies_to = {{ groups = ["{name}"] }}', text)
        (data / "policies" / f"{name}.toml").write_text(text, encoding="utf-8")
    settings = ServerSettings(data=data)
    store = open_data(settings)
    with store.write() as tx:
        for name in POLICIES:
            users.add_user(tx, id=f"u-{name}", name=name, roles=["annotator"], groups=[name])
        tx.append(note(object="demo"))
    with store.read() as connection:
        project = projects.by_name(connection, "demo")
    assert project is not None
    made = Studio(data, store, open_sessions(settings, store), project=project.id, _settings=settings)
    slices = [masked(pixels) for pixels in ct_slices(12)[0]]
    made.add_series("series", slices, tasks_=len(POLICIES))  # one for each of them
    store.close()
    return data


def _attack(browser: Browser, server: Server, elsewhere: Elsewhere, user: str, data: Path) -> Attack:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, permissions=ALLOWED)
    page = context.new_page()
    frames: list[bytes] = []
    page.on(
        "websocket",
        lambda socket: socket.on(
            "framereceived", lambda payload: frames.append(payload) if isinstance(payload, bytes) else None
        ),
    )
    page.goto(server.link(user))
    attack = Attack(
        page=page,
        evil=elsewhere.origin,
        data=data,
        session="",
        surface={},
        cdp=context.new_cdp_session(page),
        frames=frames,
        sign_in=lambda: server.link(user),
    )
    attack.begin()
    attack.surface = attack.surface_in_force()
    return attack


def test_the_matrix(
    browser: Browser, guarded: Path, elsewhere: Elsewhere, request: pytest.FixtureRequest
) -> None:
    plain_context = browser.new_context(permissions=ALLOWED)
    plain_page = plain_context.new_page()
    plain_page.goto(elsewhere.origin + "/plain")
    plain = outcomes(plain_page, elsewhere.origin, lambda: elsewhere.paths, PATIENCE_S)
    plain_context.close()
    dead = [probe.name for probe in SCRIPTS if probe.plain and not plain[probe.name]]
    assert not dead, f"these attempts fail without any defence too, so they show nothing: {dead}"

    cells: dict[str, dict[str, str]] = {}
    with Server(guarded) as server:
        for policy in POLICIES:
            attack = _attack(browser, server, elsewhere, policy, guarded)
            tried = outcomes(attack.page, elsewhere.origin, lambda: elsewhere.paths)
            for probe in SCRIPTS:
                cells.setdefault(probe.name, {})[policy] = IMPOSSIBLE if tried[probe.name] else BLOCKED
            for attempt in ATTEMPTS:
                attack.ready()
                cells.setdefault(attempt.name, {})[policy] = attempt.act(attack)
            attack.page.context.close()

    undocumented = [
        each.name
        for each in (*SCRIPTS, *ATTEMPTS)
        if IMPOSSIBLE in cells[each.name].values() and not each.why
    ]
    assert not undocumented, f"got something out, and nothing is said of it: {undocumented}"
    assert len(cells) >= 60
    assert all(set(row) == set(POLICIES) for row in cells.values())
    text = _document(cells)
    if request.config.getoption("--pictures"):
        DOCUMENT.write_text(text, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == text, (
        "docs/controls.md is stale: run this test with --pictures"
    )


def test_a_policy_that_tells_values_gives_them(browser: Browser, guarded: Path, elsewhere: Elsewhere) -> None:
    """So that *blocked* in the matrix is the policy's doing."""
    policy, path = POLICIES[0], guarded / "policies" / f"{POLICIES[0]}.toml"
    text = path.read_text(encoding="utf-8")
    assert '\nreveal = "full"\n' in text
    path.write_text(text.replace('\nreveal = "full"\n', '\nreveal = "full"\nvalues = 60\n'), encoding="utf-8")
    (asked,) = (each for each in ATTEMPTS if "display.values" in each.why)
    with Server(guarded) as server:
        attack = _attack(browser, server, elsewhere, policy, guarded)
        assert asked.act(attack) == IMPOSSIBLE
        attack.page.context.close()


def _document(cells: dict[str, dict[str, str]]) -> str:
    counts = {
        kind: sum(kind in row.values() for row in cells.values()) for kind in (BLOCKED, DETECTED, IMPOSSIBLE)
    }
    lines = [
        "# What gets out of the page, and what does not",
        "",
        "Written by `tests/journeys/test_exfiltration.py`, which tries each of these in a real Chromium under three of the shipped",
        "policies, and fails if this page says anything else. *blocked*: it got nothing. *detected*: it may get what is on screen, and the",
        "audit log has a word of it. *stated impossible*: nothing that we ship stops or notices it in a browser that nobody manages, or the",
        "policy leaves it open; the last column says why. Whatever is got is a marked frame: none of these policies sends text",
        "(`surface.text`), which would have no mark.",
        "",
        f"{len(cells)} ways; under at least one policy {counts[BLOCKED]} are blocked, {counts[DETECTED]} detected,",
        f'{counts[IMPOSSIBLE]} stated impossible. "Without defence": whether the same script succeeds on a plain page, so that *blocked* is',
        "our doing; -: there is nothing to compare with.",
        "",
    ]
    head = f"| attempt | {' | '.join(POLICIES)} | without defence | where it succeeds |"
    areas = dict.fromkeys(each.area for each in (*SCRIPTS, *ATTEMPTS))
    for area in areas:
        lines += [f"## {area[0].upper()}{area[1:]}", "", head, "|---" * (len(POLICIES) + 3) + "|"]
        for each in (*SCRIPTS, *ATTEMPTS):
            if each.area != area:
                continue
            row = cells[each.name]
            control = "succeeds" if getattr(each, "plain", None) else "-"
            said = each.why if IMPOSSIBLE in row.values() else ""
            lines.append(
                f"| {each.name} | {' | '.join(row[policy] for policy in POLICIES)} | {control} | {said} |"
            )
        lines.append("")
    return "\n".join(lines)
