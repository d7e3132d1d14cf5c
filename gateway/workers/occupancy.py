"""One server a data folder: a lock that ends with its process, whatever ends that."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from gateway.errors import Unconfigured

NAME = "serving.lock"


@contextlib.contextmanager
def occupied(folder: Path, address: str) -> Iterator[None]:
    """Hold `folder` for the server on `address`, which a second one is told. Errors: Unconfigured if another holds it."""
    with (folder / NAME).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Unconfigured(
                f"`{folder}` is served already, on `{file.read().strip()}`: stop that server first"
            ) from None
        file.truncate(0)
        file.write(address)
        file.flush()
        yield
