"""Sessions: how a person gets one, how it locks, and how it ends. Each step is one audited transaction."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.audit.events import Event, EventCode
from gateway.errors import Denied, Invalid
from gateway.identity.lockout import is_locked, locked_until
from gateway.identity.method import SignInMethod
from gateway.identity.passwords import Passwords
from gateway.identity.tokens import digest_of, new_token
from gateway.sessions.book import PolicyBook
from gateway.sessions.controls import controls_of
from gateway.sessions.recording import asked
from gateway.settings import TokenBytes
from gateway.store import projects, sessions, tickets, users
from gateway.store.opening import Store
from gateway.store.sessions import SessionRow
from gateway.store.transaction import Transaction
from gateway.store.users import UserRow
from policies.deciding import Decision, Request, decide

TICKET_S = 15.0  # a stream ticket is used at once or never
LINK_S = 24 * 3600.0
_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0/o, 1/l/i: people read these off a watermark
_ROLE_ORDER = ("annotator", "reviewer", "admin")
_REFUSED = "the name or the password is wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Where a request came from."""

    address: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A role in a project that a person may work in, and the decision that says so."""

    role: str
    project: str | None  # id; None for work that is not in one project (the console)
    project_name: str
    request: Request
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A new session; `token` goes into the cookie and is stored nowhere."""

    session: SessionRow
    token: str


