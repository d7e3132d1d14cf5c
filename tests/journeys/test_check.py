"""The check queue in a real browser: every part of the masked picture is looked at, by keyboard, and two people release."""

import contextlib
import json
import sqlite3
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.accessibility import check_accessible
from tests.journeys.serving import Server, isinglass

pytestmark = [pytest.mark.browser, pytest.mark.slow]

APPROVE_BY_HAND = """async () => {
  const { post } = await import("/static/request.js");
  return post(`/check/${document.body.dataset.item}/approve`).then(() => [], (refusal) => [refusal.status, refusal.message]);
}"""


def _open_first(page: Page, origin: str) -> None:
    page.goto(f"{origin}/check")
    expect(page.locator("#held tbody tr")).to_have_count(1)
    check_accessible(page, "the queue")
    page.locator(".reasons a").last.click()  # of one reason: the same here
    expect(page.locator(".reasons [aria-current]")).to_contain_text("1")
    page.wait_for_load_state()  # with its scripts
    page.keyboard.press("ArrowDown")
    expect(page.locator("#held tbody a").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#crop:not([data-state])")).to_be_visible()


def _look_at_everything(page: Page) -> None:
    parts = page.evaluate("Number(document.body.dataset.frames) * Number(document.body.dataset.crops)")
    expect(page.locator("#approve")).to_be_disabled()
    for left in range(parts - 1, -1, -1):
        told = f"Look at every part first: {left} to go." if left else "You saw every part."
        expect(page.locator("#left")).to_have_text(told)
        page.keyboard.press("ArrowRight")
    expect(page.locator("#approve")).to_be_enabled()


def test_two_people_release_by_keyboard(server: Server, sign_in: Callable[..., Page]) -> None:
    rene = sign_in("rene")
    _open_first(rene, server.origin)
    expect(rene.locator("#harbor tbody tr")).to_have_count(18)
    rene.keyboard.press("a")  # nothing: not everything was on screen yet
    parts = rene.evaluate("Number(document.body.dataset.frames) * Number(document.body.dataset.crops)")
    assert rene.evaluate(APPROVE_BY_HAND) == [409, f"look at every part first: {parts - 1} to go"]
    _look_at_everything(rene)
    check_accessible(rene, "an item")
    rene.reload()  # what this person was shown is kept on the server
    expect(rene.locator("#left")).to_have_text("You saw every part.")
    item = rene.evaluate("document.body.dataset.item")
    (shown,) = json.loads(isinglass(server.data, "exposure", "--item", item, "--json"))["exposures"]
    assert (shown["user"], shown["frames"] >= parts) == ("rene", True)
    again = isinglass(server.data, "replay", shown["session"])
    assert (
        f"{shown['frames']} are what was sent" in again
    )  # each part stands in the ledger, and is drawn again as it was
    rene.keyboard.press("a")
    expect(rene.locator("#held")).to_contain_text("by you")

    sam = sign_in("sam")
    _open_first(sam, server.origin)
    _look_at_everything(sam)
    sam.keyboard.press("a")
    expect(sam.locator("main")).to_contain_text("Nothing is held.")
    check_accessible(sam, "an empty queue")
    sam.goto(f"{server.origin}/check/{item}")
    expect(sam.locator("body")).to_contain_text("not held any more")


def test_whoever_may_not_check_sees_nothing(server: Server, sign_in: Callable[..., Page]) -> None:
    rene = sign_in("rene")
    _open_first(rene, server.origin)
    path = f"/check/{rene.evaluate('document.body.dataset.item')}/0/0"
    ada = sign_in("ada")
    response = ada.goto(f"{server.origin}/check")
    assert response is not None
    assert response.status == 403
    assert response.headers["content-type"].startswith("text/html")
    ada.goto(f"{server.origin}/account")
    asked = "path => import('/static/request.js').then(({ picture }) => picture(path)).catch(({ status }) => status)"
    assert ada.evaluate(asked, path) == 403
    assert httpx.post(server.origin + path, headers={"Origin": server.origin}).status_code == 303
    assert httpx.get(server.origin + path).status_code == 404, "a picture has an address that a browser opens"


def test_the_page_is_shut_like_the_workstation(server: Server, sign_in: Callable[..., Page]) -> None:
    rene = sign_in("rene")
    rene.context.unroute("**/pixel.png")
    _open_first(rene, server.origin)
    read = "document.querySelector('#crop').toDataURL()"
    assert (
        rene.evaluate(f"(() => {{ try {{ return {read} }} catch ({{ name }}) {{ return name }} }})()")
        == "SecurityError"
    )
    with rene.expect_response("**/signal") as told:
        rene.keyboard.press("Control+c")
    assert told.value.status == 200
    with contextlib.closing(
        sqlite3.connect(f"file:{server.data / 'isinglass.db'}?mode=ro", uri=True)
    ) as rows:
        leaves = [json.loads(leaf) for (leaf,) in rows.execute("SELECT leaf FROM audit_leaves")]
    assert [leaf["details"] for leaf in leaves if leaf["action"] == "client.signal"][-1] == {"signal": "copy"}
    is_open = "name => dispatchEvent(new Event(name, { cancelable: true }))"
    assert not any(rene.evaluate(is_open, name) for name in ("copy", "contextmenu", "dragstart"))
    rene.evaluate("dispatchEvent(new Event('blur'))")
    expect(rene.locator("#crop")).to_be_hidden()
    expect(rene.locator("#cover")).to_be_visible()
