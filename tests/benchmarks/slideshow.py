"""An X client that shows one slice after the other: `python -m tests.benchmarks.slideshow DISPLAY SLICES.npy`.

The slices lie on the X server as pixmaps, and a turn of the wheel is one CopyArea: what is measured is the desktop's server, not this.
X Window System Protocol, version 11, little-endian, by hand: there is no X library among what the project needs.
"""

import socket
import struct
import sys
from pathlib import Path

import numpy as np

WHEEL_DOWN = 5
_EXPOSE, _BUTTON_PRESS = 12, 4
_ROWS = 100  # of one PutImage: a request holds 256 KiB
_NAME, _STRING = 39, 31  # predefined atoms: WM_NAME, STRING


class Display:
    """A connection to the X server `number` of this machine; `root` and `depth` are its first screen's."""

    def __init__(self, number: int) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(f"/tmp/.X11-unix/X{number}")
        self._socket.sendall(struct.pack("<BxHHHHxx", ord("l"), 11, 0, 0, 0))
        accepted, length = struct.unpack("<B5xH", self.read(8))
        assert accepted == 1, "the X server does not let us in"
        setup = self.read(4 * length)
        self._next, vendor, formats = (
            struct.unpack_from("<I", setup, 4)[0],
            *struct.unpack_from("<H3xB", setup, 16),
        )
        screen = 32 + (vendor + 3) // 4 * 4 + 8 * formats
        (self.root,) = struct.unpack_from("<I", setup, screen)
        self.depth = setup[screen + 38]

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes."""
        held = b""
        while len(held) < size:
            more = self._socket.recv(size - len(held))
            if not more:
                raise EOFError
            held += more
        return held

    def name(self) -> int:
        """A new resource id."""
        self._next += 1
        return self._next

    def say(self, opcode: int, detail: int, body: bytes) -> None:
        """One request."""
        body += b"\0" * (-len(body) % 4)
        self._socket.sendall(struct.pack("<BBH", opcode, detail, 1 + len(body) // 4) + body)

    def window(self, side: int, title: bytes) -> int:
        """A mapped window of `side` x `side` that hears of the mouse's buttons."""
        window, events = self.name(), 1 << 2 | 1 << 15
        self.say(
            1, 0, struct.pack("<IIhhHHHHIII", window, self.root, 0, 0, side, side, 0, 1, 0, 0x800, events)
        )
        self.say(18, 0, struct.pack("<IIIBxxxI", window, _NAME, _STRING, 8, len(title)) + title)
        self.say(8, 0, struct.pack("<I", window))
        return window

    def context(self, drawable: int) -> int:
        """A graphics context."""
        made = self.name()
        self.say(55, 0, struct.pack("<III", made, drawable, 0))
        return made

    def pixmap(self, drawable: int, context: int, grey: np.ndarray) -> int:
        """A picture on the server."""
        made = self.name()
        rows, columns = grey.shape
        self.say(53, self.depth, struct.pack("<IIHH", made, drawable, columns, rows))
        for top in range(0, rows, _ROWS):
            part = np.repeat(grey[top : top + _ROWS, :, np.newaxis], 4, axis=2)
            head = struct.pack("<IIHHhhBBxx", made, context, columns, len(part), 0, top, 0, self.depth)
            self.say(72, 2, head + part.tobytes())
        return made


def main() -> None:
    display = Display(int(sys.argv[1]))
    slices = np.load(Path(sys.argv[2]))
    side = slices.shape[1]
    window = display.window(side, b"slideshow")
    context = display.context(window)
    pictures = [display.pixmap(window, context, each) for each in slices]
    print("ready", flush=True)
    shown = 0
    while True:
        event = display.read(32)
        kind = event[0] & 0x7F
        assert kind, f"the X server refuses a request: {event.hex()}"
        if kind == _BUTTON_PRESS and event[1] == WHEEL_DOWN:
            shown += 1
        elif kind != _EXPOSE:
            continue
        picture = pictures[shown % len(pictures)]
        display.say(62, 0, struct.pack("<IIIhhhhHH", picture, window, context, 0, 0, 0, 0, side, side))


if __name__ == "__main__":
    main()
