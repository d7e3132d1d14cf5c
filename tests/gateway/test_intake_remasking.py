"""Items masked anew: what changes is told and done, places and annotations stay, and whatever goes wrong holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import ServerSettings, open_data
from gateway.errors import IntakeError
from gateway.intake import ingesting
from gateway.intake.finding import FoundFile, find
from gateway.intake.processing import Tools, process
from gateway.intake.receiving import Received, receive
from gateway.intake.releasing import approve
from gateway.intake.remasking import Change, remask
from gateway.store import annotations as shapes
from gateway.store import derivatives, items, page_texts, pixels, tasks
from gateway.store.opening import Store
from gateway.workers.sandbox import Sandbox
from tests.gateway.stores import add_people, add_project, note
from tests.journeys.planting import plant
from tests.journeys.serving import isinglass
from viewer.masking.profile import MaskingProfile

BLIND = MaskingProfile(
    known=("fault", "search", "raise")
)  # the detectors fail: everything is blanked and held
BROKEN = MaskingProfile(known=("fault", "decode", "crash"))
WHOLE = MaskingProfile()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(zygote="tests.gateway.faulty_zygote") as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    plant(tmp_path / "in", 51)
    made = open_data(ServerSettings(data=tmp_path / "data"))
    add_project(made)
    add_people(made, "ada", "rene", "sam")
    yield made
    made.close()


def _tools(store: Store, sandbox: Sandbox, profile: MaskingProfile = WHOLE) -> Tools:
    return Tools(sandbox=sandbox, private_key=ingesting.load_private_key(store), profile=profile)


def _take_in(store: Store, sandbox: Sandbox, source: Path, profile: MaskingProfile = WHOLE) -> None:
    received = [receive(store, "p1", each) for each in find([source]) if isinstance(each, FoundFile)]
    files = [each.original for each in received if isinstance(each, Received)]
    list(process(store, files, _tools(store, sandbox, profile)))


def _remask(
    store: Store, sandbox: Sandbox, profile: MaskingProfile = WHOLE, *, dry_run: bool = False
) -> list[Change]:
    tools = _tools(store, sandbox)
    return list(remask(store, "name of p1", tools, lambda _: profile, dry_run=dry_run))


def _rows(store: Store) -> dict[str, items.ItemRow]:
    with store.read() as connection:
        return {each.kind: each for each in items.items_of_project(connection, "p1")}


def _draw(store: Store, item: str) -> None:
    with store.read() as connection:
        (task,) = tasks.of_item(connection, item)
    row = shapes.AnnotationRow(
        id=f"a-{item}", task=task.id, item=item, author="ada-id", label="finding", frame=3,
        geometry={"type": "point", "x": 5, "y": 7}, revision=1, deleted=False, created=0.0,
    )  # fmt: skip
    with store.write() as tx:
        shapes.add_annotation(tx, row)
        tx.append(note(object=task.id))


def test_by_the_same_detectors_nothing_changes(store: Store, sandbox: Sandbox, tmp_path: Path) -> None:
    _take_in(store, sandbox, tmp_path / "in")
    before = _rows(store)
    changes = _remask(store, sandbox)
    assert [change.is_one for change in changes] == [False, False]
    assert _rows(store) == before
    assert "verifies" in isinglass(tmp_path / "data", "audit", "verify")


def test_other_pictures_supersede_those_before(store: Store, sandbox: Sandbox, tmp_path: Path) -> None:
    _take_in(store, sandbox, tmp_path / "in" / "note.txt")
    before = _rows(store)["text"]
    with store.read() as connection:
        (old,) = items.frames_of(connection, before.id)
    masked_more = MaskingProfile(known=("Seen",))
    (looked,) = _remask(store, sandbox, masked_more, dry_run=True)
    assert (looked.state, looked.changed_frames) == (("held", "held"), 1)
    assert 0 < looked.share < 0.5
    assert _rows(store)["text"] == before, "a dry run wrote something"
    _remask(store, sandbox, masked_more)
    with store.read() as connection:
        (new,) = items.frames_of(connection, before.id)
        (superseded,) = derivatives.of_item(connection, before.id)
    assert superseded.object == old.object != new.object
    assert list(page_texts.of_original(store, new.original)) == [new.digest]
    assert pixels.digest_of(pixels.get_frame(store, before.subject, superseded.object)) == old.digest


def test_what_is_held_by_a_failure_is_released_by_the_next_with_its_work(
    store: Store, sandbox: Sandbox, tmp_path: Path
) -> None:
    _take_in(store, sandbox, tmp_path / "in" / "000.dcm")
    scan = _rows(store)["image"]
    _draw(store, scan.id)
    _remask(store, sandbox, BROKEN)
    assert _rows(store)["image"].state == "held"
    (change,) = _remask(store, sandbox)
    assert (change.state, change.changed_frames, change.annotations) == (("held", "released"), 0, 1)
    with store.read() as connection:
        (task,) = tasks.of_item(connection, scan.id)  # and no second one
        (shape,) = tasks.annotations_of(connection, task.id)
    assert (shape.frame, shape.geometry["x"]) == (3, 5)


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_cannot_be_masked_anew_is_held_with_what_it_has(
    store: Store, sandbox: Sandbox, tmp_path: Path, *, dry_run: bool
) -> None:
    _take_in(store, sandbox, tmp_path / "in" / "000.dcm")
    before = _rows(store)["image"]
    (change,) = _remask(store, sandbox, BROKEN, dry_run=dry_run)
    assert (change.cause or "").startswith("the decoder crashed")
    after = _rows(store)["image"]
    assert after.state == ("released" if dry_run else "held")
    assert after.masked_digest == before.masked_digest


def test_what_two_people_released_stays_released_while_its_pictures_stay(
    store: Store, sandbox: Sandbox, tmp_path: Path
) -> None:
    _take_in(store, sandbox, tmp_path / "in" / "note.txt")
    text = _rows(store)["text"]
    approve(store, text.id, "rene-id")
    approve(store, text.id, "sam-id")
    _remask(store, sandbox)
    assert _rows(store)["text"].state == "released"
    _draw(store, text.id)
    masked_more = MaskingProfile(known=("Seen",))
    (change,) = _remask(store, sandbox, masked_more)
    assert "annotations on it" in (change.cause or "")
    assert _rows(store)["text"].state == "held"


def test_the_command_says_what_would_change(store: Store, sandbox: Sandbox, tmp_path: Path) -> None:
    _take_in(store, sandbox, tmp_path / "in" / "000.dcm")
    data = tmp_path / "data"
    asked = ("remask", "--project", "name of p1", "--profile", "clinical-standard")
    said = isinglass(data, *asked, "--dry-run")
    assert "profile clinical-strict -> clinical-standard" in said
    assert said.endswith("1 items masked anew: 1 would change, 0 of them held\n")
    assert "1 changed" in isinglass(data, *asked)
    assert _rows(store)["image"].report["profile"] == "clinical-standard"
    own = tmp_path / "own.toml"
    own.write_text('name = "own"\n')
    asked = ("remask", "--project", "name of p1", "--profile", str(own))
    assert "no policy can open" in isinglass(data, *asked, code=1)
    with pytest.raises(IntakeError, match="`other`"):
        list(remask(store, "other", _tools(store, sandbox), lambda _: WHOLE, dry_run=True))
