"""What Chromium decodes is what was marked, to the pixel."""

import base64
import shutil

import numpy as np
import pytest
from playwright.sync_api import Playwright

from viewer.imaging.presentation import Presentation
from viewer.masking.image import MaskedFrame
from viewer.render.drawing import levels
from viewer.render.frame import Encoding, render
from viewer.render.mark import make_mark
from viewer.render.view import View

DECODE = """
async (encoded) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  return Array.from(context.getImageData(0, 0, picture.width, picture.height).data);
}
"""


@pytest.mark.browser
@pytest.mark.parametrize("shape", [(61, 83), (61, 83, 3)])
def test_chromium_decodes_a_lossless_frame_exactly(playwright: Playwright, shape: tuple[int, ...]) -> None:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    pixels = np.random.default_rng(5).integers(0, 256, shape, np.uint8)
    frame = MaskedFrame(
        pixels=pixels,
        offset=0,
        presentation=Presentation(photometric="RGB" if len(shape) == 3 else "MONOCHROME2"),
    )
    view = View(item="i", frame=0, width=83, height=61, x=41.5, y=30.5, scale=1.0)
    mark = make_mark(width=83, height=61, text="ada", opacity=0.14, epoch=1)
    payload = render(view, frame, mark, Encoding(lossless=True)).payload
    browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
    decoded = browser.new_page().evaluate(DECODE, base64.b64encode(payload).decode())
    browser.close()
    seen = np.array(decoded, np.uint8).reshape(61, 83, 4)
    plain = levels(view, frame, width=83, height=61).reshape(61, 83, -1).astype(int)
    expected = np.clip(np.clip(plain + mark.add[..., None], 0, 255) - mark.subtract[..., None], 0, 255)
    assert np.array_equal(seen[..., :3], np.broadcast_to(expected, (61, 83, 3)))
    assert (seen[..., 3] == 255).all()
