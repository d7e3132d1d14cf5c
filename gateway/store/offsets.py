"""The offset maps of masked texts, sealed under the subject's data key: they never leave the server, and go with the subject."""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from gateway.store import subjects
from gateway.store.keys import NONCE_BYTES, seal, unseal
from gateway.store.opening import Store
from gateway.store.schema_masking import offset_maps
from gateway.store.transaction import Transaction
from viewer.masking.offsets import Stretch

_BOUND_TO = "isinglass offsets 1\0"


def keep(tx: Transaction, original: str, subject: str, offsets: Sequence[Stretch]) -> None:
    """Store the map of the text `original` (a digest), in place of an earlier one. Errors: StoreError once erased."""
    key = subjects.data_key(tx.connection, tx.keys, subject)
    content = msgspec.msgpack.encode(offsets)
    sealed = seal(key, tx.keys.token_bytes(NONCE_BYTES), content, _binding(original))
    tx.connection.execute(sa.delete(offset_maps).where(offset_maps.c.original == original))
    tx.connection.execute(
        sa.insert(offset_maps), {"original": original, "subject": subject, "sealed": sealed}
    )


def of_original(store: Store, original: str) -> tuple[Stretch, ...] | None:
    """The map of the text `original` (a digest), None if there is none. Errors: StoreError once erased."""
    with store.read() as connection:
        row = connection.execute(sa.select(offset_maps).where(offset_maps.c.original == original)).first()
        if row is None:
            return None
        key = subjects.data_key(connection, store.keys, row.subject)
    return msgspec.msgpack.decode(unseal(key, row.sealed, _binding(original)), type=tuple[Stretch, ...])


def _binding(original: str) -> bytes:
    return (_BOUND_TO + original).encode()
