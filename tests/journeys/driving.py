"""A workstation in a real browser, driven: what a person does there, and what can be read off it."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import Page, expect

from tests.journeys.serving import PATIENCE_S

READ_CANVAS = """() => {
  const canvas = document.querySelector('#frame');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let text = '';
  for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768));
  return [canvas.width, canvas.height, btoa(text), Number(document.body.dataset.frameSeq)];
}"""


def soon(page: Page, seen: Callable[[], bool], patience_s: float = PATIENCE_S) -> bool:
    """Whether it is seen within `patience_s`, while `page` goes on: for what its policy lets no script in it wait for, or is not in it."""
    deadline = time.monotonic() + patience_s
    while not seen():
        if time.monotonic() > deadline:
            return False
        page.wait_for_timeout(50)
    return True


@dataclass(frozen=True, slots=True)
class Workstation:
    """The page `/work` of somebody who is signed in."""

    page: Page

    def canvas(self) -> np.ndarray:
        """The pixels on the frame canvas: (height, width, 4) uint8."""
        return self.frame()[0]

    def frame(self) -> tuple[np.ndarray, int]:
        """The pixels, and the number of the frame that they are of, read at one moment."""
        width, height, encoded, seq = self.page.evaluate(READ_CANVAS)
        return np.frombuffer(base64.b64decode(encoded), np.uint8).reshape(height, width, 4), seq

    def session(self) -> str:
        """The id of the session, as in the watermark."""
        return str(self.page.evaluate("document.body.dataset.session"))

    def settled(self) -> None:
        """Wait for the lossless frame of the view on screen."""
        expect(self.page.locator("#quality")).to_have_attribute("data-lossless", "true")

    def saved(self) -> None:
        """Wait until the server has confirmed all."""
        expect(self.page.locator("#save-state")).to_have_text("Saved")

    def shows(self, count: int) -> None:
        """Wait for the list of `count` annotations."""
        expect(self.page.locator("#annotations [data-annotation]")).to_have_count(count)

    def keeps(self, count: int) -> None:
        """Wait for the list of `count` annotations, all of them saved."""
        self.shows(count)
        self.saved()

    def slice(self, text: str) -> None:
        """Wait for the slice, such as `1 / 12`."""
        expect(self.page.locator("#slice")).to_have_text(text)

    def centre(self) -> tuple[float, float]:
        """The middle of the picture, CSS pixels of the page."""
        box = self.page.locator("#overlay").bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(self, start: tuple[float, float], by: tuple[float, float], button: str = "left") -> None:
        """Press, move in two steps, let go."""
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down(button=button)  # type: ignore[arg-type]
        mouse.move(start[0] + by[0] / 2, start[1] + by[1] / 2)
        mouse.move(start[0] + by[0], start[1] + by[1])
        mouse.up(button=button)  # type: ignore[arg-type]

    def draw_box(self, dx: float = -60, dy: float = -60, size: float = 70) -> None:
        """A box whose corner is (dx, dy) from the middle."""
        self.page.locator("#tool-box").click()
        x, y = self.centre()
        self.drag((x + dx, y + dy), (size, size * 0.8))
