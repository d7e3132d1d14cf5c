"""The annotators' policy of a studio, amended for one test."""

import contextlib
import re
from collections.abc import Callable, Iterator

from tests.benchmarks.studio import Studio


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
        path.write_text(text)
        made.use.book.refresh()

    yield put
    path.write_text(before)
    made.use.book.refresh()
