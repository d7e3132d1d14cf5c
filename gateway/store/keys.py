"""The store's keys: files in one folder (0700, each 0600), made on first use, read once.

    kek         key-encryption keys, oldest to newest: the newest wraps, all unwrap
    pseudonym   root of all pseudonyms and of the digests of originals
    payload     audit payloads that belong to no person in a scan
    signing     what we sign for ourselves, oldest to newest
    audit       Ed25519: signs checkpoints and export manifests
    watermark   roots of the forensic marks, oldest to newest: the newest marks, all are tried on a leak
    node        this machine's id in the audit log
    intake.pub  X25519: seals originals; the private half is `intake/private`, and only `raw.load_private_key` reads it

Each line of a file is one key in hex. Losing this folder loses every picture; back it up apart from the rest.
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.audit.checkpoint import write_key
from gateway.errors import StoreError, Unconfigured
from gateway.settings import TokenBytes

KEY_BYTES = 32
NONCE_BYTES = 12  # random; NIST SP 800-38D, 8.3 allows 2³² under one key: a year of 100 events a second
INTAKE_PRIVATE = Path("intake") / "private"
_WRAP = b"isinglass subject key 1\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """All keys but the one that opens originals. It never shows a key in its text."""

    folder: Path
    kek: tuple[bytes, ...] = field(repr=False)
    pseudonym: bytes = field(repr=False)
    payload: bytes = field(repr=False)
    signing: tuple[bytes, ...] = field(repr=False)
    audit: Ed25519PrivateKey = field(repr=False)
    watermark: tuple[bytes, ...] = field(repr=False)
    intake: X25519PublicKey = field(repr=False)
    node: str
    token_bytes: TokenBytes = field(repr=False)

    @property
    def public_key(self) -> Ed25519PublicKey:
        """What checkpoints and manifests are checked with."""
        return self.audit.public_key()

    @property
    def origin(self) -> str:
        """The audit log's name in its checkpoints: one per log, because one per key."""
        return f"isinglass/{hashlib.sha256(self.public_key.public_bytes_raw()).hexdigest()[:16]}"

    @property
    def vkey(self) -> str:
        """The verifier key, one line, for an auditor to keep."""
        return write_key(self.origin, self.public_key)

    def sign(self, content: bytes) -> bytes:
        """The Ed25519 signature of `content`, 64 bytes."""
        return self.audit.sign(content)

    def verifies(self, signature: bytes, content: bytes) -> bool:
        """Whether `signature` is one of `content` by this key."""
        try:
            self.public_key.verify(signature, content)
        except InvalidSignature:
            return False
        return True

    def digest(self) -> "hmac.HMAC":
        """A running keyed digest (HMAC-SHA-256) for an original: without the key nobody can look a known file up."""
        key = hmac.digest(self.pseudonym, b"isinglass original digest 1", hashlib.sha256)
        return hmac.new(key, digestmod=hashlib.sha256)

    def wrap(self, subject: str, key: bytes) -> bytes:
        """`key` under the newest key-encryption key, bound to `subject`."""
        return seal(self.kek[-1], self.token_bytes(NONCE_BYTES), key, _WRAP + subject.encode())

    def unwrap(self, subject: str, wrapped: bytes) -> bytes:
        """The inverse of `wrap`. Errors: StoreError if no key-encryption key opens it for `subject`."""
        for kek in reversed(self.kek):
            try:
                return unseal(kek, wrapped, _WRAP + subject.encode())
            except StoreError:
                continue
        raise StoreError(f"the data key of `{subject}` can't be opened with this store's keys")

    def fingerprints(self) -> dict[str, str]:
        """What the store remembers of its keys, to notice others: name → hex, from which no key follows."""
        secret = {"kek": self.kek[0], "pseudonym": self.pseudonym, "payload": self.payload}
        shown = {
            name: hmac.digest(key, b"isinglass key check 1", hashlib.sha256).hex()
            for name, key in secret.items()
        }
        return {
            **shown,
            "audit": self.public_key.public_bytes_raw().hex(),
            "intake.pub": self.intake.public_bytes_raw().hex(),
        }


