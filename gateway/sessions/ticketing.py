"""Tickets: each opens the stream of one session once, for the page that the session belongs to."""

from enum import Enum

from gateway.audit.events import EventCode
from gateway.identity.tokens import digest_of, new_token
from gateway.settings import TokenBytes
from gateway.store import sessions, tickets
from gateway.store.opening import Store
from gateway.store.sessions import SessionRow, event_of
from gateway.stream import bond

TICKET_S = 15.0  # it is used at once or never


class Shown(Enum):
    """What a ticket that was shown is worth."""

    GOOD = "good"
    REFUSED = "refused"
    STOLEN = "stolen"  # a good one, from a page that holds the session's cookie alone


def issue(store: Store, token_bytes: TokenBytes, session: SessionRow) -> str:
    """A ticket for `session`'s stream."""
    token, token_hash = new_token(token_bytes)
    with store.write() as tx:
        tickets.add_ticket(tx, token_hash, session.id, tx.now + TICKET_S)
        tx.append(event_of(session, EventCode.TICKET_ISSUE))
    return token


def redeem(store: Store, ticket: str, session: SessionRow, key: str | None, proof: str | None) -> Shown:
    """Whether `ticket` is good, unused until now, and was made for `session`, and comes from its page.

    The first `key` that is shown with a `proof` binds the session. Whoever comes later without it holds the cookie alone.
    """
    proven = bool(key and proof and bond.holds(key, bond.question(bond.HELLO, ticket), proof))
    with store.write() as tx:
        owner = tickets.redeem_ticket(tx, digest_of(ticket), tx.now)
        row = sessions.by_id(tx.connection, session.id)
        bound = row.bond if row is not None else None
        ours = (proven and key == bound) if bound else (proven or key is None)
        good = owner == session.id and ours
        stolen = owner == session.id and not ours
        code = EventCode.STREAM_OPEN if good else EventCode.STREAM_REFUSED
        tx.append(event_of(session, code, decision="allow" if good else "deny"))
        if good and proven and bound is None:
            sessions.bind(tx, session.id, key)
            tx.append(event_of(session, EventCode.SESSION_BIND))
        if stolen:
            tx.append(event_of(session, EventCode.CLIENT_SIGNAL, details={"signal": "unproven"}))
    return Shown.GOOD if good else Shown.STOLEN if stolen else Shown.REFUSED
