"""Break-glass and unmask requests: asked with a reason, decided by a second person, ended by time; all in a register."""

import contextlib
import math
import tomllib
from collections.abc import Collection, Mapping

from gateway.audit.events import SYSTEM, Event, EventCode
from gateway.errors import Conflict, Denied, Invalid, NotFound
from gateway.sessions import unmasking
from gateway.store import grants as register
from gateway.store import jobs
from gateway.store.grants import ASKED, ENDED, GRANTED, REFUSED, GrantRow
from gateway.store.opening import Store
from policies.errors import PolicyError
from policies.granting import Grant, read_scope

MAX_HOURS = 24
MIN_REASON, MAX_REASON = 10, 2000  # characters
_ID_CHARACTERS = 12


def grants_of(store: Store, users: Collection[str], now: float) -> dict[str, list[Grant]]:
    """Grants that are in force at `now`, by user id; every one of `users` is there. One that unmasks widens no field."""
    found: dict[str, list[Grant]] = {user: [] for user in users}
    with store.read() as connection:
        rows = register.in_force(connection, list(found), now)
    for row in rows:
        try:
            scope = read_scope(row.scope) if row.kind == register.BREAK_GLASS else {}
        except PolicyError:  # of another version of the language: what is not understood widens nothing
            continue
        found[row.user].append(Grant(id=row.id, scope=scope, project=row.project))
    return found


def ask(  # noqa: PLR0913 - a request has these parts
    store: Store,
    *,
    kind: str,
    user: str,
    reason: str,
    scope: Mapping[str, object],
    hours: float,
    project: str | None = None,
    item: str | None = None,
) -> GrantRow:
    """A request of `user`, which a second person decides. Errors: Invalid, NotFound."""
    if kind not in register.KINDS:
        raise Invalid(f"there is no request `{kind}`: {' or '.join(register.KINDS)}")
    text = reason.strip()
    if not MIN_REASON <= len(text) <= MAX_REASON:
        raise Invalid(f"a reason has {MIN_REASON} to {MAX_REASON:,} characters")
    if not 0 < hours <= MAX_HOURS:
        raise Invalid(f"a request is for more than 0 and at most {MAX_HOURS} hours")
    if kind == register.BREAK_GLASS:
        try:
            read_scope(scope)
        except PolicyError as error:
            raise Invalid(str(error)) from error
    else:
        unmasking.check(store, item or "", scope, project)
    with store.write() as tx:
        row = GrantRow(
            id=store.keys.token_bytes(_ID_CHARACTERS // 2).hex(),
            kind=kind,
            user=user,
            project=project,
            item=item,
            reason=text,
            scope=dict(scope),
            duration=hours * 3600,
            state=ASKED,
            asked=tx.now,
            decided_by=None,
            decided=None,
            ends=None,
        )
        register.add(tx, row)
        payload = {"kind": kind, "reason": text, "scope": dict(scope), "hours": hours}
        tx.append(Event(code=EventCode.GRANT_ASK, actor=user, object=row.id, payload=payload))
    return row


def scope_of(text: str) -> dict[str, object]:
    """The scope that lines such as `surface.copy = "allow"` say, as a policy has them. Errors: Invalid."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"the scope is not TOML: {error}") from error
    if not all(isinstance(keys, dict) for keys in document.values()):
        raise Invalid('the scope has lines such as `surface.copy = "allow"`')
    return {f"{section}.{key}": value for section, keys in document.items() for key, value in keys.items()}


def decide(store: Store, grant: str, by: str, *, yes: bool) -> GrantRow:
    """The second person's word. A region that is to be unmasked waits for intake then. Errors: NotFound, Conflict, Denied for the one who asked."""
    with store.write() as tx:
        row = _existing(register.by_id(tx.connection, grant), grant)
        if row.state != ASKED:
            raise Conflict(f"this request is {row.state} already")
        if by == row.user:
            raise Denied("a second person has to decide this: you asked for it")
        register.decide(tx, grant, by, GRANTED if yes else REFUSED, tx.now + row.duration if yes else None)
        if yes and row.kind == register.UNMASK:
            jobs.add_job(tx, id=grant, kind=register.UNMASK, payload={"grant": grant})
        decision = "allow" if yes else "deny"
        tx.append(Event(code=EventCode.GRANT_DECIDE, actor=by, object=grant, decision=decision))
    with store.read() as connection:
        return _existing(register.by_id(connection, grant), grant)


def end(store: Store, grant: str, by: str = SYSTEM) -> GrantRow:
    """The grant is over now. Errors: NotFound, Conflict."""
    with store.write() as tx:
        row = _existing(register.by_id(tx.connection, grant), grant)
        if row.state not in {ASKED, GRANTED}:
            raise Conflict(f"this request is {row.state} already")
        register.finish(tx, grant)
        tx.append(Event(code=EventCode.GRANT_END, actor=by, object=grant))
    with store.read() as connection:
        return _existing(register.by_id(connection, grant), grant)


def end_overdue(store: Store) -> int:
    """End the grants whose time is up; how many."""
    with store.read() as connection:
        overdue = register.overdue(connection, store.clock.now())
    for row in overdue:
        with contextlib.suppress(Conflict):  # another process was first
            end(store, row.id)
    return len(overdue)


def next_end(store: Store) -> float:
    """When the time of the first grant in force is up, UTC seconds; infinity if there is none."""
    with store.read() as connection:
        soonest = register.next_end(connection)
    return math.inf if soonest is None else soonest


def _existing(row: GrantRow | None, grant: str) -> GrantRow:
    if row is None:
        raise NotFound(f"there is no request `{grant}`")
    return row


__all__ = ["ENDED", "ask", "decide", "end", "end_overdue", "grants_of", "next_end", "scope_of"]
