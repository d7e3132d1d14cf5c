"""Policy files and request tables on disk, as text. A request table is called `*.test.toml` or `*.test.json`."""

from collections.abc import Iterable
from pathlib import Path

from gateway.errors import Invalid
from policies.errors import shown_path
from policies.loading import PolicySet, load_all

_TABLES = (".test.toml", ".test.json")
MAX_READ_BYTES = 64 * 2**20  # nobody means such a file; the language itself takes far less


def policy_files(folder: Path) -> list[Path]:
    """The policy files of `folder`, in order of their names."""
    return [path for path in sorted(folder.glob("*.toml")) if not path.name.endswith(_TABLES)]


def table_files(folder: Path) -> list[Path]:
    """The request tables of `folder`, in order of their names."""
    return [path for path in sorted(folder.iterdir()) if path.name.endswith(_TABLES)]


def read(path: Path) -> str:
    """The text of `path`. A byte that is not UTF-8 becomes U+FFFD, which no policy may hold: the loader names its line.

    Errors: Invalid if it can't be read, or is absurdly large.
    """
    try:
        with path.open("rb") as file:  # which may be a pipe or a device: it is not asked for its size
            content = file.read(MAX_READ_BYTES + 1)
    except OSError as error:
        raise Invalid(f"{shown_path(path)} can't be read: {error.strerror}") from error
    except ValueError as error:  # a path with a NUL
        raise Invalid(f"{shown_path(path)} can't be read: {error}") from error
    if len(content) > MAX_READ_BYTES:
        raise Invalid(f"{shown_path(path)} has more than {MAX_READ_BYTES:,} bytes and is no policy")
    return content.decode("utf-8", "replace").replace("\r\n", "\n")


def sorted_out(paths: Iterable[Path]) -> tuple[dict[str, str], dict[str, str]]:
    """The policies and the request tables among `paths`, of folders those inside: name -> text. Errors: Invalid."""
    policies: list[Path] = []
    tables: list[Path] = []
    for path in paths:
        if path.is_dir():
            policies += policy_files(path)
            tables += table_files(path)
        elif path.name.endswith((*_TABLES, ".json")):
            tables.append(path)
        else:
            policies.append(path)
    return {str(path): read(path) for path in policies}, {str(path): read(path) for path in tables}


def load(paths: Iterable[Path]) -> PolicySet:
    """The policies among `paths`; what is wrong with them is in `errors`. Errors: Invalid if one can't be read."""
    return load_all(sorted_out(paths)[0])
