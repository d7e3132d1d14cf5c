"""The policies in force follow their folder, and an unreadable one denies."""

import os
from pathlib import Path

import pytest

from gateway.sessions.book import PolicyBook

GOOD = (Path(__file__).resolve().parents[2] / "deploy" / "policies" / "demo-annotators.toml").read_text()


def test_a_changed_file_is_seen_and_an_untouched_folder_is_not_read_again(tmp_path: Path) -> None:
    book = PolicyBook(tmp_path)
    empty = book.current.digest
    assert not book.refresh()
    (tmp_path / "a.toml").write_text(GOOD)
    assert book.refresh()
    assert book.current.digest != empty
    first = book.current
    assert not book.refresh()
    assert book.current is first
    (tmp_path / "a.toml").unlink()
    assert book.refresh()
    assert book.current.digest == empty


def test_the_same_words_again_are_the_same_policies(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    book = PolicyBook(tmp_path)
    os.utime(tmp_path / "a.toml", (1, 1))
    assert not book.refresh()


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"", b'policy = "x"\n[[', b"\0" * 100], ids=repr)
def test_a_file_that_is_no_policy_is_an_error_that_names_it(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "broken.toml").write_bytes(body)
    book = PolicyBook(tmp_path)
    assert book.current.errors
    assert all("broken.toml" in str(error) for error in book.current.errors)
