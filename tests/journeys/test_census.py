"""The canary census: every byte that a full browser journey receives, decoded, holds nothing that was planted in the originals."""

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Error, Response, WebSocket, expect

from tests.journeys.planting import Canaries
from tests.journeys.serving import Server, Station

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HEADER = 32
# Of the four letters alone one frame in hundreds has some by chance: dark grey levels are letters. In pictures the group of the file
# meta information must follow, as it does in every DICOM file (PS3.10 7.1).
PREFIX, PREFIX_IN_PICTURE = b"DICM", b"DICM\x02\0"


def _is_picture(body: bytes) -> bool:
    return body[:3] == b"\xff\xd8\xff" or body[:8] == b"\x89PNG\r\n\x1a\n"


def _forms(received: bytes) -> list[bytes]:
    """`received` as it came, and what is inside: decoded pictures (rows, and columns), inflated deflate streams."""
    forms = [received]
    for offset in (0, HEADER):
        body = received[offset:]
        if _is_picture(body):
            decoded = np.asarray(Image.open(io.BytesIO(body)))
            forms += [decoded.tobytes(), np.ascontiguousarray(decoded.swapaxes(0, 1)).tobytes()]
    for wbits in (15, -15, 31):
        inflater = zlib.decompressobj(wbits)
        try:
            forms.append(inflater.decompress(received))
        except zlib.error:
            continue
    return forms


def _scan(received: list[bytes], canaries: Canaries) -> list[str]:
    hits = []
    for chunk in received:
        prefix = PREFIX_IN_PICTURE if _is_picture(chunk) or _is_picture(chunk[HEADER:]) else PREFIX
        for form in _forms(chunk):
            hits += canaries.found_in(form)
            if prefix in form:
                hits.append("DICM")
    return hits


@pytest.mark.parametrize(
    "way", ["word", "uid", "utf-16", "values", "values in a PNG", "DICM", "DICM in a PNG", "deflated"]
)
def test_the_scan_finds_what_is_there(way: str) -> None:
    """Negative control: a census that can't find a planted canary proves nothing."""
    values = np.random.default_rng(1).integers(0, 4096, 64, dtype=np.uint16)
    canaries = Canaries(words=("Quenby1",), uids=("1.2.3.999",), pixels=values)
    picture = io.BytesIO()
    Image.fromarray(np.tile((values & 0xFF).astype(np.uint8), (4, 1))).save(picture, "PNG")
    chunk = {
        "word": b"x QUENBY1 y",
        "uid": b'{"id":"1.2.3.999"}',
        "utf-16": "Quenby1".encode("utf-16-le"),
        "values": b"head" + values.tobytes(),
        "values in a PNG": b"\0" * HEADER + picture.getvalue(),
        "DICM": b"\0" * 128 + b"DICM",
        "DICM in a PNG": b"\0" * HEADER + picture.getvalue() + b"DICM\x02\0\0\0UL",
        "deflated": zlib.compress(b"Quenby1" * 10),
    }[way]
    assert _scan([chunk], canaries)
    assert not _scan([b"an ordinary answer", b"\0" * 64], canaries)


def test_no_byte_that_a_browser_receives_holds_a_canary(
    browser: Browser, server: Server, planted: tuple[Path, Canaries]
) -> None:
    _, canaries = planted
    received: list[bytes] = []
    unread: list[str] = []
    frames = 0

    def on_response(response: Response) -> None:
        received.append(repr(sorted(response.headers.items())).encode() + response.url.encode())
        if response.status in {301, 302, 303, 304}:
            return
        try:
            received.append(response.body())
        except Error:  # the page was left before it was read here: ask again
            if response.request.method != "GET":
                raise
            unread.append(response.url)

    def on_socket(socket: WebSocket) -> None:
        def on_frame(payload: str | bytes) -> None:
            nonlocal frames
            frames += isinstance(payload, bytes)
            received.append(payload if isinstance(payload, bytes) else payload.encode())

        socket.on("framereceived", on_frame)

    for user in ("ada", "rene", "sam"):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.on("response", on_response)
        page.on("websocket", on_socket)
        page.goto(server.link(user))
        page.wait_for_url(f"{server.origin}/{'admin' if user == 'sam' else 'work'}")
        if user == "ada":
            overlay = page.locator("#overlay")
            expect(page.locator("#quality")).to_have_attribute("data-lossless", "true")
            overlay.hover()
            for slice_ in range(2, 13):
                page.mouse.wheel(0, 100)
                expect(page.locator("#slice")).to_have_text(f"{slice_} / 12")
                expect(page.locator("#quality")).to_have_attribute("data-lossless", "true")
            page.locator("#tool-point").click()
            overlay.click(position={"x": 200, "y": 200})
            expect(page.locator("#save-state")).to_have_text("Saved")
            page.locator("#submit").click()
            expect(page.locator("#nothing")).to_be_visible()
        if user == "rene":
            page.locator("#queue [data-task]").first.click()
            expect(page.locator("#quality")).to_have_attribute("data-lossless", "true")
            page.locator("#accept").click()
        if user == "sam":
            expect(page.locator("body")).to_contain_text("narrative", ignore_case=True)
        page.goto(f"{server.origin}/account", wait_until="networkidle")
        received.extend(context.request.get(url).body() for url in unread)
        unread.clear()
        context.close()
    assert frames >= 14, "too few frames to mean anything"
    assert len(received) > 60
    assert not _scan(received, canaries)


def test_no_route_or_error_holds_a_canary(server: Server, planted: tuple[Path, Canaries]) -> None:
    _, canaries = planted
    received: list[bytes] = []
    for user in ("ada", "sam"):
        station = Station(server, user)
        for path in (
            "/",
            "/work",
            "/admin",
            "/account",
            "/admin/items.json",
            "/admin/sessions.json",
            "/admin/audit.json",
            "/x",
        ):
            answer = station.get(path)
            received.append(repr(answer.headers.items()).encode() + answer.content)
    received.append((server.data / "server.log").read_bytes())
    assert not _scan(received, canaries)
