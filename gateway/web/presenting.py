"""The presentation states of an item: which one a view is shown by, and what a client is told of them."""

from collections.abc import Sequence

import msgspec

from gateway.store import states
from gateway.store.opening import Store
from gateway.store.states import Shown
from gateway.workers.rendering import Presented
from viewer.errors import ViewError
from viewer.masking.state import Appearance
from viewer.render.view import View


class States:
    """Those that speak of the frames of one item."""

    def __init__(self, found: Sequence[Shown] = ()) -> None:
        self._found = {each.id: each for each in found}

    def of(self, view: View) -> Presented | None:
        """How the frame of `view` is to look; None for its own way. Errors: ViewError for a state that does not speak of it."""
        if view.state is None:
            return None
        shown = self._found.get(view.state)
        look = shown.looks.get(view.frame) if shown is not None and view.cut is None else None
        if shown is None or look is None:
            raise ViewError("that presentation state is not of this picture")
        return Presented(shown.state, look)

    def told(self) -> list[dict[str, object]]:
        """As a Task message has them: their looks, each with the frames that look so."""
        return [_told(shown) for shown in self._found.values()]


def states_of(store: Store, item: str) -> States:
    """Those of `item`."""
    with store.read() as connection:
        return States(states.of_item(connection, item))


def _told(shown: Shown) -> dict[str, object]:
    frames: dict[int, list[int]] = {}
    looks: dict[int, Appearance] = {}
    for position, look in shown.looks.items():
        frames.setdefault(id(look), []).append(position)
        looks[id(look)] = look
    return {
        "id": shown.id,
        "label": shown.state.label,
        "turned": shown.state.turned,
        "mirrored": shown.state.mirrored,
        "looks": [_look(look, frames[name]) for name, look in looks.items()],
    }


def _look(look: Appearance, frames: list[int]) -> dict[str, object]:
    window = look.unsigned.windows[0] if look.unsigned.windows and not look.unsigned.voi_luts else None
    return {
        "frames": frames,
        "window": [window.center, window.width, window.function] if window else None,
        "area": look.area,
        "drawings": msgspec.to_builtins(look.drawings),
    }
