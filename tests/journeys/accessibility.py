"""What axe finds to mend on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def check_accessible(page: Page, state: str) -> None:
    """Nothing is to be mended on the page in this `state`; its style sheets are there before it is looked at."""
    page.wait_for_load_state()  # its text can be read before: without style, links have the browser's colours
    found = Axe().run(page)
    assert found.response["passes"], f"axe looked at nothing: {state}"
    assert not found.response["violations"], f"{state}\n{found.generate_report()}"
