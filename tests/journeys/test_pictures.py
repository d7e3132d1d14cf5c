"""The README's pictures, made anew with `--pictures`: the demo project, as a person finds it after `make run`."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.driving import Workstation
from tests.journeys.serving import ROOT, Server, isinglass

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = ROOT / "docs" / "pictures"
Corners = list[tuple[float, float]]

HEAD = "CT · 1 slice · 512\u00d7512"
# its image pixels
LATERAL: Corners = [
    (350, 219),
    (368, 211),
    (379, 247),
    (386, 294),
    (384, 330),
    (368, 350),
    (350, 352),
    (345, 316),
    (345, 273),
]
FRONTAL: Corners = [
    (275, 149),
    (287, 137),
    (314, 137),
    (336, 150),
    (352, 175),
    (356, 195),
    (336, 202),
    (316, 219),
    (301, 231),
    (291, 208),
    (283, 179),
]


@pytest.fixture
def server(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[Server]:
    """A server over the demo project."""
    if not pytestconfig.getoption("--pictures"):
        pytest.skip("pictures are made with --pictures only")
    isinglass(tmp_path, "demo")
    with Server(tmp_path) as running:
        yield running


def _place(page: Page, point: tuple[float, float]) -> tuple[float, float]:
    """Where a point of the fitted 512 x 512 picture is on the page."""
    box = page.locator("#overlay").bounding_box()
    assert box is not None
    scale = min(box["width"], box["height"]) / 512
    return (
        box["x"] + box["width"] / 2 + (point[0] - 256) * scale,
        box["y"] + box["height"] / 2 + (point[1] - 256) * scale,
    )


def _polygon(page: Page, corners: Corners) -> None:
    page.locator("#tool-polygon").click()
    for corner in corners:
        page.mouse.click(*_place(page, corner))
    page.keyboard.press("Enter")


class TestVolume:
    """A head, cut in three planes."""

    @pytest.fixture
    @staticmethod
    def server(tmp_path: Path, pytestconfig: pytest.Config, shared_data: Path) -> Iterator[Server]:
        """A server over an MR series."""
        if not pytestconfig.getoption("--pictures"):
            pytest.skip("pictures are made with --pictures only")
        (tmp_path / "policies").mkdir()
        for path in (ROOT / "deploy" / "policies").glob("demo-*.toml"):
            shutil.copyfile(path, tmp_path / "policies" / path.name)
        isinglass(tmp_path, "project", "add", "demo")
        isinglass(tmp_path, "user", "add", "ada", "--role", "annotator")
        isinglass(tmp_path, "ingest", str(shared_data / "dicom" / "mr-t1w-96"), "--project", "demo")
        with Server(tmp_path) as running:
            yield running

    def test_planes(self, sign_in: Callable[..., Page]) -> None:
        page = sign_in("ada")
        ada = Workstation(page)
        ada.settled()
        page.locator("#slice-bar").fill("48")
        ada.slice("48 / 96")
        page.locator("[data-layout='MPR']").click()
        expect(page.locator(".pane:not([hidden])")).to_have_count(4)
        expect(page.locator(".pane[data-pane='2']")).to_have_attribute("data-crossed", "axial sagittal")
        page.locator("#labels [data-label=lesion]").click()
        ada.draw_box(-30, -34, 44)
        ada.keeps(1)
        page.keyboard.press("Escape")
        for number in range(4):
            quality = page.locator(f".pane[data-pane='{number}'] .quality")
            expect(quality).to_have_attribute("data-lossless", "true")
        expect(page.locator(".notice")).to_have_count(0)
        page.screenshot(path=PICTURES / "mpr.png")


def test_pictures(sign_in: Callable[..., Page]) -> None:
    page = sign_in("ada")
    ada = Workstation(page)
    ada.settled()
    for _ in range(20):  # the order of one intake is nobody's choice
        title = page.locator("#task-title").inner_text()
        if title == HEAD:
            break
        page.locator("#submit").click()
        expect(page.locator("#task-title")).not_to_have_text(re.compile(rf"{re.escape(title)}|Workstation"))
        ada.settled()
    page.locator("#labels [data-label=lesion]").click()
    _polygon(page, LATERAL)
    page.locator("#labels [data-label=finding]").click()
    _polygon(page, FRONTAL)
    page.locator("#labels [data-label=organ]").click()
    page.locator("#tool-box").click()
    start, end = _place(page, (183, 183)), _place(page, (252, 375))
    ada.drag(start, (end[0] - start[0], end[1] - start[1]))
    page.locator("#labels [data-label=landmark]").click()
    page.mouse.click(*_place(page, (247, 144)))
    ada.keeps(4)
    page.keyboard.press("s")
    page.mouse.click(*_place(page, (372, 287)))
    ada.settled()
    page.mouse.move(*_place(page, (278, 280)))
    expect(page.locator(".notice")).to_have_count(0)
    page.screenshot(path=PICTURES / "workstation.png")

    rene = sign_in("rene")
    expect(rene.locator("#connection")).to_have_attribute("data-state", "open")
    sam = sign_in("sam")
    expect(sam.locator("#sessions tbody tr")).to_have_count(3)
    expect(sam.locator("#items tbody tr")).not_to_have_count(0)
    expect(sam.locator("#audit-checkpoint")).to_contain_text("at")
    sam.screenshot(path=PICTURES / "console.png")
