"""The console's people: found by words and by their credentials, a page at a time, and what is changed stays on its page."""

import re
from collections.abc import Iterator, Mapping
from typing import Protocol

import pytest
from starlette.testclient import TestClient

from gateway import app as server
from gateway import demo
from gateway.audit.events import EventCode
from gateway.store import credentials, users
from gateway.store.credentials import CredentialRow
from gateway.web.console_people import LISTED, SOON_S
from tests.gateway.stores import note
from tests.journeys.serving import ROOT

ORIGIN = "http://127.0.0.1:8470"
MANY = 250
# Every fifth one has the first of these, and so on: name, seconds from now to its end, whether it was taken away.
CREDENTIALS: tuple[tuple[str, float | None, bool] | None, ...] = (
    None,
    ("nda", None, False),
    ("nda", SOON_S / 2, False),
    ("hipaa-training", -1.0, False),
    ("hipaa-training", None, True),
)


class Asking(Protocol):
    """Asks for the page by its query, or for what its `form` does: the names on it, and its text."""

    def __call__(self, query: str, form: Mapping[str, str] | None = None) -> tuple[list[str], str]: ...


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """Asked by `sam`, of 250 people."""
    folder = tmp_path_factory.mktemp("people")
    demo.copy_policies(ROOT / "deploy" / "policies", folder / "policies")
    settings = server.ServerSettings(data=folder)
    store = server.open_data(settings)
    (sam,) = (each.id for each in demo.prepare(store, "0123456789abcdef" * 2) if each.name == "sam")
    with store.write() as tx:
        for number in range(MANY):
            user = f"u{number}"
            users.add_user(
                tx, id=user, name=f"person {number:03}", roles=["annotator"], groups=[f"team-{number % 3}"]
            )
            if (given := CREDENTIALS[number % len(CREDENTIALS)]) is not None:
                name, left_s, is_revoked = given
                credentials.add(
                    tx,
                    CredentialRow(
                        id=f"c{number}", user=user, name=name, issuer="board", granted=tx.now - SOON_S,
                        expires=None if left_s is None else tx.now + left_s, revoked=tx.now if is_revoked else None,
                    ),
                )  # fmt: skip
        tx.append(note(EventCode.USER_CREATE))
    with TestClient(server.build(settings, store), base_url=ORIGIN, follow_redirects=False) as client:
        link = server.open_sessions(settings, store).make_link(sam)
        entered = client.post(f"/link/{link}", headers={"Origin": ORIGIN})
        headers = {"Origin": ORIGIN, "Cookie": entered.headers["set-cookie"].partition(";")[0]}

        def asked(query: str, form: Mapping[str, str] | None = None) -> tuple[list[str], str]:
            path = f"/admin/people{query}"
            method = "GET" if form is None else "POST"
            answer = client.request(method, path, data=dict(form or {}), headers=headers)
            assert answer.status_code == 200, answer.text
            return re.findall(r'<th scope="row">(person \d+)', answer.text), answer.text

        yield asked
    store.close()


def _numbered(*rest: int) -> list[str]:
    return [f"person {number:03}" for number in range(MANY) if number % len(CREDENTIALS) in rest]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=PERSON+04", [f"person {number:03}" for number in range(40, 50)]),
        ("?q=zebra", []),
        ("?credentials=ending", _numbered(2)),
        ("?credentials=expired", _numbered(3)),
        ("?credentials=revoked", _numbered(4)),
        ("?q=hipaa-training", _numbered(3, 4)),
        ("?q=team-1&credentials=ending", [name for name in _numbered(2) if int(name[-3:]) % 3 == 1]),
        ("?credentials=none&q=person", _numbered(0, 3, 4)[:LISTED]),
        ("?credentials=none&q=person&page=2", _numbered(0, 3, 4)[LISTED:]),
        ("?q=person&page=3", [f"person {number:03}" for number in range(2 * LISTED, MANY)]),
    ],
)
def test_people_are_found(ask: Asking, query: str, found: list[str]) -> None:
    names, text = ask(query)
    assert names == found
    assert ("Nobody fits." in text) is (not found)


def test_what_is_given_is_said_on_the_page_from_which_it_was(ask: Asking) -> None:
    _, text = ask("?q=person&page=2")
    (action,) = re.findall(r'action="/admin/people(/u100/grant[^"]*)"', text)
    (token,) = set(re.findall(r'name="csrf" value="([^"]+)"', text))
    names, text = ask(action.replace("&amp;", "&"), {"csrf": token, "credential": "nda"})
    assert "person 100 has the credential nda." in text
    assert names == [f"person {number:03}" for number in range(LISTED, 2 * LISTED)]
