"""The console's exposure page: one query each, drawn from the ledger; clean for axe, without a pixel of a picture."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.accessibility import check_accessible
from tests.journeys.driving import Workstation, soon
from tests.journeys.serving import PATIENCE_S, Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_what_a_person_an_item_and_a_subject_is_one_query_each(
    server: Server, sign_in: Callable[..., Page]
) -> None:
    ada, sam = sign_in("ada"), sign_in("sam")
    Workstation(ada).settled()
    ada.locator("#overlay").focus()
    ada.keyboard.press("ArrowDown")
    expect(ada.locator("body")).to_have_attribute("data-frame-slice", "2", timeout=PATIENCE_S * 1000)

    sam.get_by_role("link", name="Exposure").press("Enter")
    people = sam.get_by_role("region", name="People").locator("tbody tr")
    # The ledger is written every second, and the page does not ask again.
    assert soon(sam, lambda: bool(sam.reload() and people.count()))
    expect(people).to_have_count(1)
    expect(sam.get_by_role("region", name="Subjects").locator("tbody tr")).to_have_count(1)
    check_accessible(sam, "what is kept")
    sam.get_by_role("link", name="What ada was shown").press("Enter")
    expect(sam.locator(".exposures > li")).to_have_count(1)
    box = sam.get_by_role("combobox", name="was shown")
    box.fill("ada")
    box.press("Enter")
    entries = sam.locator(".exposures > li")
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("% at full detail")
    assert sam.locator("img, canvas").count() == 0
    check_accessible(sam, "what one person was shown")

    sam.get_by_role("link", name="Who was shown subject").press("Enter")
    expect(entries).to_contain_text("ada")
    sam.get_by_role("link", name="Who was shown", exact=False).first.press("Enter")
    expect(entries).to_contain_text("ada")
    sam.goto(f"{server.origin}/admin/exposure?by=user&of=nobody")
    expect(sam.get_by_role("alert")).to_have_text("there is no user `nobody`")
