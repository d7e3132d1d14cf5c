"""Each module of static/deterrents by itself in Chromium: it acts, it stops when it is told to; and what the gateway hears of it when it is gone.

`ACTS` is the way from a deterrent to its test. What each is worth against somebody who means harm is in docs/controls.md.
"""

import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.leaking import Attack
from tests.journeys.planting import Canaries
from tests.journeys.serving import PATIENCE_S, ROOT, Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULES = ROOT / "static" / "deterrents"
PAGE = b"""<!doctype html><title>x</title><body><canvas id="frame" width="64" height="64"></canvas>
<p id="text" draggable="true">some text</p><input id="box"><input id="password" type="password">"""
# Starts one module; `told` is what it noticed, `passed` which events nothing cancelled.
START = """async ([file, name, more]) => {
  const module = await import(`/static/deterrents/${file}`), { Cover } = await import('/static/deterrents/cover.js');
  Object.assign(window, { told: [], passed: [], running: new AbortController(), cover: new Cover(document.body) });
  if (name === 'rate') module.rate(running.signal, () => told.push('fast-keys'), { event: 'keydown', most: 5, spanMs: 60_000 });
  else if (name === 'cancel') module.cancel(running.signal, ['Ctrl+S'], () => told.push('cancelled'));
  else module[name](running.signal, (word) => told.push(word), cover, more);
  for (const kind of ['keydown', 'copy', 'cut', 'paste', 'contextmenu', 'dragstart'])
    addEventListener(kind, (event) => { if (!event.defaultPrevented && !/^(Control|Shift)$/.test(event.key)) passed.push(kind); });
}"""

# Notes each cover from now on: that of a key lifts itself.
COVERS = """() => {
  window.covers = [];
  const note = () => covers.push(document.body.dataset.cover);
  new MutationObserver(note).observe(document.body, { attributes: true, attributeFilter: ['data-cover'] });
}"""

Act = Callable[[Page], object]


def _press(*chords: str) -> Act:
    def act(page: Page) -> None:
        for chord in chords:
            page.keyboard.press(chord)

    return act


def _event(kind: str, on: str = "#text") -> Act:
    made = f"(element) => element.dispatchEvent(new Event('{kind}', {{ bubbles: true, cancelable: true }}))"
    return lambda page: page.locator(on).evaluate(made)


# file → the function, what more it is given, what a person does, what it notices, which events it cancels
ACTS: dict[str, tuple[str, object, Act, list[str], set[str]]] = {
    "capture.js": ("capture", "blank", _press("Control+PrintScreen"), ["capture-key"] * 2, {"keydown"}),
    "chords.js": ("cancel", None, _press("Control+s"), ["cancelled"], {"keydown"}),
    "copy.js": ("copy", None, _event("copy"), ["copy"], {"copy"}),
    "devtools.js": ("devtools", None, _press("F12", "Control+Shift+I"), ["devtools"] * 2, {"keydown"}),
    "drag.js": ("drag", None, _event("dragstart"), ["drag"], {"dragstart"}),
    "focus.js": (
        "focus",
        {"blurred": "blank", "hidden": "blank"},
        lambda page: page.evaluate("dispatchEvent(new Event('blur'))"),
        ["blur"],
        set(),
    ),
    "menu.js": (
        "menu",
        None,
        lambda page: page.locator("#text").click(button="right"),
        ["menu"],
        {"contextmenu"},
    ),
    "paste.js": ("paste", None, _event("paste", "#box"), ["paste"], {"paste"}),
    "print.js": ("print", None, _press("Control+p"), ["print"], {"keydown"}),
    "rates.js": ("rate", None, _press(*"abcdef"), ["fast-keys"], set()),
    "save.js": ("save", None, _press("Control+s"), ["save"], {"keydown"}),
}
APART = {
    "cover.js",
    "guard.js",
    "leaktest.js",
    "surface.js",
    "taint.js",
}  # those have tests of their own below

# What of the page's listeners is taken away → whether the gateway hears of it, within a second or so.
GONE = {
    "copy": True,
    "paste": True,
    "dragstart": True,
    "contextmenu": True,
    "keydown": True,  # save, print, developer tools, copy by key; and the capture keys and the rates, which share it
    "data-print": True,
    "blur": False,  # a trial would cover the picture
    "keyup": False,
}


