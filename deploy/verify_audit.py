"""Check an exported Isinglass audit log without Isinglass: `python verify_audit.py FOLDER`.

Read this file before you trust it. It needs Python 3.11 or newer and the package `cryptography`, opens no
connection, and writes nothing. It is a second implementation on purpose: it shares no line with the server.

What it shows, if it ends with `ok`:
  1. every checkpoint in the folder carries a signature (Ed25519) by the key in `public-key`;
  2. the leaves in `tile/entries/` are exactly those that the newest checkpoint was signed for: none missing,
     added, changed or moved; and each older checkpoint was signed for a beginning of this log (RFC 9162);
  3. each leaf is canonical JSON (RFC 8785) with exactly the fields below, numbered without a gap, and every
     text in it is an id, a digest or a word: no free text;
  4. the hashes in `tile/0/`, `tile/1/`, … are those of these leaves (C2SP tlog-tiles);
  5. the folder holds nothing else.

What it can't show: that the key in the folder is the server's. Compare the printed line with one that you got
on another way, or give it: `--key LINE`. Nor that the server showed everybody the same log: keep each
checkpoint that you are given, and check at the next visit that the log still contains it: `--earlier FILE`.
Nor that what was written is true.

A leaf's fields: v (schema, 1), seq, time_us and monotonic_us (microseconds), boot, node, session, actor,
action, object, policy, mask (SHA-256 of the policy set and of the masked pixels), decision, details (a few
counts, words and digests), commitment (SHA-256 of the nonce and ciphertext of what is kept outside, encrypted; null if
nothing is).
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256  # entries in a full tile
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
WORD = re.compile(r"[a-z][a-z.-]{0,31}")
DIGEST = re.compile(r"[0-9a-f]{64}")
Rule = (
    re.Pattern[str] | type
)  # a text of this form; int: from 0 to 2**53 - 1; dict: counts, words and digests by name
# field -> what its value must be, and whether it may be null
FIELDS: dict[str, tuple[Rule, bool]] = {
    "action": (WORD, False),
    "decision": (re.compile("allow|deny"), True),
    "details": (dict, False),
    **dict.fromkeys(("actor", "boot", "node"), (ID, False)),
    **dict.fromkeys(("object", "session"), (ID, True)),
    **dict.fromkeys(("commitment", "mask", "policy"), (DIGEST, True)),
    **dict.fromkeys(("monotonic_us", "seq", "time_us", "v"), (int, False)),
}


class ProblemError(Exception):
    """Something is not as it must be."""


# --- the Merkle tree
def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Summary:
    """What a log that holds tells about itself. `times`: microseconds since 1970, earliest and latest."""

    key: str
    size: int
    root: bytes
    checkpoints: int
    actions: Counter[str]
    times: list[int]


class Tree:
    """The roots of complete subtrees from left to right, each with its height; equal ones are merged."""

    def __init__(self) -> None:
        self.size = 0
        self.subtrees: list[tuple[int, bytes]] = []

    def add(self, digest: bytes) -> None:
        self.size += 1
        self.subtrees.append((0, digest))
        while len(self.subtrees) > 1 and self.subtrees[-1][0] == self.subtrees[-2][0]:
            (height, right), (_, left) = self.subtrees.pop(), self.subtrees.pop()
            self.subtrees.append((height + 1, node_hash(left, right)))

    def root(self) -> bytes:
        if not self.subtrees:
            return hashlib.sha256(b"").digest()
        root = self.subtrees[-1][1]
        for _, left in reversed(self.subtrees[:-1]):
            root = node_hash(left, root)
        return root


# --- keys and signed notes
def decode(text: str) -> bytes:
    """Bytes of base64 `text`, which must be the one text that they encode to."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ProblemError("not base64") from None
    if base64.b64encode(data).decode() != text:
        raise ProblemError("not canonical base64")
    return data


def key_id(name: str, key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]


def read_key(line: str) -> tuple[str, bytes]:
    """Name and 32-byte key of `<name>+<key id>+<base64(0x01, key)>`."""
    name, _, rest = line.partition("+")
    identity, _, encoded = rest.partition("+")
    key = decode(encoded)
    if len(key) != 33 or key[0] != 1 or identity != key_id(name, key[1:]).hex():
        raise ProblemError("the public key is not an Ed25519 verifier key, or does not match its own id")
    return name, key[1:]


