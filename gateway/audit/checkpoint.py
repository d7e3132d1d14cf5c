"""Signed checkpoints: what the log was at one moment.

C2SP tlog-checkpoint over signed-note, Ed25519:

    <origin>
    <size>
    <root, base64>

    — <origin> <base64(key id ‖ signature)>

The key's name is the log's origin. A key is written as a "vkey", `<origin>+<key id, hex>+<base64(0x01 ‖
key)>`. Reading is strict: what `sign` would not have written is refused, so no byte of a note can change
unnoticed.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.audit.merkle import HASH_BYTES
from gateway.errors import Invalid

_ED25519 = b"\x01"  # signed-note signature type
_ORIGIN = re.compile(r"[A-Za-z0-9._:/-]{1,200}")  # no spaces and no `+`, as signed-note asks of a key's name
_NOTE = re.compile(
    r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[^\n]+)\n"
    r"\n— (?P<name>[^ \n]+) (?P<signed>[^ \n]+)\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A log of `size` leaves with this 32-byte `root`."""

    origin: str
    size: int
    root: bytes


def sign(origin: str, size: int, root: bytes, key: Ed25519PrivateKey) -> str:
    """The signed note. Raises `Invalid` for an origin, size or root that can't be written."""
    if not _ORIGIN.fullmatch(origin):
        raise Invalid(f"`{origin}` can't be a log's origin: use letters, digits, `.`, `/`, `:`, `-`, `_`")
    if not 0 <= size < 10**19 or len(root) != HASH_BYTES:
        raise Invalid("a checkpoint needs a size and a 32-byte root")
    body = f"{origin}\n{size}\n{_encode(root)}\n"
    signed = key_id(origin, key.public_key()) + key.sign(body.encode())
    return f"{body}\n— {origin} {_encode(signed)}\n"


def verify(note: str, origin: str, public_key: Ed25519PublicKey) -> Checkpoint:
    """What `note` says of the log `origin`. Raises `Invalid` unless its signature holds, and says why."""
    found = _NOTE.fullmatch(note)
    if found is None:
        raise Invalid("the checkpoint is not a signed note with one signature")
    if found["origin"] != origin or found["name"] != origin:
        raise Invalid(f"the checkpoint is not of the log `{origin}`")
    root, signed = _decode(found["root"]), _decode(found["signed"])
    identity = key_id(origin, public_key)
    if len(root) != HASH_BYTES or signed[: len(identity)] != identity:
        raise Invalid("the checkpoint was not signed with this key")
    try:
        public_key.verify(signed[len(identity) :], note.partition("\n\n")[0].encode() + b"\n")
    except InvalidSignature as error:
        raise Invalid("the checkpoint's signature does not hold") from error
    return Checkpoint(origin=origin, size=int(found["size"]), root=root)


def key_id(name: str, public_key: Ed25519PublicKey) -> bytes:
    """The 4 bytes that point to a key (C2SP signed-note, "Signatures")."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key.public_bytes_raw()).digest()[:4]


def write_key(origin: str, public_key: Ed25519PublicKey) -> str:
    """The vkey: one line that an auditor keeps."""
    return f"{origin}+{key_id(origin, public_key).hex()}+{_encode(_ED25519 + public_key.public_bytes_raw())}"


def read_key(text: str) -> tuple[str, Ed25519PublicKey]:
    """Origin and public key of a vkey. Raises `Invalid` if it is not exactly what `write_key` writes."""
    origin, _, rest = text.partition("+")
    _, _, encoded = rest.partition("+")
    key = _decode(encoded)
    if not _ORIGIN.fullmatch(origin) or len(key) != 33 or key[:1] != _ED25519:
        raise Invalid("this is not an Ed25519 verifier key")
    public_key = Ed25519PublicKey.from_public_bytes(key[1:])
    if write_key(origin, public_key) != text:
        raise Invalid("the verifier key does not match its own key id")
    return origin, public_key


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(text: str) -> bytes:
    """Base64 with padding, canonical: of the texts that decode to the same bytes, only one is taken."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("this is not base64") from error
    if _encode(data) != text:
        raise Invalid("this is not canonical base64")
    return data
