"""Everything a handler may use, made once in `gateway.app` and passed down."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response

from gateway.errors import Denied
from gateway.identity.signing import BadSignature, Signer
from gateway.sessions.entering import Sessions
from gateway.sessions.placing import Visitor
from gateway.settings import Clock, TokenBytes
from gateway.store.opening import Store
from gateway.store.sessions import SessionRow
from gateway.web import arriving
from gateway.web.arriving import Trust
from gateway.web.ledger import Ledger
from gateway.web.live import LiveStreams
from gateway.workers.films import Films
from gateway.workers.rendering import Renderer

NO_TRUST = Trust()
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The server's parts. `origins` are the exact origins that it answers as; `hosts` their Host headers.

    `films`: where frames may be a video's. `pixels`: host of a page → the origin of the pixel that closes its canvas (`tainting`).
    """

    store: Store
    sessions: Sessions
    renderer: Renderer
    live: LiveStreams
    ledger: Ledger
    csrf: Signer
    clock: Clock
    token_bytes: TokenBytes
    origins: frozenset[str]
    hosts: frozenset[str]
    pixels: Mapping[str, str]
    templates: jinja2.Environment
    device_signer: Signer
    trust: Trust = NO_TRUST
    films: Films | None = None

    def visitor(self, connection: HTTPConnection) -> Visitor:
        """From where `connection` comes."""
        return arriving.visitor(self.trust, self.store, self.device_signer, connection)

    def page(
        self, template: str, *, session: SessionRow | None = None, status: int = 200, **context: object
    ) -> Response:
        """`template` rendered, with the session's CSRF token in it."""
        token = self.csrf.sign(session.id.encode()).decode() if session else ""
        body = self.templates.get_template(template).render(csrf=token, session=session, **context)
        return HTMLResponse(body, status)

    def check_csrf(self, session: SessionRow, token: str) -> None:
        """Errors: Denied unless `token` was made for this session."""
        try:
            if self.csrf.unsign(token.encode()) == session.id.encode():
                return
        except BadSignature:
            pass
        raise Denied("this form is too old; reload the page and try again")


def environment(constants: Mapping[str, object]) -> jinja2.Environment:
    """Templates with autoescape; an undefined name is an error, not an empty string."""
    loader = jinja2.FileSystemLoader(TEMPLATES)
    made = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, auto_reload=False
    )
    made.globals.update(constants)
    return made
