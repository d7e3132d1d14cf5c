"""The controls that a session was given, parsed once, and held once for all sessions that have the same."""

from collections import OrderedDict
from dataclasses import replace
from typing import NamedTuple

import msgspec

from gateway.store.sessions import SessionRow
from policies.controls import Controls

_KEPT = 1024


class _Known(NamedTuple):
    """`given`: the dict that was parsed; kept, so that its id stays its own."""

    given: dict[str, object]
    controls: Controls


_by_id: OrderedDict[int, _Known] = OrderedDict()  # a row is never changed: the very same dict means the same
_by_content: OrderedDict[bytes, _Known] = OrderedDict()


def controls_of(session: SessionRow) -> Controls:
    """The composed controls in force for `session`."""
    known = _by_id.get(id(session.controls))
    if known is not None and known.given is session.controls:
        return known.controls
    shared = _shared(session.controls)
    if shared.given is session.controls:  # of a settled row: the others come once, and are not worth a place
        _by_id[id(shared.given)] = shared
        if len(_by_id) > _KEPT:
            _by_id.popitem(last=False)
    return shared.controls


def settled(session: SessionRow) -> SessionRow:
    """`session` for long: its controls are the dict that every session with the same ones holds."""
    return replace(session, controls=_shared(session.controls).given)


def _shared(given: dict[str, object]) -> _Known:
    content = msgspec.json.encode(given, order="sorted")
    known = _by_content.get(content)
    if known is None:
        known = _by_content[content] = _Known(given, Controls.from_dict(given))
        if len(_by_content) > _KEPT:
            _by_content.popitem(last=False)
    return known
