"""What a page without a stream noticed of its surface: a copy key, a lost focus, developer tools; in the audit log as a stream's would be."""

from starlette.responses import JSONResponse, Response

from gateway.audit.events import WORDS, EventCode
from gateway.errors import Invalid
from gateway.sessions.controls import controls_of
from gateway.store.sessions import event_of
from gateway.stream.tampering import halt
from gateway.web.routing import Visit
from gateway.web.services import Services

# What only a stream can say: that somebody is there, and what the server made of what the page said.
_OF_STREAMS = frozenset(("activity", "tampered", "silent", "unproven"))
_NOTICED = WORDS["signal"] - _OF_STREAMS


def notice(services: Services, visit: Visit) -> Response:
    """Record the `signal` of the form; where the policy wants it, developer tools lock or end the session. Errors: Invalid."""
    signal, session = visit.form.get("signal", ""), visit.holder
    if signal not in _NOTICED:
        raise Invalid("a page notices nothing of that name")
    with services.store.write() as tx:
        tx.append(event_of(session, EventCode.CLIENT_SIGNAL, details={"signal": signal}))
    found = halt(controls_of(session), signal=signal)
    if found is None:
        return JSONResponse({"over": False})
    if found.ends:
        services.sessions.end(session.id, found.reason, by=session.user)
    else:
        services.sessions.lock(session.id, found.reason)
    return JSONResponse({"over": True})
