"""How a person proves who they are: a password, and the code of an authenticator app where one is enrolled."""

from gateway.audit.events import SYSTEM, Event, EventCode
from gateway.errors import Denied
from gateway.identity import totp
from gateway.identity.lockout import is_locked, locked_until
from gateway.identity.passwords import Passwords
from gateway.identity.tokens import digest_of
from gateway.store import users
from gateway.store.opening import Store
from gateway.store.users import UserRow
from policies.values import Mfa

ISSUER = "Isinglass"
_REFUSED = "the name, the password or the code is wrong"


def enrol(store: Store, user: UserRow, by: str = SYSTEM) -> str:
    """A new secret for `user`'s authenticator app, as its `otpauth:` address: shown once, the old one is good no more."""
    secret = store.keys.token_bytes(totp.SECRET_BYTES)
    with store.write() as tx:
        users.set_totp(tx, user.id, store.keys.wrap(_binding(user), secret))
        tx.append(Event(code=EventCode.USER_CHANGE, actor=by, object=user.id))
    return totp.address(secret, user=user.name, issuer=ISSUER)


def check_password(
    store: Store, passwords: Passwords, user: UserRow | None, password: str, code: str
) -> None:
    """Name, password and, where one is enrolled, code: one answer for all three. Errors: Denied."""
    right = passwords.verify(user.password_hash if user else None, password)
    if right and user is not None and user.totp is not None:
        locked = is_locked(user.locked_until, store.clock.now())
        right = not locked and check_code(store, user, code)
    with store.write() as tx:
        if user is None:
            tx.append(Event(code=EventCode.SIGNIN_FAILED, actor=SYSTEM, decision="deny"))
        elif is_locked(user.locked_until, tx.now):
            tx.append(Event(code=EventCode.SIGNIN_LOCKOUT, actor=user.id, decision="deny"))
            right = False
        elif right and not user.disabled:
            users.clear_failures(tx, user.id)
            tx.append(Event(code=EventCode.SIGNIN_PASSWORD, actor=user.id, decision="allow"))
        else:
            failures = users.record_failure(tx, user.id, locked_until(user.failures + 1, tx.now))
            code_ = EventCode.SIGNIN_LOCKOUT if locked_until(failures, tx.now) else EventCode.SIGNIN_FAILED
            tx.append(Event(code=code_, actor=user.id, decision="deny"))
            right = False
    if user is None or not right:
        raise Denied(_REFUSED + ", or there were too many wrong tries: then wait and try again")


def link_owner(store: Store, token: str) -> UserRow | None:
    """The person of an unused link, if they have an authenticator app: then the link alone is not enough."""
    with store.read() as conn:
        owner = users.link_owner(conn, digest_of(token), store.clock.now())
    return owner if owner is not None and owner.totp is not None else None


def check_link(store: Store, token: str, code: str) -> Mfa:
    """What signing in by the link proves. The code comes first: a mistyped one does not cost the link. Errors: Denied."""
    owner = link_owner(store, token)
    if owner is None:
        return Mfa.NONE
    if is_locked(owner.locked_until, store.clock.now()) or not check_code(store, owner, code):
        with store.write() as tx:
            users.record_failure(tx, owner.id, locked_until(owner.failures + 1, tx.now))
            tx.append(Event(code=EventCode.SIGNIN_FAILED, actor=owner.id, decision="deny"))
        raise Denied("the code of your authenticator app is wrong or missing: type it and sign in again")
    return Mfa.TOTP


def check_code(store: Store, user: UserRow, code: str) -> bool:
    """Whether `code` is right now, and was not used before; it is used up then."""
    if user.totp is None:
        return False
    secret = store.keys.unwrap(_binding(user), user.totp)
    step = totp.accepted(secret, code.replace(" ", ""), store.clock.now(), user.totp_step)
    if step is None:
        return False
    with store.write() as tx:
        fresh = users.take_code(tx, user.id, step)
        tx.append(Event(code=EventCode.SIGNIN_CODE, actor=user.id, decision="allow" if fresh else "deny"))
    return fresh


def _binding(user: UserRow) -> str:
    return f"totp {user.id}"
