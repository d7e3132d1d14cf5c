"""A change of policy reaches the sessions that live under it: other controls, or the end."""

from gateway.audit.events import Event, EventCode
from gateway.sessions.entering import Sessions
from gateway.store import projects, sessions, users
from gateway.store.sessions import SessionRow
from policies.controls import Controls
from policies.deciding import Decision, Request, decide

Changed = dict[str, tuple[Controls, tuple[str, ...]]]


def follow_policies(use: Sessions) -> Changed:
    """Decide again for every live session: ends those that no policy lets in, and gives back the ones with other controls."""
    with use.store.read() as conn:
        rows = [row.session for row in sessions.live(conn, use.store.clock.now())]
    with use.store.write() as tx:
        tx.append(Event(code=EventCode.POLICY_LOAD, actor="system", policy=use.book.current.digest))
    changed: Changed = {}
    for session in rows:
        decision = _decide_again(use, session)
        if not decision.allowed or decision.controls is None:
            use.end(session.id, "the session policies changed and no longer let you in", by="system")
        elif decision.controls.to_dict() != session.controls:
            with use.store.write() as tx:
                sessions.set_controls(
                    tx,
                    session.id,
                    decision.controls.to_dict(),
                    list(decision.policies),
                    use.book.current.digest,
                )
                tx.append(
                    Event(
                        code=EventCode.POLICY_LOAD,
                        actor="system",
                        session=session.id,
                        policy=use.book.current.digest,
                        decision="allow",
                    )
                )
            changed[session.id] = (decision.controls, decision.policies)
    return changed


def _decide_again(use: Sessions, session: SessionRow) -> Decision:
    with use.store.read() as conn:
        user = users.user_by_id(conn, session.user)
        project = projects.by_id(conn, session.project) if session.project else None
    assert user is not None
    roles = tuple(user.roles) if session.role in user.roles and not user.disabled else ()
    request = Request(
        user=user.name,
        roles=roles,
        groups=tuple(user.groups),
        project=project.name if project else "",
        role=session.role,
    )
    return decide(request, use.book.current)
