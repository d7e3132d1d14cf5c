"""Objects under the hash of themselves: durable, checked when read, on a folder and behind a URL."""

import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import obstore
import pytest

from gateway.errors import StoreError, Unconfigured
from gateway.settings import StoreSettings
from gateway.store import raw
from gateway.store.objects import Objects
from gateway.store.opening import open_store
from tests.gateway import s3_server
from tests.gateway.stores import Bytes, HandClock


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    with s3_server.running() as endpoint:
        yield endpoint


@pytest.fixture
def s3_url(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty prefix of the bucket; where it is and who asks comes from the environment, as it would on a node."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return f"s3://isinglass/{next(_numbers)}"


_numbers = itertools.count()


@pytest.fixture(params=["folder", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "s3":
        return Objects(request.getfixturevalue("s3_url"))
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
    obstore.put(objects._store, f"{key[:2]}/{key}", b"kontent")
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


def test_a_file_is_moved_in(objects: Objects, tmp_path: Path) -> None:
    key = Objects("memory:///").put(b"from a file")
    part = (objects.folder or tmp_path) / "incoming.part"
    part.write_bytes(b"from a file")
    assert objects.take_file(part, key) == key
    assert part.exists() == (objects.folder is None), "moved on a folder, copied to a bucket"
    assert objects.get(key) == b"from a file"


def test_a_full_or_forbidden_folder_is_an_error_in_the_users_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Unconfigured, match="can't be opened"):
        Objects(f"file://{tmp_path / 'file' / 'below'}")
    with pytest.raises(Unconfigured, match="can't be opened"):
        Objects("nonsense://somewhere")


def test_a_store_on_s3_keeps_originals_and_reads_them_again(s3_url: str, tmp_path: Path) -> None:
    where = StoreSettings(
        database_url=f"sqlite:///{tmp_path / 'rows.db'}", objects_url=s3_url, keys=tmp_path / "keys"
    )
    store = open_store(where, clock=HandClock(), token_bytes=Bytes(1))
    content = bytes(range(256)) * 40_000  # 10 MB: several parts of an upload
    sealed = raw.seal(store, io.BytesIO(content))
    private = raw.load_private_key(store.keys.folder)
    assert b"".join(raw.open_sealed(store, sealed.object, private)) == content
    store.close()


def test_a_bucket_out_of_reach_is_an_error_not_a_hang(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = Objects(s3_url.replace("isinglass", "no-such-bucket"))
    with pytest.raises(StoreError, match="full or out of reach"):
        objects.put(b"content")
    with pytest.raises(StoreError, match="missing or can't be read"):
        objects.get("ab" * 32)
