"""One frame as it differs from the frame before it: which slice, place, size, window and encoding, exactly."""

from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

import msgspec

from gateway.errors import Invalid
from gateway.stream.compact import Reader, put_count, put_float, put_step
from viewer.imaging.presentation import Window, WindowFunction
from viewer.render.frame import Encoding
from viewer.render.view import Spot, View

# What differs, one bit each. The first five cost no second byte.
SLICE, PLACE, ENCODING, WINDOW, EPOCH, SIZE, GAP, REST, SPOT = (1 << bit for bit in range(9))

_FUNCTIONS = list(WindowFunction)
_CODED = {"item", "frame", "width", "height", "x", "y", "scale", "window", "invert", "spot"}
# Fields that this module has no short way for are written as JSON when they change: none is ever left out.
_MORE_OF_VIEW = tuple(name for name in View.__struct_fields__ if name not in _CODED)
_more_of_view = attrgetter(*_MORE_OF_VIEW)  # a tuple: there are several
_MORE_OF_ENCODING = tuple(
    f.name for f in fields(Encoding) if f.name not in {"lossless", "quality", "shrink", "video"}
)
_MAX_REST = 4096


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that was handed to the socket, `at` UTC milliseconds.

    `exact`: it held every drawn level at the viewport's own size. `epoch`: of the watermark. `trace`: of its
    payload, `MarkedFrame.trace`.
    """

    seq: int
    at: int
    view: View
    encoding: Encoding
    exact: bool
    epoch: int
    trace: bytes


class ViewState:
    """The frame before. Writer and reader of a segment each hold one, which starts at the same values."""

    def __init__(self, item: str) -> None:
        self.seq = -1
        self._view = View(item=item, frame=0, width=0, height=0, x=0.0, y=0.0, scale=1.0)
        self._encoding = Encoding(lossless=False)
        self._exact = False
        self._epoch = 0
        self._rest = _rest(self._view, self._encoding)

    # --- writing
    def put(self, shown: Shown) -> tuple[int, bytes]:
        """What differs, and its bytes. Errors: Invalid for another item than the one that the segment is about."""
        view, before = shown.view, self._view
        if view.item != before.item:
            raise Invalid("a segment is about one item")
        out, flags = bytearray(), 0
        if view.frame != before.frame:
            flags |= SLICE
            put_step(out, view.frame - before.frame)
        if (view.x, view.y, view.scale) != (before.x, before.y, before.scale):
            flags |= PLACE
            _put_floats(out, 0, (view.x, before.x), (view.y, before.y), (view.scale, before.scale))
        same = shown.encoding is self._encoding or shown.encoding == self._encoding
        if not same or shown.exact != self._exact:
            flags |= ENCODING
            self._put_encoding(out, shown)
        if view.window != before.window or view.invert != before.invert:
            flags |= WINDOW
            _put_window(out, view, before)
        flags |= self._put_rare(out, shown)
        self._keep(shown)
        return flags, bytes(out)

    def _put_rare(self, out: bytearray, shown: Shown) -> int:
        view, before, flags = shown.view, self._view, 0
        if shown.epoch != self._epoch:
            flags |= EPOCH
            put_step(out, shown.epoch - self._epoch)
        if (view.width, view.height) != (before.width, before.height):
            flags |= SIZE
            put_step(out, view.width - before.width)
            put_step(out, view.height - before.height)
        if shown.seq != self.seq + 1:
            flags |= GAP
            put_step(out, shown.seq - self.seq - 1)
        if view.spot != before.spot:
            flags |= SPOT
            _put_spot(out, view.spot, before.spot)
        more = _rest(view, shown.encoding)
        if more != self._rest:
            self._rest = more
            flags |= REST
            rest = msgspec.json.encode(more)
            put_count(out, len(rest))
            out += rest
        return flags

    def _put_encoding(self, out: bytearray, shown: Shown) -> None:
        """Quality; bits 0-1: shrink; 2: lossless; 3: exact; 4: of a video, whose rate follows."""
        coded = shown.encoding
        head = (coded.video > 0) << 4 | shown.exact << 3 | coded.lossless << 2
        out.append(coded.quality)
        _put_floats(out, head, (coded.shrink, self._encoding.shrink))
        if coded.video:
            put_count(out, coded.video)

    # --- reading
    def get(self, flags: int, reader: Reader, *, at: int, trace: bytes) -> Shown:
        """The frame whose difference `reader` stands at. Errors: Invalid if it is none that `put` wrote."""
        changes: dict[str, Any] = {}
        if flags & SLICE:
            changes["frame"] = self._view.frame + reader.step()
        if flags & PLACE:
            tags = reader.byte()
            for k, name in enumerate(("x", "y", "scale")):
                changes[name] = reader.float(tags >> 2 * k & 3, getattr(self._view, name))
        encoding, exact = self._get_encoding(reader) if flags & ENCODING else (self._encoding, self._exact)
        if flags & WINDOW:
            changes |= _get_window(reader, self._view)
        epoch = self._epoch + (reader.step() if flags & EPOCH else 0)
        if flags & SIZE:
            changes["width"] = self._view.width + reader.step()
            changes["height"] = self._view.height + reader.step()
        seq = self.seq + 1 + (reader.step() if flags & GAP else 0)
        if flags & SPOT:
            changes["spot"] = _get_spot(reader, self._view.spot)
        view = msgspec.structs.replace(self._view, **changes)
        if flags & REST:
            view, encoding = _get_rest(reader, view, encoding)
        shown = Shown(seq=seq, at=at, view=view, encoding=encoding, exact=exact, epoch=epoch, trace=trace)
        self._keep(shown)
        return shown

    def _get_encoding(self, reader: Reader) -> tuple[Encoding, bool]:
        quality, head = reader.byte(), reader.byte()
        shrink = reader.float(head & 3, self._encoding.shrink)
        lossless, video = bool(head >> 2 & 1), reader.count() if head >> 4 & 1 else 0
        coded = replace(self._encoding, lossless=lossless, quality=quality, shrink=shrink, video=video)
        return coded, bool(head >> 3 & 1)

    def _keep(self, shown: Shown) -> None:
        self.seq, self._epoch, self._exact = shown.seq, shown.epoch, shown.exact
        self._view, self._encoding = shown.view, shown.encoding


def _put_floats(out: bytearray, head: int, *pairs: tuple[float, float]) -> None:
    """A byte that says how each of `pairs` (value, before) is written, two bits each, with `head` in it; then they."""
    at = len(out)
    out.append(0)
    for k, (value, before) in enumerate(pairs):
        head |= put_float(out, value, before) << 2 * k
    out[at] = head


def _put_window(out: bytearray, view: View, before: View) -> None:
    """Bits 0-3: centre and width; 4-5: function; 6: there is a window; 7: inverted."""
    if view.window is None:
        out.append(view.invert << 7)
        return
    center, width = (before.window.center, before.window.width) if before.window else (0.0, 0.0)
    head = view.invert << 7 | 1 << 6 | _FUNCTIONS.index(view.window.function) << 4
    _put_floats(out, head, (view.window.center, center), (view.window.width, width))


def _get_window(reader: Reader, before: View) -> dict[str, Any]:
    head = reader.byte()
    if not head >> 6 & 1:
        return {"window": None, "invert": bool(head >> 7)}
    center, width = (before.window.center, before.window.width) if before.window else (0.0, 0.0)
    if head >> 4 & 3 >= len(_FUNCTIONS):
        raise Invalid("a record of what was shown is damaged")
    window = Window(
        center=reader.float(head & 3, center),
        width=reader.float(head >> 2 & 3, width),
        function=_FUNCTIONS[head >> 4 & 3],
    )
    return {"window": window, "invert": bool(head >> 7)}


def _put_spot(out: bytearray, spot: Spot | None, before: Spot | None) -> None:
    """A byte: whether there is one; then place and detail, and the radius."""
    out.append(spot is not None)
    if spot is not None:
        x, y, detail = (before.x, before.y, before.detail) if before else (0.0, 0.0, 1.0)
        _put_floats(out, 0, (spot.x, x), (spot.y, y), (spot.detail, detail))
        put_step(out, spot.radius - (before.radius if before else 0))


def _get_spot(reader: Reader, before: Spot | None) -> Spot | None:
    if not reader.byte():
        return None
    x, y, detail = (before.x, before.y, before.detail) if before else (0.0, 0.0, 1.0)
    tags = reader.byte()
    x, y = reader.float(tags & 3, x), reader.float(tags >> 2 & 3, y)
    detail = reader.float(tags >> 4 & 3, detail)
    return Spot(x=x, y=y, detail=detail, radius=(before.radius if before else 0) + reader.step())


def _rest(view: View, encoding: Encoding) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    return _more_of_view(view), tuple([getattr(encoding, name) for name in _MORE_OF_ENCODING])


def _get_rest(reader: Reader, view: View, encoding: Encoding) -> tuple[View, Encoding]:
    size = reader.count()
    if size > _MAX_REST:
        raise Invalid("a record of what was shown is damaged")
    try:
        of_view, of_encoding = msgspec.json.decode(reader.take(size))
        if len(of_view) > len(_MORE_OF_VIEW):
            raise Invalid("a record of what was shown is of a later version")
        # A record of an earlier version has fewer fields: those that came since stay as they were.
        told = {**msgspec.to_builtins(view), **dict(zip(_MORE_OF_VIEW, of_view, strict=False))}
        names = dict(zip(_MORE_OF_ENCODING, of_encoding, strict=True))
        kinds = msgspec.to_builtins(encoding)
        return msgspec.convert(told, View), msgspec.convert({**kinds, **names}, Encoding)
    except (ValueError, TypeError, msgspec.MsgspecError) as error:
        raise Invalid("a record of what was shown is damaged") from error
