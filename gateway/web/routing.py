"""The table of routes: each row names who may call it, and nothing is reachable that has no row.

The dispatcher does, in this order: exact host, exact origin (for anything that changes state), size of the body, session, permission,
CSRF token. A handler is a plain function on a thread: it sees a `Visit` and gives back a response.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.errors import Conflict, Denied, GatewayError, Invalid, NotFound
from gateway.identity.cookies import SESSION_COOKIE
from gateway.sessions.controls import controls_of
from gateway.sessions.placing import Visitor
from gateway.store.sessions import SessionRow
from gateway.web.services import Services
from policies.actions import Action
from policies.deciding import permits

IDLE = "x-idle"  # on a request that no hand made, such as a page that asks anew: it keeps no session awake
TOUCH_S = 5.0  # the session's last input is written at most so often
MAX_BODY_BYTES = 65_536  # a form of ours is under 2 kB

_STATUS: tuple[tuple[type[GatewayError], int], ...] = (
    (Denied, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Invalid, 400),
)


NOBODY = Visitor(address="", agent="")


class Access(StrEnum):
    """Who may call a route that is not guarded by a policy's action."""

    PUBLIC = "public"  # anyone who reaches the server: signing in
    KNOWN = "known"  # holds a session, even a locked one: unlock, sign out
    ACTIVE = "active"  # holds a session that is neither locked nor over


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request, parsed and checked. `form` holds text fields, or the top level of a JSON object."""

    path: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    visitor: Visitor = NOBODY
    session: SessionRow | None = None
    wants_json: bool = False
    host: str = ""
    upload: bytes = field(default=b"", repr=False)

    @property
    def holder(self) -> SessionRow:
        """The session of a route that needs one."""
        assert self.session is not None
        return self.session


Handler = Callable[[Services, Visit], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A route. `access` is an `Action` that the session's policy must allow, or an `Access`; `body_bytes` bounds a form.

    `upload_bytes`: above 0, the body is a file of at most so many bytes, not a form.
    """

    method: str
    path: str
    access: Access | Action
    handler: Handler
    body_bytes: int = MAX_BODY_BYTES
    upload_bytes: int = 0


def routes(services: Services, rows: tuple[Row, ...]) -> list[Route]:
    """Starlette routes for `rows`. Errors: TypeError if a row names no access: the server then does not start."""
    for row in rows:
        if not isinstance(row.access, Access | Action):
            raise TypeError(f"route {row.method} {row.path} names no access")
    return [Route(row.path, _endpoint(services, row), methods=[row.method]) for row in rows]


def _endpoint(services: Services, row: Row) -> Callable[..., object]:
    async def endpoint(request: Request) -> Response:
        wants_json = row.path.endswith(".json") or request.headers.get("accept", "").startswith(
            "application/json"
        )
        try:
            check_host(services, request.headers.get("host", ""))
            if row.method != "GET":
                check_origin(services, request.headers)
            if row.upload_bytes:
                # Only who may call it may send as much.
                turned_away = await run_sync(_admit, services, row, request)
                if turned_away is not None:
                    return turned_away
                upload = await _body(request, row.upload_bytes)
                return await run_sync(_answer, services, row, request, {}, upload)
            form = await _form(request, row.body_bytes) if row.method != "GET" else {}
            answer = await run_sync(_answer, services, row, request, form, b"")
        except GatewayError as error:
            return refusal(services, error, wants_json=wants_json)
        if row.method != "GET" and row.path.startswith("/admin/"):
            services.live.change()
        return answer

    endpoint.__name__ = row.handler.__name__
    return endpoint


def _admit(services: Services, row: Row, request: Request) -> Response | None:
    """Where a visitor goes who may not call `row`; None if they may. Errors: Denied."""
    token = request.cookies.get(SESSION_COOKIE, "")
    session = services.sessions.current(token, services.visitor(request)) if token else None
    turned_away = _turned_away(row, session, wants_json=True)
    if turned_away is None and session is not None:
        services.check_csrf(session, request.headers.get("x-csrf", ""))
    return turned_away


