"""The log as a folder that an auditor can check alone, laid out as C2SP tlog-tiles asks.

    checkpoint                 the newest signed note; the export ends where it ends
    checkpoints                all signed notes up to it, oldest first, an empty line after each
    public-key                 the vkey that the notes are checked with; compare it with one from elsewhere
    tile/<level>/<n>[.p/<w>]   hashes: entry i of level l is the root of leaves [i·256ˡ, (i+1)·256ˡ)
    tile/entries/<n>[.p/<w>]   leaves, each after its length as a big-endian uint16

A tile holds 256 entries; `.p/<w>` marks the last of a level, with `w` < 256. `<n>` is written in groups of
three digits, all but the last after an `x`: tile 1234067 is `x001/x234/067`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from gateway.audit.merkle import Frontier, leaf_hash
from gateway.errors import Invalid

TILE_WIDTH = 256
_MAX_ENTRY_BYTES = 2**16 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """One file: `path` with `/`, relative to the export's folder."""

    path: str
    content: bytes


def export(
    leaves: Iterable[bytes], size: int, checkpoints: Sequence[str], vkey: str
) -> Iterator[ExportedFile]:
    """The files of the first `size` leaves, as they come; it holds no more than one tile per level in memory.

    `checkpoints`: signed notes, oldest first; the last must be the one for `size`. Raises `Invalid` if there
    is none, or if there are fewer leaves.
    """
    if not checkpoints or checkpoints[-1].split("\n")[1:2] != [str(size)]:
        raise Invalid(f"there is no signed checkpoint of `{size}` leaves to export")
    yield ExportedFile(path="public-key", content=f"{vkey}\n".encode())
    yield ExportedFile(path="checkpoint", content=checkpoints[-1].encode())
    yield ExportedFile(path="checkpoints", content="".join(f"{note}\n" for note in checkpoints).encode())
    hashes = _Level(0)
    source = islice(leaves, size)
    count = 0
    while bundle := list(islice(source, TILE_WIDTH)):
        yield ExportedFile(path=_path("entries", count // TILE_WIDTH, len(bundle)), content=_bundle(bundle))
        count += len(bundle)
        for leaf in bundle:
            yield from hashes.add(leaf_hash(leaf))
    if count != size:
        raise Invalid(f"there are only `{count}` of `{size}` leaves to export")
    yield from hashes.finish()


@dataclass(slots=True)
class _Level:
    """The unfinished tile of one level, and the level above it."""

    number: int
    tiles: int = 0
    entries: list[bytes] = field(default_factory=list)
    above: "_Level | None" = None

    def add(self, entry: bytes) -> Iterator[ExportedFile]:
        """The files that this entry completes."""
        self.entries.append(entry)
        if len(self.entries) == TILE_WIDTH:
            root = _perfect_root(self.entries)
            yield self._tile()
            self.above = self.above or _Level(self.number + 1)
            yield from self.above.add(root)

    def finish(self) -> Iterator[ExportedFile]:
        """The partial tiles of this level and those above."""
        if self.entries:
            yield self._tile()
        if self.above:
            yield from self.above.finish()

    def _tile(self) -> ExportedFile:
        path = _path(str(self.number), self.tiles, len(self.entries))
        content = b"".join(self.entries)
        self.tiles += 1
        self.entries = []
        return ExportedFile(path=path, content=content)


def _perfect_root(hashes: Iterable[bytes]) -> bytes:
    frontier = Frontier()
    for digest in hashes:
        frontier = frontier.append(digest)
    return frontier.root()


def _bundle(leaves: Iterable[bytes]) -> bytes:
    parts: list[bytes] = []
    for leaf in leaves:
        if len(leaf) > _MAX_ENTRY_BYTES:
            raise Invalid(f"a leaf is longer than `{_MAX_ENTRY_BYTES}` bytes")
        parts += (len(leaf).to_bytes(2, "big"), leaf)
    return b"".join(parts)


def _path(kind: str, number: int, width: int) -> str:
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    partial = f".p/{width}" if width < TILE_WIDTH else ""
    return f"tile/{kind}/{'/'.join(reversed(groups))}{partial}"
