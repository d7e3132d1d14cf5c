"""What changes reaches the sessions that live: other policies, a lost condition, a grant that ends. They get other controls, or end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.audit.events import SYSTEM, Details, Event, EventCode
from gateway.sessions.granting import grants_of
from gateway.sessions.placing import Visitor
from gateway.store import credentials, projects, sessions, users
from gateway.store.credentials import CredentialRow
from gateway.store.opening import Store
from gateway.store.sessions import SessionRow
from gateway.store.users import UserRow
from policies.conditions import Facts
from policies.deciding import Decision, Request
from policies.granting import Grant, decide_granted
from policies.loading import PolicySet
from policies.values import Device, Mfa


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What decisions on sessions are made from, read at once for all of them."""

    people: dict[str, UserRow]
    credentials: dict[str, list[CredentialRow]]
    grants: dict[str, list[Grant]]
    projects: dict[str, str]  # id -> name
    now: float


def follow(
    store: Store,
    policies: PolicySet,
    rows: Sequence[SessionRow],
    *,
    anew: bool = False,
    known: Known | None = None,
) -> bool:
    """Decide again on the live sessions of `rows`: ends those that nothing lets in any more, gives others their new controls.

    `anew`: all get theirs again, as after a start: another version of this program may have written them. `known`: what
    is decided from, if it was read already. Whether any changed. Errors: StoreError.
    """
    alive = [row for row in rows if row.state != sessions.ENDED]
    known = known or read_known(store, alive)
    changes = [
        (row, decision)
        for row in alive
        if _changed(row, decision := decide_again(policies, row, known), policies) or anew
    ]
    if not changes:
        return False
    with store.write() as tx:
        fresh = {row.id: row for row in sessions.by_ids(tx.connection, [row.id for row, _ in changes])}
        spelled: dict[int, dict[str, object]] = {}  # many sessions share one composition
        events = []
        for row, decision in changes:
            now = fresh.get(row.id)
            if now is None or now.state == sessions.ENDED or not (anew or _changed(now, decision, policies)):
                continue  # another process was first
            if decision.controls is None:
                reason = said_why(decision)
                sessions.set_state(tx, row.id, sessions.ENDED, reason)
                code = EventCode.SESSION_END
                payload: dict[str, object] = {"reason": reason}
            else:
                key = id(decision.controls)
                controls = spelled.get(key) or spelled.setdefault(key, decision.controls.to_dict())
                sessions.set_controls(tx, row.id, controls, list(decision.policies), policies.digest)
                code = EventCode.POLICY_LOAD
                payload = {"policies": list(decision.policies)}
            events.append(
                Event(
                    code=code,
                    actor=SYSTEM,
                    session=row.id,
                    policy=policies.digest,
                    decision="allow" if decision.allowed else "deny",
                    payload=payload,
                )
            )
        for event in events:  # last: an append holds the log's lock
            tx.append(event)
    return True


def follow_all(store: Store, policies: PolicySet, *, anew: bool = False) -> bool:
    """`follow` for every session that is not over, wherever it streams."""
    with store.read() as conn:
        rows = [row.session for row in sessions.live(conn, store.clock.now())]
    with store.write() as tx:
        tx.append(Event(code=EventCode.POLICY_LOAD, actor=SYSTEM, policy=policies.digest))
    return follow(store, policies, rows, anew=anew)


def lock_all(store: Store, jumped_s: float) -> None:
    """The clock jumped, so nobody knows how long sessions have been: their people prove again who they are."""
    reason = f"the server's clock jumped by {jumped_s:.0f} s: prove again who you are"
    with store.read() as conn:
        rows = [row.session for row in sessions.live(conn, min(0.0, store.clock.now()))]
    with store.write() as tx:
        active = [row for row in rows if row.state == sessions.ACTIVE]
        for row in active:
            sessions.set_state(tx, row.id, sessions.LOCKED, reason)
        details = Details(count=len(active), jump_s=abs(round(jumped_s)))
        tx.append(Event(code=EventCode.CLOCK_JUMP, actor=SYSTEM, details=details))
        for row in active:
            tx.append(Event(code=EventCode.SESSION_LOCK, actor=SYSTEM, session=row.id))


def lost_conditions(store: Store, policies: PolicySet, session: SessionRow, visitor: Visitor) -> str | None:
    """Why `session` may not go on from where `visitor` is; None if it may."""
    known = read_known(store, [session])
    decision = decide_again(policies, session, known, visitor)
    return None if decision.allowed else said_why(decision)


def read_known(store: Store, rows: Iterable[SessionRow]) -> Known:
    """What the decisions on `rows` need, as it stands now."""
    people = {row.user for row in rows}
    now = store.clock.now()
    grants = grants_of(store, people, now)
    with store.read() as conn:
        return Known(
            people=users.by_ids(conn, people),
            credentials=credentials.of_users(conn, people),
            grants=grants,
            projects={project.id: project.name for project in projects.all_projects(conn)},
            now=now,
        )


def decide_again(
    policies: PolicySet, session: SessionRow, known: Known, visitor: Visitor | None = None
) -> Decision:
    """The decision on `session` as things are `known`, from where it was entered, or from where `visitor` is."""
    user = known.people[session.user]
    entered = session.role in user.roles and not user.disabled
    facts = Facts(
        mfa=Mfa(session.mfa),
        credentials=frozenset(row.name for row in known.credentials[user.id] if row.valid(known.now)),
        address=visitor.address if visitor else session.address,
        country=visitor.country if visitor else session.country,
        device=visitor.device if visitor else Device(session.device),
        now=known.now,
    )
    request = Request(
        user=user.name,
        roles=tuple(user.roles) if entered else (),
        groups=tuple(user.groups),
        project=known.projects.get(session.project or "", ""),
        role=session.role,
        purpose=session.purpose,
        facts=facts,
    )
    grants = [grant for grant in known.grants[user.id] if grant.project in {None, session.project}]
    return decide_granted(request, policies, grants)


def said_why(decision: Decision) -> str:
    """Why a session ends, in a person's words."""
    if decision.lost:
        texts = dict.fromkeys(reason.text for reason in decision.reasons)
        return f"you may not go on: {'; '.join(texts)}"
    return "the session policies changed and no longer let you in"


def _changed(session: SessionRow, decision: Decision, policies: PolicySet) -> bool:
    if decision.controls is None:
        return True
    return session.policy_digest != policies.digest or session.policies != list(decision.policies)
