"""How a person gets a session, how it locks and ends: each step by hand-moved time, each in the audit log."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.audit.events import Event, EventCode
from gateway.errors import Denied, Invalid
from gateway.identity.passwords import Passwords
from gateway.sessions.book import PolicyBook
from gateway.sessions.entering import LINK_S, Entered, Sessions
from gateway.sessions.placing import Visitor
from gateway.sessions.ticketing import TICKET_S
from gateway.store import auditing, sessions
from gateway.store.opening import Store
from gateway.store.sessions import SessionRow
from gateway.stream import bond
from tests.gateway.stores import Bytes, HandClock, add_people, add_project
from tests.gateway.test_stream_oath import OTHER, PRIVATE, key_of, sign

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "policies"
HERE = Visitor(address="127.0.0.1", agent="tests")
RIGHT = "correct horse battery"


@pytest.fixture
def use(store: Store, tmp_path: Path) -> Sessions:
    """Ada and Bo, annotators and reviewers of one project, under the demo policies."""
    add_people(store, "ada", "bo")
    add_project(store)
    folder = tmp_path / "policies"
    folder.mkdir()
    for name in ("demo-annotators.toml", "demo-reviewers.toml"):
        shutil.copy(SHIPPED / name, folder / name)
    return Sessions(store, PolicyBook(folder, store), Passwords(Bytes(3)), Bytes(4))


@pytest.fixture
def enter(use: Sessions) -> Callable[..., Entered]:
    def by_link(name: str = "ada") -> Entered:
        return use.by_link(use.make_link(f"{name}-id"), HERE)

    return by_link


def _actions(store: Store) -> list[str]:
    with store.read() as connection:
        return [
            json.loads(leaf)["action"] for leaf in auditing.leaves(connection, 0, auditing.head(store).size)
        ]


def _session(store: Store, entered: Entered) -> sessions.SessionRow:
    with store.read() as connection:
        row = sessions.by_id(connection, entered.session.id)
    assert row is not None
    return row


def test_a_link_works_once(use: Sessions, store: Store) -> None:
    token = use.make_link("ada-id")
    entered = use.by_link(token, HERE)
    assert use.current(entered.token) == entered.session
    assert entered.session.policies == ["demo-annotators"]
    with pytest.raises(Denied, match="used before"):
        use.by_link(token, HERE)
    assert _actions(store)[-4:] == [
        EventCode.LINK_CREATE,
        EventCode.SIGNIN_LINK,
        EventCode.SESSION_START,
        EventCode.SIGNIN_FAILED,
    ]


def test_a_link_lasts_a_day(use: Sessions, clock: HandClock) -> None:
    token = use.make_link("ada-id")
    clock.time += LINK_S
    with pytest.raises(Denied):
        use.by_link(token, HERE)


def test_no_token_of_any_kind_is_stored(use: Sessions, enter: Callable[..., Entered], tmp_path: Path) -> None:
    link = use.make_link("ada-id")
    entered = enter("bo")
    ticket = use.ticket(entered.session)
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("rows.db*"))
    for token in (link, entered.token, ticket):
        assert token.encode() not in stored


def test_no_policy_no_session_and_the_reason_is_said(use: Sessions, store: Store) -> None:
    for path in use.book.folder.glob("*.toml"):
        path.unlink()
    assert use.book.refresh()
    with pytest.raises(Denied, match="no session policy lets you in"):
        use.by_link(use.make_link("ada-id"), HERE)
    assert _actions(store)[-1] == EventCode.SESSION_DENIED


def test_a_bad_policy_changes_nothing_and_says_where(use: Sessions, store: Store) -> None:
    before = use.book.current
    (use.book.folder / "zz.toml").write_text('policy = "zz"\n[sesion]\n')
    assert not use.book.refresh()
    assert use.book.current is before
    assert any("sesion" in str(error) for error in use.book.errors)
    assert _actions(store)[-1] == EventCode.POLICY_INVALID
    use.by_link(use.make_link("ada-id"), HERE)
    (use.book.folder / "zz.toml").unlink()
    assert not use.book.refresh()
    assert use.book.errors == ()


def test_a_second_session_ends_the_first(use: Sessions, store: Store, enter: Callable[..., Entered]) -> None:
    first = enter()
    second = enter()
    assert use.current(first.token) is None
    assert _session(store, first).reason == "signed in elsewhere"
    assert use.current(second.token) is not None
    enter("bo")
    assert use.current(second.token) is not None, "another person's session ended it"


def test_idle_locks_and_the_password_opens(
    use: Sessions, store: Store, clock: HandClock, enter: Callable[..., Entered]
) -> None:
    entered = enter()
    use.set_password(entered.session, RIGHT, RIGHT)
    clock.time += 299
    assert _state(use, entered) == "active"
    clock.time += 1
    assert _state(use, entered) == "locked"
    locked = _session(store, entered)
    for wrong in ("", "wrong password!", RIGHT + " "):
        with pytest.raises(Denied):
            use.unlock(locked, wrong)
    token = use.unlock(locked, RIGHT)
    assert _state(use, entered) == "gone", "the old cookie opens nothing any more"
    row = use.current(token)
    assert row is not None
    assert row.state == "active"


def _state(use: Sessions, entered: Entered) -> str:
    row = use.current(entered.token)
    return row.state if row else "gone"


def test_without_a_password_only_a_new_link_opens(
    use: Sessions, store: Store, enter: Callable[..., Entered]
) -> None:
    entered = enter()
    locked = use.lock(entered.session.id, "by hand")
    assert locked is not None
    with pytest.raises(Denied, match="no password yet"):
        use.unlock(locked, "")


def test_the_longest_duration_ends_it_whatever_is_done(
    use: Sessions, store: Store, clock: HandClock, enter: Callable[..., Entered]
) -> None:
    entered = enter()
    while clock.time < entered.session.expires - 60:
        clock.time += 60
        store.touch(entered.session.id, clock.time)
    assert _state(use, entered) == "active"
    clock.time = entered.session.expires
    assert _state(use, entered) == "gone"
    assert _session(store, entered).state == "ended"


def test_a_ticket_opens_one_stream_of_its_own_session_for_15_seconds(
    use: Sessions, clock: HandClock, enter: Callable[..., Entered]
) -> None:
    ada, bo = enter().session, enter("bo").session
    good, foreign, late = use.ticket(ada), use.ticket(bo), use.ticket(ada)
    assert use.redeem(good, ada)
    assert not use.redeem(good, ada), "twice"
    assert not use.redeem(foreign, ada), "another session's"
    assert not use.redeem("nonsense", ada)
    clock.time += TICKET_S
    assert not use.redeem(late, ada), "too late"


def test_five_wrong_passwords_lock_even_the_right_one_out_for_a_while(
    use: Sessions, clock: HandClock, enter: Callable[..., Entered]
) -> None:
    use.set_password(enter().session, RIGHT, RIGHT)
    for _ in range(5):
        with pytest.raises(Denied):
            use.by_password("ada", "wrong password!", HERE)
    with pytest.raises(Denied):
        use.by_password("ada", RIGHT, HERE)
    clock.time += 30
    use.by_password("ada", RIGHT, HERE)


def test_the_refusal_is_the_same_for_a_name_that_is_not_there(
    use: Sessions, enter: Callable[..., Entered]
) -> None:
    use.set_password(enter().session, RIGHT, RIGHT)
    said = []
    for name in ("ada", "nobody"):
        with pytest.raises(Denied) as caught:
            use.by_password(name, "wrong password!", HERE)
        said.append(str(caught.value))
    assert said[0] == said[1]


@pytest.mark.parametrize(("password", "repeat"), [("short", "short"), (RIGHT, RIGHT + "!")])
def test_a_password_is_long_and_said_twice(
    use: Sessions, enter: Callable[..., Entered], password: str, repeat: str
) -> None:
    with pytest.raises(Invalid):
        use.set_password(enter().session, password, repeat)


def test_signing_out_everywhere(use: Sessions, store: Store, enter: Callable[..., Entered]) -> None:
    entered, other = enter(), enter("bo")
    assert use.end_all("ada-id", "signed out everywhere") == 1
    assert use.current(entered.token) is None
    assert use.current(other.token) is not None
    assert EventCode.SIGNOUT_ALL in _actions(store)


def test_a_closed_account_gets_no_session(use: Sessions, store: Store) -> None:
    from gateway.store import users
    from tests.gateway.stores import note

    with store.write() as tx:
        users.disable(tx, "ada-id", disabled=True)
        tx.append(note())
    with pytest.raises(Denied, match="closed"):
        use.by_link(use.make_link("ada-id"), HERE)


def test_a_session_belongs_to_the_first_key_that_it_is_shown(
    use: Sessions, store: Store, enter: Callable[..., Entered]
) -> None:
    session = enter().session

    def redeem(private: ec.EllipticCurvePrivateKey | None) -> bool:
        ticket = use.ticket(session)
        if private is None:
            return use.redeem(ticket, session)
        proof = sign(private, bond.question(bond.HELLO, ticket))
        return use.redeem(ticket, session, key_of(private), proof)

    assert redeem(None), "nothing is bound yet"
    assert redeem(PRIVATE)
    assert redeem(PRIVATE)
    for thief in (OTHER, None):
        assert not redeem(thief)
        row = _row(store, session.id)
        assert (row.state, row.reason) == ("locked", "another browser used this session's cookie")
        with store.write() as tx:
            sessions.set_state(tx, session.id, "active", None)
            tx.append(Event(code=EventCode.SESSION_UNLOCK, actor=session.user, session=session.id))
    ticket = use.ticket(session)
    assert not use.redeem(ticket, session, key_of(PRIVATE), sign(OTHER, bond.question(bond.HELLO, ticket)))


def _row(store: Store, session: str) -> SessionRow:
    with store.read() as conn:
        row = sessions.by_id(conn, session)
    assert row is not None
    return row
