"""The front door: headers on everything, exact hosts and origins, cookies, CSRF, lock-out, and no route without a row."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from gateway import app as server
from gateway import demo
from gateway.identity.cookies import SESSION_COOKIE
from gateway.store import sessions
from gateway.store.engines import UPKEEP
from gateway.store.opening import Store
from gateway.web.headers import HEADERS
from gateway.web.live import LiveStreams
from gateway.web.routing import Row, routes
from gateway.web.table import ROWS
from tests.journeys.serving import ROOT

ORIGIN = "http://127.0.0.1:8470"


@pytest.fixture
def settings(tmp_path: Path) -> server.ServerSettings:
    demo.copy_policies(ROOT / "deploy" / "policies", tmp_path / "policies")
    return server.ServerSettings(data=tmp_path)


@pytest.fixture
def store(settings: server.ServerSettings) -> Iterator[Store]:
    opened = server.open_data(settings)
    demo.prepare(opened, "0123456789abcdef" * 2)
    yield opened
    opened.close()


@pytest.fixture
def client(settings: server.ServerSettings, store: Store) -> Iterator[TestClient]:
    with TestClient(
        server.build(settings, store), base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=False
    ) as made:
        yield made


@pytest.fixture
def link(settings: server.ServerSettings, store: Store) -> Callable[[str], str]:
    """A function: user name → path of a one-time link."""
    people = {person.name: person.id for person in demo.prepare(store, "0123456789abcdef" * 2)}
    return lambda name: "/link/" + server.open_sessions(settings, store).make_link(people[name])


def _sign_in(client: TestClient, path: str) -> dict[str, str]:
    answer = client.post(path, headers={"Origin": ORIGIN})
    assert answer.status_code == 303, answer.text
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}


@pytest.mark.parametrize(
    "path", ["/sign-in", "/healthz", "/nowhere", "/static/work.js", "/static/nowhere.js", "/admin", "/link/x"]
)
def test_every_response_carries_the_security_headers(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
def test_a_stranger_gets_only_what_is_public(client: TestClient, row: Row) -> None:
    path = re.sub(r"\{\w+(:int)?\}", lambda found: "0" if found[1] else "x", row.path)
    answer = client.request(row.method, path, headers={"Origin": ORIGIN})
    if row.access == "public":
        assert answer.status_code in {200, 303, 403}
    else:
        assert answer.status_code in {303, 401}
        assert answer.headers.get("location", "/sign-in") == "/sign-in"


def test_a_row_without_access_stops_the_start() -> None:
    broken = replace(ROWS[0], access=None)  # type: ignore[arg-type] # the mistake that the check is for
    with pytest.raises(TypeError, match="names no access"):
        routes(None, (broken,))  # type: ignore[arg-type] # never reached


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"Origin": ORIGIN}, True),
        ({"Origin": "http://localhost:8470"}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "null"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "http://127.0.0.1:8471"}, False),
        ({"Origin": "https://127.0.0.1:8470"}, False),
        ({"Origin": "http://127.0.0.1:8470.evil.example"}, False),
        ({}, False),
    ],
)
def test_only_our_own_pages_change_anything(
    client: TestClient, headers: dict[str, str], passes: bool
) -> None:
    answer = client.post("/sign-in", data={"name": "nobody", "password": "x" * 12}, headers=headers)
    assert ("did not come from this server" not in answer.text) is passes


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:9", "localhost:8470.evil.example"])
def test_other_hosts_are_refused(client: TestClient, host: str) -> None:
    assert client.get("/sign-in", headers={"Host": host}).status_code == 400


def test_a_link_works_once_and_looking_at_it_uses_nothing(
    client: TestClient, link: Callable[[str], str]
) -> None:
    path = link("ada")
    for _ in range(3):
        assert client.get(path).status_code == 200
    answer = client.post(path, headers={"Origin": ORIGIN})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{SESSION_COOKIE}=")
    assert SESSION_COOKIE.startswith("__Host-")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=strict"} <= {part.strip() for part in cookie.split(";")}
    assert client.post(path, headers={"Origin": ORIGIN}).status_code == 403


def test_a_post_needs_the_sessions_own_csrf_token(client: TestClient, link: Callable[[str], str]) -> None:
    ada, rene = _sign_in(client, link("ada")), _sign_in(client, link("rene"))
    foreign = (
        client.get("/account", headers=rene).text.partition('name="csrf" content="')[2].partition('"')[0]
    )
    own = client.get("/account", headers=ada).text.partition('name="csrf" content="')[2].partition('"')[0]
    assert own
    assert own != foreign
    for token, status in (("", 403), (foreign, 403), (own + "x", 403), (own, 200)):
        answer = client.post(
            "/ticket", headers={**ada, "Origin": ORIGIN, "X-CSRF": token, "Accept": "application/json"}
        )
        assert answer.status_code == status, token


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/admin", ["sam"]),
        ("/admin/sessions.json", ["sam"]),
        ("/admin/items.json", ["rene", "sam"]),  # whoever may check what is held
        ("/admin/audit.json", ["sam"]),
    ],
)
@pytest.mark.parametrize("user", ["ada", "rene", "sam"])
def test_the_console_is_for_those_whose_policy_says_so(
    client: TestClient, link: Callable[[str], str], path: str, may: list[str], user: str
) -> None:
    status = client.get(path, headers=_sign_in(client, link(user))).status_code
    assert status == (200 if user in may else 403)


def test_wrong_passwords_lock_the_account_in_the_same_words(
    client: TestClient, link: Callable[[str], str]
) -> None:
    ada = _sign_in(client, link("ada"))
    csrf = client.get("/account", headers=ada).text.partition('name="csrf" content="')[2].partition('"')[0]
    right = "correct horse battery"
    done = client.post(
        "/account/password",
        headers={**ada, "Origin": ORIGIN},
        data={"csrf": csrf, "password": right, "repeat": right},
    )
    assert "Your password is set" in done.text
    unknown = client.post(
        "/sign-in", headers={"Origin": ORIGIN}, data={"name": "nobody", "password": "wrong password!"}
    )
    tries = [
        client.post(
            "/sign-in", headers={"Origin": ORIGIN}, data={"name": "ada", "password": "wrong password!"}
        )
        for _ in range(6)
    ]
    assert {answer.status_code for answer in tries} == {403}
    assert {answer.text.replace("ada", "nobody") for answer in tries} == {unknown.text}
    locked = client.post("/sign-in", headers={"Origin": ORIGIN}, data={"name": "ada", "password": right})
    assert locked.status_code == 403, "a locked account let the right password in"


def test_a_hand_keeps_the_session_awake_and_a_page_that_asks_anew_does_not(
    client: TestClient, link: Callable[[str], str], store: Store
) -> None:
    cookie = _sign_in(client, link("sam"))

    def last_input() -> float:
        with store.read() as conn:
            (live,) = sessions.live(conn, store.clock.now())
        return live.session.last_input

    def a_while_ago() -> None:
        with store.upkeep() as conn:
            conn.execute(
                sa.text("UPDATE sessions SET last_input = last_input - 100").execution_options(**UPKEEP)
            )

    a_while_ago()
    before = last_input()
    for headers, kept in (({"X-Idle": "1"}, True), ({}, False)):
        assert client.get("/admin/sessions.json", headers=cookie | headers).status_code == 200
        assert (last_input() == before) is kept


def test_the_watch_looks_when_an_admin_did_something_not_when_anybody_asks(
    client: TestClient, link: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sam = _sign_in(client, link("sam"))
    csrf = client.get("/admin", headers=sam).text.partition('name="csrf" content="')[2].partition('"')[0]
    form = {"csrf": csrf, "password": "correct horse battery", "repeat": "correct horse battery"}
    looks: list[str] = []
    monkeypatch.setattr(LiveStreams, "change", lambda _: looks.append("now"))
    for method, path, looked in (
        ("POST", "/account/password", []),
        ("GET", "/admin/sessions.json", []),
        ("POST", "/admin/sessions/x/end", ["now"]),
    ):
        sent = form if method == "POST" else None
        answer = client.request(method, path, headers={**sam, "Origin": ORIGIN, "X-CSRF": csrf}, data=sent)
        assert (path, answer.status_code, looks) == (path, 200, looked)


def test_signing_out_everywhere_ends_every_session(client: TestClient, link: Callable[[str], str]) -> None:
    sam = _sign_in(client, link("sam"))
    assert client.get("/admin", headers=sam).status_code == 200
    csrf = client.get("/admin", headers=sam).text.partition('name="csrf" content="')[2].partition('"')[0]
    client.post("/sign-out-everywhere", headers={**sam, "Origin": ORIGIN}, data={"csrf": csrf})
    assert client.get("/admin", headers=sam).headers["location"] == "/sign-in"


@pytest.mark.parametrize(
    ("host", "tls", "starts"),
    [
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("localhost", False, True),
        ("0.0.0.0", False, False),
        ("192.0.2.7", False, False),
        ("isinglass.example", False, False),
        ("0.0.0.0", True, True),
    ],
)
def test_plain_http_stays_on_loopback(
    settings: server.ServerSettings, host: str, tls: bool, starts: bool
) -> None:
    files = {"tls_certificate": Path("c.pem"), "tls_key": Path("k.pem")} if tls else {}
    asked = replace(settings, host=host, **files)  # type: ignore[arg-type] # paths by name
    if starts:
        assert all(origin.startswith("https" if tls else "http:") for origin in server.origins(asked))
    else:
        with pytest.raises(server.Unconfigured, match="not a loopback address"):
            server.origins(asked)


@pytest.mark.parametrize(
    ("origin", "tls", "starts"),
    [
        ("https://label.example", False, True),  # a proxy on this machine ends TLS
        ("http://label.example", False, True),
        ("https://label.example", True, True),
        ("http://label.example", True, False),
        ("label.example", False, False),
        ("ftp://label.example", False, False),
    ],
)
def test_an_origin_is_one_that_browsers_send(
    settings: server.ServerSettings, origin: str, tls: bool, starts: bool
) -> None:
    files = {"tls_certificate": Path("c.pem"), "tls_key": Path("k.pem")} if tls else {}
    asked = replace(settings, origin=origin, **files)  # type: ignore[arg-type] # paths by name
    if starts:
        assert server.origins(asked) == {origin}
    else:
        with pytest.raises(server.Unconfigured, match="does not start with"):
            server.origins(asked)
