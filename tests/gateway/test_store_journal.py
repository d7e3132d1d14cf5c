"""The journal of exposures: nothing that left is forgotten, whenever the process dies."""

import fcntl
import os
import zlib
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.errors import Denied, StoreError
from gateway.store import auditing, exposures
from gateway.store.exposures import RESERVED
from gateway.store.journal import Entry, Journal, Left, leftovers
from gateway.store.opening import Store
from gateway.store.schema_evidence import exposure_segments
from gateway.store.segments import Piece
from gateway.stream.effects import Exposure
from gateway.web.ledger import take_leftovers
from gateway.web.track import Scene, Track
from tests.gateway.stores import START, add_session, furnish, note
from viewer.render.frame import Encoding
from viewer.render.view import View

SCENE = Scene.of(
    session="s-ada-annotator-0", user="ada-id", policy="e" * 64, item="i1", order=["d" * 64], controls=b"{}"
)
VIEW = View(item="i1", frame=0, width=64, height=64, x=3.0, y=4.0, scale=1.5)


def entry(number: int) -> Entry:
    return Entry(piece=Piece(session="s-ada-annotator-0", writer="a", number=number, data=bytes([number])))


def exposure(seq: int, time: float = START) -> Exposure:
    return Exposure(
        seq=seq,
        view=VIEW,
        encoding=Encoding(lossless=True),
        digest="d" * 64,
        sent="f" * 64,
        lossless=True,
        epoch=7,
        time=time,
    )


def test_what_a_dead_process_left_is_found_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "a")
    for seq in (1, 2):
        journal.append(entry(seq))
    with leftovers(tmp_path) as found:
        assert found.entries == ()  # its process lives
    journal.close()  # as the kernel does for a killed process
    with leftovers(tmp_path) as found:
        assert found == Left(names=frozenset("a"), entries=(entry(1), entry(2)))
    with leftovers(tmp_path) as found:
        assert found == Left(names=frozenset(), entries=())


def test_a_journal_that_is_taken_for_a_leftover_as_it_is_opened_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process starts in between: it finds the file without a lock, and removes it."""
    lock, names = fcntl.flock, list[frozenset[str]]()

    def late(file: int, how: int) -> None:
        if not names:
            names.append(frozenset())  # the other process locks files, too
            with leftovers(tmp_path) as found:
                names[0] = found.names
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", late)
    journal = Journal(tmp_path, "a")
    assert names == [frozenset("a")]
    journal.append(entry(1))
    journal.close()
    with leftovers(tmp_path) as found:
        assert found.entries == (entry(1),)


def test_leftovers_stay_when_taking_them_in_fails(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "a")
    journal.append(entry(1))
    journal.close()
    with pytest.raises(StoreError), leftovers(tmp_path):
        raise StoreError("the disk is full")
    with leftovers(tmp_path) as found:
        assert found.entries == (entry(1),)


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path, cut: int) -> None:
    journal = Journal(tmp_path, "a")
    for seq in (1, 2):
        journal.append(entry(seq))
    journal.close()
    (path,) = tmp_path.iterdir()
    os.truncate(path, path.stat().st_size - cut)
    with leftovers(tmp_path) as found:
        assert found.entries[:1] == (entry(1),)
        assert len(found.entries) == (2 if cut == 1 else 1)  # one byte is the line feed alone


def test_the_files_take_turns_and_only_what_is_in_the_ledger_is_emptied(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "a")
    journal.append(entry(1))
    journal.turn()
    journal.append(entry(2))
    journal.turn()  # the other one is not empty yet: stay
    journal.append(entry(3))
    journal.clear()  # 1 is in the ledger
    journal.close()
    with leftovers(tmp_path) as found:
        assert found.entries == (entry(2), entry(3))


def test_empty_files_go_with_their_process(tmp_path: Path) -> None:
    Journal(tmp_path, "a").close()
    assert list(tmp_path.iterdir()) == []


def test_leftovers_join_the_ledger_and_the_audit_log_without_doubles(store: Store, tmp_path: Path) -> None:
    """The process dies between two commits: what one has is not written again, what none has is not lost."""
    furnish(store)
    session = add_session(store, "ada").id
    track, entries = Track(), []
    for seq in (1, 2, 3):
        assert track.frame(SCENE, exposure(seq, START + seq)) is None
        piece = Piece(session=session, writer="a", number=seq, data=track.take())
        entries.append(Entry(piece=piece, terms=(SCENE.order, SCENE.controls)))
    with store.upkeep() as connection:  # committed, but the journal not cleared before the process died
        exposures.add_pieces(connection, [entries[0].piece])
    journal = Journal(tmp_path, "a")
    for each in entries:
        journal.append(each)
    journal.close()
    assert take_leftovers(store, tmp_path) == 1
    with store.read() as connection:
        (segment,) = exposures.of_session(connection, session)
        assert exposures.terms(connection, [SCENE.order.id])[SCENE.order.id] == bytes.fromhex("d" * 64)
    assert (segment.first, segment.last, segment.frames, segment.exact) == (1, 3, 3, 3)
    assert segment.audit_index is not None
    journal = Journal(tmp_path, "a")  # the same once more: all of it is in the segment
    for each in entries:
        journal.append(each)
    journal.close()
    assert take_leftovers(store, tmp_path) == 0
    store.checkpoint()
    assert auditing.verify_log(store).problems == ()


def test_a_segment_that_was_changed_or_removed_does_not_verify(store: Store) -> None:
    furnish(store)
    add_session(store, "ada")
    track = Track()
    track.frame(SCENE, exposure(1))
    closed = track.close()
    assert closed is not None
    last = Piece(session=SCENE.session, writer="a", number=1, data=b"")
    with store.write() as tx:
        index = exposures.seal(tx, closed.segment, actor="ada-id", policy=None, last=last)
    store.checkpoint()
    assert auditing.verify_log(store).ok
    for change in (
        sa.update(exposure_segments).values(data=zlib.compress(b"{}\n")),
        sa.delete(exposure_segments),
    ):
        with store.write() as tx:
            tx.connection.execute(change)
            tx.append(note())
        store.checkpoint()
        (problem,) = auditing.verify_log(store).problems
        assert f"leaf `{index}`" in problem


def test_each_stream_of_a_session_has_its_own_numbers(store: Store) -> None:
    furnish(store)
    session = add_session(store, "ada").id
    firsts = []
    with store.write() as tx:
        firsts += [exposures.reserve(tx, session) for _ in range(1023)]
        tx.append(note())
    assert firsts == [1 + k * RESERVED for k in range(1023)]
    with pytest.raises(Denied, match="too often"), store.write() as tx:
        exposures.reserve(tx, session)
