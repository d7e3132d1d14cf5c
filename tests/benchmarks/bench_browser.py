"""How long a person waits in a real browser: from the key or the wheel to the slice on the canvas, from the hand to the line that it draws.

Server and browser share one processor; the driver that turns the wheel has the other one, as the person would. A key is timed from the
event's own time stamp. A wheel is timed from when the page gets it: the driver's wheel takes some 25 ms to reach even an empty page, a
mouse's on an X server some 3 to 10 ms (both measured with this Chromium), and no page can shorten that.
"""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from gateway.app import Sessions
from gateway.store import users
from tests.benchmarks.figures import Figure, at_most, on_processors, percentile, skipped
from tests.benchmarks.studio import Studio, ct_slices, masked, studio

SLICES, WARM, EVENTS, RATE = 150, 20, 120, 30.0
REPEATS = 5
DRAWN_MS, ECHO_MS = 40.0, 16.0
_KEY = f"in Chromium, key to slice drawn, p95 at {RATE:g} events/s, one processor for server and browser"
_WHEEL = f"in Chromium, wheel to slice drawn, p95 at {RATE:g} events/s, one processor for server and browser"
_ECHO = "in Chromium, hand to line drawn, p95, one processor for server and browser"

# A slice that is drawn answers every event up to the one that asked for it: those between were passed over.
_WATCH = """() => {
  let wanted = 1, asked = [];
  window.left = () => asked.length;
  window.watch = () => { wanted = 1; asked = []; window.waits = []; };
  addEventListener('wheel', () => asked.push([performance.now(), wanted += 1]), { capture: true, passive: true });
  addEventListener('keydown', ({ key, timeStamp }) => key === 'ArrowDown' && asked.push([timeStamp, wanted += 1]), { capture: true });
  new MutationObserver(() => {
    const slice = Number(document.body.dataset.frameSlice), now = performance.now();
    for (const [at] of asked.filter(([, target]) => target <= slice)) waits.push(now - at);
    asked = asked.filter(([, target]) => target > slice);
  }).observe(document.body, { attributes: true, attributeFilter: ['data-frame-slice'] });
}"""
# Asked for behind the overlay's own, so called when the overlay is drawn. `handled`: without the browser's wait for its next animation frame.
_ECHOES = """() => {
  window.echoes = [];
  document.querySelector('#overlay').addEventListener('pointermove', () => {
    const handled = performance.now();
    requestAnimationFrame(() => echoes.push(performance.now() - handled));
  });
}"""

_Typical = tuple[float, float]  # p95 and p50


def run() -> list[Figure]:
    """The figures, medians over the repeats."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    processors = sorted(os.sched_getaffinity(0))
    if chromium is None or len(processors) < 2:
        why = "no Chromium on this machine" if chromium is None else "one processor only"
        goals = {_KEY: DRAWN_MS, _WHEEL: DRAWN_MS, _ECHO: ECHO_MS}
        return [skipped(name, f"<= {goal:g}", why) for name, goal in goals.items()]
    slices, kind = ct_slices(SLICES)
    with studio() as made, tempfile.TemporaryDirectory() as folder:
        made.add_series("scroll", [masked(stored) for stored in slices], tasks_=1)
        pinned = Path(folder) / "chromium"
        pinned.write_text(f'#!/bin/sh\nexec taskset --cpu-list {processors[0]} {chromium} "$@"\n')
        pinned.chmod(pinned.stat().st_mode | stat.S_IXUSR)
        with made.serving(cpus={processors[0]}) as server, on_processors({processors[1]}):
            keys, wheels, echoes, size = _measure(
                str(pinned), f"http://127.0.0.1:{server.port}/link/{_link(made)}"
            )
    told = f"{kind}, canvas {size}, {REPEATS} rounds; median of their p95"
    return [
        at_most(_KEY, keys[0], DRAWN_MS, "ms", f"{told}; p50 {keys[1]:.1f} ms"),
        at_most(
            _WHEEL, wheels[0], DRAWN_MS, "ms", f"{told}; p50 {wheels[1]:.1f} ms; from the page's getting it"
        ),
        at_most(
            _ECHO,
            echoes[0],
            ECHO_MS,
            "ms",
            f"{told}; p50 {echoes[1]:.1f} ms; handler of the move to the overlay drawn",
        ),
    ]


def _link(made: Studio) -> str:
    """A sign-in token of a new annotator."""
    seat = made.seat(1)
    use: Sessions = made.use
    with made.store.read() as conn:
        user = users.user_by_name(conn, "annotator1")
    assert seat
    assert user is not None
    return use.make_link(user.id)


def _measure(chromium: str, link: str) -> tuple[_Typical, _Typical, _Typical, str]:
    """What is typical of keys, wheels and echoes, milliseconds; the canvas."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.goto(link)
        page.locator("#quality[data-lossless=true]").wait_for()
        page.locator("#overlay").hover()
        page.evaluate(_WATCH)
        page.evaluate(_ECHOES)
        turns: dict[str, Callable[[], object]] = {
            "key": lambda: page.keyboard.press("ArrowDown"),
            "wheel": lambda: page.mouse.wheel(0, 100),
        }
        rounds = [{name: _scrolled(page, turn) for name, turn in turns.items()} for _ in range(REPEATS)]
        echoes = [_drawn(page) for _ in range(REPEATS)]
        size = page.evaluate("(c => `${c.width} x ${c.height}`)(document.querySelector('#frame'))")
        browser.close()
    keys, wheels = (_typical([each[name] for each in rounds]) for name in turns)
    return keys, wheels, _typical(echoes), str(size)


def _typical(rounds: list[list[float]]) -> _Typical:
    middle = len(rounds) // 2
    return tuple(sorted(percentile(each, share) for each in rounds)[middle] for share in (0.95, 0.5))  # type: ignore[return-value]


def _scrolled(page: Page, turn: Callable[[], object]) -> list[float]:
    """The waits of one pass through the series, at a steady pace."""
    page.keyboard.press("Home")
    page.wait_for_function("() => document.body.dataset.frameSlice === '1'")
    page.evaluate("watch()")
    _paced(EVENTS, RATE, lambda _: turn())
    page.wait_for_function("() => waits.length && !left()")
    return [float(each) for each in page.evaluate("waits")][WARM:]


def _drawn(page: Page) -> list[float]:
    """The echoes of one box that is drawn while the pictures go on coming."""
    page.locator("#tool-box").click()
    page.evaluate("() => { echoes.length = 0; }")
    page.mouse.move(300, 300)
    page.mouse.down()
    _paced(EVENTS, 2 * RATE, lambda k: page.mouse.move(300 + 3 * k, 300 + 2 * k))
    page.mouse.up()
    page.keyboard.press("Escape")
    return [float(each) for each in page.evaluate("echoes")][WARM:]


def _paced(count: int, rate: float, act) -> None:  # noqa: ANN001 - a function of the number of the event
    begun = time.monotonic()
    for k in range(count):
        time.sleep(max(0.0, begun + k / rate - time.monotonic()))
        act(k)
