"""The policies in force: the files of one folder, read whole, and read again when one of them changes."""

from pathlib import Path

from gateway.sessions.reading import policy_files, read
from policies.loading import load_all


class PolicyBook:
    """The policy set of `folder`. A file in error denies everything; `current.errors` says what is wrong."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stamp: tuple[tuple[str, int, int], ...] = ()
        self.current = load_all({})
        self.refresh()

    def refresh(self) -> bool:
        """Read the folder again if anything in it changed; whether the set is another one now."""
        found = [(path.name, path.stat()) for path in policy_files(self.folder)]
        stamp = tuple((name, status.st_mtime_ns, status.st_size) for name, status in found)
        if stamp == self._stamp:
            return False
        before = self.current.digest
        self.current = load_all({path.name: read(path) for path in policy_files(self.folder)})
        self._stamp = stamp
        return self.current.digest != before
