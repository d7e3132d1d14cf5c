"""A picture leaves ada's screen; the security admin drops it on the Trace page and reads her name, twice over."""

import base64
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from gateway.app import ServerSettings, open_data
from tests.journeys.accessibility import check_accessible
from tests.journeys.driving import Workstation
from tests.journeys.serving import PATIENCE_S, Server, isinglass
from viewer.watermark.keying import Key
from viewer.watermark.tracing import trace

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READ = """() => { try { return document.querySelector("#pictures canvas").toDataURL(); } catch ({ name }) { return name; } }"""


def test_every_frame_on_screen_carries_both_marks(server: Server, sign_in: Callable[..., Page]) -> None:
    """Slices, zooms and windows, with the client's own parts stripped: only what came from the server is read."""
    page = sign_in("ada")
    work = Workstation(page)
    store = open_data(ServerSettings(data=server.data))
    key = Key(store.keys.watermark[-1])
    store.close()
    seen = []
    for press in ("", "ArrowDown", "ArrowDown", "+", "i"):
        if press:
            page.keyboard.press(press)
        work.settled()
        frame = work.canvas()[..., :3]
        named = trace(key, np.ascontiguousarray(frame), late=lambda: False).named
        assert len(named) == 1, press
        seen.append(named[0].payload.session)
        # Strokes of the visible mark stand out from the same frame without them by far more than the forensic one.
        assert np.abs(np.diff(frame[..., 0].astype(int), axis=1)).max() > 20
    assert len(set(seen)) == 1


def test_the_editor_shows_the_visible_mark_on_a_picture_that_is_marked_itself(
    server: Server, sign_in: Callable[..., Page]
) -> None:
    page = sign_in("sam")
    page.goto(f"{server.origin}/admin/policies/edit?file=demo-annotators.toml")
    shown = page.locator("#preview-text")
    expect(shown).to_contain_text("sam")
    text = page.locator("#text")
    said = text.input_value()
    usual, other = '"{user} {session} {time}"', """'{session} {address} {time:Asia/Tokyo} "Study 7"'"""
    assert usual in said
    text.fill(said.replace(usual, other))
    expect(shown).to_contain_text("JST Study 7")
    expect(shown).to_contain_text("127.0.0.1")
    check_accessible(page, "a mark's preview")
    data = page.evaluate("document.querySelector('#preview-picture').toDataURL('image/png')").partition(",")[
        2
    ]
    frame = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("L"))
    store = open_data(ServerSettings(data=server.data))
    named = trace(Key(store.keys.watermark[-1]), frame, late=lambda: False).named
    store.close()
    assert len(named) == 1
    assert np.abs(np.diff(frame.astype(int), axis=1)).max() > 20
    text.fill(said.replace("{session}", ""))
    expect(page.locator("#preview")).to_be_hidden()


def test_a_leak_is_traced_on_the_page_and_by_the_command(
    server: Server, sign_in: Callable[..., Page], tmp_path: Path
) -> None:
    work = Workstation(sign_in("ada"))
    work.settled()
    screen = work.canvas()[..., :3]
    leak = tmp_path / "leak.jpg"
    piece = np.ascontiguousarray(screen[40:-30, 30:-50])
    Image.fromarray(piece).resize((piece.shape[1] * 5 // 4, piece.shape[0] * 5 // 4)).save(leak, quality=75)

    page = sign_in("sam")
    page.context.unroute("**/pixel.png")
    page.get_by_role("link", name="Trace", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trace a leak")
    expect(page.locator("#earlier")).to_contain_text("No leak was traced yet")
    check_accessible(page, "nothing traced yet")
    page.locator("#file").set_input_files(leak)
    expect(page.locator("#result-title")).to_have_text(
        re.compile("^Leaked by ada$"), timeout=2000 * PATIENCE_S
    )
    expect(page.locator("#facts")).to_contain_text(work.session())
    expect(page.locator("#pictures canvas")).to_have_count(3)
    assert page.evaluate(READ) == "SecurityError"
    assert not page.evaluate("dispatchEvent(new Event('copy', { cancelable: true }))")
    expect(page.locator("#viewers")).to_contain_text("ada")
    check_accessible(page, "a leak traced")

    page.locator("#file").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.locator("#status")).to_have_text(re.compile("not a picture that can be traced"))

    told = json.loads(
        isinglass(server.data, "trace", str(leak), "--json", "--evidence", str(tmp_path / "case"))
    )
    assert told["found"] is True
    assert told["named"][0]["user"] == "ada"
    assert {path.name for path in (tmp_path / "case").iterdir()} == {"leak.png", "sent.png", "agreement.png"}

    page.reload()
    rows = page.locator("#earlier tbody tr")
    expect(rows).to_have_count(2)
    for row, by in zip(rows.all(), ("system", "sam"), strict=True):
        for word in (told["leak"][:16], "ada", work.session(), by):
            expect(row).to_contain_text(word)
    check_accessible(page, "what was traced before")


def test_an_annotator_cannot_trace(server: Server, sign_in: Callable[..., Page]) -> None:
    page = sign_in("ada")
    held = io.BytesIO()
    Image.new("L", (64, 64)).save(held, "PNG")
    answer = page.request.post(
        f"{server.origin}/admin/trace", data=held.getvalue(), headers={"Origin": server.origin}
    )
    assert answer.status in {400, 403}
