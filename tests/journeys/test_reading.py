"""The text of a document beside its picture, in a real browser: read, not copied, gone with the cover, the lock and the permission."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gateway.app import ServerSettings, open_data, open_sessions
from gateway.intake import ingesting
from gateway.intake.releasing import approve
from gateway.store import items, readings, users
from gateway.workers.sandbox import Sandbox
from tests.gateway.stores import add_project, note
from tests.journeys.accessibility import check_accessible
from tests.journeys.driving import Workstation
from tests.journeys.serving import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTE = (
    "Findings\n\nMr. Jonathan Hargreave was seen again on 12.03.2024 because of a cough that has lasted for three weeks. "
    "The lungs are clear on both sides, the heart is of normal size, and there is no effusion.\n\n"
    "Impression\n\nNo sign of pneumonia. A control in six weeks is enough, sooner if the fever comes back.\n\n"
)
HELD_BACK = "Hargreave"


@pytest.fixture
def planted(tmp_path: Path) -> tuple[Path, None]:
    """A data folder with one note of two pages, released; annotators may be sent its text."""
    data = tmp_path / "data"
    (data / "policies").mkdir(parents=True)
    for path in (ROOT / "deploy" / "policies").glob("demo-*.toml"):
        shutil.copyfile(path, data / "policies" / path.name)
    (tmp_path / "note.txt").write_text(NOTE * 8)
    store = open_data(ServerSettings(data=data))
    add_project(store)
    with store.write() as tx:
        for name, role in (("ada", "annotator"), ("rene", "reviewer"), ("sam", "admin")):
            users.add_user(tx, id=f"{name}-id", name=name, roles=[role], groups=[])
        tx.append(note(object="p1"))
    with Sandbox() as sandbox:
        key = ingesting.load_private_key(store)
        ingesting.ingest(store, [tmp_path / "note.txt"], "name of p1", sandbox, key, lambda *_: None)
    with store.read() as connection:
        (found,) = items.items_of_project(connection, "p1")
    for person in ("rene-id", "sam-id"):
        approve(store, found.id, person)
    store.close()
    _say(data, text='"text"')
    return data, None


def _say(data: Path, **values: str) -> None:
    path = data / "policies" / "demo-annotators.toml"
    text = path.read_text()
    for key, value in values.items():
        text, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
        assert count == 1
    path.write_text(text)
    settings = ServerSettings(data=data)
    store = open_data(settings)
    open_sessions(settings, store).book.refresh()
    store.close()


def _selected(page: Page) -> str:
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#reading-text'))")
    return str(page.evaluate("getSelection().toString()"))


def test_the_text_stands_beside_the_picture_and_goes_with_it(
    sign_in: Callable[..., Page], planted: tuple[Path, None]
) -> None:
    data = planted[0]
    page = sign_in("ada")
    work = Workstation(page)
    part, text = page.locator("#reading"), page.locator("#reading-text")
    work.slice("1 / 2")
    expect(text).to_contain_text("The lungs are clear on both sides")
    expect(page.get_by_role("heading", name="Text of page 1")).to_be_visible()
    work.settled()
    check_accessible(page, "a page's text")
    said = text.inner_text()
    assert HELD_BACK not in page.content()
    assert re.search(r"\[person \d{4}\] was seen again on \[date\] because of a cough that has lasted", said)

    # It is read by key, and turned with the page.
    text.focus()
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('#reading-text').scrollTop > 0")
    work.slice("1 / 2")
    page.locator("#overlay").focus()
    page.keyboard.press("ArrowDown")
    work.slice("2 / 2")
    expect(page.get_by_role("heading", name="Text of page 2")).to_be_visible()
    assert text.inner_text() != said

    # It is not copied: not by key, not by script of the page, and the policy decides.
    assert text.evaluate("element => getComputedStyle(element).userSelect") == "none"
    copied = "() => { const event = new ClipboardEvent('copy', {bubbles: true, cancelable: true}); return dispatchEvent(event); }"
    assert page.evaluate(copied) is False, "the copy event went through"
    _say(data, copy='"allow"')
    expect(text).to_have_attribute("data-copy", "allow")
    assert text.evaluate("element => getComputedStyle(element).userSelect") == "text"
    assert "lungs are clear" in _selected(page)

    # It is covered as the picture is.
    page.evaluate("dispatchEvent(new Event('blur'))")
    expect(page.locator("body")).to_have_attribute("data-cover", "blank")
    assert part.evaluate("element => getComputedStyle(element).visibility") == "hidden"
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(part).to_be_visible()

    # It goes at once with the permission, and with the session.
    _say(data, text='"pixels"')
    expect(part).to_be_hidden()
    assert "lungs are clear" not in page.content()
    work.settled()  # the picture stays
    _say(data, text='"text"')
    expect(text).to_contain_text("lungs are clear")
    _say(data, reveal='"spotlight"')
    expect(part).to_be_hidden()
    _say(data, reveal='"full"')
    expect(text).to_contain_text("lungs are clear")
    settings = ServerSettings(data=data)
    store = open_data(settings)
    session = work.session()
    open_sessions(settings, store).lock(session, "an admin locked it")
    expect(page.locator("#curtain")).to_be_visible()
    assert "lungs are clear" not in page.content()
    with store.read() as connection:
        pages = [each.page for each in readings.of(connection, session=session)]
    store.close()
    assert pages == [0, 1, 1, 1]
