"""The frames that a browser got, and how they differ from the same frames drawn again."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from gateway.stream.wire import FrameType, Header, unpack
from viewer.render.frame import Codec


class Received:
    """Every picture that came to a page over its sockets. `frames`: number -> header and payload."""

    def __init__(self) -> None:
        self.frames: dict[int, tuple[Header, bytes]] = {}

    def listen(self, page: Page) -> None:
        """Keep what comes to `page` from now on."""
        page.on("websocket", lambda socket: socket.on("framereceived", self._keep))

    def check(self, again: Mapping[int, Path]) -> None:
        """Fail unless each file of `again` is what came under that number; a video's frames are not looked at."""
        drawn = {seq: file.read_bytes() for seq, file in again.items()}
        wrong = [
            _difference(self.frames[seq], payload, f"frame {seq}")
            for seq, payload in drawn.items()
            if self.frames[seq][0].codec is not Codec.VP8 and self.frames[seq][1] != payload
        ]
        assert not wrong, "\n".join(wrong)

    def _keep(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            header, payload = unpack(message)
            if header.type is FrameType.FRAME:
                self.frames[header.seq] = header, payload


def _difference(came: tuple[Header, bytes], drawn: bytes, name: str) -> str:
    header, payload = came
    name = f"{name} ({header.codec!r}, {header.width} x {header.height}, epoch {header.epoch})"
    first, second = (np.asarray(Image.open(io.BytesIO(each)), np.int16) for each in (payload, drawn))
    if first.shape != second.shape:
        return f"{name}: {first.shape} came, {second.shape} was drawn again"
    change = np.abs(first - second).reshape(*first.shape[:2], -1).max(axis=-1)
    at = np.argwhere(change)
    if not len(at):
        return f"{name}: the same pixels, coded as {len(payload)} and {len(drawn)} bytes"
    top, left, bottom, right = *at.min(axis=0), *at.max(axis=0)
    return f"{name}: {len(at)} pixels differ by up to {change.max()} levels, columns {left} to {right}, rows {top} to {bottom}"
