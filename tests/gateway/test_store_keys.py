"""Keys: made once, readable by their owner alone, and noticed when they are not the store's own."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import StoreError, Unconfigured
from gateway.settings import StoreSettings
from gateway.store.keys import KEY_BYTES, open_keys, seal, unseal
from gateway.store.opening import open_store
from tests.gateway.stores import Bytes, HandClock

NAMES = ("kek", "pseudonym", "payload", "signing", "audit", "watermark", "node", "intake.pub")


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_was_sealed_opens_bound_to_the_same(content: bytes, bound: bytes) -> None:
    sealed = seal(b"k" * 32, b"n" * 12, content, bound)
    assert unseal(b"k" * 32, sealed, bound) == content
    for key, body, other in (
        (b"x" * 32, sealed, bound),
        (b"k" * 32, sealed, bound + b"!"),
        (b"k" * 32, sealed[:-1] + bytes((sealed[-1] ^ 1,)), bound),
        (b"k" * 32, sealed[:11], bound),
    ):
        with pytest.raises(StoreError):
            unseal(key, body, other)


def test_keys_are_made_once_and_for_the_owner(tmp_path: Path) -> None:
    first = open_keys(tmp_path / "keys", Bytes(1), create=True)
    second = open_keys(tmp_path / "keys", Bytes(2), create=True)
    assert first.fingerprints() == second.fingerprints()
    for name in NAMES:
        assert (tmp_path / "keys" / name).stat().st_mode & 0o777 == 0o600, name
    assert first.pseudonym.hex() not in repr(first)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_key_is_not_made_anew(tmp_path: Path, name: str) -> None:
    open_keys(tmp_path, Bytes(1), create=True)
    (tmp_path / name).unlink()
    with pytest.raises(Unconfigured, match="is missing"):
        open_keys(tmp_path, Bytes(1), create=False)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "one key of"),
        ("zz", "not hex"),
        ("ab" * (KEY_BYTES - 1), "one key of"),
        (("ab" * KEY_BYTES + "\n") * 2, "one key only"),
    ],
)
def test_a_damaged_key_is_named(tmp_path: Path, content: str, says: str) -> None:
    open_keys(tmp_path, Bytes(1), create=True)
    (tmp_path / "pseudonym").write_text(content)
    with pytest.raises(Unconfigured, match=says) as caught:
        open_keys(tmp_path, Bytes(1), create=False)
    assert "pseudonym" in str(caught.value)


def test_an_older_key_encryption_key_still_opens_and_the_newest_wraps(tmp_path: Path) -> None:
    old = open_keys(tmp_path, Bytes(1), create=True)
    wrapped = old.wrap("anna", b"d" * 32)
    path = tmp_path / "kek"
    path.write_text(path.read_text() + "cd" * KEY_BYTES + "\n")
    both = open_keys(tmp_path, Bytes(1), create=False)
    assert both.unwrap("anna", wrapped) == b"d" * 32
    with pytest.raises(StoreError):
        old.unwrap("anna", both.wrap("anna", b"d" * 32))
    with pytest.raises(StoreError):
        both.unwrap("berta", wrapped)


def test_a_store_opened_with_other_keys_says_which(where: StoreSettings, tmp_path: Path) -> None:
    open_store(where, clock=HandClock(), token_bytes=Bytes(1)).close()
    other = StoreSettings(
        database_url=where.database_url, objects_url=where.objects_url, keys=tmp_path / "other"
    )
    open_keys(other.keys, Bytes(9), create=True)
    with pytest.raises(Unconfigured, match="not the one that this store was made with"):
        open_store(other, clock=HandClock(), token_bytes=Bytes(2))
