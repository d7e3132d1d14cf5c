"""A reviewer asks to see one masked region, a second person agrees: it is shown to the one, in time, and drawn again afterwards."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from gateway.app import ServerSettings, open_data
from gateway.intake.releasing import approve
from gateway.sessions import unmasking
from gateway.store import grants, items, projects, recalling, users
from gateway.stream.wire import HEADER_BYTES
from tests.gateway.test_intake_unmasking import SIDE, inside, write_slice
from tests.journeys.accessibility import check_accessible
from tests.journeys.driving import Workstation, soon
from tests.journeys.serving import ROOT, Server, Station, Stream, isinglass
from viewer.masking.uncovering import Region

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VIEW = {"width": SIDE, "height": SIDE, "x": SIDE / 2, "y": SIDE / 2, "scale": 1.0, "frame": 0}
BRIGHT = 150
FEW = 0.01  # of a region: the mark, where it runs over what is not filled; the letters are a tenth


@pytest.fixture
def planted(tmp_path: Path) -> tuple[Path, tuple[Region, Region]]:
    """A data folder with one slice in which two lines are masked, released and labelled; and the regions over the lines."""
    data = tmp_path / "data"
    (data / "policies").mkdir(parents=True)
    for path in (ROOT / "deploy" / "policies").glob("demo-*.toml"):
        shutil.copyfile(path, data / "policies" / path.name)
    write_slice(tmp_path / "a.dcm")
    isinglass(data, "project", "add", "demo")
    for name, role in (("ada", "annotator"), ("rene", "reviewer"), ("ruth", "reviewer"), ("sam", "admin")):
        isinglass(data, "user", "add", name, "--role", role)
    isinglass(data, "ingest", str(tmp_path / "a.dcm"), "--project", "demo")
    store = open_data(ServerSettings(data=data))
    with store.read() as connection:
        project = projects.by_name(connection, "demo")
        assert project is not None
        (found,) = items.items_of_project(connection, project.id)
        people = [users.user_by_name(connection, name) for name in ("ruth", "sam")]
    for person in people:
        assert person is not None
        approve(store, found.id, person.id)
    regions = unmasking.choice(store, found.id, 0, project.id).regions
    store.close()
    upper = max((each for each in regions if each.y < SIDE / 2), key=lambda each: each.width)
    lower = max((each for each in regions if each.y > SIDE / 2), key=lambda each: each.width)
    return data, (upper, lower)


@pytest.fixture
def regions(planted: tuple[Path, tuple[Region, Region]], server: Server) -> tuple[Region, Region]:
    """Of the slice, whose task waits for review."""
    with Station(server, "ada").stream() as stream:
        stream.send(t="next")
        task = stream.wait("task")
        stream.send(t="op", id="o1", task=task["id"], kind="submit", base=task["revision"])
        stream.wait("receipt")
    return planted[1]


def _open(stream: Stream) -> str:
    (task,) = stream.wait("queue")["tasks"]
    stream.send(t="open", task=task["id"])
    return str(stream.wait("task")["item"]["id"])


def _levels(frame: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(frame[HEADER_BYTES:])).convert("L"), np.int16)


def _ask(page: Page, origin: str, region: Region) -> None:
    page.goto(f"{origin}/ask")
    expect(page.locator("svg.regions rect").first).to_be_visible()
    check_accessible(page, "asking for a region")
    page.locator(f'input[value="{region.x} {region.y} {region.width} {region.height}"]').check()
    page.evaluate("document.querySelector('#why').removeAttribute('minlength')")
    page.locator("#why").fill("short")
    page.get_by_role("button", name="Ask to see it").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("a reason has 10 to")
    page.locator("#why").fill("the side marker lies under it")
    page.locator("#unmask-hours").fill("1")
    page.get_by_role("button", name="Ask to see it").press("Enter")
    expect(page.locator(".asked")).to_contain_text("unmask of slice 1")


def _letters(station: Workstation, region: Region) -> float:
    """How much of the fitted picture is bright where `region` is: letters are, a mark over a filled box is not."""
    canvas = station.canvas()[..., :3].mean(axis=2)
    scale = min(canvas.shape[1] / SIDE, canvas.shape[0] / SIDE)
    top = canvas.shape[0] / 2 + (region.y - SIDE / 2) * scale
    left = canvas.shape[1] / 2 + (region.x - SIDE / 2) * scale
    rows = slice(round(top + scale), round(top + (region.height - 1) * scale))
    columns = slice(round(left + scale), round(left + (region.width - 1) * scale))
    return float((canvas[rows, columns] > BRIGHT).mean())


def test_one_region_is_shown_to_the_one_who_asked(
    server: Server,
    sign_in: Callable[..., Page],
    planted: tuple[Path, tuple[Region, Region]],
    regions: tuple[Region, Region],
) -> None:
    data, (upper, lower) = planted[0], regions
    rene, sam = sign_in("rene"), sign_in("sam")
    desk = Workstation(rene)
    rene.locator("#queue button, #queue [data-task]").first.click()
    desk.settled()
    session = desk.session()
    ruth = Station(server, "ruth")
    with ruth.stream() as watching:
        item = _open(watching)
        watching.send(t="view", seq=1, item=item, **VIEW)
        watching.frame(lossless=True)

        _ask(rene, server.origin, upper)
        rene.goto(f"{server.origin}/work")
        rene.locator("#queue button, #queue [data-task]").first.click()
        desk.settled()
        assert _letters(desk, upper) < FEW
        sam.goto(f"{server.origin}/admin/grants")
        check_accessible(sam, "the register")
        sam.get_by_role("button", name="Grant what rene asks").press("Enter")
        expect(sam.locator('#grants tr[data-state="granted"]')).to_contain_text("waits for intake")
        assert "its region is shown" in isinglass(data, "unmask")
        assert soon(rene, lambda: _letters(desk, upper) > 0.05)
        desk.settled()
        assert _letters(desk, lower) < FEW

        watching.send(t="view", seq=2, item=item, **VIEW | {"x": SIDE / 2 + 0.01})
        after = _levels(watching.frame(lossless=True, answers=2))
        assert (after[inside(upper)] > BRIGHT).mean() < FEW, "somebody else sees it"

        sam.reload()
        expect(sam.locator('#grants tr[data-state="granted"]')).to_contain_text("the region is shown")
        sam.get_by_role("button", name="End the grant of rene").press("Enter")
        assert soon(rene, lambda: _letters(desk, upper) < FEW)
    rene.goto(f"{server.origin}/ask")
    expect(rene.locator(".asked")).to_contain_text("ended")
    server.stop()
    assert "are what was sent" in isinglass(data, "replay", session)
    store = open_data(ServerSettings(data=data))
    actions = [each.action for each in recalling.events_since(store, 0)]
    with store.read() as connection:
        (row,) = grants.newest(connection)
    store.close()
    assert row.state == grants.ENDED
    wanted = ["grant.ask", "grant.decide", "item.unmask", "grant.end"]
    assert [each for each in actions if each in wanted] == wanted
    assert "verifies" in isinglass(data, "audit", "verify")
