"""Clients of remote desktops that turn the wheel, take what comes, and decode none of it."""

import asyncio
import struct
import zlib
from typing import Any, Protocol

_START_S = 60.0
_AT = 300  # where on the slice the wheel is turned, px


class Client(Protocol):
    """`news` is set whenever an update of the picture is whole; `size` counts the bytes that came."""

    news: asyncio.Event
    size: int

    def wheel(self) -> None:
        """Turn the wheel by one notch."""

    def close(self) -> None:
        """Leave."""


class Rfb:
    """RFB 3.8 (RFC 6143) with Tight, as TigerVNC's own viewer asks for it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.news, self.size = asyncio.Event(), 0
        self._reader, self._writer = reader, writer
        self._width = self._height = 0
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, port: int) -> "Rfb":
        """A client that has asked for its first picture."""
        made = cls(*await asyncio.open_connection("127.0.0.1", port))
        await made._agree()
        made._task = asyncio.create_task(made._run())
        return made

    async def _take(self, size: int) -> bytes:
        self.size += size
        return await self._reader.readexactly(size)

    async def _agree(self) -> None:
        await self._take(12)
        self._writer.write(b"RFB 003.008\n")
        await self._take((await self._take(1))[0])
        self._writer.write(b"\x01")  # no password
        await self._take(4)
        self._writer.write(b"\x01")
        self._width, self._height = struct.unpack(">HH", await self._take(4))
        (length,) = struct.unpack(">16xI", await self._take(20))
        await self._take(length)
        self._writer.write(struct.pack(">BxxxBBBBHHHBBBxxx", 0, 32, 24, 0, 1, 255, 255, 255, 16, 8, 0))
        wanted = (7, 1, 0, -224, -26, -254)  # Tight, CopyRect, Raw, LastRect; quality 6, compression 2
        self._writer.write(struct.pack(f">BxH{len(wanted)}i", 2, len(wanted), *wanted))
        self._ask(whole=True)

    def _ask(self, *, whole: bool) -> None:
        self._writer.write(struct.pack(">BBHHHH", 3, not whole, 0, 0, self._width, self._height))

    def wheel(self) -> None:
        for buttons in (1 << 4, 0):
            self._writer.write(struct.pack(">BBHH", 5, buttons, _AT, _AT))

    def close(self) -> None:
        assert self._task is not None
        self._task.cancel()
        self._writer.close()

    async def _run(self) -> None:
        while True:
            kind = (await self._take(1))[0]
            if kind == 0:
                await self._update()
            elif kind == 3:
                (length,) = struct.unpack(">3xI", await self._take(7))
                await self._take(length)
            elif kind != 2:  # the bell
                raise AssertionError(f"an RFB message of kind {kind}")

    async def _update(self) -> None:
        (count,) = struct.unpack(">xH", await self._take(3))
        for _ in range(count):
            _, _, width, height, encoding = struct.unpack(">HHHHi", await self._take(12))
            if encoding == -224:
                break
            if encoding == 7:
                await self._tight(width, height)
            else:
                await self._take({0: 4 * width * height, 1: 4}[encoding])
        self._ask(whole=False)
        self.news.set()

    async def _tight(self, width: int, height: int) -> None:
        control = (await self._take(1))[0]
        kind, size = control >> 4, 3 * width * height
        if kind == 8:
            await self._take(3)
            return
        if kind < 8 and kind & 4 and (await self._take(1))[0] == 1:  # a palette
            colours = (await self._take(1))[0] + 1
            await self._take(3 * colours)
            size = (width + 7) // 8 * height if colours == 2 else width * height
        await self._take(await self._length() if kind == 9 or size >= 12 else size)

    async def _length(self) -> int:
        length = 0
        for shift in (0, 7, 14):
            part = (await self._take(1))[0]
            length |= (part & 0x7F if shift < 14 else part) << shift
            if shift < 14 and not part & 0x80:
                break
        return length


class Xpra:
    """xpra 3, bencoded packets, as its own HTML5 client speaks."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.news, self.size = asyncio.Event(), 0
        self._reader, self._writer = reader, writer
        self._window = 0
        self._place = (0, 0)
        self._parts: dict[int, bytes] = {}
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, port: int) -> "Xpra":
        """A client that has the slideshow's window open."""
        made = cls(*await asyncio.open_connection("127.0.0.1", port))
        made._say("hello", _CAPABILITIES)
        made._task = asyncio.create_task(made._run())
        async with asyncio.timeout(_START_S):
            await made.news.wait()
        return made

    def _say(self, *packet: object) -> None:
        data = bencoded(list(packet))
        self._writer.write(struct.pack(">BBBBI", ord("P"), 0, 0, 0, len(data)) + data)

    def wheel(self) -> None:
        at = [self._place[0] + _AT, self._place[1] + _AT]
        for pressed in (True, False):
            self._say("button-action", self._window, 5, pressed, at, [], [])

    def close(self) -> None:
        assert self._task is not None
        self._task.cancel()
        self._writer.close()

    async def _run(self) -> None:
        while True:
            magic, _, level, index, length = struct.unpack(">BBBBI", await self._reader.readexactly(8))
            assert magic == ord("P"), "not an xpra packet"
            data = await self._reader.readexactly(length)
            self.size += 8 + length
            data = zlib.decompress(data) if level else data
            if index:  # an item of the packet that comes behind it
                self._parts[index] = data
                continue
            packet, _ = bdecoded(data, 0)
            for place, part in self._parts.items():
                packet[place] = part
            self._parts = {}
            self._heed(packet)

    def _heed(self, packet: list[Any]) -> None:
        match packet[0]:
            case b"ping":
                self._say("ping_echo", packet[1], 0, 0, 0, 0)
            case b"new-window":
                _, self._window, x, y, width, height, *_ = packet
                self._place = (x, y)
                self._say("map-window", self._window, x, y, width, height, {})
                self._say("focus", self._window, [])
            case b"draw":
                _, window, _, _, width, height, _, _, sequence, _, *options = packet
                self._say("damage-sequence", sequence, window, width, height, 3000, "")
                if not (options and options[0].get(b"flush")):
                    self.news.set()
            case b"disconnect":
                raise AssertionError(f"xpra ends it: {packet[1:]}")


