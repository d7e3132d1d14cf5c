"""Where exposures wait for their transaction: an append-only file of this process, written before the frame leaves.

A killed process loses nothing of it: the next one to start takes in what is left (`leftovers`). A power cut may lose what was
written since the last transaction, a second at most. Two files take turns, so that one can be emptied while the
other is written; a lock on the first says that the process lives.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gateway.errors import StoreError
from gateway.store.segments import Piece, Term

_SUFFIX = ".exposures"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a frame that is about to leave; `terms`: what it refers to that may not be in the store yet."""

    piece: Piece
    terms: tuple[Term, ...] = ()


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


class Journal:
    """The journal of one process, called `name`. Safe between one thread that appends and one that clears."""

    def __init__(self, folder: Path, name: str) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._paths = [folder / f"{name}-{side}{_SUFFIX}" for side in (0, 1)]
            self._files = [_held(path) for path in self._paths]
        except OSError as error:
            raise StoreError(f"the journal of exposures can't be opened: {error.strerror}") from error
        self._full = [False, False]
        self._side = 0

    def append(self, entry: Entry) -> None:
        """Keep `entry` beyond the end of this process. Errors: StoreError, and then its frame must not leave."""
        line = _encoder.encode(entry) + b"\n"
        try:
            written = os.write(self._files[self._side], line)
        except OSError as error:
            raise StoreError(f"the journal of exposures can't be written: {error.strerror}") from error
        if written != len(line):
            raise StoreError("the journal of exposures can't be written: the disk is full")
        self._full[self._side] = True

    def turn(self) -> None:
        """Write to the other file from now on, if that one is empty."""
        if not self._full[1 - self._side]:
            self._side = 1 - self._side

    def clear(self) -> None:
        """Empty the file that is not written now: what it holds is in the ledger."""
        other = 1 - self._side
        if self._full[other]:
            os.ftruncate(self._files[other], 0)
            self._full[other] = False

    def close(self) -> None:
        """Give the files up; empty ones are removed."""
        for path, file in zip(self._paths, self._files, strict=True):
            if os.fstat(file).st_size == 0:
                path.unlink(missing_ok=True)
            os.close(file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What processes that are gone have left: their names, and the entries that they may not have committed."""

    names: frozenset[str]
    entries: tuple[Entry, ...]


@contextlib.contextmanager
def leftovers(folder: Path) -> Iterator[Left]:
    """What is left in `folder`; the files are removed when the block is left without an error.

    A last line that was cut off is passed over: its frame never left.
    """
    with contextlib.ExitStack() as held:
        found: list[tuple[Path, list[Entry]]] = []
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            with contextlib.suppress(OSError):  # its process lives, or another one takes it in right now
                file = held.enter_context(path.open("rb"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found.append((path, list(_entries(file.read()))))
        yield Left(
            names=frozenset(path.name.rpartition("-")[0] for path, _ in found),
            entries=tuple(entry for _, entries in found for entry in entries),
        )
        for path, _ in found:
            path.unlink(missing_ok=True)


def _held(path: Path) -> int:
    """A new file at `path`, open and locked: whoever takes in leftovers may lock it before we do, and remove it."""
    while True:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file).st_nlink:
            return file
        os.close(file)


def _entries(content: bytes) -> Iterator[Entry]:
    for line in content.splitlines():
        with contextlib.suppress(msgspec.MsgspecError):
            yield _decoder.decode(line)
