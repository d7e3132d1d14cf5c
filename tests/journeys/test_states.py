"""Slices are shown as a presentation state has them, and what is drawn on them lies on the stored picture; several pictures show it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.accessibility import check_accessible
from tests.journeys.driving import Workstation
from tests.journeys.planting import Canaries, plant_state
from tests.journeys.serving import Server, isinglass

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def planted(planted: tuple[Path, Canaries], tmp_path: Path) -> tuple[Path, Canaries]:
    """With a state of two slices."""
    plant_state(tmp_path / "state.dcm", planted[1])
    isinglass(planted[0], "ingest", str(tmp_path / "state.dcm"), "--project", "demo")
    return planted


def test_as_presented(server: Server, sign_in: Callable[..., Page], tmp_path: Path) -> None:
    page = sign_in("ada")
    work = Workstation(page)
    work.settled()
    states = page.get_by_label("Presented by")
    assert states.locator("option").all_inner_texts() == ["As stored", "LUNG WINDOW"]

    page.keyboard.press("a")  # the nearest slice that it speaks of
    work.slice("4 / 12")
    expect(page.locator("#window-readout")).to_have_text("W 160 L 20 HU")
    expect(page.locator(".pane .caption").first).to_contain_text("presented by LUNG WINDOW")
    work.settled()
    canvas, _ = work.frame()
    height, width = canvas.shape[:2]
    scale = min(width / 216, height / 176)  # of the displayed area, turned
    # behind the shutter there is the mark alone
    assert canvas[height // 2, width // 2 - round(101 * scale), :3].max() < 60
    page.screenshot(path=tmp_path / "presented.png")

    work.draw_box(-60, -60, 70)
    work.keeps(1)
    page.keyboard.press("Escape")
    box = page.evaluate("() => document.body.dataset.frameSlice")
    assert box == "4"
    page.keyboard.press("a")  # as stored, with the shape where it was drawn
    work.settled()
    expect(page.locator("#window-readout")).to_have_text("W 400 L 40 HU")
    page.keyboard.press("Shift+R")
    page.keyboard.press("h")
    work.settled()
    page.keyboard.press("?")
    page.get_by_label("Display", exact=True).select_option("2")
    page.screenshot(path=tmp_path / "display.png")
    page.keyboard.press("Escape")
    work.settled()
    page.screenshot(path=tmp_path / "turned.png")
    check_accessible(page, "a turned picture")

    page.locator("[data-layout='2']").click()
    expect(page.locator(".pane[data-pane='1']")).to_have_attribute("data-shapes", "1")
    page.locator("[data-layout='MPR']").click()
    page.locator(".pane[data-pane='2']").click()
    expect(page.locator(".pane:not([hidden])")).to_have_count(4)
    expect(page.locator(".pane[data-pane='2']")).to_have_attribute("data-crossed", "axial sagittal")
    page.screenshot(path=tmp_path / "mpr.png")
