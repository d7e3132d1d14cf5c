"""What is recorded: a closed schema, version 1.

A leaf of the log holds ids, digests, counts and words from fixed lists: no free text, no name, no original UID. Every
string is an id (letters, digits, `-`, `_`, at most 64; a UID has dots and does not fit) or a lower-case
SHA-256. What needs words goes into `payload`, which the store encrypts outside the tree; the leaf holds
SHA-256(nonce ‖ ciphertext).

Limits: the schema can't tell an id from a name that looks like one; ids come from the store, which draws
them. Personal data: `actor` and `session` are pseudonyms of workers, `object` may be an item's id. Only the
store's rows link them to a person; a leaf says nothing of somebody in a scan once the item's row and the
subject's key are gone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypedDict

from gateway.errors import Invalid

VERSION = 1
SYSTEM = "system"  # the actor where no person acts
MAX_INTEGER = 2**53 - 1  # RFC 8785, appendix D: what every JSON reader holds exactly

Payload = Mapping[str, object]  # JSON values

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class EventCode(StrEnum):
    """What happened. Codes are stable: none is ever renamed or given another meaning."""

    SESSION_START = "session.start"
    SESSION_DENIED = "session.denied"
    SESSION_LOCK = "session.lock"
    SESSION_UNLOCK = "session.unlock"
    SESSION_END = "session.end"
    SIGNIN_LINK = "signin.link"
    SIGNIN_PASSWORD = "signin.password"  # noqa: S105  an event's name, no password
    SIGNIN_CODE = "signin.code"
    SIGNIN_FAILED = "signin.failed"
    SIGNIN_LOCKOUT = "signin.lockout"
    SIGNOUT = "signout"
    SIGNOUT_ALL = "signout.all"
    PASSWORD_SET = "password.set"  # noqa: S105  an event's name, no password
    LINK_CREATE = "link.create"
    TICKET_ISSUE = "ticket.issue"
    STREAM_OPEN = "stream.open"
    STREAM_REFUSED = "stream.refused"
    STREAM_CLOSE = "stream.close"
    ITEM_OPEN = "item.open"
    EXPOSURE_BATCH = "exposure.batch"
    EXPOSURE_TEXT = "exposure.text"  # a page went out as characters
    EXPOSURE_REASON = "exposure.reason"
    EXPOSURE_LIMIT = "exposure.limit"
    OP_COMMIT = "op.commit"
    OP_REFUSED = "op.refused"
    TASK_TAKE = "task.take"
    TASK_SUBMIT = "task.submit"
    TASK_ACCEPT = "task.accept"
    TASK_RETURN = "task.return"
    INTAKE_RECEIVE = "intake.receive"
    INTAKE_MASK = "intake.mask"
    INTAKE_REJECT = "intake.reject"
    INTAKE_STATE = "intake.state"
    ITEM_RELEASE = "item.release"
    ITEM_HOLD = "item.hold"
    ITEM_APPROVE = "item.approve"
    ITEM_CHECK = "item.check"
    ITEM_REMASK = "item.remask"
    ITEM_UNMASK = "item.unmask"
    SUBJECT_ERASE = "subject.erase"  # begun: the key is gone
    SUBJECT_ERASED = "subject.erased"  # done: objects and rows are gone too
    EXPORT_WRITE = "export.write"
    USER_CREATE = "user.create"
    PROJECT_CREATE = "project.create"
    POLICY_LOAD = "policy.load"
    POLICY_READ = "policy.read"
    POLICY_INVALID = "policy.invalid"
    POLICY_PROPOSE = "policy.propose"
    POLICY_APPROVE = "policy.approve"
    POLICY_ENFORCE = "policy.enforce"
    POLICY_PREVIEW = "policy.preview"
    CREDENTIAL_GRANT = "credential.grant"
    CREDENTIAL_REVOKE = "credential.revoke"
    DEVICE_ADD = "device.add"
    DEVICE_REVOKE = "device.revoke"
    GRANT_ASK = "grant.ask"
    GRANT_DECIDE = "grant.decide"
    GRANT_END = "grant.end"
    CLOCK_JUMP = "clock.jump"
    SESSION_MESSAGE = "session.message"
    SESSION_BLANK = "session.blank"
    SESSION_SHADOW = "session.shadow"
    SESSION_BIND = "session.bind"
    USER_CHANGE = "user.change"
    SERVER_START = "server.start"
    CLIENT_SIGNAL = "client.signal"
    LEAK_TEST = "leak.test"
    TRACE_RUN = "trace.run"
    TRACE_SHOW = "trace.show"
    KEY_ROTATE = "key.rotate"


class Details(TypedDict, total=False):
    """The few facts that a leaf states openly. Integers are ≥ 0; words come from `WORDS`; digests are SHA-256 in hex."""

    revision: int  # the task's, after the change
    count: int  # of whatever the code is about: frames, items, sessions ended
    first: int  # sequence numbers of the first
    last: int  # and the last frame of a batch
    lossless: int  # how many of a batch were lossless
    failures: int  # wrong sign-ins in a row
    size: int  # bytes
    page: int  # of a document, from 0
    jump_s: int  # by how many seconds the clock jumped
    op: str
    signal: str
    verdict: str
    notice: str  # whether the person who was looked at is told
    segment: str  # SHA-256 of a segment of the exposure ledger


WORDS: Mapping[str, frozenset[str]] = {
    "op": frozenset(
        ("create", "update", "delete", "undo", "redo", "submit", "accept", "return", "comment"),
    ),
    "signal": frozenset(
        (
            *("activity", "blur", "focus", "hidden", "visible", "devtools", "menu", "drag"),
            *("capture-key", "copy", "paste", "print", "save", "fast-keys", "fast-pastes"),
            *("tampered", "silent", "unproven"),
        )
    ),
    "notice": frozenset(("shown", "withheld")),
    "verdict": frozenset(("released", "held", "rejected")),
}
_DIGESTS = frozenset(("segment",))
_CODES = frozenset(code.value for code in EventCode)
_COUNTS = frozenset(Details.__annotations__) - frozenset(WORDS) - _DIGESTS
_DECISIONS = frozenset(("allow", "deny"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. Raises `Invalid` where a value is not of the closed schema.

    `actor`, `object`, `session`: ids. `policy`: digest of the policy set that decided. `mask`: digest of the
    masked pixels. `decision`: "allow" | "deny". `payload`: JSON that is encrypted outside the tree, under the
    data key of `subject` (a keyed pseudonym; None: the store's own key) and so erased with it.
    """

    code: EventCode
    actor: str
    session: str | None = None
    object: str | None = None
    policy: str | None = None
    mask: str | None = None
    decision: str | None = None
    details: Details = field(default_factory=Details)
    payload: Payload | None = None
    subject: str | None = None

    def __post_init__(self) -> None:
        check(
            {
                "action": self.code,
                "actor": self.actor,
                "decision": self.decision,
                "details": self.details,
                "mask": self.mask,
                "object": self.object,
                "policy": self.policy,
                "session": self.session,
            }
        )


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_id_or_absent(value: object) -> bool:
    return value is None or _is_id(value)