class _Files(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/static/"):
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def bare(browser: Browser) -> Iterator[Page]:
    """A page of no defence beside the client's modules; each test loads it anew."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=ROOT))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page(base_url=f"http://127.0.0.1:{server.server_address[1]}")
    yield page
    page.context.close()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def station(
    seed: tuple[Path, Canaries], browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Attack]:
    """Ada at work under a policy that closes every way."""
    data = shutil.copytree(seed[0], tmp_path_factory.mktemp("deterrents") / "data")
    with Server(data) as server:
        page = browser.new_page()
        page.goto(server.link("ada"))
        cdp = page.context.new_cdp_session(page)
        made = Attack(
            page=page, evil="", data=data, session="", surface={}, cdp=cdp, frames=[],
            sign_in=lambda: server.link("ada"),
        )  # fmt: skip
        made.begin()
        yield made
        page.context.close()


def test_each_module_is_in_the_table_and_in_the_document() -> None:
    files = {path.name for path in MODULES.glob("*.js")}
    assert files == {*ACTS, *APART}
    text = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    assert {name for name in files if f"`{name}`" not in text} == set()


@pytest.mark.parametrize("file", ACTS)
def test_a_deterrent_acts_until_it_is_told_to_stop(bare: Page, file: str) -> None:
    name, more, act, told, cancelled = ACTS[file]
    bare.goto("/")
    bare.evaluate(START, [file, name, more])
    act(bare)
    assert bare.evaluate("told") == told
    assert not cancelled & set(bare.evaluate("passed"))
    bare.evaluate("running.abort()")
    act(bare)
    assert bare.evaluate("told") == told
    assert cancelled <= set(bare.evaluate("passed")), "without the deterrent the event passes"


@pytest.mark.parametrize(
    ("file", "how"), [("capture.js", "dim"), ("focus.js", "dim"), ("capture.js", "blank")]
)
def test_what_the_policy_says_of_the_cover_is_what_it_does(bare: Page, file: str, how: str) -> None:
    name, _, act, _, _ = ACTS[file]
    bare.goto("/")
    bare.evaluate(START, [file, name, how if file == "capture.js" else {"blurred": how, "hidden": "blank"}])
    bare.evaluate(COVERS)
    act(bare)
    assert bare.evaluate("covers[0]") == how
    if file == "focus.js":
        bare.evaluate("dispatchEvent(new Event('focus'))")
    bare.wait_for_function("document.body.dataset.cover === 'show'", timeout=PATIENCE_S * 1000)


def test_a_cover_is_as_strong_as_its_strongest_reason(bare: Page) -> None:
    bare.goto("/")
    seen = bare.evaluate(
        """async () => {
          const { Cover } = await import('/static/deterrents/cover.js');
          const cover = new Cover(document.body), seen = [];
          const steps = [['put', 'focus', 'dim'], ['put', 'hidden', 'blank'], ['lift', 'hidden'], ['lift', 'focus']];
          for (const [act, ...given] of steps) { cover[act](...given); seen.push(document.body.dataset.cover); }
          return seen;
        }"""
    )
    assert seen == ["dim", "blank", "dim", "show"]


def test_passwords_may_be_pasted_and_the_picture_has_its_own_right_button(bare: Page) -> None:
    bare.goto("/")
    for file, kind, on, cancelled in (
        ("paste.js", "paste", "#password", False),
        ("menu.js", "contextmenu", "#frame", True),
    ):
        bare.evaluate(START, [file, file.removesuffix(".js"), None])
        free = _event(kind, on)(bare)
        assert free is not cancelled
        assert bare.evaluate("told") == []


def test_the_guard_finds_each_change_and_nothing_before(bare: Page) -> None:
    bare.goto("/")
    found = bare.evaluate(
        """async () => {
          const { Guard } = await import('/static/deterrents/guard.js');
          const frame = document.querySelector('#frame'), found = [];
          let missing = false;
          const guard = new Guard(frame, { missing: () => missing });
          found.push(guard.faults());
          missing = true; found.push(guard.faults()); missing = false;
          const made = CanvasRenderingContext2D.prototype.drawImage;
          CanvasRenderingContext2D.prototype.drawImage = function (...given) { return made.apply(this, given); };
          found.push(guard.faults()); CanvasRenderingContext2D.prototype.drawImage = made;
          document.body.dataset.cover = 'blank'; found.push(guard.faults()); document.body.dataset.cover = 'show';
          const script = document.createElement('script'); document.head.append(script); found.push(guard.faults()); script.remove();
          frame.remove(); found.push(guard.faults());
          return found;
        }"""
    )
    assert found == [[], ["listeners"], ["canvas"], ["cover"], ["script"], ["page"]]


def test_the_pixel_closes_a_canvas_and_the_leak_test_tells(bare: Page) -> None:
    """Without the pixel the canvas is open, and the same trials say so."""
    bare.goto("/")
    elsewhere = bare.url.replace("127.0.0.1", "localhost").rstrip("/") + "/static/icon.svg"
    outcomes: list[dict[str, Any]] = bare.evaluate(
        """async (url) => {
          const { Taint } = await import('/static/deterrents/taint.js'), { leakTest } = await import('/static/deterrents/leaktest.js');
          const outcomes = [];
          for (const address of ['', url]) {
            const taint = new Taint(address), canvas = document.createElement('canvas');
            await taint.settled;
            taint.draw(canvas.getContext('2d'));
            outcomes.push({ closed: taint.closed, ...leakTest(canvas) });
          }
          return outcomes;
        }""",
        elsewhere,
    )
    ways = {"to-data-url", "to-blob", "get-image-data", "capture-stream"}
    assert [each["closed"] for each in outcomes] == [False, True]
    assert ways <= set(outcomes[0]["failed"])
    assert ways <= set(outcomes[1]["passed"])


def test_a_surface_closes_what_the_policy_does_not_open(bare: Page) -> None:
    """And it finds out whether it still does, without telling of its own trials or counting them."""
    bare.goto("/")
    bare.evaluate(
        """async () => {
          const { Surface } = await import('/static/deterrents/surface.js'), { Cover } = await import('/static/deterrents/cover.js');
          window.told = [];
          window.surface = new Surface(new Cover(document.body), (word) => told.push(word));
          surface.put({ save: 'allow', on_focus_loss: 'show', key_rate: '5/s', paste_rate: '1/m' });
        }"""
    )
    bare.evaluate("told.length = 0")
    assert bare.evaluate("[1, 2, 3].map(() => surface.missing())") == [False] * 3
    assert bare.evaluate("told") == []
    bare.keyboard.press("Control+s")
    assert bare.evaluate("told") == []
    _event("copy")(bare)
    assert bare.evaluate("told") == ["copy"]
    bare.evaluate("addEventListener('copy', (event) => event.stopImmediatePropagation(), true)")
    assert bare.evaluate("surface.missing()") is False, "one that comes later hinders nothing"
    bare.evaluate("Event.prototype.preventDefault = () => {}")
    assert bare.evaluate("surface.missing()") is True


@pytest.mark.parametrize("gone", GONE)
def test_the_gateway_hears_of_a_deterrent_that_is_gone(station: Attack, gone: str) -> None:
    page = station.page
    page.reload()  # the page as it was sent; its faults are news again
    station.begin()
    before = len(_tampered(station))
    if gone == "data-print":
        page.evaluate("delete document.documentElement.dataset.print")
    else:
        _take_away(station, gone)
    if GONE[gone]:
        while len(_tampered(station)) == before:  # the test's own time limit ends it
            page.wait_for_timeout(100)
    else:
        page.wait_for_timeout(2500)  # two rounds of the guard: if it can be heard, say so in `GONE`
        assert len(_tampered(station)) == before


def _tampered(station: Attack) -> list[dict[str, Any]]:
    return [leaf for leaf in station.leaves("client.signal") if leaf["details"].get("signal") == "tampered"]


def _take_away(station: Attack, kind: str) -> None:
    """Every listener of `kind` at the window, as the console's `getEventListeners` allows."""
    send = station.cdp.send
    window = send("Runtime.evaluate", {"expression": "window", "objectGroup": "taken"})["result"]["objectId"]
    found = [
        each
        for each in send("DOMDebugger.getEventListeners", {"objectId": window})["listeners"]
        if each["type"] == kind
    ]
    assert found, f"the page listens to no {kind}"
    for each in found:
        send(
            "Runtime.callFunctionOn",
            {
                "objectId": window,
                "functionDeclaration": "function (...given) { this.removeEventListener(...given); }",
                "arguments": [
                    {"value": kind},
                    {"objectId": each["handler"]["objectId"]},
                    {"value": each["useCapture"]},
                ],
            },
        )
