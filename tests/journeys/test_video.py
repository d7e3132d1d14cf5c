"""A loop plays over a thin line in a real browser: as a video, as pictures where it must, and never past a lock."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gateway.app import ServerSettings, open_data
from gateway.store import exposures
from gateway.stream.viewlog import read
from gateway.stream.viewstate import Shown
from gateway.workers import films
from tests.benchmarks.shaper import Line, shaped
from tests.journeys.driving import Workstation, soon
from tests.journeys.planting import Canaries
from tests.journeys.serving import PATIENCE_S, Server, isinglass

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not films.available(), reason="the extra `video` is not installed"),
]

THIN = Line(delay_s=0.02, rate=250_000)
# Notes the codec of each frame that comes (3: VP8) and whether a video's is whole, and can lose the decoder or break it.
SPY = """
window.came = [];
const take = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage").set;
Object.defineProperty(WebSocket.prototype, "onmessage", { set(run) {
  take.call(this, (event) => {
    if (event.data instanceof ArrayBuffer) {
      const head = new Uint8Array(event.data, 0, 33 > event.data.byteLength ? event.data.byteLength : 33);
      window.came.push({ blank: head[1] === 2, codec: head[2], whole: head[2] === 3 && (head[32] & 1) === 0 });
    }
    run.call(this, event);
  });
} });
"""
WITHOUT = "delete window.VideoDecoder;"
BREAKS = """
const decode = VideoDecoder.prototype.decode;
let calls = 0;
VideoDecoder.prototype.decode = function (chunk) {
  calls += 1;
  if (calls === 5) throw new DOMException("no more", "EncodingError");
  return decode.call(this, chunk);
};
"""


@pytest.fixture
def server(planted: tuple[Path, Canaries], monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that may film, behind a thin line: its `name` is the line's origin."""
    monkeypatch.setenv("ISINGLASS_VIDEO", "1")
    server = Server(planted[0])
    ready, stopped = threading.Event(), threading.Event()

    async def carry() -> None:
        async with shaped(THIN, server.port) as port:
            server.name = f"http://127.0.0.1:{port}"
            ready.set()
            while not stopped.is_set():  # noqa: ASYNC110 - another thread says when
                await asyncio.sleep(0.05)

    carrier = threading.Thread(target=lambda: asyncio.run(carry()))
    carrier.start()
    assert ready.wait(PATIENCE_S)
    try:
        with server:
            yield server
    finally:
        stopped.set()
        carrier.join()


def _play(sign_in: Callable[..., Page], server: Server, *scripts: str) -> Page:
    page = sign_in("ada", origin=server.name, scripts=(SPY, *scripts))
    Workstation(page).settled()
    page.locator("#overlay").focus()
    page.keyboard.press(">")  # four times its speed: faster than the line carries pictures
    page.keyboard.press(">")
    page.keyboard.press("c")
    expect(page.locator("#play")).to_have_text("Pause")
    return page


def _filmed(page: Page, since: int = 0) -> list[bool]:
    """Of the video's frames that came since message `since`: whether each is whole."""
    return [each["whole"] for each in page.evaluate("window.came")[since:] if each["codec"] == 3]


def _until(page: Page, condition: str) -> None:
    """Wait for `condition`, an expression; the page's policy lets no test poll from inside."""
    assert soon(page, lambda: bool(page.evaluate(condition))), (
        f"{condition}: {page.evaluate('window.came.slice(-20)')}"
    )


def _drawn(page: Page) -> int:
    return int(page.evaluate("Number(document.body.dataset.frameSeq)"))


def test_a_loop_is_a_video_and_what_was_shown_is_drawn_again(
    server: Server, sign_in: Callable[..., Page]
) -> None:
    page = _play(sign_in, server)
    work = Workstation(page)
    _until(page, "window.came.filter((each) => each.codec === 3).length > 30")
    seq = _drawn(page)
    _until(page, f"Number(document.body.dataset.frameSeq) > {seq + 10}")
    picture = work.canvas()
    assert picture[..., :3].std() > 20, "something is drawn"
    spread = picture[..., :3].astype(int)
    assert abs(spread[..., 0] - spread[..., 2]).mean() < 2, "and it is grey"
    whole = _filmed(page)
    assert whole[0]
    assert not all(whole)
    expect(page.locator("#quality")).to_have_text("Preview")
    page.keyboard.press("c")
    work.settled()
    assert page.evaluate("window.came.at(-1).codec") == 2, "a still hand gets the exact picture"

    before = len(page.evaluate("window.came"))  # a connection that is lost: the video begins anew
    page.evaluate("dispatchEvent(new Event('offline'))")
    _until(page, f"window.came.length > {before}")
    work.settled()
    page.keyboard.press("c")
    _until(page, f"window.came.slice({before}).filter((each) => each.codec === 3).length > 5")
    assert _filmed(page, before)[0], "after a new connection it begins with a whole frame"

    session = work.session()
    page.close()
    server.stop()
    store = open_data(ServerSettings(data=server.data))
    with store.read() as conn:
        entries = [
            entry for segment in exposures.of_session(conn, session) for entry in read(segment.data)[1]
        ]
    store.close()
    assert sum(isinstance(entry, Shown) and entry.encoding.video > 0 for entry in entries) > 30
    printed = isinglass(server.data, "replay", session, "--out", str(server.data / "again"))
    assert "not" not in printed.lower(), printed


def test_after_an_end_no_frame_comes(server: Server, sign_in: Callable[..., Page]) -> None:
    page = _play(sign_in, server)
    _until(page, "window.came.filter((each) => each.codec === 3).length > 10")
    isinglass(server.data, "session", "end", Workstation(page).session())
    expect(page.locator("#curtain")).to_be_visible()
    came = page.evaluate("window.came")
    blank = max(k for k, each in enumerate(came) if each["blank"])
    assert blank == len(came) - 1, "the last binary word is the blank"
    assert not Workstation(page).canvas()[..., :3].any()


@pytest.mark.soak
def test_where_a_browser_cant_the_loop_plays_as_pictures(
    server: Server, sign_in: Callable[..., Page]
) -> None:
    for script, filmed in ((WITHOUT, 0), (BREAKS, 5)):
        page = _play(sign_in, server, script)
        _until(page, f"window.came.filter((each) => each.codec === 3).length >= {filmed}")
        _until(page, "window.came.slice(-12).filter((each) => each.codec === 1).length === 12")
        seq = _drawn(page)
        _until(page, f"Number(document.body.dataset.frameSeq) > {seq + 5}")
        assert (len(_filmed(page)) > 0) is (filmed > 0)
        page.keyboard.press("c")
        Workstation(page).settled()
        page.close()


@pytest.mark.soak
def test_where_the_mark_would_not_outlive_it_the_loop_plays_as_pictures(
    server: Server, sign_in: Callable[..., Page]
) -> None:
    policy = server.data / "policies" / "demo-annotators.toml"
    standard = policy.read_text()
    assert 'forensic = "standard"' in standard
    policy.write_text(standard.replace('forensic = "standard"', 'forensic = "light"'))
    server.stop()
    server.start()
    page = _play(sign_in, server)
    _until(page, "window.came.slice(-12).filter((each) => each.codec === 1).length === 12")
    assert not _filmed(page)
