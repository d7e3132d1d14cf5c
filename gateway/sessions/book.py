"""The policies in force, and the folder from which an operator puts others there.

The version in force is in the store: every process and every node finds it there. A changed folder is a proposal like
any other. One that is in error changes nothing: what is in force stays in force, and `errors` says what is wrong.
"""

from pathlib import Path

from gateway.audit.events import SYSTEM, Event, EventCode
from gateway.errors import Invalid
from gateway.sessions import versioning
from gateway.sessions.reading import policy_files, read
from gateway.store import policy_versions, settings
from gateway.store.opening import Store
from policies.errors import PolicyError
from policies.loading import PolicySet, load_all

_Stamp = tuple[tuple[str, int, int], ...]  # name, time of change in ns, size of each file
_SEEN = "policy folder"  # the setting with the digest of the folder's files as they were last seen


class PolicyBook:
    """`current`: the policies in force, or before the first good ones what the folder holds, which then lets nobody in."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder = folder
        self.errors: tuple[PolicyError, ...] = ()
        self.current = load_all({})
        self._store = store
        self._stamp: _Stamp | None = None
        self._digest: str | None = None
        self.refresh()

    def refresh(self, *, stored: bool = True) -> bool:
        """Look at the folder and, if `stored` or the folder changed, at the store; whether the set in force is another one now.

        Errors: StoreError.
        """
        before = self.current.digest
        if self._look_at_folder() or stored:
            self._look_at_store()
        return self.current.digest != before

    def _look_at_folder(self) -> bool:
        """Whether it is another one than when it was last looked at."""
        try:
            stamp = self._look_at_files()
            if stamp == self._stamp:
                return False
            files = {path.name: read(path) for path in policy_files(self.folder)}
        except (
            OSError,
            Invalid,
        ):  # a file that went while it was looked at: the next look finds what is there
            return False
        self._stamp = stamp
        policies = load_all(files)
        self.errors = policies.errors
        with self._store.read() as connection:
            seen, in_force = settings.get(connection, _SEEN), policy_versions.in_force(connection)
        if in_force is None and policies.errors:
            self.current = policies
        if policies.digest != seen and (files or in_force is not None):
            self._take(files, policies)
        return True

    def _look_at_files(self) -> _Stamp:
        found = [(path.name, path.stat()) for path in policy_files(self.folder)]
        return tuple((name, status.st_mtime_ns, status.st_size) for name, status in found)

    def _is_as_it_was_read(self) -> bool:
        try:
            return self._look_at_files() == self._stamp
        except (OSError, Invalid):
            return False

    def _take(self, files: dict[str, str], policies: PolicySet) -> None:
        """Note what the folder holds now, once, whichever process sees it first, and propose it."""
        payload = {"errors": [str(error) for error in policies.errors]} if policies.errors else None
        with self._store.write() as tx:
            if settings.get(tx.connection, _SEEN) == policies.digest:
                return
            if not self._is_as_it_was_read():  # saved again: what came after may be in force already
                self._stamp = None
                return
            in_force = policy_versions.in_force(tx.connection)
            settings.put(tx, _SEEN, policies.digest)
            code = EventCode.POLICY_INVALID if policies.errors else EventCode.POLICY_READ
            tx.append(
                Event(code=code, actor=SYSTEM, object=policies.digest, policy=in_force, payload=payload)
            )
            if not policies.errors:
                versioning.put_forward(tx, policies, files, SYSTEM)

    def _look_at_store(self) -> None:
        with self._store.read() as connection:
            digest = policy_versions.in_force(connection)
            if digest is None or digest == self._digest:
                return
            row = policy_versions.by_digest(connection, digest)
        if row is not None:
            self.current = load_all(row.files)
            self._digest = self._store.policy = digest
