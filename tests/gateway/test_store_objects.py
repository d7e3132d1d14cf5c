"""Objects under the hash of themselves: durable, checked when read, on a folder and behind a URL."""

from pathlib import Path

import pytest

from gateway.errors import StoreError, Unconfigured
from gateway.store.objects import Objects


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects(f"file://{tmp_path / 'objects with a space'}".replace(" ", "%20"))


@pytest.mark.parametrize("size", [0, 1, 100_000, 9 * 1024 * 1024])
def test_what_was_put_comes_back(objects: Objects, size: int) -> None:
    content = b"z" * size
    key = objects.put(content)
    assert objects.get(key) == content
    assert b"".join(objects.stream(key)) == content
    assert objects.put(content) == key


def test_a_damaged_object_is_noticed(objects: Objects) -> None:
    key = objects.put(b"content")
    assert objects.folder is not None
    path = objects.folder / key[:2] / key
    path.write_bytes(b"kontent")
    with pytest.raises(StoreError, match="damaged"):
        objects.get(key)
    with pytest.raises(StoreError, match="damaged"):
        list(objects.stream(key))


def test_a_missing_object_is_named_and_deleting_it_is_no_error(objects: Objects) -> None:
    key = objects.put(b"content")
    objects.delete(key)
    objects.delete(key)
    with pytest.raises(StoreError, match=key):
        objects.get(key)
    with pytest.raises(StoreError, match=key):
        list(objects.stream(key))


def test_a_file_is_moved_in(objects: Objects) -> None:
    key = Objects("memory:///").put(b"from a file")
    part = objects.spool / "incoming.part"
    part.write_bytes(b"from a file")
    assert objects.take_file(part, key) == key
    assert not part.exists()
    assert objects.get(key) == b"from a file"


def test_a_full_or_forbidden_folder_is_an_error_in_the_users_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Unconfigured, match="can't be opened"):
        Objects(f"file://{tmp_path / 'file' / 'below'}")
    with pytest.raises(Unconfigured, match="can't be opened"):
        Objects("nonsense://somewhere")
