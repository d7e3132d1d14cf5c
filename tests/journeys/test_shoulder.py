"""Over the shoulder in a real browser: the admin's own marked picture, the badge, what the log says of it; and a cookie without its key."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.accessibility import check_accessible
from tests.journeys.driving import Workstation
from tests.journeys.serving import PATIENCE_S, Server, isinglass

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def workers() -> int:
    """The admin may be on another process than who is looked at."""
    return 2


def _leaves(server: Server, action: str) -> list[dict[str, Any]]:
    told = isinglass(server.data, "audit", "export", "--json", "--action", action)
    return [json.loads(line) for line in told.splitlines() if line.strip()]


def test_an_admin_looks_over_a_shoulder(server: Server, sign_in: Callable[..., Page]) -> None:
    ada, sam = sign_in("ada"), sign_in("sam")
    Workstation(ada).settled()
    badge = ada.locator("#watched")
    expect(badge).to_be_hidden()

    sam.get_by_role("button", name="Show pictures").press("Enter")
    thumbnail = sam.locator("#thumbnails canvas[data-frame-seq]")
    expect(thumbnail).to_have_count(1, timeout=PATIENCE_S * 1000)
    expect(badge).to_be_visible(timeout=PATIENCE_S * 1000)
    assert sam.evaluate("document.querySelector('#thumbnails canvas').width") == 320
    check_accessible(sam, "thumbnails")

    sam.get_by_role("link", name="Look over the shoulder of ada").press("Enter")
    frame = sam.locator("#frame[data-frame-seq]")
    expect(frame).to_be_visible(timeout=PATIENCE_S * 1000)
    width = ada.evaluate("document.querySelector('#frame').width")
    assert sam.evaluate("document.querySelector('#frame').width") == width, "the same view"
    place = sam.locator("#place").inner_text()
    ada.locator("#overlay").focus()
    ada.keyboard.press("ArrowDown")
    expect(sam.locator("#place")).not_to_have_text(place, timeout=PATIENCE_S * 1000)
    check_accessible(sam, "over the shoulder")

    sam.locator("#tell-text").fill("Please look at slice 2 again.")
    sam.locator("#tell-text").press("Enter")
    expect(ada.locator("#notices")).to_contain_text(
        "Please look at slice 2 again.", timeout=PATIENCE_S * 1000
    )
    sam.get_by_role("button", name="Blank the picture").press("Enter")
    expect(ada.locator("#curtain")).to_be_visible(timeout=PATIENCE_S * 1000)
    expect(sam.locator("#nothing")).to_contain_text("locked", timeout=PATIENCE_S * 1000)

    session = ada.evaluate("document.body.dataset.session")
    shown = json.loads(isinglass(server.data, "exposure", "--user", "sam", "--json"))["exposures"]
    assert shown, "what the admin saw is in the ledger as theirs"
    again = isinglass(server.data, "replay", shown[0]["session"])
    count = int(again.split()[0])
    assert count > 0
    assert f"{count} are what was sent" in again.replace("\n", " ")
    assert session


def test_a_stolen_cookie_shows_nothing_and_locks_the_session(
    server: Server, sign_in: Callable[..., Page], browser: Browser
) -> None:
    ada = sign_in("ada")
    Workstation(ada).settled()
    thief = browser.new_context()
    try:
        thief.add_cookies(ada.context.cookies())  # type: ignore[arg-type]
        page = thief.new_page()
        page.goto(f"{server.origin}/work")
        expect(page.locator("#curtain")).to_be_visible(timeout=PATIENCE_S * 1000)
        assert page.get_attribute("body", "data-frame-seq") is None
        expect(ada.locator("#curtain-reason")).to_contain_text("Another browser", timeout=PATIENCE_S * 1000)
    finally:
        thief.close()


def test_a_second_tab_takes_the_picture_from_the_first(server: Server, sign_in: Callable[..., Page]) -> None:
    ada = sign_in("ada")
    Workstation(ada).settled()
    other = ada.context.new_page()
    other.goto(f"{server.origin}/work")
    other.wait_for_selector("body[data-frame-seq]", timeout=PATIENCE_S * 1000)
    expect(ada.locator("#curtain-title")).to_have_text(
        "Your picture is in another tab", timeout=PATIENCE_S * 1000
    )
    assert ada.get_attribute("body", "data-frame-seq") is None
    ada.get_by_role("button", name="Show it here").press("Enter")
    ada.wait_for_selector("body[data-frame-seq]", timeout=PATIENCE_S * 1000)
    expect(other.locator("#curtain")).to_be_visible(timeout=PATIENCE_S * 1000)
