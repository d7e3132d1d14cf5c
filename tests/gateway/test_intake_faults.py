"""Every stage of masking fails in every way, in real workers: the file is held or rejected, never released, never lost."""

import io
import itertools
import json
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from gateway.audit.events import EventCode
from gateway.intake import receiving
from gateway.intake.finding import FoundFile
from gateway.intake.keeping import Finished
from gateway.intake.processing import Tools, process
from gateway.intake.receiving import Received, job_of, receive
from gateway.settings import StoreSettings
from gateway.store import auditing, items, jobs, pixels, raw, tasks
from gateway.store.opening import Store, open_store
from gateway.workers.confinement import Limits
from gateway.workers.sandbox import CRASHED, Sandbox
from tests.gateway.faulty_zygote import FAULTS, LEAKY, STAGES
from tests.gateway.stores import Bytes, HandClock, add_project
from tests.viewer import dicom_files, head_phantom
from viewer.imaging.geometry import Place
from viewer.masking.profile import MaskingProfile
from viewer.masking.verdict import Verdict

SIDE = 96
LIMITS = Limits(memory_bytes=768 << 20, seconds=5, output_bytes=64 << 20)
_numbers = itertools.count(1)
_OF_TEXTS = ("passages", "surrogates", "pages")
_OF_PICTURES = ("picture", "faces")
_OF_HEADS = ("surface",)  # of a volume, which takes longer than the others may
_OF_SEARCHING = ("shapes", "networks", "last looks", "reader", "search", "verify", "faces")
_OF_LETTERING = ("reader", "verify")  # reached only where something looks like text


def _scan(text: str = "", **attributes: object) -> bytes:
    """A CT slice unlike any other of this run; `text` is burned in."""
    number = next(_numbers)
    values = np.random.default_rng(number).normal(1000, 10, (SIDE, SIDE))
    if text:
        ink = np.zeros((SIDE, SIDE), np.uint8)
        cv2.putText(ink, text, (4, 50), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 255, 1, cv2.LINE_AA)
        values += ink * 10.0
    ds = dicom_files.dataset(
        np.clip(values, 0, 4095).astype(np.uint16),
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        PatientID=f"{number}",
        PatientName=LEAKY,
        StudyInstanceUID=f"2.25.{number}1",
        SeriesInstanceUID=f"2.25.{number}2",
    )
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return dicom_files.encoded(ds)


def _picture() -> bytes:
    held = io.BytesIO()
    levels = np.random.default_rng(next(_numbers)).integers(0, 255, (48, 48, 3), dtype=np.uint8)
    Image.fromarray(levels).save(held, "PNG")
    return held.getvalue()


def _note() -> bytes:
    return f"Note {next(_numbers)}: {LEAKY} was seen today.\n".encode()


def _input(stage: str) -> bytes:
    if stage in _OF_TEXTS:
        return _note()
    if stage in _OF_PICTURES:
        return _picture()
    return _scan("MARY SMITH" if stage in _OF_LETTERING else "")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS, "tests.gateway.faulty_zygote") as made:
        yield made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("faults")
    where = StoreSettings(
        database_url=f"sqlite:///{folder / 'rows.db'}",
        objects_url=f"file://{folder / 'objects'}",
        keys=folder / "keys",
    )
    store = open_store(where, clock=HandClock(), token_bytes=Bytes(1))
    add_project(store)
    yield store
    store.engines.close()


def _taken_in(store: Store, sandbox: Sandbox, data: bytes, *fault: str) -> Finished:
    """What became of `data`, with a fault (stage, kind) or none."""
    found = FoundFile(name="a file", size=len(data), open=lambda: io.BytesIO(data))
    received = receive(store, "p1", found)
    assert isinstance(received, Received)
    profile = MaskingProfile(known=("fault", *fault) if fault else ())
    tools = Tools(sandbox=sandbox, private_key=raw.load_private_key(store.keys.folder), profile=profile)
    (finished,) = process(store, [received.original], tools)
    return finished