def seal(key: bytes, nonce: bytes, content: bytes, bound_to: bytes) -> bytes:
    """Nonce ‖ AES-256-GCM of `content`, which opens only with the same `bound_to`."""
    return nonce + AESGCM(key).encrypt(nonce, content, bound_to)


def unseal(key: bytes, sealed: bytes | memoryview, bound_to: bytes) -> bytes:
    """The inverse of `seal`. Errors: StoreError if anything was changed, or for another key."""
    view = memoryview(sealed)
    try:
        return AESGCM(key).decrypt(bytes(view[:NONCE_BYTES]), view[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise StoreError("what was sealed does not open: it is damaged, or the key is another one") from error


def open_keys(folder: Path, token_bytes: TokenBytes, *, create: bool) -> KeyRing:
    """The keys in `folder`; missing ones are made if `create`.

    Errors: Unconfigured for a missing or damaged key, and where anybody but the owner may read them.
    """
    files = _Folder(folder, create=create)

    def new() -> bytes:
        return token_bytes(KEY_BYTES)

    return KeyRing(
        folder=folder,
        kek=files.keys("kek", new),
        pseudonym=files.key("pseudonym", new),
        payload=files.key("payload", new),
        signing=files.keys("signing", new),
        audit=Ed25519PrivateKey.from_private_bytes(files.key("audit", new)),
        watermark=files.keys("watermark", new),
        intake=X25519PublicKey.from_public_bytes(
            files.key("intake.pub", lambda: _public(files.key(str(INTAKE_PRIVATE), new)))
        ),
        node=files.key("node", new).hex()[:16],
        token_bytes=token_bytes,
    )


def add_watermark_key(keys: KeyRing) -> int:
    """Add a key that marks from the next start on, durably; how many there are then. Errors: Unconfigured."""
    path = keys.folder / "watermark"
    held = (*read_key(path), keys.token_bytes(KEY_BYTES))
    part = path.with_name(f".watermark.{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, b"".join(key.hex().encode() + b"\n" for key in held))
        os.fsync(handle)
    finally:
        os.close(handle)
    part.replace(path)
    sync_folder(path.parent)
    return len(held)


def read_key(path: Path) -> tuple[bytes, ...]:
    """The keys in one file, oldest first. Errors: Unconfigured; FileNotFoundError if there is none."""
    if path.stat().st_mode & 0o077:
        raise Unconfigured(f"others may read the key file `{path.name}`: make it 0600")
    try:
        keys = tuple(bytes.fromhex(line) for line in path.read_text(encoding="ascii").split())
    except ValueError as error:
        raise Unconfigured(f"the key file `{path.name}` is not hex") from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise Unconfigured(f"the key file `{path.name}` needs one key of {KEY_BYTES} bytes a line")
    return keys


@dataclass(frozen=True, slots=True)
class _Folder:
    """Key files by name."""

    path: Path
    create: bool = field(kw_only=True)

    def key(self, name: str, new: Callable[[], bytes]) -> bytes:
        keys = self.keys(name, new)
        if len(keys) != 1:
            raise Unconfigured(f"the key file `{name}` can hold one key only")
        return keys[0]

    def keys(self, name: str, new: Callable[[], bytes]) -> tuple[bytes, ...]:
        path = self.path / name
        try:
            return read_key(path)
        except FileNotFoundError as error:
            if not self.create:
                raise Unconfigured(
                    f"the key file `{name}` is missing from `{self.path}`; without it this store can't be read"
                ) from error
        except OSError as error:
            raise Unconfigured(f"the key file `{name}` can't be read: {error.strerror}") from error
        _write_once(path, new().hex().encode() + b"\n")
        return read_key(path)


def _write_once(path: Path, content: bytes) -> None:
    """Make `path`, durable, unless another process made it first: then its content stands."""
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        path.hardlink_to(part)
    except FileExistsError:
        pass
    finally:
        part.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make durable which names are in `folder`."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _public(private: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