def _is_digest_or_absent(value: object) -> bool:
    return value is None or (isinstance(value, str) and _DIGEST.fullmatch(value) is not None)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_INTEGER


def _is_code(value: object) -> bool:
    return isinstance(value, str) and value in _CODES


def _is_decision(value: object) -> bool:
    return value is None or (isinstance(value, str) and value in _DECISIONS)


def _is_version(value: object) -> bool:
    return _is_count(value) and value == VERSION


def _are_details(value: object) -> bool:
    return isinstance(value, Mapping) and all(_is_detail(name, fact) for name, fact in value.items())


def _is_detail(name: object, fact: object) -> bool:
    if name in _COUNTS:
        return _is_count(fact)
    if name in _DIGESTS:
        return isinstance(fact, str) and _DIGEST.fullmatch(fact) is not None
    return isinstance(fact, str) and isinstance(name, str) and fact in WORDS.get(name, ())


FIELDS = {
    "action": _is_code,
    "actor": _is_id,
    "boot": _is_id,
    "commitment": _is_digest_or_absent,
    "decision": _is_decision,
    "details": _are_details,
    "mask": _is_digest_or_absent,
    "monotonic_us": _is_count,
    "node": _is_id,
    "object": _is_id_or_absent,
    "policy": _is_digest_or_absent,
    "seq": _is_count,
    "session": _is_id_or_absent,
    "time_us": _is_count,
    "v": _is_version,
}


def check(content: Mapping[str, object]) -> None:
    """Raises `Invalid` naming the first field outside the schema; never its value, which may be a name."""
    for name, value in content.items():
        if not FIELDS[name](value):
            raise Invalid(f"the audit field `{name}` is not of the closed schema")
