"""Sessions: how a person gets one, how it locks, and how it ends. Each step is one audited transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.audit.events import Event, EventCode
from gateway.errors import Denied, Invalid
from gateway.identity.method import SignInMethod
from gateway.identity.passwords import Passwords
from gateway.identity.tokens import digest_of, new_token
from gateway.sessions import proving, ticketing
from gateway.sessions.book import PolicyBook
from gateway.sessions.controls import controls_of
from gateway.sessions.following import lost_conditions
from gateway.sessions.placing import Place, Visitor, considered, reasons, why
from gateway.sessions.ticketing import Shown
from gateway.settings import TokenBytes
from gateway.store import sessions, users
from gateway.store.opening import Store
from gateway.store.sessions import SessionRow
from gateway.store.transaction import Transaction
from gateway.store.users import UserRow
from policies.values import Mfa

LINK_S = 24 * 3600.0
_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0/o, 1/l/i: people read these off a watermark
STOLEN = "another browser used this session's cookie"
REAUTHENTICATE = "it is time to prove again who you are"


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
    def by_link(self, token: str, visitor: Visitor, code: str = "") -> Entered:
        """A session for the person of a one-time link. Errors: Denied if it was used, has expired, or no policy lets them in."""
        mfa = proving.check_link(self.store, token, code)
        with self.store.write() as tx:
            name = users.redeem_link(tx, digest_of(token), tx.now)
            if name is None:
                tx.append(Event(code=EventCode.SIGNIN_FAILED, actor="system", decision="deny"))
            else:
                tx.append(Event(code=EventCode.SIGNIN_LINK, actor=name, decision="allow"))
        if name is None:
            raise Denied("this link was used before or has expired; ask for a new one")
        return self._start(name, visitor, SignInMethod.LINK, mfa)

    def link_needs_code(self, token: str) -> bool:
        """Whether the person of an unused link has an authenticator app."""
        return proving.link_owner(self.store, token) is not None

    def by_password(self, name: str, password: str, visitor: Visitor, code: str = "") -> Entered:
        """A session for `name`. Errors: Denied, in the same words and time whether the name or the password is wrong."""
        with self.store.read() as conn:
            user = users.user_by_name(conn, name)
        proving.check_password(self.store, self._passwords, user, password, code)
        assert user is not None
        mfa = Mfa.TOTP if user.totp is not None else Mfa.NONE
        return self._start(user.id, visitor, SignInMethod.PASSWORD, mfa)

    def places(self, user: UserRow, visitor: Visitor, mfa: Mfa) -> list[Place]:
        """Every role, project and purpose that the policies let `user` work in, the most ordinary role first."""
        return [
            p for p in considered(self.store, self.book.current, user, visitor, mfa) if p.decision.allowed
        ]

    def _start(
        self,
        user_id: str,
        visitor: Visitor,
        method: SignInMethod,
        mfa: Mfa,
        wanted: tuple[str, str, str] | None = None,
    ) -> Entered:
        with self.store.read() as conn:
            user = users.user_by_id(conn, user_id)
        if user is None or user.disabled:
            raise Denied("this account is closed")
        places = list(considered(self.store, self.book.current, user, visitor, mfa))
        open_to = [
            p
            for p in places
            if p.decision.allowed and wanted in (None, (p.role, p.project or "", p.request.purpose))
        ]
        if not open_to:
            self._record_denial(user, places)
            raise Denied("no session policy lets you in: " + why(places))
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
                mfa=mfa.value,
                proven=tx.now,
                country=visitor.country,
                device=visitor.device.value,
                purpose=place.request.purpose,
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
                    payload={"method": method.value, "address": visitor.address, **reasons(place)},
                )
            )
        return Entered(session=session, token=token)

    def _record_denial(self, user: UserRow, places: list[Place]) -> None:
        refused = [reasons(place) for place in places]
        with self.store.write() as tx:
            tx.append(
                Event(
                    code=EventCode.SESSION_DENIED,
                    actor=user.id,
                    policy=self.book.current.digest,
                    decision="deny",
                    payload={"considered": refused},
                )
            )

    def switch(self, session: SessionRow, wanted: tuple[str, str, str], visitor: Visitor) -> Entered:
        """Another session of the same person, in another role, project or purpose. Errors: Denied."""
        entered = self._start(session.user, visitor, SignInMethod.PASSWORD, Mfa(session.mfa), wanted)
        self.end(session.id, "switched to another project or role", by=session.user)
        return entered

    # --- staying
    def current(self, token: str, visitor: Visitor | None = None) -> SessionRow | None:
        """The session that the cookie's `token` stands for, or None if it is over. An idle one comes back locked.

        With a `visitor` its conditions are checked from there: one that does not hold ends it, and says which.
        """
        with self.store.read() as conn:
            session = sessions.by_token_hash(conn, digest_of(token))
        if session is None or session.state == "ended":
            return None
        now = self.store.clock.now()
        if now >= session.expires:
            self.end(session.id, "the session's time is up", by="system")
            return None
        if visitor is not None and (lost := lost_conditions(self.store, self.book.current, session, visitor)):
            self.end(session.id, lost, by="system")
            return None
        if session.state == "active" and (reason := self._must_lock(session, now)):
            return self.lock(session.id, reason)
        return session

    def _must_lock(self, session: SessionRow, now: float) -> str | None:
        controls = controls_of(session)
        if now - session.last_input >= controls.idle_lock_s:
            return "nothing was done for a while"
        if now - session.proven >= controls.reauthenticate_s:
            return REAUTHENTICATE
        return None

    def lock_unproven(self, rows: Sequence[SessionRow]) -> bool:
        """Lock those of `rows` whose people have to prove again who they are. Whether there was one."""
        now = self.store.clock.now()
        due = [
            row
            for row in rows
            if row.state == sessions.ACTIVE and now - row.proven >= controls_of(row).reauthenticate_s
        ]
        for row in due:
            self.lock(row.id, REAUTHENTICATE)
        return bool(due)

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

    def unlock(self, session: SessionRow, password: str, code: str = "") -> str:
        """Open a locked session again, for the page that comes next: its cookie's new token. Errors: Denied if the password or the code is wrong."""
        with self.store.read() as conn:
            user = users.user_by_id(conn, session.user)
        if user is not None and user.password_hash is None:
            raise Denied("this account has no password yet: sign out and ask for a new sign-in link")
        proving.check_password(self.store, self._passwords, user, password, code)
        token, token_hash = new_token(self._token_bytes)
        with self.store.write() as tx:
            sessions.set_state(tx, session.id, "active", None)
            sessions.renew_token(tx, session.id, token_hash)
            sessions.bind(tx, session.id, None)
            sessions.set_proven(tx, session.id, tx.now)
            sessions.touch(tx.connection, session.id, tx.now)
            tx.append(Event(code=EventCode.SESSION_UNLOCK, actor=session.user, session=session.id))
        return token

    def ticket(self, session: SessionRow) -> str:
        """A one-use ticket that opens `session`'s stream within 15 s."""
        return ticketing.issue(self.store, self._token_bytes, session)

    def redeem(
        self, ticket: str, session: SessionRow, key: str | None = None, proof: str | None = None
    ) -> bool:
        """Whether `ticket` opens `session`'s stream, by `ticketing.redeem`; a stolen cookie locks the session."""
        shown = ticketing.redeem(self.store, ticket, session, key, proof)
        if shown is Shown.STOLEN:
            self.lock(session.id, STOLEN)
        return shown is Shown.GOOD

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
