"""Sessions: who is in, under which policy, looking at what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

import sqlalchemy as sa

from gateway.audit.events import Details, Event, EventCode, Payload
from gateway.store.engines import UPKEEP
from gateway.store.schema import items, projects, sessions, users
from gateway.store.transaction import Transaction

ACTIVE, LOCKED, ENDED = "active", "locked", "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session. `state`: active | locked | ended; `started`, `last_input`, `expires`: UTC seconds.

    `token_hash`: SHA-256 hex of the cookie's token. `controls`: `policies.Controls` as a dict. `item`: what it looks at.
    `bond`: the key of the page that it began in. `streams`: how many it opened. `watched_until`: by an admin.
    `mfa`, `country`, `device`, `purpose`: what its conditions are checked with. `proven`: when the person last proved who they are.
    """

    id: str
    token_hash: str
    user: str
    project: str | None
    role: str
    address: str
    agent: str
    state: str
    reason: str | None
    started: float
    last_input: float
    expires: float
    policy_digest: str
    policies: list[str]
    controls: dict[str, object]
    item: str | None
    streaming: bool
    mfa: str = "none"
    proven: float = 0.0
    country: str | None = None
    device: str = "any"
    purpose: str = ""
    notice: dict[str, object] | None = None
    bond: str | None = None
    streams: int = 0
    watched_until: float = 0.0


class Happened(TypedDict, total=False):
    """What an event of a session says beside who did it and under which policies; fields as in `Event`."""

    object: str | None
    mask: str | None
    decision: str | None
    details: Details
    payload: Payload | None
    subject: str | None


