"""Objects: bytes under the SHA-256 of themselves, in a local folder or an S3 bucket, through obstore.

Whatever is put here is encrypted before. An object is durable when `put` returns: on a local folder its file and the
folders above it are on the disk (fsync), in a bucket the service has acknowledged it. An object that no row names is
harmless: it is left by a crash between `put` and the commit of its row.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from gateway.errors import StoreError, Unconfigured
from gateway.store.keys import sync_folder

CHUNK_BYTES = 8 * 1024 * 1024  # what a stream holds in memory; S3 wants parts of at least 5 MiB


class Objects:
    """An object store by URL: `file:///PATH`, `s3://bucket/prefix`, or any other that obstore knows."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.spool = Path(
            tempfile.gettempdir()
        )  # where a file may wait that is on its way in; on the same disk if local
        self.folder = Path(unquote(parts.path)) if parts.scheme == "file" else None
        try:
            if self.folder is not None:
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                self.spool = self.folder
                self._store: ObjectStore = LocalStore(self.folder)
            else:
                self._store = from_url(url)
        except (BaseError, OSError, ValueError) as error:
            raise Unconfigured(f"the object store `{parts.scheme}://…` can't be opened") from error

    def put(self, content: bytes) -> str:
        """The key of `content`, once it is durable."""
        key = hashlib.sha256(content).hexdigest()
        self._put(key, content)
        return key

    def take_file(self, path: Path, key: str) -> str:
        """`key`, once the file's content is durable; the file is moved or copied. `key`: the SHA-256 of its content."""
        if self.folder is None:
            self._put(key, path)
            return key
        final = self.folder / _path(key)
        try:
            final.parent.mkdir(exist_ok=True)
            path.replace(final)
            _sync(final, self.folder)
        except OSError as error:
            raise StoreError(f"an object can't be written: {error.strerror}") from error
        return key

    def get(self, key: str) -> bytes:
        """The content of object `key`. Errors: StoreError if it is missing or damaged."""
        try:
            content = bytes(obstore.get(self._store, _path(key)).bytes())
        except (BaseError, OSError) as error:
            raise StoreError(f"the object `{key}` is missing or can't be read") from error
        if hashlib.sha256(content).hexdigest() != key:
            raise StoreError(f"the object `{key}` is damaged")
        return content

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """At most `length` bytes of object `key` from `start` on, not checked against the key. Errors: StoreError."""
        try:
            return bytes(obstore.get_range(self._store, _path(key), start=start, length=length))
        except (BaseError, OSError) as error:
            raise StoreError(f"the object `{key}` is missing or can't be read") from error

    def stream(self, key: str) -> Iterator[bytes]:
        """The content of object `key` in chunks. Errors: StoreError; where it is damaged, after the last chunk."""
        digest = hashlib.sha256()
        try:
            for chunk in obstore.get(self._store, _path(key)).stream(min_chunk_size=CHUNK_BYTES):
                content = bytes(chunk)
                digest.update(content)
                yield content
        except (BaseError, OSError) as error:
            raise StoreError(f"the object `{key}` is missing or can't be read") from error
        if digest.hexdigest() != key:
            raise StoreError(f"the object `{key}` is damaged")

    def delete(self, key: str) -> None:
        """Forget object `key`; one that is not there is no error. Errors: StoreError."""
        try:
            obstore.delete(self._store, _path(key))
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StoreError(f"the object `{key}` can't be deleted") from error
        if self.folder is not None:
            sync_folder((self.folder / _path(key)).parent)

    def _put(self, key: str, content: bytes | Path) -> None:
        try:
            obstore.put(self._store, _path(key), content, chunk_size=CHUNK_BYTES, max_concurrency=2)
            if self.folder is not None:
                _sync(self.folder / _path(key), self.folder)
        except (BaseError, OSError) as error:
            raise StoreError(
                "an object can't be written: the object store is full or out of reach"
            ) from error


def _sync(path: Path, root: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)
    sync_folder(root)


def _path(key: str) -> str:
    return f"{key[:2]}/{key}"
