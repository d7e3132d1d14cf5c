"""The annotators' policy of a studio, amended for one test."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator

from policies.loading import load_all
from tests.benchmarks.studio import Studio
from tests.benchmarks.thin import PATIENCE_S


@contextlib.contextmanager
def amended(made: Studio, **always: str) -> Iterator[Callable[..., None]]:
    """A function: have the policy say `key` = value in TOML, and of all else what it said before and `always`, until the end."""
    path = made.data / "policies" / "annotators.toml"
    before = path.read_text()

    def put(**values: str) -> None:
        text = before
        for key, value in {**always, **values}.items():
            text, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
            assert count == 1, key
        say(text)

    def say(text: str) -> None:
        path.write_text(text)
        # A server over the folder may take it in first, and be at it still.
        deadline = time.monotonic() + PATIENCE_S
        wanted = load_all({each.name: each.read_text() for each in path.parent.glob("*.toml")}).digest
        while made.use.book.current.digest != wanted:
            assert time.monotonic() < deadline, "the policy did not come in force"
            made.use.book.refresh()

    yield put
    say(before)
