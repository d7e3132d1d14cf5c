"""The whole way in a real browser: draw, come back, review, return, accept, watch, end, export; pixels against the server's own render."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys.driving import Workstation
from tests.journeys.receiving import Received
from tests.journeys.serving import Server, attempted, isinglass

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = [(1280, 800), (1920, 1080)]

# When it came to pass is noted in the pages: a look at every pixel, again and again, would keep the one that is measured from its work.
Opener = Callable[[str], Workstation]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def arrive(request: pytest.FixtureRequest, sign_in: Callable[..., Page]) -> Opener:
    """A function: user → that user's first page after a fresh sign-in, in a browser profile of its own."""
    return lambda user: Workstation(sign_in(user, size=request.param))


def _look_around(work: Workstation) -> None:
    """Scroll the series, drag the window, zoom, pan: each changes what it should."""
    page = work.page
    x, y = work.centre()
    work.slice("1 / 12")
    page.mouse.move(x, y)
    for _ in range(5):
        page.mouse.wheel(0, 100)
    work.slice("6 / 12")
    work.settled()
    before, shown = work.canvas(), page.locator("#window-readout").inner_text()
    work.drag((x, y), (60, 40))
    expect(page.locator("#window-readout")).not_to_have_text(shown)
    work.settled()
    windowed = work.canvas()
    assert (before != windowed).mean() > 0.05, "dragging the window changed nothing"
    work.drag((x, y), (0, -80), button="right")
    work.settled()
    zoomed = work.canvas()
    assert (windowed != zoomed).mean() > 0.05, "zooming changed nothing"
    work.drag((x, y), (90, 50), button="middle")
    work.settled()
    assert (zoomed != work.canvas()).mean() > 0.05, "panning changed nothing"


def _draw(work: Workstation) -> None:
    """A box, a polygon and a point; undo and redo."""
    page = work.page
    x, y = work.centre()
    page.locator("#tool-box").click()
    page.locator("#labels [data-label=finding]").click()
    work.drag((x - 60, y - 60), (80, 70))
    work.keeps(1)
    page.locator("#tool-polygon").click()
    for dx, dy in ((40, 20), (110, 30), (90, 90)):
        page.mouse.click(x + dx, y + dy)
    page.keyboard.press("Enter")
    work.keeps(2)
    page.locator("#tool-point").click()
    page.mouse.click(x - 100, y + 60)
    work.keeps(3)
    page.locator("#undo").click()
    work.keeps(2)
    page.locator("#redo").click()
    work.keeps(3)


def test_from_the_scan_to_the_accepted_annotation(arrive: Opener, server: Server, tmp_path: Path) -> None:
    ada = arrive("ada")
    expect(ada.page.locator("#task-title")).to_contain_text("CT")
    ada.settled()
    expect(ada.page.locator("#windows [aria-pressed=true]")).to_contain_text("400 / 40")  # the header's first
    _look_around(ada)
    _draw(ada)
    ada.page.context.close()  # the browser is closed in mid-work

    ada = arrive("ada")
    ada.keeps(3)
    ada.page.locator("#submit").click()
    expect(ada.page.locator("#stage")).not_to_contain_text("annotate", ignore_case=True)
    expect(ada.page.locator("#nothing")).to_be_visible()

    rene = arrive("rene")
    queue, comment = rene.page.locator("#queue [data-task]"), "The polygon misses its lower edge."
    queue.first.click()
    rene.shows(3)
    rene.settled()
    rene.page.locator("#return").click()
    expect(rene.page.locator("#comment-need")).not_to_be_empty()  # nobody gets work back without a reason
    rene.page.locator("#comment").fill(comment)
    rene.page.locator("#return").click()
    expect(queue).to_have_count(0)

    ada.page.reload()
    expect(ada.page.locator("#stage")).to_contain_text("returned", ignore_case=True)
    expect(ada.page.get_by_text(comment)).to_be_in_viewport()
    ada.keeps(3)
    ada.page.locator("#submit").click()
    expect(ada.page.locator("#nothing")).to_be_visible()
    rene.page.locator("#look-again").click()
    queue.first.click()
    rene.shows(3)
    rene.page.locator("#accept").click()
    expect(queue).to_have_count(0)

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


