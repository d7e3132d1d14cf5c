"""axe finds nothing to mend on any page, in any of its states."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.journeys.driving import Workstation
from tests.journeys.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _check(page: Page, state: str) -> None:
    found = Axe().run(page)
    assert found.response["passes"], f"axe looked at nothing: {state}"
    assert not found.response["violations"], f"{state}\n{found.generate_report()}"


def test_pages_around_the_work(browser: Browser, server: Server, sign_in: Callable[..., Page]) -> None:
    page = sign_in("ada")
    for path in ("/account", "/nowhere", "/link/used-before"):
        page.goto(server.origin + path)
        if path.startswith("/link"):
            expect(page.get_by_role("heading")).to_have_text("This link does not work")
        _check(page, path)
    page.goto(f"{server.origin}/account")
    page.get_by_role("button", name="Sign out", exact=True).click()
    _check(page, "sign-in")
    page.locator("#name").fill("ada")
    page.locator("#password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    _check(page, "sign-in, refused")


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
    _check(page, "drawn and selected")
    page.keyboard.press("?")
    _check(page, "the keys")
    page.keyboard.press("Escape")
    page.locator("[data-layout='MPR']").click()
    expect(page.locator(".pane:not([hidden])")).to_have_count(4)
    _check(page, "four pictures")
    page.locator("[data-layout='1']").click()
    page.locator("#submit").click()
    expect(page.locator("#nothing")).to_be_visible()
    _check(page, "no work")

    rene = sign_in("rene")
    expect(rene.locator("#queue [data-task]")).to_have_count(1)
    _check(rene, "the queue")
    rene.locator("#queue [data-task] button").click()
    Workstation(rene).settled()
    rene.locator("#return").click()
    _check(rene, "a comment is needed")

    sam = sign_in("sam")
    expect(sam.locator("#sessions tbody tr")).to_have_count(3)
    _check(sam, "the console")
    end = sam.locator("tr", has_text="ada").locator("button.danger")
    end.click()
    _check(sam, "the console asks")
    end.click()
    expect(page.locator("#curtain")).to_be_visible()
    _check(page, "the session is over")
