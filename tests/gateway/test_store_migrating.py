"""A store that an earlier version wrote is brought to this version's schema, whichever it was."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.store import migrating
from gateway.store.engines import Engines, open_engines
from gateway.store.migrating import HEAD, bring_to, migrate

REVISIONS = sorted(path.name[:4] for path in (Path(migrating.__file__).parent / "versions").glob("0*.py"))


def _shape(engines: Engines) -> dict[str, set[str]]:
    """Table → columns."""
    looked = sa.inspect(engines.reader)
    return {
        name: {str(each["name"]) for each in looked.get_columns(name)} for name in looked.get_table_names()
    }


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_an_earlier_version_wrote_is_brought_up(tmp_path: Path, revision: str) -> None:
    fresh, old = (open_engines(f"sqlite:///{tmp_path / name}") for name in ("fresh.db", "old.db"))
    with old.writer.begin() as connection:
        bring_to(revision, connection)
    assert ("subject" in _shape(old)["originals"]) is (revision >= "0008"), "nothing would be shown by this"
    migrate(fresh)
    migrate(old)
    assert _shape(old) == _shape(fresh)
    fresh.close()
    old.close()


def test_the_newest_revision_is_the_head() -> None:
    assert REVISIONS[-1] == HEAD
