"""A bad line and a locked screen slow nobody's drawing, lose nothing, double nothing."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from gateway.app import ServerSettings, open_data, open_sessions
from gateway.store import sessions, tasks
from tests.journeys.driving import Workstation, soon
from tests.journeys.line import Line
from tests.journeys.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    """A line to the server, which answers under the line's own address as long as it is used."""
    with Line(server.port) as line:
        server.stop()
        server.name = line.origin
        server.start()
        yield line


def _created(server: Server) -> list[str]:
    """Ids of the annotations that creating operations made, in their order."""
    store = open_data(ServerSettings(data=server.data))
    with store.read() as conn:
        (task,) = tasks.of_project_named(conn, "demo")
        ops = [op.annotation for op in tasks.ops_of(conn, task.id) if op.kind == "create"]
    store.close()
    return [str(each) for each in ops]


def _state(page: Page) -> str:
    return str(page.locator("#save-state").inner_text())


def test_a_cut_in_mid_drawing(sign_in: Callable[..., Page], server: Server, line: Line) -> None:
    page = sign_in("ada", origin=line.origin)
    work = Workstation(page)
    work.settled()
    work.draw_box(-200, -150)
    work.keeps(1)
    line.deafen()  # the operation arrives, its receipt does not
    work.draw_box(-80, -150)
    work.shows(2)
    assert _state(page) == "Saving…"
    assert soon(page, lambda: len(_created(server)) == 2)
    line.cut()
    expect(page.locator("#connection")).not_to_have_attribute("data-state", "open")
    work.draw_box(40, -150)  # drawn while there is no line
    work.shows(3)
    expect(page.locator("#save-state")).to_have_text("Offline — 2 changes waiting")
    page.locator("#undo").click()
    work.shows(2)
    work.draw_box(40, 20)
    work.shows(3)
    line.mend()
    work.keeps(3)
    expect(page.locator("#connection")).to_have_attribute("data-state", "open")
    work.settled()
    made = _created(server)
    assert len(made) == len(set(made)) == 4
    page.reload()
    work.keeps(3)


def test_while_nothing_comes_the_frame_on_screen_follows_the_hand(
    sign_in: Callable[..., Page], line: Line
) -> None:
    page = sign_in("ada", origin=line.origin)
    work = Workstation(page)
    work.settled()
    style = "() => { const { filter, transform } = document.querySelector('#frame').style; return [filter, transform]; }"
    assert page.evaluate(style) == ["", ""]
    line.deafen()
    work.drag(work.centre(), (60, 30))
    work.drag(work.centre(), (80, 0), button="middle")
    page.wait_for_function(
        f"() => {{ const [f, t] = ({style})(); return /brightness/.test(f) && /matrix/.test(t); }}"
    )
    expect(page.locator("#quality")).to_have_text("Preview")
    line.cut()
    line.mend()
    work.settled()
    assert page.evaluate(style) == ["", ""]


def test_the_server_dies_and_comes_back(sign_in: Callable[..., Page], server: Server) -> None:
    page = sign_in("ada")
    work = Workstation(page)
    work.settled()
    x, y = work.centre()
    page.locator("#tool-point").click()
    for k in range(3):
        page.mouse.click(x - 100 + 20 * k, y)
    server.kill()
    for k in range(3, 6):
        page.mouse.click(x - 100 + 20 * k, y)
    work.shows(6)
    server.start()
    work.keeps(6)
    work.settled()
    made = _created(server)
    assert len(made) == len(set(made)) == 6


def test_a_locked_session_shows_nothing_and_opens_where_it_was(
    sign_in: Callable[..., Page], server: Server
) -> None:
    page = sign_in("ada")
    page.goto(f"{server.origin}/account")
    for field in ("password", "repeat"):
        page.locator(f"#{field}").fill("a window of thin mica")
    page.get_by_role("button", name="Set it").click()
    expect(page.get_by_role("status")).to_have_text("Your password is set.")
    page.goto(f"{server.origin}/work")
    work = Workstation(page)
    work.settled()
    page.keyboard.press("End")
    work.slice("12 / 12")
    work.draw_box()
    work.keeps(1)
    work.settled()

    settings = ServerSettings(data=server.data)
    store = open_data(settings)
    with store.read() as conn:
        (live,) = sessions.live(conn, store.clock.now())
    open_sessions(settings, store).lock(live.session.id, "nothing was done for a while")
    store.close()
    curtain = page.locator("#curtain")
    expect(curtain).to_contain_text("Nothing was done for a while.")
    assert not work.canvas()[..., :3].any()
    assert page.locator("#desk").evaluate("desk => desk.inert")
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    expect(page.locator("#unlock-error")).to_be_visible()
    page.keyboard.type("a window of thin mica")
    page.keyboard.press("Enter")
    expect(curtain).to_be_hidden()
    work.slice("12 / 12")
    work.settled()
    work.keeps(1)
    assert work.canvas()[..., :3].any()
