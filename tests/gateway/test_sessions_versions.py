"""Versions of the policies: immutable, approved with a signature, by two people where a policy says so; bad ones change nothing."""

from pathlib import Path

import pytest

from gateway.audit.events import EventCode
from gateway.errors import Conflict, Denied, Invalid, NotFound
from gateway.sessions import versioning
from gateway.sessions.book import PolicyBook
from gateway.store import policy_versions, recalling
from gateway.store.opening import Store
from policies.loading import PolicySet, load_all
from tests.gateway.stores import add_people, note

ONE = 'policy = "p"\napplies_to.projects = ["*"]\n'
TWO = ONE + 'approval.policy_change = "two-person"\n'
OTHER = ONE + 'surface.copy = "allow"\n'


@pytest.fixture
def book(store: Store, tmp_path: Path) -> PolicyBook:
    add_people(store, "ada", "bo", "cy")
    (tmp_path / "policies").mkdir()
    return PolicyBook(tmp_path / "policies", store)


def test_one_person_is_enough_where_no_policy_says_otherwise(book: PolicyBook, store: Store) -> None:
    row = versioning.propose(store, {"p.toml": ONE}, "ada-id")
    assert (row.state, row.needs, row.author) == ("in force", 0, "ada-id")
    assert book.refresh()
    assert book.current.digest == row.digest
    with store.write() as tx:
        tx.append(note())
    assert recalling.events_since(store, 0)[-1].policy == row.digest, "each leaf names the digest in force"


@pytest.mark.parametrize(("first", "then"), [(TWO, OTHER), (ONE, TWO)], ids=["in force", "proposed"])
def test_two_persons_where_either_side_says_so(book: PolicyBook, store: Store, first: str, then: str) -> None:
    versioning.propose(store, {"p.toml": first}, "ada-id")
    book.refresh()
    row = versioning.propose(store, {"p.toml": then}, "ada-id")
    assert (row.state, row.needs) == ("proposed", 1)
    assert not book.refresh()
    with pytest.raises(Denied, match="a second person"):
        versioning.approve(store, row.digest, "ada-id")
    row = versioning.approve(store, row.digest, "bo-id")
    assert row.state == "in force"
    assert [(a["user"], a["verdict"]) for a in row.approvals] == [("bo-id", "yes")]
    assert versioning.verify(store, row, row.approvals[0])
    assert not versioning.verify(store, row, {**row.approvals[0], "user": "cy-id"})
    assert book.refresh()
    with store.read() as conn:
        assert {r.state for r in policy_versions.newest(conn)} == {"in force", "superseded"}
    actions = [e.action for e in recalling.events_since(store, 0) if e.action.startswith("policy.")]
    assert actions == [
        "policy.propose",
        "policy.enforce",
        "policy.propose",
        "policy.approve",
        "policy.enforce",
    ]


def test_a_refused_version_stays_out_and_can_be_proposed_again(book: PolicyBook, store: Store) -> None:
    versioning.propose(store, {"p.toml": TWO}, "ada-id")
    row = versioning.propose(store, {"p.toml": OTHER}, "ada-id")
    assert versioning.refuse(store, row.digest, "bo-id").state == "refused"
    with pytest.raises(Conflict, match="is refused"):
        versioning.approve(store, row.digest, "bo-id")
    again = versioning.propose(store, {"p.toml": OTHER}, "bo-id")
    assert (again.state, again.approvals, again.author) == ("proposed", [], "bo-id")
    assert versioning.approve(store, row.digest, "ada-id").state == "in force"


def test_an_older_version_can_come_back(book: PolicyBook, store: Store) -> None:
    old = versioning.propose(store, {"p.toml": ONE}, "ada-id")
    versioning.propose(store, {"p.toml": OTHER}, "ada-id")
    assert versioning.propose(store, old.files, "bo-id").state == "in force"
    assert book.refresh()
    assert book.current.digest == old.digest
    with pytest.raises(Conflict, match="in force already"):
        versioning.propose(store, old.files, "bo-id")
    with pytest.raises(NotFound):
        versioning.approve(store, "0" * 64, "bo-id")


BAD = {
    "10 MB": ("# x\n" * (10 * 2**18), "10,485,760 bytes; a policy may have 262,144"),
    "a key twice": ('policy = "q"\npolicy = "r"\n', "q.toml:2: policy: is there twice"),
    "a wrong unit": (
        ONE.replace('"p"', '"q"') + 'session.idle_lock = "5 min"\n',
        "q.toml:3: session.idle_lock",
    ),
    "an overlapping name": (ONE, "the name `p` is taken by p.toml"),
    "an unknown field": (
        ONE.replace('"p"', '"q"') + "session.later = 1\n",
        "q.toml:3: session.later: is unknown",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_a_clear_error_and_what_is_in_force_stays(
    book: PolicyBook, store: Store, case: str
) -> None:
    text, cause = BAD[case]
    (book.folder / "p.toml").write_text(ONE)
    assert book.refresh()
    before = book.current
    (book.folder / "q.toml").write_text(text)
    assert not book.refresh()
    assert book.current is before
    assert any(cause in str(error) for error in book.errors), [str(error) for error in book.errors]
    event = recalling.events_since(store, 0, {EventCode.POLICY_INVALID})[-1]
    assert event.payload["errors"] == [str(error) for error in book.errors]
    with pytest.raises(Invalid, match="the policies are in error"):
        versioning.propose(store, {"p.toml": ONE, "q.toml": text}, "ada-id")
    again = PolicyBook(book.folder, store)
    assert again.current.digest == before.digest, "also after a restart"


def test_the_folder_is_a_proposal_like_any_other(book: PolicyBook, store: Store) -> None:
    (book.folder / "p.toml").write_text(TWO)
    assert book.refresh(), "the first set needs nobody: without it no admin could sign in"
    (book.folder / "p.toml").write_text(OTHER)
    assert not book.refresh()
    with store.read() as conn:
        [waiting] = [row for row in policy_versions.newest(conn) if row.state == "proposed"]
    assert waiting.author == "system"
    other_process = PolicyBook(book.folder, store)
    assert not other_process.refresh()
    versioning.approve(store, waiting.digest, "ada-id")
    assert book.refresh()
    assert other_process.refresh()
    assert book.current.digest == other_process.current.digest == waiting.digest


def test_of_two_processes_the_slower_brings_nothing_back_that_was_saved_over(
    book: PolicyBook, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_process = PolicyBook(book.folder, store)
    path = book.folder / "p.toml"
    path.write_text(ONE)

    def slowly(files: dict[str, str]) -> PolicySet:
        """It is saved over while it is looked through, and the other process takes that in."""
        if path.read_text() == ONE:
            path.write_text(OTHER)
            assert other_process.refresh()
        return load_all(files)

    with monkeypatch.context() as patch:
        patch.setattr("gateway.sessions.book.load_all", slowly)
        book.refresh()
    assert book.current.digest == other_process.current.digest == load_all({"p.toml": OTHER}).digest
    assert not book.refresh()
    with store.read() as conn:
        assert policy_versions.in_force(conn) == book.current.digest
