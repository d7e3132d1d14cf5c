"""Conditions at entry, at each request and while a session streams: losing one ends it, and says which."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.audit.events import EventCode
from gateway.errors import Conflict, Denied, Invalid
from gateway.identity import totp
from gateway.identity.passwords import Passwords
from gateway.sessions import following, granting, proving, recording
from gateway.sessions.book import PolicyBook
from gateway.sessions.controls import controls_of
from gateway.sessions.entering import REAUTHENTICATE, Sessions
from gateway.sessions.placing import Visitor
from gateway.settings import StoreSettings
from gateway.store import credentials, recalling, sessions, users
from gateway.store.credentials import CredentialRow
from gateway.store.opening import Store
from gateway.store.sessions import SessionRow
from policies.values import Device, Mfa
from tests.gateway.stores import START, Bytes, HandClock, add_people, add_project, note

HERE = Visitor(address="198.51.100.7", agent="tests", country="DE", device=Device.KNOWN)
DAY_S = 86_400
BASE = 'policy = "p"\napplies_to.projects = ["*"]\nallow.actions = ["item.view"]\n'
OFFICE = 'hours = { days = "mon-sun", from = "08:00", to = "18:00", zone = "UTC" }'  # START is 08:00 UTC

Make = Callable[[str], Sessions]


@pytest.fixture
def where(tmp_path: Path) -> StoreSettings:
    """SQLite alone: what PostgreSQL could do differently is in the tests of the store."""
    return StoreSettings(
        database_url=f"sqlite:///{tmp_path / 'rows.db'}",
        objects_url=f"file://{tmp_path / 'objects'}",
        keys=tmp_path / "keys",
    )


@pytest.fixture
def under(store: Store, tmp_path: Path) -> Make:
    """The use cases under one policy with these lines; Ada has a valid `nda`."""
    add_people(store, "ada", "bo")
    add_project(store)
    grant_credential(store, "nda", START + DAY_S)
    (tmp_path / "policies").mkdir()

    def make(lines: str) -> Sessions:
        (tmp_path / "policies" / "p.toml").write_text(BASE + lines)
        return Sessions(store, PolicyBook(tmp_path / "policies", store), Passwords(Bytes(3)), Bytes(4))

    return make


def grant_credential(store: Store, name: str, expires: float | None) -> None:
    with store.write() as tx:
        row = CredentialRow(
            id=name, user="ada-id", name=name, issuer="x", granted=tx.now, expires=expires, revoked=None
        )
        credentials.add(tx, row)
        tx.append(note(EventCode.CREDENTIAL_GRANT, object="ada-id"))


def enter(use: Sessions, visitor: Visitor = HERE) -> tuple[SessionRow, str]:
    entered = use.by_link(use.make_link("ada-id"), visitor)
    return entered.session, entered.token


def state(use: Sessions, session: SessionRow) -> SessionRow:
    with use.store.read() as conn:
        row = sessions.by_id(conn, session.id)
    assert row is not None
    return row


REFUSED = [
    ('[require]\nmfa = "totp"', HERE, "signing in needs `totp`"),
    ('[require]\ncredentials = ["nda", "licence"]', HERE, "no valid credential `licence`"),
    ('[require]\nnetworks = ["10.0.0.0/8"]', HERE, "the address `198.51.100.7` is in no network"),
    ('[require]\ncountries = ["FR"]', HERE, "the country `DE`"),
    ('[require]\ndevice = "managed"', HERE, "must be `managed`, and this one is `known`"),
    (f"[require]\n{OFFICE.replace('08:00', '09:00')}", HERE, "outside the hours"),
]


@pytest.mark.parametrize(("lines", "visitor", "why"), REFUSED)
def test_nobody_enters_without_what_is_required_and_the_log_keeps_what_was_asked(
    under: Make, lines: str, visitor: Visitor, why: str
) -> None:
    use = under(lines)
    with pytest.raises(Denied, match="no session policy lets you in") as caught:
        enter(use, visitor)
    assert why in str(caught.value)
    event = recalling.events_since(use.store, 0, {EventCode.SESSION_DENIED})[-1]
    asked = event.payload["considered"][0]["asked"]
    assert (asked["address"], asked["country"], asked["device"]) == ("198.51.100.7", "DE", "known")
    assert asked["credentials"] == ["nda"]


def test_a_session_enters_and_goes_on_while_everything_holds(under: Make) -> None:
    use = under(
        '[require]\ncredentials = ["nda"]\nnetworks = ["198.51.100.0/24"]\ncountries = ["DE"]\ndevice = "known"\n'
        + OFFICE
    )
    session, token = enter(use)
    assert use.current(token, HERE) == session
    assert not following.follow(use.store, use.book.current, [session])


MOVED = [
    (
        Visitor(address="203.0.113.1", agent="x", country="DE", device=Device.KNOWN),
        "the address `203.0.113.1`",
    ),
    (Visitor(address="198.51.100.7", agent="x", country="US", device=Device.KNOWN), "the country `US`"),
    (Visitor(address="198.51.100.7", agent="x", country="DE"), "the machine must be `known`"),
]


@pytest.mark.parametrize(("visitor", "why"), MOVED)
def test_a_cookie_used_from_elsewhere_ends_the_session(under: Make, visitor: Visitor, why: str) -> None:
    use = under('[require]\nnetworks = ["198.51.100.0/24"]\ncountries = ["DE"]\ndevice = "known"')
    session, token = enter(use)
    assert use.current(token, visitor) is None
    assert why in (state(use, session).reason or "")
    assert use.current(token, HERE) is None


def test_a_revoked_credential_ends_the_session_and_says_which(under: Make) -> None:
    use = under('[require]\ncredentials = ["nda"]')
    session, _ = enter(use)
    with use.store.write() as tx:
        assert credentials.revoke(tx, "ada-id", "nda") == 1
        tx.append(note(EventCode.CREDENTIAL_REVOKE))
    assert following.follow(use.store, use.book.current, [session])
    ended = state(use, session)
    assert (ended.state, ended.reason) == ("ended", "you may not go on: no valid credential `nda`")
    last = recalling.events_since(use.store, 0, {EventCode.SESSION_END})[-1]
    assert (last.session, last.decision, last.policy) == (session.id, "deny", use.book.current.digest)


def test_a_credential_that_expires_and_hours_that_end_do_the_same(under: Make, clock: HandClock) -> None:
    use = under(f'[require]\ncredentials = ["nda"]\n{OFFICE}\n[session]\nmax_duration = "24h"')
    session, _ = enter(use)
    clock.time = START + 10 * 3600 - 1
    assert not following.follow(use.store, use.book.current, [session])
    clock.time = START + 10 * 3600
    assert following.follow(use.store, use.book.current, [session])
    assert "outside the hours" in (state(use, session).reason or "")
    clock.time = START + DAY_S
    with pytest.raises(Denied, match="no valid credential `nda`"):
        enter(use)


def test_a_change_of_policy_gives_other_controls_or_ends(under: Make) -> None:
    use = under("")
    session, _ = enter(use)
    use = under('[session]\nidle_lock = "2m"')
    assert following.follow_all(use.store, use.book.current)
    changed = state(use, session)
    assert controls_of(changed).idle_lock_s == 120
    assert changed.policy_digest == use.book.current.digest
    assert not following.follow(use.store, use.book.current, [changed])
    use = under("[require]\nnetworks = []")
    assert following.follow_all(use.store, use.book.current)
    assert state(use, session).state == "ended"


def test_it_is_time_to_sign_in_again(under: Make, clock: HandClock) -> None:
    use = under('[session]\nreauthenticate = "2m"')
    session, token = enter(use)
    use.set_password(session, "correct horse battery", "correct horse battery")
    clock.time += 119
    with use.store.upkeep() as conn:
        sessions.touch(conn, session.id, clock.time)
    current = use.current(token, HERE)
    assert current is not None
    assert current.state == "active"
    clock.time += 1
    locked = use.current(token, HERE)
    assert locked is not None
    assert (locked.state, locked.reason) == ("locked", REAUTHENTICATE)
    fresh = use.unlock(locked, "correct horse battery")
    assert use.current(token, HERE) is None, "the old cookie is worth nothing"
    again = use.current(fresh, HERE)
    assert again is not None
    assert again.state == "active"


def test_a_clock_that_jumps_locks_everybody_and_changes_no_policy(under: Make) -> None:
    use = under("")
    session, _ = enter(use)
    following.lock_all(use.store, -3600.0)
    locked = state(use, session)
    assert locked.state == "locked"
    assert "clock jumped by -3600 s" in (locked.reason or "")
    assert recalling.events_since(use.store, 0, {EventCode.CLOCK_JUMP})[-1].details == {
        "count": 1,
        "jump_s": 3600,
    }
    assert not use.book.refresh()


def test_a_code_raises_the_session_and_is_good_once(under: Make, clock: HandClock) -> None:
    use = under('[require]\nmfa = "totp"')
    with use.store.read() as conn:
        ada = users.user_by_id(conn, "ada-id")
    assert ada is not None
    address = proving.enrol(use.store, ada)
    with use.store.read() as conn:
        ada = users.user_by_id(conn, "ada-id")
    assert ada is not None
    assert ada.totp is not None
    assert address.encode() not in ada.totp
    code = totp.code_at(use.store.keys.unwrap("totp ada-id", ada.totp), int(clock.time // totp.STEP_S))
    link = use.make_link("ada-id")
    with pytest.raises(Denied, match="code of your authenticator app"):
        use.by_link(link, HERE, "000000" if code != "000000" else "111111")
    clock.time += 1  # the wrong code locks nothing yet, and costs no link
    entered = use.by_link(link, HERE, f"{code[:3]} {code[3:]}")
    assert Mfa(entered.session.mfa) is Mfa.TOTP
    with pytest.raises(Denied, match="code of your authenticator app"):
        use.by_link(use.make_link("ada-id"), HERE, code)


def test_the_first_purpose_that_fits_is_taken_and_others_can_be_picked(under: Make) -> None:
    use = under('[require]\npurposes = ["care", "research"]')
    session, _ = enter(use)
    assert session.purpose == "care"
    entered = use.switch(session, (session.role, session.project or "", "research"), HERE)
    assert entered.session.purpose == "research"
    with pytest.raises(Denied):
        use.switch(entered.session, (session.role, session.project or "", "marketing"), HERE)


def _asked(use: Sessions, **changes: object) -> str:
    request: dict[str, object] = {
        "kind": "break-glass",
        "user": "ada-id",
        "reason": "the on-call reader needs it",
        "scope": {"surface.copy": "allow", "require.networks": ["0.0.0.0/0"]},
        "hours": 1,
    }
    return granting.ask(use.store, **{**request, **changes}).id  # type: ignore[arg-type] # any part of a request


def test_break_glass_needs_a_second_person_widens_its_scope_alone_and_ends(
    under: Make, clock: HandClock
) -> None:
    use = under('[require]\nnetworks = ["10.0.0.0/8"]\n[session]\nmax_duration = "8h"')
    with pytest.raises(Denied):
        enter(use)
    grant = _asked(use)
    with pytest.raises(Denied):
        enter(use)
    with pytest.raises(Denied, match="a second person"):
        granting.decide(use.store, grant, "ada-id", yes=True)
    granting.decide(use.store, grant, "bo-id", yes=True)
    session, token = enter(use)
    controls = controls_of(session)
    assert f"grant {grant}" in session.policies
    assert (controls.copy, controls.paste) == ("allow", "deny")
    assert (controls.watermark_opacity, controls.forensic) == (0.35, "strong")
    assert controls.watermark_visible == "{user} {session} {time} {project}"
    clock.time += 3599
    assert not following.follow(use.store, use.book.current, [session])
    clock.time += 1
    assert granting.end_overdue(use.store) == 1
    assert following.follow(use.store, use.book.current, [session])
    assert state(use, session).state == "ended"
    assert use.current(token, HERE) is None
    kept = [e for e in recalling.events_since(use.store, 0) if e.action.startswith("grant.")]
    assert [(e.action, e.actor, e.decision) for e in kept] == [
        ("grant.ask", "ada-id", None),
        ("grant.decide", "bo-id", "allow"),
        ("grant.end", "system", None),
    ]
    assert kept[0].payload["reason"] == "the on-call reader needs it"


BAD_REQUESTS = [
    ({"reason": "because"}, "a reason has 10 to"),
    ({"scope": {}}, "names no field"),
    ({"scope": {"surface.later": 1}}, "surface.later: is no field"),
    ({"scope": {"watermark.opacity": 0.02}}, "watermark.opacity: can't be widened by anybody"),
    ({"scope": {"surface.copy": "maybe"}}, "surface.copy: `maybe` is not one of"),
    ({"hours": 0}, "more than 0 and at most 24 hours"),
    ({"hours": 25}, "more than 0 and at most 24 hours"),
    ({"kind": "please"}, "there is no request `please`"),
    ({"kind": "unmask", "scope": {}}, "names an item, a slice and one of its masked regions"),
]


@pytest.mark.parametrize(("changes", "why"), BAD_REQUESTS)
def test_a_request_that_says_too_little_or_too_much_is_refused(
    under: Make, changes: dict[str, object], why: str
) -> None:
    use = under("")
    with pytest.raises(Invalid) as caught:
        _asked(use, **changes)
    assert why in str(caught.value)


def test_a_request_is_decided_once_and_no_policy_means_no_grant(under: Make) -> None:
    use = under("")
    grant = _asked(use)
    granting.decide(use.store, grant, "bo-id", yes=False)
    with pytest.raises(Conflict, match="refused already"):
        granting.decide(use.store, grant, "bo-id", yes=True)
    granting.decide(use.store, _asked(use), "bo-id", yes=True)
    (use.book.folder / "p.toml").write_text(BASE.replace('["*"]', '["elsewhere"]'))
    assert use.book.refresh()
    with pytest.raises(Denied):
        enter(use)


def test_the_recorded_decisions_can_be_tried_again(under: Make) -> None:
    use = under('[require]\nnetworks = ["198.51.100.0/24"]')
    session, _ = enter(use)
    with pytest.raises(Denied):
        enter(use, Visitor(address="203.0.113.9", agent="x"))
    found = recording.from_log(use.store, 0)
    assert found[0].session == session.id
    assert (found[0].allowed, found[0].request.facts.address) == (True, "198.51.100.7")
    assert [r.allowed for r in found[1:]] == [False] * (len(found) - 1)
    lines = [recording.to_line(record).encode() for record in found]
    assert [r.request for r in recording.from_lines(lines, file="x")] == [r.request for r in found]
    assert json.loads(lines[0])["user"] == "ada"