class Sessions:
    """The use cases around sessions."""

    def __init__(self, store: Store, book: PolicyBook, passwords: Passwords, token_bytes: TokenBytes) -> None:
        self.store = store
        self.book = book
        self._passwords = passwords
        self._token_bytes = token_bytes

    # --- entering
    def by_link(self, token: str, visitor: Visitor) -> Entered:
        """A session for the person of a one-time link. Errors: Denied if it was used, has expired, or no policy lets them in."""
        with self.store.write() as tx:
            name = users.redeem_link(tx, digest_of(token), tx.now)
            if name is None:
                tx.append(Event(code=EventCode.SIGNIN_FAILED, actor="system", decision="deny"))
            else:
                tx.append(Event(code=EventCode.SIGNIN_LINK, actor=name, decision="allow"))
        if name is None:
            raise Denied("this link was used before or has expired; ask for a new one")
        return self._start(name, visitor, SignInMethod.LINK)

    def by_password(self, name: str, password: str, visitor: Visitor) -> Entered:
        """A session for `name`. Errors: Denied, in the same words and time whether the name or the password is wrong."""
        with self.store.read() as conn:
            user = users.user_by_name(conn, name)
        self._check_password(user, password)
        assert user is not None
        return self._start(user.id, visitor, SignInMethod.PASSWORD)

    def _check_password(self, user: UserRow | None, password: str) -> None:
        right = self._passwords.verify(user.password_hash if user else None, password)
        with self.store.write() as tx:
            if user is None:
                tx.append(Event(code=EventCode.SIGNIN_FAILED, actor="system", decision="deny"))
            elif is_locked(user.locked_until, tx.now):
                tx.append(Event(code=EventCode.SIGNIN_LOCKOUT, actor=user.id, decision="deny"))
                right = False
            elif right and not user.disabled:
                users.clear_failures(tx, user.id)
                tx.append(Event(code=EventCode.SIGNIN_PASSWORD, actor=user.id, decision="allow"))
            else:
                failures = users.record_failure(tx, user.id, locked_until(user.failures + 1, tx.now))
                code = EventCode.SIGNIN_LOCKOUT if locked_until(failures, tx.now) else EventCode.SIGNIN_FAILED
                tx.append(Event(code=code, actor=user.id, decision="deny"))
                right = False
        if user is None or not right:
            raise Denied(_REFUSED + ", or there were too many wrong tries: then wait and try again")

    def places(self, user: UserRow) -> list[Place]:
        """Every role and project that the policies let `user` work in, the most ordinary role first."""
        return [place for place in self._considered(user) if place.decision.allowed]

    def _considered(self, user: UserRow) -> Iterator[Place]:
        with self.store.read() as conn:
            known = projects.all_projects(conn)
        for role in sorted(
            user.roles, key=lambda r: _ROLE_ORDER.index(r) if r in _ROLE_ORDER else len(_ROLE_ORDER)
        ):
            options: list[tuple[str | None, str]] = [(p.id, p.name) for p in known]
            for project, name in [(None, "")] if role == "admin" else options:
                request = Request(
                    user=user.name,
                    roles=tuple(user.roles),
                    groups=tuple(user.groups),
                    project=name,
                    role=role,
                )
                decision = decide(request, self.book.current)
                yield Place(role=role, project=project, project_name=name, request=request, decision=decision)

    def _start(
        self, user_id: str, visitor: Visitor, method: SignInMethod, wanted: tuple[str, str] | None = None
    ) -> Entered:
        with self.store.read() as conn:
            user = users.user_by_id(conn, user_id)
        if user is None or user.disabled:
            raise Denied("this account is closed")
        considered = list(self._considered(user))
        open_to = [
            p for p in considered if p.decision.allowed and wanted in (None, (p.role, p.project or ""))
        ]
        if not open_to:
            self._record_denial(user, considered)
            raise Denied("no session policy lets you in: " + _why(considered))
        place = open_to[0]
        assert place.decision.controls is not None
        controls = place.decision.controls
        token, token_hash = new_token(self._token_bytes)
        with self.store.write() as tx:
            active = sessions.count_active(tx.connection, user.id, tx.now)
            if active >= controls.concurrent:
                oldest = sessions.active_of_user(tx.connection, user.id, tx.now)
                for row in oldest[: active - controls.concurrent + 1]:
                    self._end(tx, row, "signed in elsewhere")
            session = SessionRow(
                id="".join(_ID_ALPHABET[b % len(_ID_ALPHABET)] for b in self._token_bytes(12)),
                token_hash=token_hash,
                user=user.id,
                project=place.project,
                role=place.role,
                address=visitor.address,
                agent=visitor.agent,
                state="active",
                reason=None,
                started=tx.now,
                last_input=tx.now,
                expires=tx.now + controls.max_duration_s,
                policy_digest=self.book.current.digest,
                policies=list(place.decision.policies),
                controls=controls.to_dict(),
                item=None,
                streaming=False,
            )
            sessions.add_session(tx, session)
            tx.append(
                Event(
                    code=EventCode.SESSION_START,
                    actor=user.id,
                    session=session.id,
                    object=place.project,
                    policy=self.book.current.digest,
                    decision="allow",
                    payload={"method": method.value, "address": visitor.address, **_reasons(place)},
                )
            )
        return Entered(session=session, token=token)

    def _record_denial(self, user: UserRow, considered: list[Place]) -> None:
        reasons = [_reasons(place) for place in considered]
        with self.store.write() as tx:
            tx.append(
                Event(
                    code=EventCode.SESSION_DENIED,
                    actor=user.id,
                    policy=self.book.current.digest,
                    decision="deny",
                    payload={"considered": reasons},
                )
            )

    def switch(self, session: SessionRow, role: str, project: str, visitor: Visitor) -> Entered:
        """Another session of the same person, in another role or project. Errors: Denied."""
        entered = self._start(session.user, visitor, SignInMethod.PASSWORD, (role, project))
        self.end(session.id, "switched to another project or role", by=session.user)
        return entered

    # --- staying
    def current(self, token: str) -> SessionRow | None:
        """The session that the cookie's `token` stands for, or None if it is over. An idle one comes back locked."""
        with self.store.read() as conn:
            session = sessions.by_token_hash(conn, digest_of(token))
        if session is None or session.state == "ended":
            return None
        now = self.store.clock.now()
        if now >= session.expires:
            self.end(session.id, "the session's time is up", by="system")
            return None
        if session.state == "active" and now - session.last_input >= controls_of(session).idle_lock_s:
            return self.lock(session.id, "nothing was done for a while")
        return session

    def lock(self, session_id: str, reason: str) -> SessionRow | None:
        """Lock an active session; the person's password opens it again."""
        with self.store.write() as tx:
            session = sessions.by_id(tx.connection, session_id)
            if session is not None and session.state == "active":
                sessions.set_state(tx, session_id, "locked", reason)
                tx.append(Event(code=EventCode.SESSION_LOCK, actor=session.user, session=session_id))
            else:
                return session
        with self.store.read() as conn:
            return sessions.by_id(conn, session_id)

    def unlock(self, session: SessionRow, password: str) -> None:
        """Open a locked session again. Errors: Denied if the password is wrong."""
        with self.store.read() as conn:
            user = users.user_by_id(conn, session.user)
        if user is not None and user.password_hash is None:
            raise Denied("this account has no password yet: sign out and ask for a new sign-in link")
        self._check_password(user, password)
        with self.store.write() as tx:
            sessions.set_state(tx, session.id, "active", None)
            sessions.touch(tx.connection, session.id, tx.now)
            tx.append(Event(code=EventCode.SESSION_UNLOCK, actor=session.user, session=session.id))

    def ticket(self, session: SessionRow) -> str:
        """A one-use ticket that opens `session`'s stream within 15 s."""
        token, token_hash = new_token(self._token_bytes)
        with self.store.write() as tx:
            tickets.add_ticket(tx, token_hash, session.id, tx.now + TICKET_S)
            tx.append(Event(code=EventCode.TICKET_ISSUE, actor=session.user, session=session.id))
        return token

    def redeem(self, ticket: str, session: SessionRow) -> bool:
        """Whether `ticket` is good, unused until now, and was made for `session`."""
        with self.store.write() as tx:
            owner = tickets.redeem_ticket(tx, digest_of(ticket), tx.now)
            good = owner == session.id
            code = EventCode.STREAM_OPEN if good else EventCode.STREAM_REFUSED
            decision = "allow" if good else "deny"
            tx.append(Event(code=code, actor=session.user, session=session.id, decision=decision))
        return good

    # --- leaving
    def end(self, session_id: str, reason: str, *, by: str) -> bool:
        """End a session now; whether it was still alive."""
        with self.store.write() as tx:
            session = sessions.by_id(tx.connection, session_id)
            if session is None or session.state == "ended":
                return False
            self._end(tx, session, reason, by=by)
        return True

    def end_all(self, user_id: str, reason: str) -> int:
        """End every session of a person; how many there were."""
        with self.store.write() as tx:
            rows = sessions.active_of_user(tx.connection, user_id, tx.now)
            for row in rows:
                self._end(tx, row, reason, by=user_id)
            tx.append(Event(code=EventCode.SIGNOUT_ALL, actor=user_id))
        return len(rows)

    def _end(self, tx: Transaction, session: SessionRow, reason: str, *, by: str = "system") -> None:
        sessions.set_state(tx, session.id, "ended", reason)
        tx.append(Event(code=EventCode.SESSION_END, actor=by, session=session.id, payload={"reason": reason}))

    # --- credentials
    def set_password(self, session: SessionRow, password: str, repeat: str) -> None:
        """Give the session's person a password. Errors: Invalid if it is too short or the two differ."""
        if password != repeat:
            raise Invalid("the two passwords are not the same")
        hashed = self._passwords.hash(password)
        with self.store.write() as tx:
            users.set_password_hash(tx, session.user, hashed)
            tx.append(Event(code=EventCode.PASSWORD_SET, actor=session.user, session=session.id))

    def make_link(self, user_id: str) -> str:
        """A one-time sign-in token for a person, good for a day."""
        token, token_hash = new_token(self._token_bytes)
        with self.store.write() as tx:
            users.add_link(tx, token_hash, user_id, tx.now + LINK_S)
            tx.append(Event(code=EventCode.LINK_CREATE, actor="system", object=user_id))
        return token


def _reasons(place: Place) -> dict[str, object]:
    decision = place.decision
    return {
        "asked": asked(place.request),
        "policies": list(decision.policies),
        "reasons": [[reason.policy, reason.field, reason.text] for reason in decision.reasons],
        "errors": list(decision.errors),
    }


def _why(considered: list[Place]) -> str:
    texts = [reason.text for place in considered for reason in place.decision.reasons]
    texts += [error for place in considered for error in place.decision.errors]
    return "; ".join(dict.fromkeys(texts)) or "you have no role in any project"
