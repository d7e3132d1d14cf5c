"""axe finds nothing to mend on any page, in any of its states."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.accessibility import check_accessible
from tests.journeys.driving import Workstation
from tests.journeys.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_pages_around_the_work(browser: Browser, server: Server, sign_in: Callable[..., Page]) -> None:
    page = sign_in("ada")
    for path in ("/account", "/nowhere", "/link/used-before"):
        page.goto(server.origin + path)
        if path.startswith("/link"):
            expect(page.get_by_role("heading")).to_have_text("This link does not work")
        check_accessible(page, path)
    page.goto(f"{server.origin}/account")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator("#name")).to_be_visible()
    check_accessible(page, "sign-in")
    page.locator("#name").fill("ada")
    page.locator("#password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check_accessible(page, "sign-in, refused")


def test_the_console_is_quiet(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.goto(server.link("ada"))
    page.wait_for_url("**/work")
    Workstation(page).settled()
    context.close()
    # Chromium says so of any sandboxed page; this one is no iframe, and without the sandbox it could print and save.
    assert {line for line in said if "allow-same-origin for its sandbox" not in line} == set()


def test_the_workstation(server: Server, sign_in: Callable[..., Page]) -> None:
    page = sign_in("ada")
    work = Workstation(page)
    work.settled()
    work.draw_box()
    work.keeps(1)
    page.keyboard.press("s")
    page.keyboard.press("j")
    check_accessible(page, "drawn and selected")
    page.keyboard.press("?")
    check_accessible(page, "the keys")
    page.keyboard.press("Escape")
    page.locator("[data-layout='MPR']").click()
    expect(page.locator(".pane:not([hidden])")).to_have_count(4)
    check_accessible(page, "four pictures")
    page.locator("[data-layout='1']").click()
    page.locator("#submit").click()
    expect(page.locator("#nothing")).to_be_visible()
    check_accessible(page, "no work")

    rene = sign_in("rene")
    expect(rene.locator("#queue [data-task]")).to_have_count(1)
    check_accessible(rene, "the queue")
    rene.locator("#queue [data-task] button").click()
    Workstation(rene).settled()
    rene.locator("#return").click()
    check_accessible(rene, "a comment is needed")

    sam = sign_in("sam")
    expect(sam.locator("#sessions tbody tr")).to_have_count(3)
    check_accessible(sam, "the console")
    end = sam.locator("tr", has_text="ada").locator("button.danger")
    end.click()
    check_accessible(sam, "the console asks")
    end.click()
    expect(page.locator("#curtain")).to_be_visible()
    check_accessible(page, "the session is over")
