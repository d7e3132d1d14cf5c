"""A person is erased: nothing of them opens, in copies of the store either, and the audit log still verifies."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from pydicom import dcmread

from gateway.app import ServerSettings, open_data
from gateway.errors import NotFound, StoreError
from gateway.intake import ingesting
from gateway.privacy import erasing
from gateway.store import annotations as shapes
from gateway.store import items, offsets, page_texts, pixels, raw, schema_masking, tasks
from gateway.store.opening import Store
from gateway.workers.sandbox import Sandbox
from tests.gateway.stores import add_people, add_project, add_session
from tests.journeys.planting import Canaries, plant
from tests.journeys.serving import isinglass
from tests.viewer import dicom_files


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def filled(tmp_path: Path, sandbox: Sandbox) -> Iterator[tuple[Store, Path, Canaries]]:
    """A data folder with the planted series, its note, and a slice of somebody else."""
    source = tmp_path / "in"
    canaries = plant(source, 41)
    other = dicom_files.dataset(
        np.random.default_rng(3).integers(900, 1100, (64, 64)),
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        PatientID="somebody else",
    )
    (source / "other.dcm").write_bytes(dicom_files.encoded(other))
    store = open_data(ServerSettings(data=tmp_path / "data"))
    add_project(store)
    add_people(store, "ada")
    ingesting.ingest(
        store, [source], "name of p1", sandbox, ingesting.load_private_key(store), lambda *_: None
    )
    yield store, source, canaries
    store.close()


def _scan(store: Store, frames: int) -> items.ItemRow:
    with store.read() as connection:
        found = [
            each
            for each in items.items_of_project(connection, "p1")
            if len(items.frames_of(connection, each.id)) == frames
        ]
    return next(each for each in found if each.kind == "image")


def _who(store: Store, source: Path) -> str:
    return erasing.pseudonym_of(store, "name of p1", dcmread(source / "000.dcm").PatientID)


def test_everything_of_a_person_goes_and_nothing_of_others(
    filled: tuple[Store, Path, Canaries], sandbox: Sandbox, tmp_path: Path
) -> None:
    store, source, _ = filled
    scan, other = _scan(store, 12), _scan(store, 1)
    assert scan.subject == _who(store, source), "the pseudonym of a patient is found by the number"
    add_session(store, "ada")
    with store.read() as connection:
        frames, files = items.frames_of(connection, scan.id), items.originals_of(connection, "p1", "masked")
    of_scan = [each for each in files if each.subject == scan.subject]
    assert len(of_scan) == len(frames) == 12
    shutil.copytree(tmp_path / "data" / "objects", tmp_path / "backup")

    looked = erasing.look(store, scan.subject)
    assert (looked.originals, looked.items, looked.objects) == (12, 1, 12)
    done = erasing.erase(store, scan.subject)
    assert done.payloads > 0

    for frame in frames:
        with pytest.raises(StoreError):
            pixels.get_frame(store, scan.subject, frame.object)
        with pytest.raises(StoreError, match="missing"):
            store.objects.get(frame.object)
    for each in of_scan:
        with pytest.raises(StoreError, match="missing"):
            list(raw.open_sealed(store, each.object, raw.load_private_key(store.keys.folder)))
    shutil.copytree(tmp_path / "backup", tmp_path / "data" / "objects", dirs_exist_ok=True)
    with pytest.raises(StoreError, match="erased"):  # a backup of the pictures does not bring them back
        pixels.get_frame(store, scan.subject, frames[0].object)
    with store.read() as connection:
        row = items.item_by_id(connection, scan.id)
        assert row is not None
        assert (row.state, items.frames_of(connection, scan.id)) == ("erased", [])
        kept = items.frames_of(connection, other.id)
    assert pixels.get_frame(store, other.subject, kept[0].object).pixels.shape == (64, 64)
    assert "verifies" in isinglass(tmp_path / "data", "audit", "verify")

    # taken in again, nothing comes back
    key = ingesting.load_private_key(store)
    changed = tmp_path / "again.dcm"
    changed.write_bytes((source / "000.dcm").read_bytes() + b"")
    with io.BytesIO() as held:
        dataset = dcmread(source / "000.dcm")
        dataset.InstanceNumber = 99
        dataset.save_as(held)
        changed.write_bytes(held.getvalue())
    summary = ingesting.ingest(store, [source, changed], "name of p1", sandbox, key, lambda *_: None)
    assert (summary.released, summary.held) == (0, 0)
    assert [cause for _, cause in summary.failures] == ["it is of a person who was erased"]


def test_an_erasure_that_was_cut_off_is_finished_by_the_next(
    filled: tuple[Store, Path, Canaries], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, source, _ = filled
    scan, who = _scan(store, 12), _who(store, source)
    with store.read() as connection:
        frames = items.frames_of(connection, scan.id)
    with store.write() as tx:  # as if killed after the keys: the first transaction alone
        erasing.erasures.destroy_key(tx, who)
        tx.append(erasing.Event(code=erasing.EventCode.SUBJECT_ERASE, actor="system", object=who))
    store.objects.delete(frames[0].object)
    done = erasing.erase(store, who)
    assert (done.originals, done.items) == (12, 1)
    assert erasing.look(store, who).originals == 0


def test_annotations_stay_or_go_as_asked(filled: tuple[Store, Path, Canaries]) -> None:
    store, source, _ = filled
    scan, who = _scan(store, 12), _who(store, source)
    with store.read() as connection:
        (task,) = tasks.of_item(connection, scan.id)
    row = shapes.AnnotationRow(
        id="a1", task=task.id, item=scan.id, author="ada-id", label="finding", frame=0,
        geometry={"type": "point", "x": 1, "y": 1}, revision=1, deleted=False, created=0.0,
    )  # fmt: skip
    with store.write() as tx:
        shapes.add_annotation(tx, row)
        tx.append(erasing.Event(code=erasing.EventCode.OP_COMMIT, actor="ada-id", object=task.id))
    erasing.erase(store, who)
    with store.read() as connection:
        assert [each.id for each in tasks.annotations_of(connection, task.id)] == ["a1"]
    erasing.erase(store, who, annotations=True)
    with store.read() as connection:
        assert tasks.annotations_of(connection, task.id) == []


def test_the_offset_map_of_a_note_is_kept_and_goes_with_the_subject(
    filled: tuple[Store, Path, Canaries],
) -> None:
    store, source, canaries = filled
    with store.read() as connection:
        note = next(each for each in items.items_of_project(connection, "p1") if each.kind == "text")
        (original,) = {frame.original for frame in items.frames_of(connection, note.id)}
    text = (source / "note.txt").read_text("utf-8")
    found = offsets.of_original(store, original)
    assert found
    at = text.index(canaries.words[5])
    assert any(each.start <= at and at + len(canaries.words[5]) <= each.end for each in found)
    erasing.erase(store, note.subject)
    assert offsets.of_original(store, original) is None


def test_the_letters_of_a_note_are_kept_without_what_is_masked_and_go_with_the_subject(
    filled: tuple[Store, Path, Canaries],
) -> None:
    store, _, canaries = filled
    with store.read() as connection:
        note = next(each for each in items.items_of_project(connection, "p1") if each.kind == "text")
        frames = items.frames_of(connection, note.id)
    original = frames[0].original
    letters = page_texts.of_original(store, original)
    assert list(letters) == [frame.digest for frame in frames]
    said = "".join(letters.values())
    assert said.strip()
    assert not [word for word in canaries.words if word in said]
    with store.read() as connection:
        sealed = connection.execute(sa.select(schema_masking.page_texts.c.sealed)).scalar_one()
    assert not any(letters.encode() in sealed for letters in said.split() if len(letters) > 3)
    erasing.erase(store, note.subject)
    assert page_texts.of_original(store, original) == {}


def test_the_command_names_what_goes(filled: tuple[Store, Path, Canaries], tmp_path: Path) -> None:
    store, source, canaries = filled
    who, data = _who(store, source), tmp_path / "data"
    asked = ("erase", "--patient", canaries.words[1], "--project", "name of p1")
    said = isinglass(data, *asked, "--dry-run")
    assert (
        said
        == f"`{who}`: 12 originals, 1 items with 12 masked pictures would be erased; 0 annotations stay, without a picture\n"
    )
    assert "12 originals, 1 items with 12 masked pictures erased" in isinglass(
        data, "erase", "--subject", who
    )
    assert "there is no subject" in isinglass(data, "erase", "--subject", "nobody", code=1)
    assert "either --subject" in isinglass(data, "erase", code=1)
    with pytest.raises(NotFound):
        erasing.pseudonym_of(store, "no such project", "1")