def _check_nothing_lost_nothing_shown(store: Store, data: bytes, finished: Finished) -> None:
    key, size = raw.load_private_key(store.keys.folder), auditing.head(store).size
    with store.read() as connection:
        original = items.original(connection, finished.digest)
        job = jobs.by_id(connection, job_of(finished.digest))
        made = items.holding(connection, [finished.digest])
        work = [task for row in made for task in tasks.of_item(connection, row.id)]
        *_, last = map(json.loads, auditing.leaves(connection, size - 1, size))
    assert original is not None
    assert b"".join(raw.open_sealed(store, original.object, key)) == data, "the original is lost"
    assert job is not None
    assert (job.state, original.state) in {("done", "masked"), ("failed", "rejected"), ("done", "rejected")}
    assert finished.verdict in {Verdict.HELD, Verdict.REJECTED}, "released in spite of a fault"
    assert [row.state for row in made] == (["held"] if finished.verdict is Verdict.HELD else [])
    assert not work, "work on what is not released"
    assert last["action"] in {EventCode.INTAKE_REJECT, EventCode.ITEM_HOLD}
    assert LEAKY not in (finished.cause or ""), "an error quotes the file"


def _is_blank(store: Store, finished: Finished) -> bool:
    with store.read() as connection:
        (row,) = items.holding(connection, [finished.digest])
        frames = items.frames_of(connection, row.id)
    return all(
        len(np.unique(pixels.get_frame(store, row.subject, each.object).pixels)) == 1 for each in frames
    )


_SLOW = {"hang"}  # five seconds of processor time each
_HUNG = {"decode", "networks", "passages"}
CASES = [
    pytest.param(
        stage,
        fault,
        marks=[pytest.mark.soak] if fault in _SLOW and stage not in _HUNG else [],
        id=f"{stage}-{fault}",
    )
    for stage in STAGES
    if stage not in _OF_HEADS
    for fault in FAULTS
    if (stage, fault) != ("place", "nothing")  # a slice without a place is a picture by itself: no harm
]


@pytest.mark.parametrize(("stage", "fault"), CASES)
def test_a_stage_that_fails_releases_nothing(world: Store, sandbox: Sandbox, stage: str, fault: str) -> None:
    data = _input(stage)
    finished = _taken_in(world, sandbox, data, stage, fault)
    _check_nothing_lost_nothing_shown(world, data, finished)
    if fault in {"crash", "death"}:  # and a table of stages that nobody calls would prove nothing
        assert (finished.cause or "").startswith(CRASHED), "the stage is not reached"
    if (
        fault == "raise" and stage in _OF_SEARCHING
    ):  # our own code fails like a library's: somebody can still look
        assert finished.verdict is Verdict.HELD, finished.cause
    if finished.verdict is Verdict.HELD and stage not in _OF_TEXTS:
        assert _is_blank(world, finished), "a picture that was not searched can be seen by checkers"


def _head() -> bytes:
    """A head of every other slice of the phantom, in one file."""
    phantom = head_phantom.head("CT", tilt=18.0)
    shown = list(zip(phantom.frames, phantom.places, strict=True))[::2]
    ds = dicom_files.dataset(
        shown[0][0].pixels,
        bits=16,
        stored=16,
        data=b"".join(frame.pixels.tobytes() for frame, _ in shown),
        SOPClassUID=uid.EnhancedCTImageStorage,
        ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"],
        PatientID=f"{next(_numbers)}",
        BodyPartExamined="HEAD",
        NumberOfFrames=len(shown),
        PixelSpacing=[head_phantom.PIXEL] * 2,
        RescaleSlope=1,
        RescaleIntercept=-1024,
        PerFrameFunctionalGroupsSequence=Sequence([_plane(place) for _, place in shown]),
    )
    return dicom_files.encoded(ds)


