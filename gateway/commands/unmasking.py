"""`isinglass unmask`: the regions that a second person granted, made visible for those who asked. Beside `serve` it runs as a process of its own."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.opening import DEFAULT_DATA, Data, err, open_existing, out
from gateway.errors import StoreError
from gateway.intake.ingesting import load_private_key
from gateway.intake.processing import Tools
from gateway.intake.unmasking import unmask_waiting
from gateway.store.opening import Store
from gateway.workers.sandbox import Sandbox

INTERVAL_S = 0.5
_STOP_S = 5

group = typer.Typer()


@group.command()
def unmask(
    watch: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--watch", help="Stay, and make what is granted from now on too.")
    ] = False,
    parent: Annotated[int, typer.Option(hidden=True, help="Leave when this process is gone.")] = 0,
    data: Data = DEFAULT_DATA,
) -> None:
    """Make the pictures of granted unmask requests: one region each, decoded from the sealed original by a confined worker."""
    store = open_existing(data)
    key = load_private_key(store)
    pause = threading.Event()
    with contextlib.closing(store), Sandbox() as sandbox:
        tools = Tools(sandbox=sandbox, private_key=key)
        _once(store, tools)
        while watch and parent in {0, os.getppid()}:
            pause.wait(INTERVAL_S)
            with _told():
                _once(store, tools)


def _once(store: Store, tools: Tools) -> None:
    for done in unmask_waiting(store, tools):
        said = "its region is shown" if done.cause is None else done.cause
        out.print(f"request `{done.grant}`: {said}", markup=False, highlight=False, soft_wrap=True)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """A store that is out of reach is said and tried again: what waits, waits."""
    try:
        yield
    except StoreError as error:
        err.print(f"unmask: {error}", markup=False, soft_wrap=True)


@contextlib.contextmanager
def beside(data: Path) -> Iterator[None]:
    """Have `unmask --watch` run on `data` meanwhile, in a process of its own: the one that serves never loads intake's key."""
    arguments = ("-m", "gateway", "unmask", "--watch", "--parent", str(os.getpid()), "--data", str(data))
    process = subprocess.Popen((sys.executable, *arguments), stdin=subprocess.DEVNULL)  # noqa: S603 - our own interpreter and module
    try:
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
        process.kill()
        process.wait()
