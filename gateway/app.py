"""The server, put together: here the clock and randomness enter, and nowhere below."""

import asyncio
import contextlib
import gc
import ipaddress
import os
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from gateway.audit.events import Event, EventCode
from gateway.errors import Unconfigured
from gateway.identity.passwords import Passwords
from gateway.identity.signing import Signer
from gateway.sessions import following
from gateway.sessions.book import PolicyBook
from gateway.sessions.entering import Sessions
from gateway.settings import StoreSettings
from gateway.store import pixels
from gateway.store.journal import Journal
from gateway.store.opening import Store, open_store
from gateway.web import application, watching
from gateway.web.arriving import trust
from gateway.web.ledger import Ledger, take_leftovers
from gateway.web.live import LiveStreams
from gateway.web.routing import same_host
from gateway.web.services import Services, environment
from gateway.web.sockets import StreamSocket
from gateway.web.tainting import pixel_origins
from gateway.workers import films, occupancy, processes
from gateway.workers.caching import FrameCache
from gateway.workers.precedence import before_background
from gateway.workers.rendering import BRIEF, Renderer

MAX_WORKERS = 8
CACHE_SHARE = 1 / 4  # of this machine's memory, for decoded frames, of all processes together
CACHE_BYTES = 4 << 30  # but at most this
GC_THRESHOLDS = (20_000, 20, 20)  # a frame makes some hundred objects, hardly one of them in a cycle
WEBSOCKET_BYTES = 131_072  # twice the protocol's own limit, which closes the stream with a reason


class SystemClock:
    """The machine's clocks."""

    now = staticmethod(time.time)
    """UTC seconds since 1970."""
    monotonic = staticmethod(time.monotonic)
    """Seconds that never go back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How to serve. Without `tls_certificate` and `tls_key` only a loopback `host` is accepted.

    `workers`: serving processes, 0 for one a processor. `cache_bytes`: decoded frames in memory, of all processes
    together; 0 for a quarter of this machine's memory, at most 4 GiB. `pixel_origin`: another origin that leads here, for
    the pixel that closes the canvas; loopback has one by itself.
    `trusted_proxies`: CIDR blocks of proxies whose headers are believed; `country_header`: the one in which they name the
    visitor's country; `country_database`: an MMDB file.
    `video`: on thin links frames may be a video's; needs the extra `video`.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8470
    origin: str | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    database_url: str | None = None
    objects_url: str | None = None
    workers: int = 0
    cache_bytes: int = 0
    pixel_origin: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    country_header: str | None = None
    country_database: Path | None = None
    video: bool = False


def store_settings(settings: ServerSettings) -> StoreSettings:
    """Where rows, objects and keys are: below `data` unless said otherwise."""
    data = settings.data.absolute()
    return StoreSettings(
        database_url=settings.database_url or f"sqlite:///{data / 'isinglass.db'}",
        objects_url=settings.objects_url or f"file://{data / 'objects'}",
        keys=data / "keys",
    )


def open_data(settings: ServerSettings) -> Store:
    """The store of `settings`, made on first use."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return open_store(store_settings(settings), clock=SystemClock(), token_bytes=os.urandom)


def journal_folder(data: Path) -> Path:
    """Where exposures wait for their transaction."""
    return data / "journal"


def open_sessions(settings: ServerSettings, store: Store) -> Sessions:
    """The use cases around sessions, with the policies of `data`/policies."""
    return Sessions(store, PolicyBook(settings.data / "policies", store), Passwords(os.urandom), os.urandom)


def origins(settings: ServerSettings) -> frozenset[str]:
    """The exact origins that the server answers as. Errors: Unconfigured for plain HTTP beyond loopback."""
    tls = settings.tls_certificate is not None and settings.tls_key is not None
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise Unconfigured("TLS needs both `--tls-certificate` and `--tls-key`")
    if not tls and not is_loopback(settings.host):
        raise Unconfigured(
            f"`{settings.host}` is not a loopback address, and plain HTTP would show patients' pictures to the network: "
            "give `--tls-certificate` and `--tls-key`, or serve on 127.0.0.1"
        )
    scheme = "https" if tls else "http"
    if settings.origin:
        # Plain HTTP on loopback may stand behind a proxy that ends TLS: then browsers come from an https origin.
        if not settings.origin.startswith(("https://",) if tls else ("https://", "http://")):
            raise Unconfigured(f"`--origin {settings.origin}` does not start with `https://`")
        return frozenset({settings.origin.rstrip("/")})
    names = {settings.host}
    if is_loopback(settings.host):
        names |= {"localhost", "127.0.0.1"}
    return frozenset(f"{scheme}://{f'[{n}]' if ':' in n else n}:{settings.port}" for n in names)


