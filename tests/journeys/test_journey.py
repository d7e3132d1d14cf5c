"""The whole way in a real browser: draw, come back, review, return, accept, watch, end, export; pixels against the server's own render."""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from gateway.app import ServerSettings, open_data
from gateway.sessions.controls import controls_of
from gateway.store import exposures, items, pixels, sessions
from gateway.web.marking import mark_text
from gateway.workers.rendering import FrameCache, Renderer, RenderJob
from tests.journeys.planting import Canaries
from tests.journeys.serving import ROOT, Server, isinglass
from viewer.render.frame import Encoding

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = [(1280, 800), (1920, 1080)]
READ_CANVAS = """() => {
  const canvas = document.querySelector('#frame');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let text = '';
  for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768));
  return [canvas.width, canvas.height, btoa(text)];
}"""


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def open_page(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Callable[[str], Page]:
    """A function: user → that user's first page after a fresh sign-in, in a browser profile of its own."""

    def opener(user: str) -> Page:
        width, height = request.param
        context = browser.new_context(viewport={"width": width, "height": height})
        request.addfinalizer(context.close)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        page.goto(server.link(user))
        page.wait_for_url(f"{server.origin}/{'admin' if user == 'sam' else 'work'}")
        return page

    return opener


def _canvas(page: Page) -> np.ndarray:
    """The pixels on the frame canvas: (height, width, 4) uint8."""
    import base64

    width, height, encoded = page.evaluate(READ_CANVAS)
    return np.frombuffer(base64.b64decode(encoded), np.uint8).reshape(height, width, 4)


def _settled(page: Page) -> None:
    """Wait for the lossless frame of the view on screen."""
    expect(page.locator("#quality")).to_have_attribute("data-lossless", "true")


def _saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_text("Saved")


def _shapes(page: Page, count: int) -> None:
    expect(page.locator("#annotations [data-annotation]")).to_have_count(count)
    _saved(page)


def _centre(page: Page) -> tuple[float, float]:
    box = page.locator("#overlay").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _drag(page: Page, start: tuple[float, float], by: tuple[float, float], button: str = "left") -> None:
    page.mouse.move(*start)
    page.mouse.down(button=button)
    page.mouse.move(start[0] + by[0] / 2, start[1] + by[1] / 2)
    page.mouse.move(start[0] + by[0], start[1] + by[1])
    page.mouse.up(button=button)


def _look_around(page: Page) -> None:
    """Scroll the series, drag the window, zoom, pan: each changes what it should."""
    x, y = _centre(page)
    expect(page.locator("#slice")).to_have_text("1 / 12")
    page.mouse.move(x, y)
    for _ in range(5):
        page.mouse.wheel(0, 100)
    expect(page.locator("#slice")).to_have_text("6 / 12")
    _settled(page)
    before, shown = _canvas(page), page.locator("#window-readout").inner_text()
    _drag(page, (x, y), (60, 40))
    expect(page.locator("#window-readout")).not_to_have_text(shown)
    _settled(page)
    windowed = _canvas(page)
    assert (before != windowed).mean() > 0.05, "dragging the window changed nothing"
    _drag(page, (x, y), (0, -80), button="right")
    _settled(page)
    zoomed = _canvas(page)
    assert (windowed != zoomed).mean() > 0.05, "zooming changed nothing"
    _drag(page, (x, y), (90, 50), button="middle")
    _settled(page)
    assert (zoomed != _canvas(page)).mean() > 0.05, "panning changed nothing"


def _draw(page: Page) -> None:
    """A box, a polygon and a point; undo and redo."""
    x, y = _centre(page)
    page.locator("#tool-box").click()
    page.locator("#labels [data-label=finding]").click()
    _drag(page, (x - 60, y - 60), (80, 70))
    _shapes(page, 1)
    page.locator("#tool-polygon").click()
    for dx, dy in ((40, 20), (110, 30), (90, 90)):
        page.mouse.click(x + dx, y + dy)
    page.keyboard.press("Enter")
    _shapes(page, 2)
    page.locator("#tool-point").click()
    page.mouse.click(x - 100, y + 60)
    _shapes(page, 3)
    page.locator("#undo").click()
    _shapes(page, 2)
    page.locator("#redo").click()
    _shapes(page, 3)


def test_from_the_scan_to_the_accepted_annotation(
    open_page: Callable[[str], Page],
    server: Server,
    planted: tuple[Path, Canaries],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    ada = open_page("ada")
    expect(ada.locator("#task-title")).to_contain_text("CT")
    _settled(ada)
    _look_around(ada)
    _draw(ada)
    if ada.viewport_size == {"width": 1280, "height": 800}:
        _keep_picture(ada, request, "workstation")
    ada.context.close()  # the browser is closed in mid-work

    ada = open_page("ada")
    _shapes(ada, 3)
    ada.locator("#submit").click()
    expect(ada.locator("#stage")).not_to_contain_text("annotate", ignore_case=True)

    rene = open_page("rene")
    rene.locator("#queue [data-task]").first.click()
    expect(rene.locator("#annotations [data-annotation]")).to_have_count(3)
    _settled(rene)
    rene.locator("#comment").fill("The polygon misses its lower edge.")
    rene.locator("#return").click()
    expect(rene.locator("#queue [data-task]")).to_have_count(0)

    ada.reload()
    expect(ada.locator("#stage")).to_contain_text("returned", ignore_case=True)
    expect(ada.get_by_text("The polygon misses its lower edge.")).to_be_visible()
    _shapes(ada, 3)
    ada.locator("#submit").click()
    rene.reload()
    rene.locator("#queue [data-task]").first.click()
    expect(rene.locator("#annotations [data-annotation]")).to_have_count(3)
    rene.locator("#accept").click()
    expect(rene.locator("#queue [data-task]")).to_have_count(0)

    folder = tmp_path / "out"
    isinglass(server.data, "export", "--project", "demo", "--out", str(folder))
    _check_export(folder)
    assert "verifies" in isinglass(server.data, "audit", "verify")


def _check_export(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    for name, entry in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"]
    coco = json.loads((folder / "coco.json").read_text())
    assert [c["name"] for c in coco["categories"]][:1] == ["finding"]
    assert len(coco["annotations"]) == 2, "the box and the polygon; COCO has no place for the point"
    assert manifest["losses"] == {"coco.json": {"point annotations": 1}}
    native = json.loads((folder / "annotations.json").read_text())
    assert sorted(a["geometry"]["type"] for a in native["tasks"][0]["annotations"]) == [
        "box",
        "point",
        "polygon",
    ]
    assert {op["kind"] for op in native["tasks"][0]["operations"]} >= {
        "create",
        "undo",
        "redo",
        "submit",
        "return",
        "accept",
    }


def test_the_canvas_shows_the_servers_own_render(open_page: Callable[[str], Page], server: Server) -> None:
    page = open_page("ada")
    _settled(page)
    _look_around(page)
    seq = int(page.evaluate("document.body.dataset.frameSeq"))
    shown = _canvas(page)
    store = open_data(ServerSettings(data=server.data))
    try:
        with store.read() as conn:
            session = next(row for row in sessions.live(conn, store.clock.now()) if row.user_name == "ada")
            row = exposures.by_seq(conn, session.session.id, seq)
            item = items.item_by_id(conn, row.item)
            frame = items.frames_of(conn, row.item)[row.view.frame]
        assert item is not None
        renderer = Renderer(FrameCache(lambda subject, key: pixels.get_frame(store, subject, key)))
        text = mark_text(
            session.session, user=session.user_name, project=session.project_name, epoch=row.epoch
        )
        job = RenderJob(
            view=row.view,
            subject=item.subject,
            key=frame.object,
            encoding=Encoding(lossless=True, quality=100),
            text=text,
            opacity=controls_of(session.session).watermark_opacity,
            epoch=row.epoch,
        )
        expected = np.asarray(Image.open(io.BytesIO(renderer.draw_now(job).payload)).convert("RGB"))
        renderer.close()
    finally:
        store.close()
    assert shown.shape[:2] == expected.shape[:2]
    assert np.array_equal(shown[..., :3], expected), (
        f"{(shown[..., :3] != expected).any(-1).sum()} pixels differ"
    )
    assert expected.std() > 5, "an empty picture proves nothing"


def test_an_admin_sees_the_session_and_ends_it_within_a_second(
    open_page: Callable[[str], Page], server: Server, request: pytest.FixtureRequest
) -> None:
    ada = open_page("ada")
    _settled(ada)
    sam = open_page("sam")
    row = sam.locator("tr", has_text="ada")
    for text in ("CT", "demo-annotators", "127.0.0.1"):
        expect(row).to_contain_text(text)
    if sam.viewport_size == {"width": 1280, "height": 800}:
        _keep_picture(sam, request, "console")
    assert _canvas(ada).any()
    end = row.get_by_role("button")
    end.click()
    end.click()  # the second click confirms
    ada.wait_for_function(
        "() => { const c = document.querySelector('#frame'); return !c || !c.width ||"
        " !c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 < 3 && v > 24); }",
        timeout=1000,
        polling=50,
    )
    expect(ada.locator("body")).to_contain_text("ended by an admin", ignore_case=True)


def _keep_picture(page: Page, request: pytest.FixtureRequest, name: str) -> None:
    """The README's pictures, made anew with --pictures."""
    if request.config.getoption("--pictures"):
        page.screenshot(path=ROOT / "docs" / "pictures" / f"{name}.png")
