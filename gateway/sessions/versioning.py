"""How a set of policies gets in force: proposed, approved by as many as the policies ask for, enforced. Each step is audited."""

import base64
import json
from collections.abc import Mapping

from gateway.audit.events import SYSTEM, Event, EventCode
from gateway.errors import Conflict, Denied, Invalid, NotFound
from gateway.store import policy_versions
from gateway.store.opening import Store
from gateway.store.policy_versions import IN_FORCE, PROPOSED, REFUSED, VersionRow
from gateway.store.transaction import Transaction
from policies.composing import compose
from policies.loading import PolicySet, load_all
from policies.values import Persons


def propose(store: Store, files: Mapping[str, str], author: str) -> VersionRow:
    """The version of `files`; in force at once where one person is enough.

    A change needs a second person if a policy in force or a proposed one says so; only the first set of all needs none.
    Errors: Invalid, naming every file, line and key in error; nothing changes then.
    """
    policies = load_all(files)
    if policies.errors:
        raise Invalid("the policies are in error:\n" + "\n".join(map(str, policies.errors)))
    with store.write() as tx:
        if not put_forward(tx, policies, files, author):
            raise Conflict("these policies are in force already")
    return _found(store, policies.digest)


def put_forward(tx: Transaction, policies: PolicySet, files: Mapping[str, str], author: str) -> bool:
    """Propose `policies`, which are those of `files` and in no error, as `propose`; False if they are in force already."""
    current = policy_versions.in_force(tx.connection)
    known = policy_versions.by_digest(tx.connection, policies.digest)
    if policies.digest == current and known is not None:
        return False
    needs = _needs(tx, current, policies)
    if known is None:
        row = VersionRow(
            digest=policies.digest,
            files=dict(files),
            state=PROPOSED,
            author=author,
            needs=needs,
            approvals=[],
            proposed=tx.now,
            changed=tx.now,
        )
        policy_versions.add(tx, row)
    else:
        policy_versions.renew(tx, policies.digest, author, needs)
    if needs == 0:
        policy_versions.enforce(tx, policies.digest)
    tx.append(Event(code=EventCode.POLICY_PROPOSE, actor=author, object=policies.digest, policy=current))
    if needs == 0:
        tx.append(
            Event(code=EventCode.POLICY_ENFORCE, actor=author, policy=policies.digest, decision="allow")
        )
    return True


def approve(store: Store, digest: str, user: str) -> VersionRow:
    """`user` says yes to `digest`, which is in force once enough have. Errors: NotFound, Conflict, Denied for its author."""
    with store.write() as tx:
        row = _proposed(tx, digest)
        if user == row.author:
            raise Denied("a second person has to approve this: you proposed it")
        if any(approval["user"] == user for approval in row.approvals):
            raise Conflict("you have approved this already")
        approvals = [*row.approvals, _signed(store, digest, user, "yes", tx.now)]
        enough = len(approvals) >= row.needs
        policy_versions.set_state(tx, digest, PROPOSED, approvals)
        if enough:
            policy_versions.enforce(tx, digest)
        tx.append(Event(code=EventCode.POLICY_APPROVE, actor=user, object=digest, decision="allow"))
        if enough:
            tx.append(Event(code=EventCode.POLICY_ENFORCE, actor=user, policy=digest, decision="allow"))
    return _found(store, digest)


def refuse(store: Store, digest: str, user: str) -> VersionRow:
    """`user` says no to `digest` (its author: takes it back). Errors: NotFound, Conflict."""
    with store.write() as tx:
        row = _proposed(tx, digest)
        approvals = [*row.approvals, _signed(store, digest, user, "no", tx.now)]
        policy_versions.set_state(tx, digest, REFUSED, approvals)
        tx.append(Event(code=EventCode.POLICY_APPROVE, actor=user, object=digest, decision="deny"))
    return _found(store, digest)


def verify(store: Store, row: VersionRow, approval: Mapping[str, object]) -> bool:
    """Whether `approval` of `row` bears this store's signature."""
    said = _statement(row.digest, str(approval["user"]), str(approval["verdict"]), approval["time"])
    return store.keys.verifies(base64.b64decode(str(approval["signature"])), said)


def two_persons(policies: PolicySet) -> bool:
    """Whether one of `policies` wants a second person for a change."""
    return compose(policies.policies).policy_change is Persons.TWO


def _needs(tx: Transaction, current: str | None, policies: PolicySet) -> int:
    row = policy_versions.by_digest(tx.connection, current) if current else None
    if row is None or not row.files:
        return 0
    return int(two_persons(policies) or two_persons(load_all(row.files)))


def _proposed(tx: Transaction, digest: str) -> VersionRow:
    row = policy_versions.by_digest(tx.connection, digest)
    if row is None:
        raise NotFound(f"there is no version `{digest}` of the policies")
    if row.state != PROPOSED:
        state = "in force already" if row.state == IN_FORCE else row.state
        raise Conflict(f"the version `{digest[:12]}` is {state}")
    return row


def _signed(store: Store, digest: str, user: str, verdict: str, now: float) -> dict[str, object]:
    signature = store.keys.sign(_statement(digest, user, verdict, now))
    return {"user": user, "time": now, "verdict": verdict, "signature": base64.b64encode(signature).decode()}


def _statement(digest: str, user: str, verdict: str, now: object) -> bytes:
    said = {"digest": digest, "time": now, "user": user, "verdict": verdict}
    return b"isinglass policy approval 1\0" + json.dumps(said, sort_keys=True).encode()


def _found(store: Store, digest: str) -> VersionRow:
    with store.read() as connection:
        row = policy_versions.by_digest(connection, digest)
    assert row is not None
    return row


__all__ = ["SYSTEM", "approve", "propose", "put_forward", "refuse", "two_persons", "verify"]
