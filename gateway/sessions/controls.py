"""The controls that a session was given, parsed once."""

from collections import OrderedDict

from gateway.store.sessions import SessionRow
from policies.controls import Controls

_KEPT = 1024
_parsed: OrderedDict[int, tuple[dict[str, object], Controls]] = OrderedDict()


def controls_of(session: SessionRow) -> Controls:
    """The composed controls in force for `session`."""
    # A row is never changed, so the very same dict means the same controls; it is kept, so that its id stays its own.
    known = _parsed.get(id(session.controls))
    if known is not None and known[0] is session.controls:
        return known[1]
    controls = Controls.from_dict(session.controls)
    _parsed[id(session.controls)] = (session.controls, controls)
    if len(_parsed) > _KEPT:
        _parsed.popitem(last=False)
    return controls
