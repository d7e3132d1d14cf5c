"""The controls that a session was given, parsed once."""

import json
from functools import lru_cache

from gateway.store.sessions import SessionRow
from policies.controls import Controls


def controls_of(session: SessionRow) -> Controls:
    """The composed controls in force for `session`."""
    return _parse(json.dumps(session.controls, sort_keys=True))


@lru_cache(maxsize=1024)
def _parse(text: str) -> Controls:
    return Controls.from_dict(json.loads(text))
