"""Intake with the real sandbox: series become items in geometric order, doubt is held, and a second run changes nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest

from gateway.audit.events import EventCode
from gateway.errors import Conflict, IntakeError, NotFound
from gateway.intake import ingesting, receiving
from gateway.intake.releasing import approve
from gateway.privacy.erasing import erase
from gateway.store import auditing, items, jobs, pixels, projects, states, tasks
from gateway.store.opening import Store
from gateway.workers.sandbox import Sandbox
from tests.gateway.stores import add_people, add_project
from tests.journeys.planting import SIDE, SLICES, plant, plant_state

SHIPPED = Path(pydicom.__file__).parent / "data" / "test_files"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def project(store: Store) -> Store:
    add_project(store)
    return store


def _ingest(store: Store, sandbox: Sandbox, *paths: Path) -> ingesting.Summary:
    key = ingesting.load_private_key(store)
    return ingesting.ingest(store, paths, "name of p1", sandbox, key, lambda *_: None)


def _items(store: Store) -> list[items.ItemRow]:
    with store.read() as connection:
        return items.items_of_project(connection, "p1")


def test_a_series_becomes_one_item_in_the_order_of_its_geometry(
    project: Store, sandbox: Sandbox, tmp_path: Path
) -> None:
    plant(tmp_path / "in", 7)  # instance numbers run against the geometry there
    summary = _ingest(project, sandbox, tmp_path / "in")
    assert (summary.received, summary.released, summary.held, summary.failures) == (SLICES + 1, SLICES, 1, [])
    scan = next(row for row in _items(project) if row.kind == "image")
    with project.read() as connection:
        frames = items.frames_of(connection, scan.id)
        work = tasks.of_item(connection, scan.id)
    assert [frame.position for frame in frames] == list(range(SLICES))
    assert len(work) == 1
    # each slice has its bright disc 4 px further right: the first has it leftmost
    found = []
    for frame in frames:
        values = pixels.get_frame(project, scan.subject, frame.object).pixels.astype(np.int32)
        found.append(float(np.nonzero(values[114:126] > 1250)[1].mean()))
    assert found == sorted(found)
    assert found[-1] - found[0] > 20
    assert (scan.rows, scan.columns) == (SIDE, SIDE)


def test_work_is_given_out_in_the_order_of_intake(project: Store, sandbox: Sandbox) -> None:
    _ingest(project, sandbox, SHIPPED / "MR_small.dcm", SHIPPED / "CT_small.dcm")
    with project.read() as connection:
        queued = tasks.of_project_named(connection, "name of p1")
        shown = [items.item_by_id(connection, task.item) for task in queued]
    assert [row.title.split()[0] for row in shown if row] == ["MR", "CT"]
    assert [task.id[:4] for task in queued] == ["0000", "0001"], "equally old tasks are in order by chance"


def test_a_second_run_takes_nothing_in_twice(project: Store, sandbox: Sandbox, tmp_path: Path) -> None:
    plant(tmp_path / "in", 8)
    _ingest(project, sandbox, tmp_path / "in")
    before, size = _items(project), auditing.head(project).size
    summary = _ingest(project, sandbox, tmp_path / "in")
    assert (summary.received, summary.already_here) == (0, SLICES + 1)
    assert _items(project) == before
    assert auditing.head(project).size == size


def test_slices_that_come_later_join_their_series(project: Store, sandbox: Sandbox, tmp_path: Path) -> None:
    plant(tmp_path / "in", 10)
    late = [tmp_path / "in" / f"{number:03}.dcm" for number in (0, 5, 11)]
    early = [path for path in sorted((tmp_path / "in").glob("*.dcm")) if path not in late]
    _ingest(project, sandbox, *early)
    first = next(row for row in _items(project) if row.kind == "image")
    _ingest(project, sandbox, *late)
    (scan,) = [row for row in _items(project) if row.kind == "image"]
    assert scan.id == first.id
    assert scan.masked_digest != first.masked_digest
    with project.read() as connection:
        assert len(items.frames_of(connection, scan.id)) == SLICES


def test_a_missing_slice_is_told_and_told_again_when_it_matters(
    project: Store, sandbox: Sandbox, tmp_path: Path
) -> None:
    plant(tmp_path / "in", 11)
    scans = sorted((tmp_path / "in").glob("*.dcm"))
    summary = _ingest(project, sandbox, *scans[:4], *scans[5:])
    ((title, oddity),) = summary.oddities
    assert title.startswith("CT")
    assert oddity == "1 gap between slices: 1 may be missing"
    assert _ingest(project, sandbox, scans[4]).oddities == []


def test_what_was_received_and_never_masked_is_finished_by_the_next_run(
    project: Store, sandbox: Sandbox, tmp_path: Path
) -> None:
    """As after a kill between sealing and masking."""
    plant(tmp_path / "in", 10)
    with project.read() as connection:
        row = projects.by_name(connection, "name of p1")
    assert row is not None
    for found in ingesting.find([tmp_path / "in" / "000.dcm"]):
        assert isinstance(receiving.receive(project, row.id, found), receiving.Received)  # type: ignore[arg-type] # a good one
    with project.read() as connection:
        assert jobs.count(connection, receiving.MASK_JOB, "waiting") == 1
    summary = _ingest(project, sandbox, tmp_path / "in" / "001.dcm")
    assert summary.released == 2
    with project.read() as connection:
        assert jobs.count(connection, receiving.MASK_JOB, "waiting") == 0


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("CT_small.dcm", "released"),
        ("MR_small.dcm", "released"),
        ("examples_rgb_color.dcm", "held"),
        ("JPEG2000.dcm", None),
    ],
)
def test_what_is_unsure_is_held(project: Store, sandbox: Sandbox, name: str, state: str | None) -> None:
    if not (SHIPPED / name).exists():
        pytest.skip(f"this pydicom ships no {name}")
    _ingest(project, sandbox, SHIPPED / name)
    with project.read() as connection:
        queued = tasks.of_project_named(connection, "name of p1")
    found = _items(project)
    if state is not None:
        assert [row.state for row in found] == [state]
    assert len(queued) == sum(row.state == "released" for row in found), "work on what is not released"


def test_two_people_release_what_was_held(project: Store, sandbox: Sandbox, tmp_path: Path) -> None:
    add_people(project, "rene", "sam")
    (tmp_path / "note.txt").write_text("Seen today.\n", encoding="utf-8")
    _ingest(project, sandbox, tmp_path / "note.txt")
    (held,) = _items(project)
    assert held.state == "held"
    assert held.reasons
    assert approve(project, held.id, "rene-id").state == "held"
    with pytest.raises(Conflict, match="second person"):
        approve(project, held.id, "rene-id")
    assert approve(project, held.id, "sam-id").state == "released"
    with project.read() as connection:
        assert len(tasks.of_item(connection, held.id)) == 1
        actions = [
            json.loads(leaf)["action"] for leaf in auditing.leaves(connection, 0, auditing.head(project).size)
        ]
    assert actions.count(EventCode.ITEM_APPROVE) == 2
    assert actions.count(EventCode.ITEM_RELEASE) == 1
    with pytest.raises(Conflict, match="not held"):
        approve(project, held.id, "ada-id")
    with pytest.raises(NotFound):
        approve(project, "nothing", "sam-id")


def test_no_original_identifier_is_in_any_row(project: Store, sandbox: Sandbox, tmp_path: Path) -> None:
    canaries = plant(tmp_path / "in", 11)
    _ingest(project, sandbox, tmp_path / "in")
    stored = b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "in" not in path.parts
    )
    if project.engines.one_writer:  # PostgreSQL keeps its rows elsewhere
        assert b"name of p1" in stored, "negative control: the rows are in what is searched"
    assert canaries.found_in(stored) == []
    assert canaries.found_in((tmp_path / "in" / "000.dcm").read_bytes()), "negative control"


def test_an_empty_folder_and_an_unknown_project_are_refused(
    project: Store, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(IntakeError, match="nothing to take in"):
        _ingest(project, sandbox, tmp_path / "in")
    key = ingesting.load_private_key(project)
    with pytest.raises(IntakeError, match="`other`"):
        ingesting.ingest(project, [tmp_path], "other", sandbox, key, lambda *_: None)


def _states(store: Store) -> list[states.Shown]:
    (scan,) = (row for row in _items(store) if row.kind == "image")
    with store.read() as connection:
        return states.of_item(connection, scan.id)


def test_a_presentation_state_goes_to_the_slices_that_it_speaks_of(
    project: Store, sandbox: Sandbox, tmp_path: Path
) -> None:
    canaries = plant(tmp_path / "in", 7)
    plant_state(tmp_path / "state.dcm", canaries)
    summary = _ingest(project, sandbox, tmp_path / "state.dcm")  # before its pictures are here
    _ingest(project, sandbox, tmp_path / "in")
    assert (summary.states, summary.rejected, summary.failures) == (1, 0, [])
    (shown,) = _states(project)
    assert sorted(shown.looks) == [3, 4]
    assert (shown.state.label, shown.state.turned) == ("LUNG WINDOW", 90)
    with project.read() as connection:
        codes = [
            json.loads(leaf)["action"] for leaf in auditing.leaves(connection, 0, auditing.head(project).size)
        ]
        content = json.dumps(
            [
                [str(value) for value in row]
                for table in ("states", "state_pictures", "frames")
                for row in connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            ]
        )
    assert codes.count(EventCode.INTAKE_STATE) == 1
    assert not canaries.found_in(content.encode())
    _ingest(project, sandbox, tmp_path / "state.dcm")
    assert len(_states(project)) == 1


def test_a_state_is_erased_with_its_person(project: Store, sandbox: Sandbox, tmp_path: Path) -> None:
    canaries = plant(tmp_path / "in", 7)
    plant_state(tmp_path / "in" / "state.dcm", canaries)
    _ingest(project, sandbox, tmp_path / "in")
    (scan,) = (row for row in _items(project) if row.kind == "image")
    erase(project, scan.subject)
    with project.read() as connection:
        rows = connection.exec_driver_sql("SELECT COUNT(*) FROM states").scalar()
        pictures = connection.exec_driver_sql("SELECT COUNT(*) FROM state_pictures").scalar()
    assert (rows, pictures) == (0, 0)
    again = _ingest(project, sandbox, tmp_path / "in" / "state.dcm")
    assert again.states == 0