def _drawn_again(server: Server, session: str, folder: Path, received: Received) -> dict[int, Any]:
    """What `replay` says of each frame of `session`, by its number: all are what was sent, and what came is among them."""
    said = attempted(server.data, "replay", session, "--out", str(folder))
    lines = {
        line["seq"]: line for line in map(json.loads, (folder / "frames.jsonl").read_text().splitlines())
    }
    received.check({seq: folder / lines[seq]["file"] for seq in received.frames})
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"{len(lines)} are what was sent" in said.stdout
    return lines


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_canvas_shows_the_servers_own_render(
    sign_in: Callable[..., Page], server: Server, tmp_path: Path, size: tuple[int, int]
) -> None:
    received = Received()
    ada = Workstation(sign_in("ada", size=size, watch=received.listen))
    ada.settled()
    _look_around(ada)
    shown, seq = ada.frame()
    session = ada.session()
    ada.page.context.close()
    again = tmp_path / "again"
    assert seq in received.frames
    drawn = _drawn_again(server, session, again, received)[seq]["file"]
    expected = np.asarray(Image.open(again / drawn).convert("RGB"))
    assert shown.shape[:2] == expected.shape[:2]
    wrong = (shown[..., :3] != expected).any(-1).sum()
    assert wrong == 0, f"{wrong} pixels differ"
    assert expected.std() > 5, "an empty picture proves nothing"


READ_PANES = """() => [...document.querySelectorAll('.pane:not([hidden])')].map((pane) => {
  const canvas = pane.querySelector('canvas');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let text = '';
  for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768));
  return [canvas.width, canvas.height, btoa(text), Number(pane.dataset.seq), pane.querySelector('.quality').dataset.lossless];
})"""
SETTLED = """(count) => {
  const shown = [...document.querySelectorAll('.pane:not([hidden]) .quality')];
  return shown.length === count && shown.every((each) => each.dataset.lossless === 'true');
}"""


def _settled(page: Page, count: int) -> list[Any]:
    """The panes' pictures, read at the moment at which all are lossless: the next one may have a preview a moment later."""
    read = f"(count) => ({SETTLED})(count) && ({READ_PANES})()"
    return list(page.wait_for_function(read, arg=count).json_value())


def test_panes_and_sections_show_the_servers_own_render(
    sign_in: Callable[..., Page], server: Server, tmp_path: Path
) -> None:
    received = Received()
    ada = Workstation(sign_in("ada", watch=received.listen))
    page = ada.page
    ada.settled()
    page.locator("[data-layout='2']").click()
    page.wait_for_function(SETTLED, arg=2)
    x, y = ada.centre()
    page.mouse.move(x, y)
    for _ in range(3):
        page.mouse.wheel(0, 100)
    expect(page.locator(".pane[data-pane='1'] .caption")).to_contain_text("4 / 12")  # they scroll together
    expect(page.locator(".pane[data-pane='1'] .caption")).to_contain_text("W 1500 L -600 HU")
    panes = _settled(page, 2)
    page.locator("[data-layout='MPR']").click()
    page.locator(".pane[data-pane='2']").click()
    page.locator("#slabs").select_option("maximum")
    page.locator("#thickness").select_option("10")
    expect(page.locator(".pane[data-pane='2'] .caption")).to_contain_text("Coronal, MIP of 10 mm")
    panes += _settled(page, 4)
    expect(page.locator(".pane[data-pane='2']")).to_have_attribute("data-crossed", "axial sagittal")
    page.keyboard.press("r")  # a box: not here
    expect(page.locator(".notice")).to_contain_text("Shapes are drawn on the slices")
    expect(page.locator("#tool-box")).to_have_attribute("aria-pressed", "false")
    session = ada.session()
    page.context.close()

    again = tmp_path / "again"
    drawn = _drawn_again(server, session, again, received)
    for number, (width, height, encoded, seq, lossless) in enumerate(panes):
        shown = np.frombuffer(base64.b64decode(encoded), np.uint8).reshape(height, width, 4)
        expected = np.asarray(Image.open(again / drawn[seq]["file"]).convert("RGB"))
        assert lossless == "true"
        assert (shown[..., :3] != expected).sum() == 0, f"picture {number} differs"
        assert expected.std() > 5, "an empty picture proves nothing"
    cuts = [drawn[seq]["view"]["cut"] and drawn[seq]["view"]["cut"]["plane"] for *_, seq, _ in panes]
    assert cuts == [None, None, None, "axial", "coronal", "sagittal"]


def test_an_admin_sees_the_session_and_ends_it(arrive: Opener) -> None:
    ada = arrive("ada")
    ada.settled()
    sam = arrive("sam").page
    row = sam.locator("tr", has_text="ada")
    for text in ("CT", "demo-annotators", "127.0.0.1"):
        expect(row).to_contain_text(text)
    assert ada.canvas()[..., :3].any()
    end = row.locator("button.danger")
    end.click()
    assert ada.canvas()[..., :3].any(), "one click is not enough"
    end.click()  # the second click confirms
    expect(ada.page.locator("#curtain")).to_contain_text("ended by an admin", ignore_case=True)
    assert not ada.canvas()[..., :3].any(), "the picture is gone before the word is there"
    expect(row).to_have_count(0)
