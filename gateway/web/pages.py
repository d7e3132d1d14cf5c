"""The pages that a person sees around the workstation: signing in and out, unlocking, the account."""

import json

from starlette.responses import JSONResponse, RedirectResponse, Response

from gateway.errors import Denied, GatewayError
from gateway.identity.cookies import COOKIE_FLAGS, SESSION_COOKIE
from gateway.sessions.controls import controls_of
from gateway.sessions.entering import Entered
from gateway.store import users
from gateway.web.headers import with_pixel
from gateway.web.routing import Visit
from gateway.web.services import Services
from policies.values import Mfa


def home(services: Services, visit: Visit) -> Response:
    """The page that fits the session: the console for an admin, else the workstation."""
    if visit.session is None:
        return RedirectResponse("/sign-in", 303)
    if visit.session.state == "locked":
        return RedirectResponse("/unlock", 303)
    return RedirectResponse("/admin" if visit.session.role == "admin" else "/work", 303)


def healthz(services: Services, visit: Visit) -> Response:
    """200 while rows can be read."""
    with services.store.read() as conn:
        users.user_by_id(conn, "")
    return JSONResponse({"ok": True})


def sign_in_page(services: Services, visit: Visit) -> Response:
    """The form for name and password."""
    return services.page("sign_in.html", error=None)


def sign_in(services: Services, visit: Visit) -> Response:
    """A session for a name and a password, or the form again."""
    try:
        entered = services.sessions.by_password(
            visit.form.get("name", ""),
            visit.form.get("password", ""),
            visit.visitor,
            visit.form.get("code", ""),
        )
    except Denied as error:
        return services.page("sign_in.html", status=403, error=str(error))
    return _welcome(entered)


def link_page(services: Services, visit: Visit) -> Response:
    """A page that signs in by a POST of its own: a mail scanner that only looks at the link does not use it up."""
    needs_code = services.sessions.link_needs_code(visit.path["token"])
    return services.page("link.html", token=visit.path["token"], error=None, needs_code=needs_code)


def link(services: Services, visit: Visit) -> Response:
    """A session for a one-time link."""
    try:
        entered = services.sessions.by_link(visit.path["token"], visit.visitor, visit.form.get("code", ""))
    except GatewayError as error:
        needs_code = services.sessions.link_needs_code(visit.path["token"])
        token = visit.path["token"] if needs_code else ""
        return services.page("link.html", status=403, token=token, error=str(error), needs_code=needs_code)
    return _welcome(entered)


def unlock_page(services: Services, visit: Visit) -> Response:
    """The form that opens a locked session."""
    if visit.holder.state != "locked":
        return RedirectResponse("/", 303)
    return _unlock_form(services, visit, error=None)


def unlock(services: Services, visit: Visit) -> Response:
    """Open the session again, or show the form again."""
    try:
        token = services.sessions.unlock(
            visit.holder, visit.form.get("password", ""), visit.form.get("code", "")
        )
    except Denied as error:
        return _unlock_form(services, visit, error=str(error))
    return _with_cookie(token)


def _unlock_form(services: Services, visit: Visit, *, error: str | None) -> Response:
    session = visit.holder
    with services.store.read() as conn:
        user = users.user_by_id(conn, session.user)
    return services.page(
        "unlock.html",
        session=session,
        status=403 if error else 200,
        reason=session.reason,
        name=user.name if user else "",
        has_password=user is not None and user.password_hash is not None,
        needs_code=user is not None and user.totp is not None,
        error=error,
    )


def account_page(services: Services, visit: Visit) -> Response:
    """Password, places to work in, signing out."""
    return _account(services, visit, error=None, done=None)


def set_password(services: Services, visit: Visit) -> Response:
    """Set the password, and say so."""
    try:
        services.sessions.set_password(
            visit.holder, visit.form.get("password", ""), visit.form.get("repeat", "")
        )
    except (GatewayError, ValueError) as error:
        return _account(services, visit, error=str(error), done=None)
    return _account(services, visit, error=None, done="Your password is set.")


def switch(services: Services, visit: Visit) -> Response:
    """Another session of the same person, in the role and project that they picked."""
    role, project, purpose = [*visit.form.get("place", "").split(" "), "", ""][:3]
    return _welcome(services.sessions.switch(visit.holder, (role, project, purpose), visit.visitor))


def _account(services: Services, visit: Visit, *, error: str | None, done: str | None) -> Response:
    session = visit.holder
    with services.store.read() as conn:
        user = users.user_by_id(conn, session.user)
    if user is None:
        raise Denied("this account is closed")
    places = [
        {
            "value": f"{place.role} {place.project or ''} {place.request.purpose}",
            "role": place.role,
            "project": place.project_name,
            "purpose": place.request.purpose,
        }
        for place in services.sessions.places(user, visit.visitor, Mfa(session.mfa))
        if (place.role, place.project, place.request.purpose)
        != (session.role, session.project, session.purpose)
    ]
    return services.page(
        "account.html",
        session=session,
        status=400 if error else 200,
        name=user.name,
        has_password=user.password_hash is not None,
        places=places,
        error=error,
        done=done,
    )


def sign_out(services: Services, visit: Visit) -> Response:
    """End this session."""
    services.sessions.end(visit.holder.id, "signed out", by=visit.holder.user)
    return _farewell()


def sign_out_everywhere(services: Services, visit: Visit) -> Response:
    """End every session of this person."""
    services.sessions.end_all(visit.holder.user, "signed out everywhere")
    return _farewell()


def work(services: Services, visit: Visit) -> Response:
    """The workstation. What it may show comes over the stream."""
    return with_canvas(services, visit, "work.html", role=visit.holder.role)


def with_canvas(services: Services, visit: Visit, template: str, **context: object) -> Response:
    """A page that draws frames, with the pixel that closes its canvases and what the policy says of its surface."""
    origin = services.pixels.get(visit.host, "")
    surface = json.dumps(controls_of(visit.holder).to_dict()["surface"])
    page = services.page(template, session=visit.holder, status=200, pixel=origin, surface=surface, **context)
    if origin:
        page.headers["Content-Security-Policy"] = with_pixel(origin)
    return page


def ticket(services: Services, visit: Visit) -> Response:
    """A one-use ticket for the stream."""
    return JSONResponse({"ticket": services.sessions.ticket(visit.holder)})


def _welcome(entered: Entered) -> Response:
    return _with_cookie(entered.token)


def _with_cookie(token: str) -> Response:
    response = RedirectResponse("/", 303)
    response.set_cookie(SESSION_COOKIE, token, **COOKIE_FLAGS)
    return response


def _farewell() -> Response:
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(SESSION_COOKIE, **COOKIE_FLAGS)
    return response
