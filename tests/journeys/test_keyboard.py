"""The whole of an annotator's work by the keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from gateway.app import ServerSettings, open_data
from gateway.store import tasks
from tests.journeys.driving import Workstation
from tests.journeys.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _press(page: Page, *chords: str) -> None:
    for chord in chords:
        page.keyboard.press(chord)


def test_draw_label_undo_and_hand_in_without_a_mouse(sign_in: Callable[..., Page], server: Server) -> None:
    page = sign_in("ada")
    work = Workstation(page)
    work.settled()
    # look: scroll, another window, nearer, swapped
    _press(page, "PageDown", "PageDown", "PageDown", "ArrowUp")
    work.slice("3 / 12")
    _press(page, "]", "]")
    expect(page.locator("#windows [aria-pressed=true]")).to_contain_text("Mediastinum")
    _press(page, "+", "+", "i")
    work.settled()
    # a box: from a corner to another one
    _press(
        page,
        "r",
        "Space",
        *["Shift+ArrowLeft"] * 3,
        "Space",
        *["Shift+ArrowDown"] * 2,
        *["Shift+ArrowRight"] * 4,
        "Enter",
    )
    work.keeps(1)
    expect(page.locator("#annotations")).to_contain_text("box")
    # a polygon of four corners, one of them taken back on the way
    _press(
        page, "p", "Space", *["Shift+ArrowUp"] * 4, "Space", "Shift+ArrowRight", "Shift+ArrowRight", "Space"
    )
    _press(
        page,
        "ArrowDown",
        "Space",
        "Backspace",
        "Shift+ArrowDown",
        "Space",
        "Shift+ArrowLeft",
        "Space",
        "Enter",
    )
    work.keeps(2)
    expect(page.locator("#annotations")).to_contain_text("4 corners")
    # the label of the first one, then move it, then put a corner elsewhere
    _press(page, "Escape", "Escape", "s", "j", "2")
    expect(page.locator("#annotations [data-annotation]").first).to_contain_text("Lesion")
    before = page.locator("#annotations [data-annotation]").first.inner_text()
    _press(page, "Shift+ArrowLeft", "e", "Shift+ArrowLeft", "ArrowUp")
    expect(page.locator("#annotations [data-annotation]").first).not_to_have_text(before)
    work.saved()
    # delete it, think again, and once more
    _press(page, "Escape", "j", "Delete")
    work.keeps(1)
    _press(page, "Control+z")
    work.keeps(2)
    _press(page, "Control+Shift+z")
    work.keeps(1)
    _press(page, "Control+z")
    work.keeps(2)
    # the keys are listed, and the dialog keeps the keys from the picture
    _press(page, "?")
    expect(page.locator("#help")).to_be_visible()
    expect(page.locator("#help")).to_contain_text("Put a corner or a point there")
    _press(page, "PageDown", "Escape")
    expect(page.locator("#help")).to_be_hidden()
    work.slice("3 / 12")
    _press(page, "Control+Enter")
    expect(page.locator("#nothing")).to_be_visible()

    store = open_data(ServerSettings(data=server.data))
    with store.read() as conn:
        (task,) = tasks.of_project_named(conn, "demo")
        drawn = sorted((each.label, each.geometry["type"]) for each in tasks.annotations_of(conn, task.id))
    store.close()
    assert (task.stage, drawn) == ("review", [("finding", "polygon"), ("lesion", "box")])


def test_a_key_map_of_ones_own(sign_in: Callable[..., Page]) -> None:
    page = sign_in("ada")
    Workstation(page).settled()
    page.locator("#open-help").press("Enter")
    page.locator("#keymap").select_option("radiology")
    _press(page, "Escape", "5")
    expect(page.locator("#windows [aria-pressed=true]")).to_contain_text("Bone")


def test_layouts_planes_and_loops_by_key(sign_in: Callable[..., Page]) -> None:
    page = sign_in("ada")
    work = Workstation(page)
    work.settled()
    _press(page, "g")
    expect(page.locator(".pane:not([hidden])")).to_have_count(2)
    _press(page, "y", "v", "v")
    expect(page.locator(".pane[data-pane='1'] .caption")).to_contain_text("Coronal")
    _press(page, ".", "x")
    expect(page.locator(".pane[data-pane='1'] .caption")).to_contain_text("MIP of 2 mm")
    _press(page, "v", "v", "y", "Space")
    expect(page.locator("#play")).to_have_text("Pause")
    expect(page.locator("#slice")).not_to_have_text("1 / 12")
    _press(page, "c")
    expect(page.locator("#play")).to_have_text("Play")
    _press(page, "g", "g", "g", "g")
    expect(page.locator(".pane:not([hidden])")).to_have_count(1)


def test_every_part_can_be_reached_by_tab(sign_in: Callable[..., Page]) -> None:
    page = sign_in("ada")
    Workstation(page).settled()
    seen: list[str] = []
    page.locator("body").press("Tab")
    for _ in range(60):
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.closest('[id]')?.id"))
        ringed = page.evaluate(
            "document.activeElement === document.body || document.activeElement.matches(':focus-visible')"
        )
        assert ringed, f"no ring on {seen[-1]}"
        page.keyboard.press("Tab")
    assert {
        "open-help",
        "person",
        "tool-window",
        "overlay",
        "slice-bar",
        "labels",
        "windows",
        "comment",
        "say",
        "submit",
    } <= set(seen)
    page.locator("#tool-window").focus()
    _press(page, "ArrowDown", "ArrowDown", "ArrowDown", "Enter")
    expect(page.locator("#tool-select")).to_have_attribute("aria-pressed", "true")
