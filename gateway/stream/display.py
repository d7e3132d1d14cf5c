"""What a session's controls leave of a view that was asked for: a smaller picture, its own window, a spotlight.

Nothing is refused here: a client that asks for more gets less, and the ledger says what it got.
"""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from gateway.stream.messages import Look
from policies.controls import Controls
from policies.values import Reveal, Windowing
from viewer.imaging.presentation import Window, WindowFunction
from viewer.render.frame import Encoding
from viewer.render.view import Spot, View


def may_show(look: Look, controls: Controls) -> bool:
    """Whether the pane and the section that `look` is about may be shown at all.

    Several panes would be several spotlights. Sections of a volume show each slice in full along a line, and step by
    step all of it: where the controls leave part of the detail, a section is none of it.
    """
    return (controls.reveal is Reveal.FULL or look.pane == 0) and (look.cut is None or may_cut(controls))


def may_cut(controls: Controls) -> bool:
    """Whether sections through a volume may be shown."""
    return controls.reveal is Reveal.FULL and controls.share_of_item >= 1 and controls.max_detail >= 1


def may_tell(controls: Controls) -> bool:
    """Whether exact values of pixels may be told: where all of the detail may be shown, and what was told is kept."""
    return controls.values_per_min > 0 and controls.record_views and may_cut(controls)


def bounded(look: Look, controls: Controls, windows: Sequence[Window]) -> View:
    """The view that is drawn for `look`; `windows` are the item's own."""
    return look.drawn(_window(look.window, controls, windows), _spot(look, controls))


def limited(encoding: Encoding, view: View, controls: Controls) -> Encoding:
    """`encoding`, shrunk so far that no side, zoom or detail is above the controls' limit; the client scales it up."""
    detail = controls.max_zoom if controls.max_detail >= 1 else min(controls.max_zoom, controls.max_detail)
    side = controls.max_side_px / max(view.width, view.height)
    shrink = min(encoding.shrink, side, detail / view.scale)
    return encoding if shrink == encoding.shrink else replace(encoding, shrink=shrink)


def _window(wanted: Window | None, controls: Controls, windows: Sequence[Window]) -> Window | None:
    if wanted is None or wanted in windows:
        return wanted
    if controls.windowing is Windowing.PRESETS:
        return None
    if wanted.width < controls.min_window_width:
        return msgspec.structs.replace(wanted, width=controls.min_window_width)
    return wanted


def _spot(look: Look, controls: Controls) -> Spot | None:
    if controls.reveal is not Reveal.SPOTLIGHT:
        return None
    x, y = look.pointer if look.pointer is not None else (look.x, look.y)
    radius = controls.spotlight_radius_px if look.pointer is not None else 0
    return Spot(x=x, y=y, radius=radius, detail=controls.spotlight_detail)


def windows_of(told: object) -> tuple[Window, ...]:
    """The item's own windows, of a task message."""
    rows = told if isinstance(told, list) else []
    return tuple(
        Window(center=center, width=width, function=WindowFunction(function))
        for center, width, function in rows
    )