def _plane(place: Place) -> Dataset:
    position, orientation, group = Dataset(), Dataset(), Dataset()
    position.ImagePositionPatient = [round(value, 3) for value in place.position or ()]
    orientation.ImageOrientationPatient = [round(value, 6) for value in place.orientation or ()]
    group.PlanePositionSequence, group.PlaneOrientationSequence = (
        Sequence([position]),
        Sequence([orientation]),
    )
    return group


@pytest.mark.soak
@pytest.mark.parametrize("fault", [*FAULTS, ""])
def test_a_head_whose_surface_cannot_be_looked_at_is_not_released(world: Store, fault: str) -> None:
    """And without a fault its face is taken off, so that the stage is reached."""
    data = _head()
    with Sandbox(
        Limits(memory_bytes=2 << 30, seconds=30, output_bytes=64 << 20), "tests.gateway.faulty_zygote"
    ) as patient:
        finished = _taken_in(world, patient, data, *(("surface", fault) if fault else ()))
    if not fault:
        assert finished.verdict is Verdict.RELEASED, finished.cause
        return
    _check_nothing_lost_nothing_shown(world, data, finished)
    if finished.verdict is Verdict.HELD:
        assert _is_blank(world, finished), "a head that was not looked at can be seen by checkers"


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (_scan(), Verdict.RELEASED),
        (_scan("MARY SMITH"), Verdict.HELD),
        (_picture(), Verdict.HELD),
        (_note(), Verdict.HELD),
    ],
    ids=["scan", "lettered scan", "picture", "note"],
)
def test_without_a_fault_the_same_files_go_through(
    world: Store, sandbox: Sandbox, data: bytes, verdict: Verdict
) -> None:
    """The negative control: it is the fault that stops them, and what is held shows something."""
    finished = _taken_in(world, sandbox, data)
    assert finished.verdict is verdict, finished.cause
    assert not _is_blank(world, finished)
    with world.read() as connection:
        (row,) = items.holding(connection, [finished.digest])
        work = tasks.of_item(connection, row.id)
    assert len(work) == (verdict is Verdict.RELEASED)


def _cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def _flipped(data: bytes) -> bytes:
    """The length of the pixel data is wrong."""
    at = data.index(b"\xe0\x7f\x10\x00OW")
    return data[: at + 8] + b"\x10\x00\x00\x00" + data[at + 12 :]


@pytest.mark.parametrize(
    "data",
    [
        _cut(_scan()),
        _flipped(_scan()),
        _scan().replace(uid.ExplicitVRLittleEndian.encode(), b"1.2.840.10008.1.2.9"),
        _scan(Rows=65535, Columns=65535),
        _scan(BitsAllocated=24),
        _scan(PhotometricInterpretation="NONESUCH"),
        _scan(NumberOfFrames=900000),
        _scan(SOPClassUID="1.2.3.4.5"),
        _scan(SOPClassUID=uid.EncapsulatedPDFStorage),
        _cut(_picture()),
    ],
    ids=[
        "cut short", "wrong length", "unknown codec", "too large", "odd depth", "unknown colours",
        "frames that are not there", "unknown class", "a document", "picture cut short",
    ],
)  # fmt: skip
def test_a_broken_or_unknown_file_is_kept_and_not_released(
    world: Store, sandbox: Sandbox, data: bytes
) -> None:
    finished = _taken_in(world, sandbox, data)
    _check_nothing_lost_nothing_shown(world, data, finished)


def test_one_fault_costs_its_own_file(world: Store, sandbox: Sandbox) -> None:
    """In a group: the worker dies, and the others are tried by themselves."""
    good, bad = _scan(), _cut(_scan())
    originals = []
    for data in (good, bad):
        found = FoundFile(name="a file", size=len(data), open=lambda data=data: io.BytesIO(data))
        received = receiving.receive(world, "p1", found)
        assert isinstance(received, Received)
        originals.append(received.original)
    tools = Tools(sandbox=sandbox, private_key=raw.load_private_key(world.keys.folder))
    first, second = process(world, originals, tools)
    assert (first.verdict, second.verdict) == (Verdict.RELEASED, Verdict.REJECTED)
