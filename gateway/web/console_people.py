"""The console's people: roles, groups and credentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.responses import Response

from gateway.audit.events import Event, EventCode
from gateway.errors import GatewayError, Invalid, NotFound
from gateway.store import credentials, users
from gateway.store.credentials import CredentialRow
from gateway.store.users import UserRow
from gateway.web.paging import paging
from gateway.web.routing import Visit
from gateway.web.services import Services
from policies.actions import Action
from policies.controls import Controls
from policies.deciding import permits
from policies.fields import FIELD_AT

ROLES = ("annotator", "reviewer", "admin")
LISTED = 100
SOON_S = 30 * 86400.0  # a credential that ends within it is to be renewed
VALID, ENDING, EXPIRED, REVOKED = "valid", "ending", "expired", "revoked"
SHOWN = {
    "": "everybody",
    ENDING: "ends within 30 days",
    EXPIRED: "expired",
    REVOKED: "taken away",
    "none": "none that is valid",
}


def people(services: Services, visit: Visit) -> Response:
    """Everybody who is looked for, with their credentials and where each stands."""
    return _page(services, visit)


def change(services: Services, visit: Visit) -> Response:
    """Other roles and groups for one person; their sessions follow within a second."""
    form = visit.form
    roles, groups = _words(form.get("roles", "")), _words(form.get("groups", ""))
    try:
        if unknown := [role for role in roles if role not in ROLES]:
            raise Invalid(f"there is no role `{unknown[0]}`: {', '.join(ROLES)}")
        user = _user(services, visit)
        if user.id == visit.holder.user:
            raise Invalid("nobody changes their own roles: another admin has to")
        with services.store.write() as tx:
            users.change(tx, user.id, roles=roles, groups=groups)
            payload = {"roles": roles, "groups": groups}
            tx.append(
                Event(code=EventCode.USER_CHANGE, actor=visit.holder.user, object=user.id, payload=payload)
            )
    except GatewayError as error:
        return _page(services, visit, error=str(error))
    return _page(services, visit, done=f"{user.name} is changed.")


def grant(services: Services, visit: Visit) -> Response:
    """One more credential for one person."""
    name = visit.form.get("credential", "").strip()
    try:
        user = _user(services, visit)
        FIELD_AT["require.credentials"].domain.read([name])
        with services.store.write() as tx:
            row = CredentialRow(
                id=services.token_bytes(6).hex(),
                user=user.id,
                name=name,
                issuer=visit.form.get("issuer", "").strip()[:128] or "admin",
                granted=tx.now,
                expires=_day(visit.form.get("expires", "")),
                revoked=None,
            )
            credentials.add(tx, row)
            payload = {"name": name, "issuer": row.issuer, "expires": row.expires}
            code = EventCode.CREDENTIAL_GRANT
            tx.append(Event(code=code, actor=visit.holder.user, object=user.id, payload=payload))
    except (GatewayError, ValueError) as error:
        return _page(services, visit, error=str(error))
    return _page(services, visit, done=f"{user.name} has the credential {name}.")


def revoke(services: Services, visit: Visit) -> Response:
    """A credential is taken away; sessions that need it end within a second."""
    name = visit.form.get("credential", "")
    try:
        user = _user(services, visit)
        with services.store.write() as tx:
            credentials.revoke(tx, user.id, name)
            code, payload = EventCode.CREDENTIAL_REVOKE, {"name": name}
            tx.append(Event(code=code, actor=visit.holder.user, object=user.id, payload=payload))
    except GatewayError as error:
        return _page(services, visit, error=str(error))
    return _page(services, visit, done=f"{user.name} has lost the credential {name}.")


def _page(services: Services, visit: Visit, *, error: str | None = None, done: str | None = None) -> Response:
    words, shown = visit.query.get("q", "").strip(), visit.query.get("credentials", "")
    with services.store.read() as conn:
        everybody = users.all_users(conn)
        held = credentials.of_users(conn, [user.id for user in everybody])
    now = services.clock.now()
    rows = [_row(user, held[user.id], now) for user in everybody]
    fitting = [row for row in rows if _fits(row, words.lower(), shown)]
    page = paging(visit.query, LISTED, len(fitting), q=words, credentials=shown)
    controls = Controls.from_dict(visit.holder.controls)
    return services.page(
        "people.html",
        session=visit.holder,
        status=400 if error else 200,
        at="people",
        people=fitting[page.start : page.end],
        total=len(rows),
        paging=page,
        words=words,
        shown=shown,
        choices=SHOWN,
        mine=visit.holder.user,
        may_write=permits(controls, Action.PEOPLE_WRITE),
        error=error,
        done=done,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A credential as a line says it."""

    name: str
    issuer: str
    ends: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A person as a line says them. `app`: whether they have an authenticator app."""

    id: str
    name: str
    roles: str
    groups: str
    app: bool
    credentials: Sequence[_Held]


def _row(user: UserRow, held: Sequence[CredentialRow], now: float) -> _Row:
    return _Row(
        id=user.id,
        name=user.name,
        roles=" ".join(user.roles),
        groups=" ".join(user.groups),
        app=user.totp is not None,
        credentials=[
            _Held(name=row.name, issuer=row.issuer, ends=_shown(row.expires), state=_state(row, now))
            for row in held
        ],
    )


def _state(row: CredentialRow, now: float) -> str:
    if not row.valid(now):
        return REVOKED if row.revoked else EXPIRED
    return ENDING if row.expires is not None and row.expires < now + SOON_S else VALID


def _fits(row: _Row, words: str, shown: str) -> bool:
    """Whether the line has `words` (lower case) somewhere, and a credential as `shown` says."""
    said = (
        row.name,
        row.roles,
        row.groups,
        *(text for each in row.credentials for text in (each.name, each.issuer)),
    )
    states = {each.state for each in row.credentials}
    wanted = not states & {VALID, ENDING} if shown == "none" else not shown or shown in states
    return wanted and any(words in text.lower() for text in said)


def _user(services: Services, visit: Visit) -> UserRow:
    with services.store.read() as conn:
        user = users.user_by_id(conn, visit.path["id"])
    if user is None:
        raise NotFound("there is no such person")
    return user


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(text.replace(",", " ").split()))


def _day(text: str) -> float | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise Invalid(f"`{text}` is not a day such as `2027-01-31`") from error


def _shown(moment: float | None) -> str:
    return "never" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