def event_of(session: SessionRow, code: EventCode, **more: Unpack[Happened]) -> Event:
    """What the person of `session` did, under the policies that are in force for it."""
    return Event(code=code, actor=session.user, session=session.id, policy=session.policy_digest, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSession:
    """A session that is not over, with the names that the console shows. `project_name`: empty outside projects."""

    session: SessionRow
    user_name: str
    project_name: str
    item_title: str | None


_BY_TOKEN = sa.select(sessions).where(sessions.c.token_hash == sa.bindparam("wanted"))
_BY_ID = sa.select(sessions).where(sessions.c.id == sa.bindparam("wanted"))
_IS_LIVE = sessions.c.state.in_((ACTIVE, LOCKED))
_LIVE = (
    sa.select(
        sessions,
        users.c.name.label("user_name"),
        projects.c.name.label("project_name"),
        items.c.title.label("item_title"),
    )
    .join(users, users.c.id == sessions.c.user)
    .outerjoin(projects, projects.c.id == sessions.c.project)
    .outerjoin(items, items.c.id == sessions.c.item)
    .where(_IS_LIVE, sessions.c.expires > sa.bindparam("now"))
    .order_by(sessions.c.started, sessions.c.id)
)
_TOUCH = (
    sa.update(sessions)
    .where(sessions.c.id == sa.bindparam("session"), sessions.c.last_input < sa.bindparam("now"))
    .values(last_input=sa.bindparam("now"))
    .execution_options(**UPKEEP)
)

_WATCH = (
    sa.update(sessions)
    .where(sessions.c.id == sa.bindparam("session"))
    .values(watched_until=sa.bindparam("until"))
    .execution_options(**UPKEEP)
)


def add_session(tx: Transaction, session: SessionRow) -> None:
    """Add a session. Errors: Conflict if its id or token is taken."""
    tx.connection.execute(sa.insert(sessions), _columns(session))


def by_token_hash(connection: sa.Connection, token_hash: str) -> SessionRow | None:
    """The session whose cookie hashes to `token_hash`, in whatever state."""
    row = connection.execute(_BY_TOKEN, {"wanted": token_hash}).mappings().first()
    return SessionRow(**row) if row else None


def by_id(connection: sa.Connection, session: str) -> SessionRow | None:
    """The session `session`, in whatever state."""
    row = connection.execute(_BY_ID, {"wanted": session}).mappings().first()
    return SessionRow(**row) if row else None


def by_ids(connection: sa.Connection, wanted: Sequence[str]) -> Iterator[SessionRow]:
    """Those of `wanted` that exist, in no order, while the connection is open: their controls take 9 KB each."""
    rows = connection.execute(sa.select(sessions).where(sessions.c.id.in_(wanted))).mappings()
    return (SessionRow(**row) for row in rows)


def live(connection: sa.Connection, now: float) -> list[LiveSession]:
    """Active and locked sessions that have not expired at `now`, oldest first."""
    found = []
    for row in connection.execute(_LIVE, {"now": now}).mappings():
        columns = dict(row)
        names = {name: columns.pop(name) for name in ("user_name", "project_name", "item_title")}
        found.append(
            LiveSession(
                session=SessionRow(**columns),
                user_name=names["user_name"],
                project_name=names["project_name"] or "",
                item_title=names["item_title"],
            )
        )
    return found


def active_of_user(connection: sa.Connection, user: str, now: float) -> list[SessionRow]:
    """The live sessions of `user`, oldest first."""
    mine = sa.select(sessions).where(_of(user, now)).order_by(sessions.c.started, sessions.c.id)
    return [SessionRow(**row) for row in connection.execute(mine).mappings()]


def count_active(connection: sa.Connection, user: str, now: float) -> int:
    """How many live sessions `user` has."""
    return connection.scalar(sa.select(sa.func.count()).select_from(sessions).where(_of(user, now))) or 0


def set_state(tx: Transaction, session: str, state: str, reason: str | None) -> None:
    """Make it active, locked or ended, and say why. An ended session is not streaming and looks at nothing."""
    values: dict[str, object] = {"state": state, "reason": reason}
    if state == ENDED:
        values |= {"streaming": False, "item": None}
    _set(tx, session, values)


def set_controls(
    tx: Transaction, session: str, controls: dict[str, object], policies: list[str], policy_digest: str
) -> None:
    """Put other controls in force, and say which policies they come from."""
    _set(tx, session, {"controls": controls, "policies": policies, "policy_digest": policy_digest})


def set_proven(tx: Transaction, session: str, proven: float) -> None:
    """Note when the person last proved who they are (UTC seconds)."""
    _set(tx, session, {"proven": proven})


def tell(tx: Transaction, session: str, text: str) -> bool:
    """Leave a line for the person of `session`; whether it is alive."""
    row = by_id(tx.connection, session)
    if row is None or row.state == ENDED:
        return False
    number = int(str(row.notice["n"])) + 1 if row.notice else 1
    _set(tx, session, {"notice": {"n": number, "text": text}})
    return True


def set_item(tx: Transaction, session: str, item: str | None) -> None:
    """Note what `session` looks at."""
    _set(tx, session, {"item": item})


def bind(tx: Transaction, session: str, key: str | None) -> None:
    """From now on only the page that holds `key` opens its stream; None: the next page that shows one."""
    _set(tx, session, {"bond": key})


def renew_token(tx: Transaction, session: str, token_hash: str) -> None:
    """Its cookie is another one from now on."""
    _set(tx, session, {"token_hash": token_hash})


def count_stream(tx: Transaction, session: str) -> int:
    """The number of one more stream of `session`, from 1."""
    raised = sa.update(sessions).where(sessions.c.id == session).values(streams=sessions.c.streams + 1)
    return int(tx.connection.execute(raised.returning(sessions.c.streams)).scalar() or 0)


def watch(connection: sa.Connection, session: str, until: float) -> None:
    """Note that an admin looks over its shoulder `until` (UTC seconds); needs no audit event of its own."""
    connection.execute(_WATCH, {"session": session, "until": until})


def set_streaming(tx: Transaction, session: str, *, streaming: bool) -> None:
    """Note whether `session` has an open stream."""
    _set(tx, session, {"streaming": streaming})


def touch(connection: sa.Connection, session: str, now: float) -> None:
    """Note `now` as the last input, unless a later one is noted; needs no audit event (`Store.upkeep`)."""
    connection.execute(_TOUCH, {"session": session, "now": now})


def touch_all(connection: sa.Connection, touched: Mapping[str, float]) -> None:
    """The same for many sessions: id → UTC seconds."""
    if touched:
        connection.execute(_TOUCH, [{"session": session, "now": now} for session, now in touched.items()])


def _of(user: str, now: float) -> sa.ColumnElement[bool]:
    return sa.and_(sessions.c.user == user, _IS_LIVE, sessions.c.expires > now)


def _set(tx: Transaction, session: str, values: dict[str, object]) -> None:
    tx.connection.execute(sa.update(sessions).where(sessions.c.id == session).values(**values))


def _columns(row: SessionRow) -> dict[str, object]:
    return {column.name: getattr(row, column.name) for column in sessions.columns}