def _answer(
    services: Services, row: Row, request: Request, form: Mapping[str, str], upload: bytes
) -> Response:
    token = request.cookies.get(SESSION_COOKIE, "")
    visitor = services.visitor(request)
    session = services.sessions.current(token, visitor) if token else None
    wants_json = row.path.endswith(".json") or request.headers.get("accept", "").startswith(
        "application/json"
    )
    turned_away = _turned_away(row, session, wants_json=wants_json)
    if turned_away is not None:
        return turned_away
    if row.method != "GET" and session is not None and row.access is not Access.PUBLIC:
        services.check_csrf(session, request.headers.get("x-csrf") or form.get("csrf", ""))
    if session is not None and row.access is not Access.PUBLIC and IDLE not in request.headers:
        _note_input(services, session)
    visit = Visit(
        path=dict(request.path_params),
        form=form,
        query=dict(request.query_params),
        visitor=visitor,
        session=session,
        wants_json=wants_json,
        host=request.headers.get("host", ""),
        upload=upload,
    )
    return row.handler(services, visit)


def _note_input(services: Services, session: SessionRow) -> None:
    now = services.clock.now()
    if session.state == "active" and now - session.last_input >= TOUCH_S:
        services.store.touch(session.id, now)


def _turned_away(row: Row, session: SessionRow | None, *, wants_json: bool) -> Response | None:
    """Where a visitor without the needed session goes, or None if they may pass. Errors: Denied."""
    if row.access is Access.PUBLIC:
        return None
    if session is None:
        return (
            JSONResponse({"error": "sign in first"}, 401) if wants_json else RedirectResponse("/sign-in", 303)
        )
    if row.access is Access.KNOWN:
        return None
    if session.state == "locked":
        return (
            JSONResponse({"error": "the session is locked"}, 401)
            if wants_json
            else RedirectResponse("/unlock", 303)
        )
    if isinstance(row.access, Action) and not permits(controls_of(session), row.access):
        raise Denied(f"your session's policies do not allow `{row.access.value}`")
    return None


def check_host(services: Services, host: str) -> None:
    """Errors: Invalid unless `host` is one of ours, which stops DNS rebinding."""
    if host not in services.hosts:
        names = " or ".join(f"`{origin}`" for origin in sorted(services.origins))
        raise Invalid(f"this server answers as {names} only")


def check_origin(services: Services, headers: Mapping[str, str]) -> None:
    """Errors: Denied unless the request comes from our own page.

    With `Referrer-Policy: no-referrer` a browser sends `Origin: null` for our own form posts (Fetch, "append a request Origin
    header"); `Sec-Fetch-Site`, which no script can set, then tells them apart.
    """
    origin = headers.get("origin")
    if origin in services.origins:
        return
    if origin == "null" and headers.get("sec-fetch-site") == "same-origin":
        return
    raise Denied("this request did not come from this server's own page")


async def _body(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Invalid(f"a request body may have at most {most:,} bytes")
    return bytes(body)


async def _form(request: Request, most: int) -> Mapping[str, str]:
    body = await _body(request, most)
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    try:
        if kind == "application/json":
            fields = json.loads(body or b"{}")
            if not isinstance(fields, dict):
                raise Invalid("the request body must be a JSON object")
            return {str(key): str(value) for key, value in fields.items()}
        return {
            key: values[-1]
            for key, values in parse_qs(body.decode(), keep_blank_values=True, max_num_fields=32).items()
        }
    except (ValueError, RecursionError) as error:
        raise Invalid("the request body can't be read") from error


def refusal(services: Services, error: GatewayError, *, wants_json: bool) -> Response:
    """What the person sees: the error's own words, never a traceback."""
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    if wants_json:
        return JSONResponse({"error": str(error)}, status)
    return services.page("message.html", status=status, title=_TITLES[status], text=str(error))


_TITLES = {
    400: "That did not work",
    403: "Not allowed",
    404: "Not here",
    409: "Somebody was first",
    500: "Our fault",
}


def same_host(origin: str) -> str:
    """The Host header that goes with `origin`."""
    return urlsplit(origin).netloc
