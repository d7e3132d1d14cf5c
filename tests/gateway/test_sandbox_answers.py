"""What a decode worker hands back is believed in no byte: it is read whole, or refused as malformed."""

import os

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.workers import answers
from gateway.workers.answers import MAGIC, Malformed
from gateway.workers.heads import Made, Probed, Refused
from gateway.workers.reading import mask_files
from tests.viewer import dicom_files
from viewer.masking.masked import Masked
from viewer.masking.profile import BASIC
from viewer.masking.pseudonyms import derive_keys

GOOD = dicom_files.encoded(
    dicom_files.dataset(np.arange(16 * 24).reshape(16, 24), WindowCenter=40, WindowWidth=400, PatientID="7")
)


def _masked() -> Masked:
    (masked,) = mask_files([(GOOD, "0" * 64)], BASIC, derive_keys(bytes(32), "project"))
    assert isinstance(masked, Masked)
    return masked


def _file(content: bytes) -> int:
    handle = os.memfd_create("answer")
    os.write(handle, content)
    return handle


def _written(answer: answers.Answer) -> bytes:
    handle = _file(b"")
    try:
        answers.write(handle, answer)
        return os.pread(handle, os.fstat(handle).st_size, 0)
    finally:
        os.close(handle)


def _read(content: bytes) -> Masked | Refused | Probed:
    handle = _file(content)
    try:
        (result,) = answers.read(handle)
    finally:
        os.close(handle)
    return result


WHOLE = _written(answers.made(_masked()))


def test_what_was_written_is_read() -> None:
    masked, read = _masked(), _read(WHOLE)
    assert isinstance(read, Masked)
    assert masked.image is not None
    assert read.image is not None
    for ours, theirs in zip(read.image.frames, masked.image.frames, strict=True):
        assert np.array_equal(ours.pixels, theirs.pixels)
        assert (ours.offset, ours.presentation) == (theirs.offset, theirs.presentation)
        assert not ours.pixels.flags.writeable
    assert (read.subject, read.series, read.places) == (masked.subject, masked.series, masked.places)
    assert _read(_written(Refused(cause="it is damaged"))) == Refused(cause="it is damaged")


@pytest.mark.parametrize("kept", [0, 7, 15, 16, 40, len(WHOLE) - 1])
def test_a_cut_answer_is_malformed(kept: int) -> None:
    with pytest.raises(Malformed):
        _read(WHOLE[:kept])


def test_the_answers_of_a_group_are_read_in_order() -> None:
    refused = Refused(cause="it is damaged")
    handle = _file(b"")
    try:
        for answer in (refused, answers.made(_masked()), refused):
            answers.write(handle, answer)
        kinds = [type(result) for result in answers.read(handle)]
    finally:
        os.close(handle)
    assert kinds == [Refused, Masked, Refused]


def test_a_longer_answer_is_malformed() -> None:
    with pytest.raises(Malformed):
        _read(WHOLE + b"\0")


@settings(max_examples=150)
@given(at=st.integers(0, len(WHOLE) - 1), value=st.integers(0, 255))
def test_a_flipped_byte_is_read_as_pixels_or_refused(at: int, value: int) -> None:
    data = bytearray(WHOLE)
    data[at] = value
    try:
        read = _read(bytes(data))
    except Malformed:
        return
    assert isinstance(read, Masked)


def _head(**changes: object) -> bytes:
    head, _ = answers.made(_masked())
    built = msgspec.to_builtins(head) | changes
    encoded = msgspec.msgpack.encode(built)
    start = len(MAGIC) + 8 + len(encoded)
    pixels = WHOLE[-16 * 24 * 2 :]
    return MAGIC + len(encoded).to_bytes(8, "little") + encoded + bytes(-start % 64) + pixels


def test_the_changed_head_is_well_formed_without_a_change() -> None:
    assert isinstance(_read(_head()), Masked)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "DOE^JANE"},
        {"series": "1.2.840.113"},
        {"modality": "Jane Doe"},
        {"verdict": "rejected"},
        {"reasons": ["Jane Doe"]},
        {"surprise": 1},
        {"frames": []},
        {"presentations": []},
        {"presentations": [{"photometric": "MONOCHROME2", "unit": "Jane Doe"}]},
        {"presentations": [{"photometric": "RGB"}]},
    ],
)
def test_no_free_text_and_no_contradiction_comes_back(changes: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        _read(_head(**changes))


def test_only_the_pages_of_a_text_have_letters() -> None:
    head, _ = answers.made(_masked())
    (frame,) = msgspec.to_builtins(head)["frames"]
    with pytest.raises(Malformed, match="letters"):
        _read(_head(frames=[frame | {"letters": "Jane Doe"}]))
    (note,) = mask_files([(b"seen again\n" * 60, "0" * 64)], BASIC, derive_keys(bytes(32), "project"))
    assert isinstance(note, Masked)
    assert len(note.pages) == 2
    read = _read(_written(answers.made(note)))
    assert isinstance(read, Masked)
    assert read.pages == note.pages


@pytest.mark.parametrize("cause", ["", "two\nlines", "x" * 301, "\x1b[31m"])
def test_a_cause_is_one_short_line(cause: str) -> None:
    with pytest.raises(Malformed):
        _read(_written(Refused(cause=cause)))


def test_a_made_head_stays_within_its_types() -> None:
    head, _ = answers.made(_masked())
    assert isinstance(head, Made)
    assert msgspec.convert(msgspec.to_builtins(head), Made) == head
