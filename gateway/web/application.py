"""The ASGI application: the table of routes, the stream, the static client, and security headers around all of it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles

from gateway.errors import GatewayError, NotFound
from gateway.web.admitting import endpoint
from gateway.web.headers import SecurityHeaders
from gateway.web.routing import refusal, routes
from gateway.web.services import Services
from gateway.web.table import ROWS

STATIC = Path(__file__).resolve().parent.parent.parent / "static"

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def create(services: Services, lifespan: Lifespan) -> Starlette:
    """The application over `services`."""

    async def missing(request: Request, _error: Exception) -> Response:
        return refusal(services, NotFound("there is no such page"), wants_json=_wants_json(request))

    async def failed(request: Request, _error: Exception) -> Response:
        return refusal(
            services,
            GatewayError("something went wrong here; nothing was lost"),
            wants_json=_wants_json(request),
        )

    return Starlette(
        routes=[
            *routes(services, ROWS),
            WebSocketRoute("/stream", endpoint(services)),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={404: missing, 405: missing, 500: failed},
        lifespan=lifespan,
    )


def _wants_json(request: Request) -> bool:
    return request.url.path.endswith(".json") or request.headers.get("accept", "").startswith(
        "application/json"
    )
