"""Decisions as they are recorded, and read again to try other policies on them.

One decision is one JSON object: time (UTC seconds), user, role, roles, groups, project, purpose, mfa, credentials,
address, country, device, allowed, session, duration_s. Only user, role and allowed must be there. It is the payload of
an audit event, and a line of the file that `policy simulate --decisions` reads.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.audit.events import EventCode
from gateway.errors import Invalid
from gateway.store import recalling
from gateway.store.opening import Store
from policies.conditions import Facts
from policies.deciding import Request
from policies.simulating import Recorded
from policies.values import Device, Mfa

LATEST_S = 253_370_764_800  # the beginning of the year 9999: every time zone knows it
_ENDS = {EventCode.SESSION_END.value}
_DECISIONS = {EventCode.SESSION_START.value, EventCode.SESSION_DENIED.value}


class Line(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One recorded decision."""

    user: str
    role: str
    allowed: bool
    time: Annotated[float, Meta(ge=0, le=LATEST_S)] | None = None
    roles: tuple[str, ...] | None = None
    groups: tuple[str, ...] = ()
    project: str | None = None
    purpose: str = ""
    mfa: Mfa = Mfa.NONE
    credentials: frozenset[str] = frozenset()
    address: str | None = None
    country: str | None = None
    device: Device = Device.ANY
    session: str | None = None
    duration_s: Annotated[float, Meta(ge=0)] = 0.0


def asked(request: Request) -> dict[str, object]:
    """`request` as an audit payload keeps it."""
    facts = request.facts
    return {
        "time": facts.now,
        "user": request.user,
        "role": request.role,
        "roles": list(request.roles),
        "groups": list(request.groups),
        "project": request.project,
        "purpose": request.purpose,
        "mfa": facts.mfa.value,
        "credentials": sorted(facts.credentials),
        "address": facts.address,
        "country": facts.country,
        "device": facts.device.value,
    }


def from_lines(lines: Iterable[bytes], *, file: str) -> Iterator[Recorded]:
    """The decisions of a JSON Lines file. Errors: Invalid, naming the line."""
    decoder = msgspec.json.Decoder(Line)
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _recorded(decoder.decode(line))
            except (msgspec.DecodeError, msgspec.ValidationError) as error:
                raise Invalid(f"{file}:{number}: is no recorded decision: {error}") from error


def from_log(store: Store, since: float) -> list[Recorded]:
    """The decisions in the audit log from `since` (UTC seconds) on, oldest first; a session's lasted until now or its end.

    Decisions of a version that did not record what was asked are left out.
    """
    now = store.clock.now()
    found: list[Line] = []
    ended: dict[str, float] = {}
    for event in recalling.events_since(store, since, _DECISIONS | _ENDS):
        if event.action in _ENDS:
            if event.session:
                ended[event.session] = event.time
            continue
        for request in _requests(event.payload):
            request.allowed = event.action == EventCode.SESSION_START.value
            request.session = event.session
            request.time = event.time
            found.append(request)
    for line in found:
        if line.allowed and line.time is not None:
            line.duration_s = ended.get(line.session or "", now) - line.time
    return [_recorded(line) for line in found]


def _requests(payload: object) -> Iterator[Line]:
    if not isinstance(payload, dict):
        return
    for considered in (payload, *payload.get("considered", ())):
        if isinstance(considered, dict) and isinstance(considered.get("asked"), dict):
            yield msgspec.convert({**considered["asked"], "allowed": False}, Line)


def _recorded(line: Line) -> Recorded:
    facts = Facts(
        mfa=line.mfa,
        credentials=line.credentials,
        address=line.address,
        country=line.country,
        device=line.device,
        now=line.time,
    )
    request = Request(
        user=line.user,
        roles=(line.role,) if line.roles is None else line.roles,
        groups=line.groups,
        project=line.project,
        role=line.role,
        purpose=line.purpose,
        facts=facts,
    )
    return Recorded(request=request, allowed=line.allowed, session=line.session, duration_s=line.duration_s)


def to_line(recorded: Recorded) -> str:
    """`recorded` as a line of a JSON Lines file, without the line feed."""
    content = {
        **asked(recorded.request),
        "allowed": recorded.allowed,
        "session": recorded.session,
        "duration_s": recorded.duration_s,
    }
    return json.dumps(content, separators=(",", ":"))
