"""`isinglass serve | demo`."""

import contextlib
import os
from pathlib import Path
from typing import Annotated

import typer

from gateway import app as server
from gateway import demo as demonstration
from gateway.commands import unmasking
from gateway.commands.intake import ingest_into
from gateway.commands.opening import DEFAULT_DATA, Data, open_existing, open_new, out, settings_of
from gateway.intake import ingesting
from gateway.store import projects
from gateway.workers import confinement, films
from gateway.workers.precedence import in_foreground

SHIPPED_POLICIES = Path(__file__).resolve().parents[2] / "deploy" / "policies"

group = typer.Typer()


@group.command()
def serve(  # noqa: PLR0913, PLR0917 - one parameter an option
    data: Data = DEFAULT_DATA,
    host: Annotated[
        str, typer.Option(help="Address to serve on; other than loopback needs TLS.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8470,
    origin: Annotated[
        str | None, typer.Option(help="The exact origin that browsers use, if another name.")
    ] = None,
    pixel_origin: Annotated[
        str | None,
        typer.Option(help="Another origin that leads here: its pixel keeps scripts from reading the canvas."),
    ] = None,
    tls_certificate: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    tls_key: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    workers: Annotated[
        int, typer.Option(min=0, max=64, help="Serving processes; 0: one a processor, at most 8.")
    ] = 0,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            "--trusted-proxy", help="CIDR block of proxies whose headers are believed; may be given again."
        ),
    ] = None,
    country_header: Annotated[
        str | None, typer.Option(help="The header in which a trusted proxy names the visitor's country.")
    ] = None,
    country_database: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="An MMDB file that knows countries.")
    ] = None,
    cache: Annotated[
        int, typer.Option(min=0, help="MiB of decoded frames in memory; 0: a quarter of it, at most 4096.")
    ] = 0,
    video: Annotated[  # noqa: FBT002 - a flag
        bool,
        typer.Option(
            "--video",
            envvar="ISINGLASS_VIDEO",
            help="Send loops and scrolls as video over thin links; needs the extra `video`.",
        ),
    ] = False,
    unmask: Annotated[  # noqa: FBT002 - a flag
        bool,
        typer.Option("--unmask", help="Run `isinglass unmask --watch` beside it: it needs the intake key."),
    ] = False,
) -> None:
    """Serve the workstation."""
    base = settings_of(data)
    settings = server.ServerSettings(
        data=data,
        host=host,
        port=port,
        origin=origin,
        pixel_origin=pixel_origin,
        tls_certificate=tls_certificate,
        tls_key=tls_key,
        database_url=base.database_url,
        objects_url=base.objects_url,
        workers=workers,
        cache_bytes=cache << 20,
        trusted_proxies=tuple(trusted_proxy or ()),
        country_header=country_header,
        country_database=country_database,
        video=video,
    )
    answers_as = server.origins(settings)  # refuse before anything is opened
    if video:
        films.check()
    store = open_existing(data)
    _say_start(settings, answers_as)
    with unmasking.beside(data) if unmask else contextlib.nullcontext(), in_foreground(data):
        server.serve(settings, store)


def _say_start(settings: server.ServerSettings, answers_as: frozenset[str]) -> None:
    shown = settings.origin or next((o for o in sorted(answers_as) if settings.host in o), min(answers_as))
    out.print(
        f"Isinglass serves on [bold]{shown}[/] (Ctrl+C stops it; everything is kept in `{settings.data}`)"
    )
    out.print(f"decode workers: {confinement.status().describe()}", style="dim")
    out.print(f"video: {_video(settings)}", style="dim", soft_wrap=True)


def _video(settings: server.ServerSettings) -> str:
    if settings.video:
        return films.describe()
    return "off (`--video` turns it on)" if films.available() else "off, the extra `video` is not installed"


@group.command()
def demo(
    data: Data = DEFAULT_DATA,
    serve_it: Annotated[bool, typer.Option("--serve", help="Then serve it on the loopback address.")] = False,  # noqa: FBT002 - a flag
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8470,
) -> None:
    """Make the demo project from the scans that pydicom ships, with a one-time sign-in link for each of its people."""
    settings = server.ServerSettings(data=data, port=port)
    demonstration.copy_policies(SHIPPED_POLICIES, data / "policies")
    store = open_new(data)
    people = demonstration.prepare(store, os.urandom(16).hex())
    with store.read() as conn:
        project = projects.by_name(conn, demonstration.PROJECT)
        empty = project is not None and ingesting.is_empty(conn, project.id)
    if empty:
        ingest_into(store, demonstration.scans(), demonstration.PROJECT)
    use = server.open_sessions(settings, store)
    out.print("one-time sign-in links, good for a day:", style="dim")
    for person in people:  # not in a table: it would cut a link that is longer than the terminal is wide
        link = f"http://127.0.0.1:{port}/link/{use.make_link(person.id)}"
        out.print(f"{person.name:<5} {person.role:<10} {link}", soft_wrap=True)
    if serve_it:
        _say_start(settings, server.origins(settings))
        with unmasking.beside(data):
            server.serve(settings, store)
    else:
        store.close()
