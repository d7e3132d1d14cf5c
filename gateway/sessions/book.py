"""The policies in force: the files of one folder, read whole, and read again when one of them changes."""

from pathlib import Path

from policies.loading import PolicySet, load_all


class PolicyBook:
    """The policy set of `folder`. A file in error denies everything; `current.errors` says what is wrong."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stamp: tuple[tuple[str, int, int], ...] = ()
        self.current = load_all({})
        self.refresh()

    def refresh(self) -> bool:
        """Read the folder again if anything in it changed; whether the set is another one now."""
        found = [(path.name, path.stat()) for path in sorted(self.folder.glob("*.toml"))]
        stamp = tuple((name, status.st_mtime_ns, status.st_size) for name, status in found)
        if stamp == self._stamp:
            return False
        before = self.current.digest
        self.current = _read(self.folder)
        self._stamp = stamp
        return self.current.digest != before


def _read(folder: Path) -> PolicySet:
    files = {}
    for path in sorted(folder.glob("*.toml")):
        # An undecodable byte becomes U+FFFD, which no policy may hold: the loader then denies and names the line.
        files[path.name] = path.read_bytes().decode("utf-8", "replace")
    return load_all(files)
