"""The letters of masked texts, page by page, sealed under the subject's data key as the pages' pictures are: they go with the subject.

Each page is kept under the digest of its picture, so that letters are found only beside the very picture that people checked.
"""

from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from gateway.store import subjects
from gateway.store.keys import NONCE_BYTES, seal, unseal
from gateway.store.opening import Store
from gateway.store.schema_masking import page_texts
from gateway.store.transaction import Transaction

_BOUND_TO = "isinglass page texts 1\0"


def keep(tx: Transaction, original: str, subject: str, pages: Mapping[str, str]) -> None:
    """Store the letters of the text `original` (a digest) by the digest of each page's picture, in place of earlier ones.

    Errors: StoreError once erased.
    """
    key = subjects.data_key(tx.connection, tx.keys, subject)
    content = msgspec.msgpack.encode(dict(pages))
    sealed = seal(key, tx.keys.token_bytes(NONCE_BYTES), content, _binding(original))
    tx.connection.execute(sa.delete(page_texts).where(page_texts.c.original == original))
    tx.connection.execute(sa.insert(page_texts), {"original": original, "subject": subject, "sealed": sealed})


def of_original(store: Store, original: str) -> dict[str, str]:
    """The letters of the text `original` (a digest) by the digest of each page's picture; none if they were not kept.

    Errors: StoreError once erased.
    """
    with store.read() as connection:
        row = connection.execute(sa.select(page_texts).where(page_texts.c.original == original)).first()
        if row is None:
            return {}
        key = subjects.data_key(connection, store.keys, row.subject)
    return msgspec.msgpack.decode(unseal(key, row.sealed, _binding(original)), type=dict[str, str])


def _binding(original: str) -> bytes:
    return (_BOUND_TO + original).encode()
