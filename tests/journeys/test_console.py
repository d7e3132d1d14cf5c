"""The console: policies by two admins, people, requests, and what reaches a live session; by keyboard, and clean for axe."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.accessibility import check_accessible
from tests.journeys.driving import Workstation, soon
from tests.journeys.serving import Server, isinglass

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def workers() -> int:
    """The admin may be on another process than who is looked at."""
    return 2


def test_two_admins_change_a_policy_and_it_reaches_a_live_session(
    server: Server, sign_in: Callable[..., Page]
) -> None:
    isinglass(server.data, "user", "add", "sue", "--role", "admin")
    ada, sam, sue = sign_in("ada"), sign_in("sam"), sign_in("sue")
    Workstation(ada).settled()
    expect(ada.locator("html")).to_have_attribute("data-print", "deny")

    sam.goto(f"{server.origin}/admin/policies")
    binds = sam.get_by_role("row", name="demo-annotators.toml")
    expect(binds.locator("td").nth(0)).to_contain_text("2 people ada, bo")
    expect(binds.locator("td").nth(1)).to_contain_text("1 session ada")
    expect(binds.get_by_role("link", name="Over the shoulder of ada")).to_be_visible()
    check_accessible(sam, "policies")
    sam.get_by_role("link", name="Edit demo-annotators.toml").press("Enter")
    text = sam.locator("#text")
    said = text.input_value()
    text.fill(said.replace('copy = "deny"', 'copy = "denny"'))
    wrong = sam.locator("#problems button")
    expect(wrong).to_contain_text("surface.copy: `denny` is not one of `deny`, `allow`")
    line = said.split("\n").index('copy = "deny"') + 1
    expect(sam.locator("#gutter [data-wrong]")).to_have_text(str(line))
    wrong.press("Enter")
    assert text.evaluate("t => t.value.slice(t.selectionStart, t.selectionEnd)") == 'copy = "denny"'
    check_accessible(sam, "an error at its line")
    sam.get_by_role("button", name="Propose it", exact=True).press("Enter")
    expect(sam.get_by_role("alert")).to_contain_text(f"demo-annotators.toml:{line}: surface.copy")

    sam.locator("#text").fill(
        said.replace('print = "deny"', 'print = "allow"').replace("one-person", "two-person")
    )
    sam.get_by_role("button", name="Try it").press("Enter")
    effect = sam.locator("#effect-of-it")
    expect(effect).to_contain_text("ada, bo")
    expect(effect).to_contain_text("would get other controls")
    expect(effect).to_contain_text("0 of 3 sessions would have been refused, 0 shortened")
    expect(effect.get_by_role("row", name="surface.print")).to_contain_text("looser")
    check_accessible(sam, "the effect")
    sam.get_by_role("button", name="Propose it", exact=True).press("Enter")
    expect(sam.get_by_text("waits for a second person")).to_be_visible()
    expect(sam.get_by_role("button", name="Approve")).to_have_count(0)
    check_accessible(sam, "a proposal")

    sue.goto(f"{server.origin}/admin/policies")
    sue.locator('[data-state="proposed"] a').press("Enter")
    expect(sue.locator(".diff")).to_contain_text('+print = "allow"')
    check_accessible(sue, "a version")
    sue.get_by_role("button", name="Approve").press("Enter")
    expect(sue.locator('tr[data-state="in force"]')).to_contain_text("sue: yes")
    expect(ada.locator("html")).not_to_have_attribute("data-print", "deny")


def test_a_script_that_comes_late_leaves_the_place_of_who_writes_already(
    server: Server, sign_in: Callable[..., Page]
) -> None:
    sam = sign_in("sam")
    sam.goto(f"{server.origin}/admin/policies")
    sam.get_by_role("link", name="Edit demo-annotators.toml").press("Enter")
    text = sam.locator("#text")
    said = text.input_value()
    text.fill(said.replace('copy = "deny"', 'copy = "denny"'))
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    sam.wait_for_load_state()  # so that it is the next page's that is held
    sam.route("**/static/editor.js", hold)
    propose = sam.get_by_role("button", name="Propose it", exact=True)
    propose.press("Enter")
    expect(sam.get_by_role("alert")).to_contain_text("surface.copy")
    assert soon(sam, lambda: bool(late))
    text.select_text()
    late[0].continue_()
    expect(sam.locator("#gutter [data-wrong]")).to_have_count(1)
    sam.keyboard.insert_text(said)
    expect(text).to_have_value(said)


def test_a_message_a_blank_and_a_lost_role_reach_the_person(
    server: Server, sign_in: Callable[..., Page]
) -> None:
    ada, sam = sign_in("ada"), sign_in("sam")
    Workstation(ada).settled()
    row = sam.locator("#sessions tr", has_text="ada")
    row.get_by_role("button", name="Write to ada").press("Enter")
    sam.locator("#tell-text").fill("please stop at noon")
    check_accessible(sam, "writing")
    sam.get_by_role("button", name="Send").press("Enter")
    expect(ada.locator(".notice", has_text="please stop at noon")).to_be_visible()

    row.get_by_role("button", name="Blank the picture of ada").press("Enter")
    expect(row).to_have_attribute("data-state", "locked")
    expect(ada.get_by_text("an admin blanked the picture")).to_be_visible()

    sam.goto(f"{server.origin}/admin/people")
    check_accessible(sam, "people")
    sam.get_by_label("Credential for ada").fill("nda")
    sam.get_by_role("button", name="Give it to ada").press("Enter")
    expect(sam.get_by_role("status")).to_have_text("ada has the credential nda.")
    sam.get_by_role("button", name="Take nda from ada").press("Enter")
    expect(sam.locator('.chip[data-state="revoked"]')).to_be_visible()
    sam.get_by_label("Roles of ada").fill("nobody")
    sam.get_by_role("button", name="Change ada").press("Enter")
    expect(sam.get_by_role("alert")).to_contain_text("there is no role `nobody`")

    sam.goto(f"{server.origin}/admin/audit?q=ada")
    expect(sam.locator("#events")).to_contain_text("session.message")
    expect(sam.locator("#events")).to_contain_text("credential.revoke")
    check_accessible(sam, "the audit log")
