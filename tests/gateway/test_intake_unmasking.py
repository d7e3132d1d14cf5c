"""One granted region becomes visible in a frame of its own: nothing else does, and whatever goes wrong shows nothing."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from gateway.app import ServerSettings, open_data
from gateway.errors import Invalid, NotFound, StoreError
from gateway.intake import ingesting
from gateway.intake.finding import FoundFile, find
from gateway.intake.processing import Tools, process
from gateway.intake.receiving import Received, receive
from gateway.intake.releasing import approve
from gateway.intake.unmasking import Unmasked, unmask_waiting
from gateway.privacy import erasing
from gateway.sessions import granting, unmasking
from gateway.store import derivatives, grants, items, pixels, recalling
from gateway.store.items import ItemRow
from gateway.store.opening import Store
from gateway.workers.sandbox import Sandbox
from tests.gateway.stores import add_people, add_project, note
from tests.viewer import dicom_files
from viewer.masking.uncovering import Region

SIDE = 192
INK = 1500  # letters are brighter, all else is darker
WORDS = (("QUENBY FENWICK", 40), ("MRN 5551234", 150))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def original() -> np.ndarray:
    """A slice with two lines of text."""
    values = np.random.default_rng(4).normal(1000, 10, (SIDE, SIDE))
    ink = np.zeros((SIDE, SIDE), np.uint8)
    for text, y in WORDS:
        cv2.putText(ink, text, (8, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 255, 1, cv2.LINE_AA)
    return np.clip(values + ink * 10.0, 0, 4095).astype(np.uint16)


def write_slice(place: Path) -> None:
    ds = dicom_files.dataset(original(), ImageType=["ORIGINAL", "PRIMARY", "AXIAL"], PatientID="q1")
    place.write_bytes(dicom_files.encoded(ds))


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Path:
    """A data folder with one slice, released by two people."""
    folder = tmp_path_factory.mktemp("ready")
    write_slice(folder / "a.dcm")
    made = open_data(ServerSettings(data=folder / "data"))
    add_project(made)
    add_people(made, "ada", "bo", "rene")
    received = [receive(made, "p1", each) for each in find([folder / "a.dcm"]) if isinstance(each, FoundFile)]
    files = [each.original for each in received if isinstance(each, Received)]
    list(process(made, files, tools(made, sandbox)))
    for person in ("ada-id", "bo-id"):
        approve(made, item(made).id, person)
    made.close()
    return folder / "data"


@pytest.fixture
def store(ready: Path, tmp_path: Path) -> Iterator[Store]:
    made = open_data(ServerSettings(data=shutil.copytree(ready, tmp_path / "data")))
    yield made
    made.close()


def tools(store: Store, sandbox: Sandbox) -> Tools:
    return Tools(sandbox=sandbox, private_key=ingesting.load_private_key(store))


def item(store: Store) -> ItemRow:
    with store.read() as connection:
        (found,) = items.items_of_project(connection, "p1")
    return found


def asked(store: Store, region: Region, **changes: object) -> str:
    scope = {"frame": 0, **msgspec.to_builtins(region)}
    said = {"kind": "unmask", "user": "rene-id", "reason": "the side marker is under it", "hours": 1.0}
    more = {"project": "p1", "item": item(store).id, "scope": scope}
    return granting.ask(store, **{**said, **more, **changes}).id  # type: ignore[arg-type] # any part of a request


def granted(store: Store, region: Region) -> str:
    grant = asked(store, region)
    granting.decide(store, grant, "ada-id", yes=True)
    return grant


def two_lines(store: Store) -> tuple[Region, Region]:
    """A region over each line."""
    found = unmasking.choice(store, item(store).id, 0, "p1").regions
    upper = max((each for each in found if each.y < SIDE / 2), key=lambda each: each.width)
    lower = max((each for each in found if each.y > SIDE / 2), key=lambda each: each.width)
    return upper, lower


def inside(region: Region) -> tuple[slice, slice]:
    return slice(region.y, region.y + region.height), slice(region.x, region.x + region.width)


def in_force(store: Store) -> list[str]:
    with store.read() as connection:
        return [row.id for row in grants.in_force(connection, ["rene-id"], store.clock.now())]


def test_one_region_is_shown_and_the_other_stays_masked(store: Store, sandbox: Sandbox) -> None:
    upper, lower = two_lines(store)
    grant = granted(store, upper)
    assert in_force(store) == [], "nothing is in force before there is a picture"
    assert list(unmask_waiting(store, tools(store, sandbox))) == [Unmasked(grant=grant)]
    assert in_force(store) == [grant]
    assert granting.grants_of(store, ["rene-id"], store.clock.now())["rene-id"][0].scope == {}
    with store.read() as connection:
        (made,) = derivatives.of_grants(connection, [grant])
        frame = items.frame(connection, item(store).id, 0)
    assert frame is not None
    with pytest.raises(StoreError):
        pixels.get_frame(store, item(store).subject, made.object)  # the subject's own key does not open it
    shown = pixels.get_frame(store, made.subject, made.object).pixels
    masked = pixels.get_frame(store, item(store).subject, frame.object).pixels
    assert (shown[inside(upper)] == original()[inside(upper)]).all()
    assert original()[inside(lower)].max() > INK > shown[inside(lower)].max(), "the other line shows"
    assert masked[inside(upper)].max() < INK
    shown[inside(upper)] = masked[inside(upper)]
    assert (shown == masked).all()
    events = [e for e in recalling.events_since(store, 0) if e.action == "item.unmask"]
    assert [(e.actor, e.object) for e in events] == [("rene-id", item(store).id)]
    assert list(unmask_waiting(store, tools(store, sandbox))) == []


def test_only_a_masked_region_of_a_released_picture_may_be_asked_for(store: Store) -> None:
    upper, _ = two_lines(store)
    with pytest.raises(Invalid, match="no region which was masked"):
        asked(store, Region(x=0, y=0, width=SIDE, height=SIDE))
    with pytest.raises(Invalid, match="there is no slice 2"):
        asked(store, upper, scope={"frame": 1, **msgspec.to_builtins(upper)})
    with pytest.raises(Invalid, match="one of its masked regions"):
        asked(store, upper, scope={"frame": 0, "x": 3})
    with pytest.raises(NotFound):
        asked(store, upper, project="p2")
    with store.write() as tx:
        items.set_item_state(tx, item(store).id, items.HELD)
        tx.append(note())
    with pytest.raises(Invalid, match="only a released picture"):
        asked(store, upper)


def _end(store: Store, grant: str) -> None:
    granting.end(store, grant, "ada-id")


def _hold(store: Store, _grant: str) -> None:
    with store.write() as tx:
        items.set_item_state(tx, item(store).id, items.HELD)
        tx.append(note())


def _erase(store: Store, _grant: str) -> None:
    erasing.erase(store, item(store).subject)


def _lose(store: Store, _grant: str) -> None:
    with store.read() as connection:
        frame = items.frame(connection, item(store).id, 0)
        assert frame is not None
        sealed = items.original(connection, frame.original)
    assert sealed is not None
    store.objects.delete(sealed.object)


@pytest.mark.parametrize("spoil", [_end, _hold, _erase, _lose], ids=["ended", "held", "erased", "lost"])
def test_what_is_not_as_it_was_granted_shows_nothing(
    store: Store, sandbox: Sandbox, spoil: Callable[[Store, str], None]
) -> None:
    grant = granted(store, two_lines(store)[0])
    spoil(store, grant)
    (done,) = unmask_waiting(store, tools(store, sandbox))
    assert done.cause
    assert in_force(store) == []
    with store.read() as connection:
        assert derivatives.of_grants(connection, [grant]) == []
        row = grants.by_id(connection, grant)
    assert row is not None
    assert row.state == grants.ENDED


def test_erasing_the_subject_destroys_what_was_unmasked(store: Store, sandbox: Sandbox) -> None:
    grant = granted(store, two_lines(store)[0])
    list(unmask_waiting(store, tools(store, sandbox)))
    with store.read() as connection:
        (made,) = derivatives.of_grants(connection, [grant])
    copy = store.objects.get(made.object)
    erasing.erase(store, item(store).subject)
    with store.read() as connection:
        assert derivatives.of_grants(connection, [grant]) == []
    assert store.objects.put(copy) == made.object  # a backup brings the object back: its key is gone
    with pytest.raises(StoreError, match="erased"):
        pixels.get_frame(store, made.subject, made.object)