_SIZE = [1024, 768]
_ENCODINGS = ["jpeg", "png", "rgb24", "rgb32", "webp"]
_CAPABILITIES: dict[str, object] = {
    "version": "3.1.3", "client_type": "HTML5", "platform": "linux2", "uuid": "0" * 32, "share": True, "steal": False,
    "username": "", "session-type": "bench", "namespace": True, "zlib": True, "lz4": False, "lzo": False, "compression_level": 1,
    "bencode": True, "rencode": False, "yaml": False, "digest": ["hmac+sha256"], "salt-digest": ["hmac+sha256"],
    "encodings": _ENCODINGS, "encodings.core": _ENCODINGS, "encoding.generic": True, "encodings.rgb_formats": ["RGBX", "RGBA", "RGB"],
    "encoding.flush": True, "encoding.client_options": True, "encoding.eos": True, "encoding.rgb_lz4": False, "auto_refresh_delay": 500,
    "windows": True, "keyboard": True, "mouse": True, "desktop_size": _SIZE, "desktop_mode_size": _SIZE,
    "screen_sizes": [["bench", *_SIZE, 300, 200, []]], "dpi": 96, "xkbmap_layout": "us", "xkbmap_keycodes": [], "ping": True,
}  # fmt: skip


def bencoded(value: object) -> bytes:
    """`value` as xpra writes it: a true is 1, a text is bytes, keys are in order."""
    match value:
        case int():
            return b"i%de" % value
        case str():
            return bencoded(value.encode())
        case bytes():
            return b"%d:%s" % (len(value), value)
        case list():
            return b"l%se" % b"".join(map(bencoded, value))
        case dict():
            return b"d%se" % b"".join(bencoded(key) + bencoded(value[key]) for key in sorted(value))
    raise TypeError(f"`{value!r}` can't be bencoded")


def bdecoded(data: bytes, start: int) -> tuple[Any, int]:
    """The value that begins at `start`, and where it ends."""
    kind = data[start : start + 1]
    if kind == b"i":
        stop = data.index(b"e", start)
        return int(data[start + 1 : stop]), stop + 1
    if kind in (b"l", b"d"):
        items, at = [], start + 1
        while data[at : at + 1] != b"e":
            item, at = bdecoded(data, at)
            items.append(item)
        return (items if kind == b"l" else dict(zip(items[::2], items[1::2], strict=True))), at + 1
    colon = data.index(b":", start)
    stop = colon + 1 + int(data[start:colon])
    return data[colon + 1 : stop], stop
