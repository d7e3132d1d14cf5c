"""The progress of intake and the mask report of an item, in a real browser: states, links, keyboard, axe."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gateway.app import ServerSettings, open_data
from gateway.intake.finding import FoundFile
from gateway.intake.receiving import Received, receive
from gateway.store import projects
from tests.journeys.accessibility import check_accessible
from tests.journeys.planting import SLICES, Canaries
from tests.journeys.serving import Server, isinglass

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _take_in(data: Path, text: bytes) -> None:
    """As an intake that was killed before it masked anything."""
    store = open_data(ServerSettings(data=data))
    with store.read() as connection:
        row = projects.by_name(connection, "demo")
    assert row is not None
    found = FoundFile(name="a note", size=len(text), open=lambda: io.BytesIO(text))
    assert isinstance(receive(store, row.id, found), Received)
    store.close()


def test_progress_is_told_live_and_leads_to_every_report(
    server: Server, sign_in: Callable[..., Page]
) -> None:
    isinglass(server.data, "project", "add", "empty")
    page = sign_in("sam")
    page.get_by_role("link", name="Intake").click()
    demo = page.get_by_role("article", name="demo")
    expect(demo.locator(".left")).to_have_text("finished")
    expect(demo.locator(".stages .figure").first).to_have_text(str(SLICES + 1))
    expect(page.get_by_role("article", name="empty").locator(".left")).to_have_text(
        "nothing was taken in yet"
    )
    expect(demo).to_contain_text("narrative text is never released on automation alone")
    check_accessible(page, "finished and empty")

    _take_in(server.data, b"Seen today, and nobody masks it yet.\n")
    expect(demo.locator(".left")).to_have_text(re.compile("starting|left"))  # without a reload
    expect(demo.locator(".stages .figure").nth(1)).to_have_text("1")
    check_accessible(page, "waiting")

    demo.get_by_role("link", name="demo").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#items tbody tr")).to_have_count(2)
    check_accessible(page, "items")
    page.get_by_label("State").select_option("held")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#items tbody tr")).to_have_count(1)
    page.get_by_label("Item, id or subject").fill("nothing is called so")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("No item fits.")
    page.go_back()
    page.locator("#items tbody a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#harbor tbody tr")).to_have_count(18)
    check_accessible(page, "a report")


def test_reports_hold_nothing_of_the_file_and_are_for_those_who_check(
    planted: tuple[Path, Canaries], server: Server, sign_in: Callable[..., Page]
) -> None:
    _, canaries = planted
    page = sign_in("sam")
    page.goto(f"{server.origin}/intake")
    path = page.get_by_role("link", name="demo").get_attribute("href")
    page.goto(f"{server.origin}{path}")
    seen = page.content()
    items = [link.get_attribute("href") for link in page.locator("#items tbody a").all()]
    for item in items:
        for form in (item, f"{item}/report.json"):
            answer = page.request.get(f"{server.origin}{form}")
            assert answer.ok
            seen += answer.text()
    assert canaries.found_in(seen.encode()) == []
    assert "medical record numbers" in seen
    ada = sign_in("ada")
    for each in ("/intake", "/intake.json", path, items[0]):
        response = ada.goto(f"{server.origin}{each}")
        assert response is not None
        assert response.status == 403
    assert page.request.get(f"{server.origin}/items/none").status == 404