def is_loopback(host: str) -> bool:
    """Whether `host` is `localhost` or an address of this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def build(settings: ServerSettings, store: Store) -> Starlette:
    """The ASGI application over `store`. Errors: Unconfigured."""
    answers_as = origins(settings)
    live = LiveStreams()
    journals = journal_folder(settings.data)
    limit = cache_bytes(settings) // (settings.workers or default_workers())
    alone = len(os.sched_getaffinity(0)) == 1
    renderer = Renderer(FrameCache(pixels.FrameReader(store), limit_bytes=limit), brief=BRIEF if alone else 0)
    services = Services(
        store=store,
        sessions=open_sessions(settings, store),
        renderer=renderer,
        live=live,
        ledger=Ledger(store, Journal(journals, store.boot)),
        csrf=Signer(store.keys.signing, "csrf"),
        clock=store.clock,
        token_bytes=os.urandom,
        origins=answers_as,
        hosts=frozenset(map(same_host, answers_as | {settings.pixel_origin or min(answers_as)})),
        pixels=pixel_origins(answers_as, settings.pixel_origin),
        templates=environment({"product": "Isinglass"}),
        device_signer=Signer(store.keys.signing, "device"),
        films=films.Films() if settings.video else None,
        trust=trust(settings.trusted_proxies, settings.country_header, settings.country_database),
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        take_leftovers(store, journals)
        following.follow_all(
            store, services.sessions.book.current, anew=True
        )  # what changed while nobody served
        with store.write() as tx:
            tx.append(
                Event(
                    code=EventCode.SERVER_START, actor="system", policy=services.sessions.book.current.digest
                )
            )
        gc.collect()
        gc.freeze()  # what is made until now stays: it need not be looked at again and again between frames
        gc.set_threshold(*GC_THRESHOLDS)
        loops = [asyncio.create_task(watching.watch(services)), asyncio.create_task(services.ledger.run())]
        try:
            yield
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            renderer.close()
            store.close()

    return application.create(services, lifespan)


def serve(settings: ServerSettings, store: Store) -> None:
    """Serve until interrupted. `store` is closed before more than one process serves. Errors: Unconfigured."""
    count = settings.workers or default_workers()
    sockets = processes.listen(settings.host, settings.port, count)
    with occupancy.occupied(settings.data, f"{settings.host}:{settings.port}"):
        if count == 1:
            _run(settings, store, sockets[0])
            return
        store.close()
        processes.supervise(sockets, partial(_serve_share, settings))


def cache_bytes(settings: ServerSettings) -> int:
    """What all serving processes together may hold of decoded frames."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return settings.cache_bytes or min(int(CACHE_SHARE * memory), CACHE_BYTES)


def default_workers() -> int:
    """One serving process for each processor that this one may use, within reason."""
    return min(len(os.sched_getaffinity(0)), MAX_WORKERS)


def _serve_share(settings: ServerSettings, listening: socket.socket, _processors: set[int]) -> None:
    """What one of several serving processes does."""
    _run(settings, open_data(settings), listening)


def _run(settings: ServerSettings, store: Store, listening: socket.socket) -> None:
    config = uvicorn.Config(
        build(settings, store),
        loop="uvloop",
        ws=StreamSocket,
        ws_max_size=WEBSOCKET_BYTES,
        ws_per_message_deflate=False,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # `web.arriving` believes the proxies that the operator named, and no other
        timeout_graceful_shutdown=3,
    )
    with before_background(settings.data):
        uvicorn.Server(config).run(sockets=[listening])
