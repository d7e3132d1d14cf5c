"""The policies in force follow their folder, and an unreadable one denies."""

import os
from pathlib import Path

import pytest

from gateway.sessions.book import PolicyBook
from gateway.store.opening import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "policies"
    made.mkdir()
    return made


GOOD = (Path(__file__).resolve().parents[2] / "deploy" / "policies" / "demo-annotators.toml").read_text()


def test_a_changed_file_is_seen_and_an_untouched_folder_is_not_read_again(folder: Path, store: Store) -> None:
    book = PolicyBook(folder, store)
    empty = book.current.digest
    assert not book.refresh()
    (folder / "a.toml").write_text(GOOD)
    assert book.refresh()
    assert book.current.digest != empty
    first = book.current
    assert not book.refresh()
    assert book.current is first
    (folder / "a.toml").unlink()
    assert book.refresh()
    assert book.current.digest == empty


def test_the_same_words_again_are_the_same_policies(folder: Path, store: Store) -> None:
    (folder / "a.toml").write_text(GOOD)
    book = PolicyBook(folder, store)
    os.utime(folder / "a.toml", (1, 1))
    assert not book.refresh()


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"", b'policy = "x"\n[[', b"\0" * 100], ids=repr)
def test_a_file_that_is_no_policy_is_an_error_that_names_it(folder: Path, store: Store, body: bytes) -> None:
    (folder / "broken.toml").write_bytes(body)
    book = PolicyBook(folder, store)
    assert book.current.errors
    assert all("broken.toml" in str(error) for error in book.current.errors)
