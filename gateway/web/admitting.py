"""Who may open a stream: what is asked of a socket before it is accepted."""

from collections.abc import Callable, Coroutine

from anyio.to_thread import run_sync
from starlette.websockets import WebSocket

from gateway.errors import GatewayError
from gateway.identity.cookies import SESSION_COOKIE
from gateway.sessions.controls import settled
from gateway.store.sessions import SessionRow
from gateway.stream.messages import SUBPROTOCOL
from gateway.web.routing import check_host
from gateway.web.services import Services
from gateway.web.sockets import socket_of
from gateway.web.streaming import StreamLoop


def endpoint(services: Services) -> Callable[[WebSocket], Coroutine[None, None, None]]:
    """The WebSocket endpoint: exact host and origin and a live session, all before the socket is accepted."""

    async def stream(socket: WebSocket) -> None:
        session = await run_sync(_admissible, services, socket)
        if session is None:
            await socket.close(1008)  # before accept: the handshake is answered with 403
            return
        await socket.accept(subprotocol=SUBPROTOCOL)
        await StreamLoop(services, socket_of(socket), session).run()

    return stream


def _admissible(services: Services, socket: WebSocket) -> SessionRow | None:
    try:
        check_host(services, socket.headers.get("host", ""))
    except GatewayError:
        return None
    if socket.headers.get("origin") not in services.origins or SUBPROTOCOL not in socket["subprotocols"]:
        return None
    token = socket.cookies.get(SESSION_COOKIE)
    session = services.sessions.current(token, services.visitor(socket)) if token else None
    return settled(session) if session is not None and session.state == "active" else None