def read_note(note: str, name: str, key: bytes) -> tuple[int, bytes]:
    """Size and root of a signed note: origin, size, root, empty line, `— name base64(key id, signature)`."""
    found = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([^\n]+)\n\n— ([^ \n]+) ([^ \n]+)\n", note)
    if not found or found[1] != name or found[4] != name:
        raise ProblemError("a checkpoint is not a signed note of this log")
    root, signature = decode(found[3]), decode(found[5])
    if len(root) != 32 or signature[:4] != key_id(name, key):
        raise ProblemError("a checkpoint was not signed with this key")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature[4:], note[: note.index("\n\n") + 1].encode())
    except InvalidSignature:
        raise ProblemError("a checkpoint's signature does not hold") from None
    return int(found[2]), root


# --- leaves
def read_leaf(data: bytes, index: int) -> dict[str, Any]:
    """The fields of a leaf, which must be number `index`."""
    try:
        leaf = json.loads(data.decode("ascii"))
        # Only ASCII strings and integers are allowed below; for those, this is exactly RFC 8785.
        canonical = json.dumps(leaf, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        raise ProblemError(f"leaf {index} is not JSON") from None
    if canonical != data or not isinstance(leaf, dict) or leaf.keys() != FIELDS.keys():
        raise ProblemError(f"leaf {index} is not canonical, or does not have exactly the schema's fields")
    for name, (rule, optional) in FIELDS.items():
        if not ((leaf[name] is None and optional) or fits(leaf[name], rule)):
            raise ProblemError(f"leaf {index}: the field {name} is not of the schema")
    if leaf["seq"] != index or leaf["v"] != 1:
        raise ProblemError(f"leaf {index} says that it is number {leaf['seq']} of schema {leaf['v']}")
    return leaf


def fits(value: object, rule: Rule) -> bool:
    if isinstance(rule, re.Pattern):
        return isinstance(value, str) and rule.fullmatch(value) is not None
    if rule is int:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
    return isinstance(value, dict) and all(
        fits(name, WORD) and any(fits(fact, rule) for rule in (int, WORD, DIGEST))
        for name, fact in value.items()
    )


def read_leaves(folder: Path, path: str, count: int) -> list[bytes]:
    """The `count` leaves of one file, each after its length in two bytes."""
    data, leaves, at = read(folder, path), list[bytes](), 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        leaves.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(data) or len(leaves) != count:
        raise ProblemError(f"{path} does not hold {count} whole leaves")
    return leaves


# --- the folder
def tile_paths(kind: str, count: int) -> Iterator[tuple[str, int]]:
    """(path, entries in it) of the files that hold `count` entries."""
    for number in range((count + WIDTH - 1) // WIDTH):
        width = min(WIDTH, count - number * WIDTH)
        yield tile_path(kind, number) + ("" if width == WIDTH else f".p/{width}"), width


def tile_path(kind: str, number: int) -> str:
    groups = f"{number:,}".split(",")  # 1,234,067 -> x001/x234/067
    return "/".join(["tile", kind] + ["x" + group.zfill(3) for group in groups[:-1]] + [groups[-1].zfill(3)])


def read(folder: Path, path: str) -> bytes:
    try:
        return (folder / path).read_bytes()
    except OSError as error:
        raise ProblemError(f"{path} can't be read: {error.strerror}") from None


def read_text(folder: Path, path: str) -> str:
    try:
        return read(folder, path).decode()
    except UnicodeDecodeError:
        raise ProblemError(f"{path} is not text") from None


def read_checkpoints(folder: Path, name: str, key: bytes) -> tuple[int, dict[int, bytes]]:
    """The newest checkpoint's size, and size -> root of all of them."""
    newest = read_text(folder, "checkpoint")
    size, _ = read_note(newest, name, key)
    parts = read_text(folder, "checkpoints").split("\n\n")
    if len(parts) % 2 != 1 or parts[-1] != "":
        raise ProblemError("checkpoints is not a list of signed notes")
    roots: dict[int, bytes] = {}
    last = ""
    for body, signature in zip(parts[0::2], parts[1::2], strict=False):
        last = f"{body}\n\n{signature}\n"
        older_size, older_root = read_note(last, name, key)
        if roots.setdefault(older_size, older_root) != older_root:
            raise ProblemError(f"two checkpoints were signed for {older_size} leaves, with different roots")
    if last != newest or max(roots) != size:
        raise ProblemError("checkpoint is not the newest of checkpoints")
    return size, roots


def check(folder: Path, key_line: str | None = None, earlier: Iterable[str] = ()) -> Summary:
    """A summary of the log in `folder`. Raises ProblemError with the first thing that is wrong."""
    line = read_text(folder, "public-key")
    if not line.endswith("\n") or (key_line is not None and line[:-1] != key_line):
        raise ProblemError("public-key is not the key that you gave")
    name, key = read_key(line[:-1])
    size, roots = read_checkpoints(folder, name, key)
    kept = dict(read_note(note, name, key) for note in earlier)
    if max(kept, default=0) > size:
        raise ProblemError(f"the log is shorter than the {max(kept)} leaves of the checkpoint that you kept")
    expected = {"public-key", "checkpoint", "checkpoints"}
    summary = Summary(line[:-1], size, roots[size], len(roots), Counter(), [])
    tree, hashes = Tree(), list[bytes]()
    match_root(tree, roots, "a checkpoint")
    for path, count in tile_paths("entries", size):
        expected.add(path)
        for leaf in read_leaves(folder, path, count):
            fields = read_leaf(leaf, tree.size)
            summary.actions[fields["action"]] += 1
            times = [*summary.times, fields["time_us"]]
            summary.times = [min(times), max(times)]
            hashes.append(leaf_hash(leaf))
            tree.add(hashes[-1])
            match_root(tree, roots, "a checkpoint")
            match_root(tree, kept, "the checkpoint that you kept")
    expected |= check_tiles(folder, hashes)
    check_nothing_else(folder, expected)
    return summary


def match_root(tree: Tree, roots: dict[int, bytes], which: str) -> None:
    if tree.size in roots and roots[tree.size] != tree.root():
        raise ProblemError(f"the first {tree.size} leaves are not those that {which} was signed for")


def check_tiles(folder: Path, hashes: list[bytes]) -> set[str]:
    """The paths of all hash tiles; each must hold what the leaves give."""
    paths, level = set[str](), 0
    while hashes:
        for number, (path, count) in enumerate(tile_paths(str(level), len(hashes))):
            paths.add(path)
            if read(folder, path) != b"".join(hashes[number * WIDTH : number * WIDTH + count]):
                raise ProblemError(f"{path} does not hold the hashes of these leaves")
        above = []
        for first in range(0, len(hashes) - WIDTH + 1, WIDTH):
            tree = Tree()
            for digest in hashes[first : first + WIDTH]:
                tree.add(digest)
            above.append(tree.root())
        hashes, level = above, level + 1
    return paths


def check_nothing_else(folder: Path, expected: set[str]) -> None:
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or (not path.is_dir() and name not in expected):
            raise ProblemError(f"{name} does not belong to the log")


def main() -> int:
    parser = argparse.ArgumentParser(description="Check an exported Isinglass audit log.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--key", help="the line that public-key must hold")
    parser.add_argument(
        "--earlier", type=Path, action="append", default=[], help="a checkpoint that you kept"
    )
    options = parser.parse_args()
    try:
        earlier = [read_text(path.parent, path.name) for path in options.earlier]
        found = check(options.folder, options.key, earlier)
    except ProblemError as problem:
        print(f"NOT ok: {problem}", file=sys.stderr)
        return 1
    print(f"key          {found.key}" + ("" if options.key else "   <- compare it with one from elsewhere"))
    print(f"leaves       {found.size}")
    print(f"root         {found.root.hex()}")
    print(f"checkpoints  {found.checkpoints}, all signed by this key and all of this log")
    for label, time in zip(("earliest", "latest"), found.times, strict=False):
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
        print(f"{label:12} {moment.isoformat()}")
    for action, count in sorted(found.actions.items()):
        print(f"  {action:20} {count}")
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
