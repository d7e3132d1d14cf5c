"""A budget that is used up asks why, and a reason gives the picture back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gateway.app import ServerSettings, open_data
from gateway.audit.events import EventCode
from gateway.store import recalling
from tests.journeys.driving import Workstation
from tests.journeys.planting import Canaries

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REASON = "the finding needs a second look"


@pytest.fixture
def planted(planted: tuple[Path, Canaries]) -> tuple[Path, Canaries]:
    """A hundredth of an item may be seen at full detail."""
    policy = planted[0] / "policies" / "demo-annotators.toml"
    text = policy.read_text()
    assert "share_of_item = 1.0" in text
    policy.write_text(text.replace("share_of_item = 1.0", "share_of_item = 0.01"))
    return planted


def test_a_share_that_is_used_up_asks_why_and_goes_on(
    sign_in: Callable[..., Page], planted: tuple[Path, Canaries]
) -> None:
    page = sign_in("ada")
    work = Workstation(page)
    notice = page.locator(".notice[data-level=ask]")
    expect(notice).to_contain_text("Say why you need more")
    page.wait_for_function("() => document.body.dataset.frameSeq")
    coarse = work.canvas()[:, :, 0]
    words, go_on = page.get_by_label("Your reason"), page.get_by_role("button", name="Go on")
    words.fill("because")
    go_on.click()
    expect(notice).to_be_visible()  # too short to be one
    words.fill(REASON)
    words.press("Enter")
    expect(notice).to_have_count(0)
    work.settled()
    fine = work.canvas()[:, :, 0]
    assert fine.shape == coarse.shape
    assert (fine != coarse).mean() > 0.01, "the picture is as coarse as before"
    store = open_data(ServerSettings(data=planted[0]))
    (given,) = recalling.events_since(store, 0, {EventCode.EXPOSURE_REASON})
    assert given.actor is not None
    assert recalling.events_since(store, 0, {EventCode.EXPOSURE_LIMIT})
    store.close()
