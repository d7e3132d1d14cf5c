"""Sealed originals: what comes out is what went in, or nothing; and the gateway's own keys don't open them."""

import io
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.errors import StoreError, Unconfigured
from gateway.store import raw
from gateway.store.opening import Store

MIB = raw.CHUNK_BYTES


@pytest.fixture
def private(store: Store) -> X25519PrivateKey:
    return raw.load_private_key(store.keys.folder)


def _content(size: int) -> bytes:
    return bytes(range(251)) * (size // 251) + b"x" * (size % 251)


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB, 3 * MIB + 17])
def test_what_was_sealed_opens(store: Store, private: X25519PrivateKey, size: int) -> None:
    content = _content(size)
    sealed = raw.seal(store, io.BytesIO(content))
    assert sealed.size == size
    assert b"".join(raw.open_sealed(store, sealed.object, private)) == content
    assert sealed.digest == raw.digest_of(store, io.BytesIO(content))


def test_a_source_that_gives_little_at_a_time_seals_the_same(store: Store, private: X25519PrivateKey) -> None:
    class Trickle(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(7_001, size or 0))

    content = _content(MIB + 5)
    sealed = raw.seal(store, Trickle(content))
    assert b"".join(raw.open_sealed(store, sealed.object, private)) == content


def test_nothing_of_the_content_is_on_the_disk(store: Store, tmp_path: Path) -> None:
    canary = b"QUENBY^MARTHA^1950"
    sealed = raw.seal(store, io.BytesIO(b"\0" * 500 + canary + b"\0" * 500))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert canary not in path.read_bytes(), path
    assert list(tmp_path.rglob(sealed.object)), "negative control: the object is below this folder"


def test_the_same_file_sealed_twice_looks_different(store: Store) -> None:
    one, two = (raw.seal(store, io.BytesIO(b"same")) for _ in range(2))
    assert one.digest == two.digest
    assert one.object != two.object


def test_another_key_opens_nothing(store: Store) -> None:
    sealed = raw.seal(store, io.BytesIO(b"content"))
    with pytest.raises(StoreError, match="does not open"):
        list(raw.open_sealed(store, sealed.object, X25519PrivateKey.from_private_bytes(b"\7" * 32)))


def _flip(body: bytearray) -> bytes:
    body[len(body) // 2] ^= 1
    return bytes(body)


def _swap_chunks(body: bytearray) -> bytes:
    head = len(body) - 2 * (MIB + 16) - (9 + 16)
    first, second = body[head : head + MIB + 16], body[head + MIB + 16 : head + 2 * (MIB + 16)]
    return bytes(body[:head] + second + first + body[head + 2 * (MIB + 16) :])


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(_flip, id="a bit flipped"),
        pytest.param(lambda body: bytes(body[:-25]), id="the last chunk dropped"),
        pytest.param(lambda body: bytes(body[:-1]), id="the last byte dropped"),
        pytest.param(lambda body: bytes(body) + body[-25:], id="a chunk added"),
        pytest.param(_swap_chunks, id="two chunks swapped"),
        pytest.param(lambda body: b"something else entirely", id="another object"),
    ],
)
def test_a_changed_object_never_opens_whole(
    store: Store, private: X25519PrivateKey, damage: "type[bytes]"
) -> None:
    """The damaged body is put under its own hash, so that the object store finds nothing wrong with it."""
    content = _content(2 * MIB + 9)
    sealed = raw.seal(store, io.BytesIO(content))
    changed = store.objects.put(damage(bytearray(store.objects.get(sealed.object))))
    with pytest.raises(StoreError):
        list(raw.open_sealed(store, changed, private))


def test_the_private_key_is_for_its_owner_alone(store: Store) -> None:
    path = store.keys.folder / "intake" / "private"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(Unconfigured, match="others may read"):
        raw.load_private_key(store.keys.folder)


def test_without_the_private_half_the_store_still_opens_and_seals(store: Store) -> None:
    """A web process may run on a machine that has no private half at all."""
    (store.keys.folder / "intake" / "private").unlink()
    raw.seal(store, io.BytesIO(b"content"))
    with pytest.raises(Unconfigured, match="no key"):
        raw.load_private_key(store.keys.folder)
