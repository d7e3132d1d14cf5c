"""The text beside the picture of a document: the letters of the page that the first pane shows, one page at a time."""

from gateway.stream.codec import encode
from gateway.stream.coverage import Coverage
from gateway.stream.effects import Effect, Exposure, Reading, ReadPage, Record, Send
from gateway.stream.replies import Page
from policies.controls import Controls
from policies.delivering import sends_text

_SPENT = "You have seen as much of this document as your session's policies allow, so its text is not shown."


class Reader:
    """What was asked for, and what stands there. Nothing is sent but for the page that the last frame showed."""

    def __init__(self) -> None:
        self._page: ReadPage | None = None  # that the picture shows
        self._asked: ReadPage | None = None  # that is being looked up
        self._told = False  # the client was told of `_page`: it has its text, or why there is none
        self._spent = False  # a budget kept the text of `_page` back

    def follow(self, seen: Exposure, controls: Controls) -> list[Effect]:
        """The first pane shows `seen` of a document from now on."""
        if not sends_text(controls) or seen.view.cut is not None or seen.view.pane:
            return []
        page = ReadPage(seen.view.item, seen.view.frame, seen.digest)
        if page == self._page:
            return []
        self._page, self._told, self._spent = page, False, False
        return self._ask()

    def put(
        self, found: Page, controls: Controls, coverage: Coverage | None, now: float
    ) -> tuple[list[Effect], bool]:
        """What was looked up, if it is still the page on screen; and whether a budget kept its text back."""
        asked, self._asked = self._asked, None
        if asked is None or asked != self._page or self._told or not sends_text(controls):
            return (self._ask() if asked != self._page else []), False
        self._told = True
        if found.text is None:
            return [Send(encode(found))], False
        if coverage is not None and not coverage.allows_all(asked.frame, controls.share_of_item):
            self._spent = True
            return [Send(encode(Page(item=asked.item, frame=asked.frame, text=None, why=_SPENT)))], True
        if coverage is not None:
            coverage.see(asked.frame)
        size = len(found.text.encode())
        reading = Reading(item=asked.item, page=asked.frame, digest=asked.digest, size=size, time=now)
        return [Record(reading), Send(encode(found))], False

    def again(self) -> None:
        """The budget is open: what it kept back is looked up with the next frame."""
        if self._spent:
            self._page, self._told, self._spent = None, False, False

    def take_away(self) -> list[Effect]:
        """No text is shown any more, until a frame is."""
        told, self._told = self._told, False
        page, self._page = self._page, None
        return [Send(encode(Page(item=page.item, frame=page.frame, text=None)))] if page and told else []

    def _ask(self) -> list[Effect]:
        """One page is looked up at a time; the pages that were only leafed through meanwhile are not."""
        if self._asked is not None or self._page is None or self._told:
            return []
        self._asked = self._page
        return [self._page]
