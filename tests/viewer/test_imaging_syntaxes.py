"""Every transfer syntax by round trip; frames by offset tables, right and wrong; headers that lie about a codestream."""

from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended

from tests.viewer import dicom_files
from viewer.errors import ImagingError, UnreadableFile, UnsupportedFile
from viewer.imaging import codestream, fragments
from viewer.imaging.decoding import decode, decode_all
from viewer.imaging.reading import read
from viewer.imaging.syntaxes import DECODERS, UNCOMPRESSED

P = "1.2.840.10008.1.2.4."
RANDOM = np.random.default_rng(3)
GREY16 = RANDOM.integers(0, 4096, (33, 50)).astype(np.uint16)
GREY8 = RANDOM.integers(0, 256, (33, 50)).astype(np.uint8)
COLOUR = RANDOM.integers(0, 256, (33, 50, 3)).astype(np.uint8)
SMOOTH = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint16) * 16

LOSSLESS: dict[str, tuple[str, Callable[..., bytes], dict[str, object], tuple[NDArray[np.generic], ...]]] = {
    "lossless .57": (f"{P}57", imagecodecs.ljpeg_encode, {"bitspersample": 12}, (GREY16,)),
    "lossless .70": (f"{P}70", imagecodecs.ljpeg_encode, {"bitspersample": 12}, (GREY16,)),
    "JPEG-LS": (f"{P}80", imagecodecs.jpegls_encode, {}, (GREY8, GREY16, COLOUR)),
    "JPEG 2000 lossless": (
        f"{P}90",
        imagecodecs.jpeg2k_encode,
        {"level": 0, "codecformat": "j2k"},
        (GREY8, GREY16, COLOUR),
    ),
    "JPEG 2000 .92": (f"{P}92", imagecodecs.jpeg2k_encode, {"level": 0, "codecformat": "j2k"}, (GREY16,)),
    "HTJ2K lossless": (f"{P}201", imagecodecs.htj2k_encode, {}, (GREY8, GREY16, COLOUR)),
    "HTJ2K RPCL": (f"{P}202", imagecodecs.htj2k_encode, {}, (GREY8, GREY16, COLOUR)),
    "JPEG XL lossless": (f"{P}110", imagecodecs.jpegxl_encode, {"lossless": True}, (GREY8, GREY16, COLOUR)),
}
LOSSY = {
    "baseline": (f"{P}50", lambda pixels: imagecodecs.jpeg8_encode(pixels, level=95), 8),
    "extended, 12 bits": (
        f"{P}51",
        lambda pixels: imagecodecs.jpeg8_encode(pixels, level=95, bitspersample=12),
        12,
    ),
    "JPEG-LS near": (f"{P}81", lambda pixels: imagecodecs.jpegls_encode(pixels, level=2), 12),
    "JPEG 2000": (
        f"{P}91",
        lambda pixels: imagecodecs.jpeg2k_encode(pixels, level=90, codecformat="j2k"),
        12,
    ),
    "HTJ2K": (f"{P}203", lambda pixels: imagecodecs.htj2k_encode(pixels, reversible=False), 12),
    "JPEG XL": (f"{P}112", lambda pixels: imagecodecs.jpegxl_encode(pixels, distance=0.1), 16),
}


def _file(syntax: str, pixels: NDArray[np.generic], frames: list[bytes], *, table: bool = True) -> Dataset:
    ds = dicom_files.dataset(
        pixels,
        bits=pixels.dtype.itemsize * 8,
        stored=12 if pixels.dtype.itemsize == 2 else 8,
        photometric="RGB" if pixels.ndim == 3 else "MONOCHROME2",
        syntax=syntax,
        data=encapsulate([bytes(each) for each in frames], has_bot=table),
    )
    ds.NumberOfFrames = len(frames)
    return ds


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_syntaxes_give_back_what_was_coded(name: str) -> None:
    syntax, encode, options, pictures = LOSSLESS[name]
    for pixels in pictures:
        decoded = decode(_file(syntax, pixels, [encode(pixels, **options)]), 0)
        assert np.array_equal(decoded.pixels, pixels), (name, pixels.dtype, pixels.ndim)


@pytest.mark.parametrize("name", LOSSY)
def test_lossy_syntaxes_come_close(name: str) -> None:
    syntax, encode, bits = LOSSY[name]
    pixels = (SMOOTH >> 4).astype(np.uint8) if bits == 8 else SMOOTH
    ds = _file(syntax, pixels, [encode(pixels)])
    ds.BitsStored, ds.HighBit = (bits, bits - 1)
    decoded = decode(ds, 0).pixels.astype(int)
    assert np.abs(decoded - pixels.astype(int)).max() <= (4 if bits == 8 else 96)


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("bits", [8, 16, 32])
def test_run_lengths(samples: int, bits: int) -> None:
    """Segments go from the highest byte of the first sample to the lowest of the last, PS3.5 G.2."""
    shape = (9, 12) if samples == 1 else (9, 12, 3)
    pixels = RANDOM.integers(0, 1 << bits, shape).astype(f"u{bits // 8}")
    planes = pixels.reshape(9, 12, samples).transpose(2, 0, 1).astype(f">u{bits // 8}")
    segments = [
        imagecodecs.packbits_encode(np.frombuffer(plane.tobytes(), np.uint8)[byte :: bits // 8].tobytes())
        for plane in planes
        for byte in range(bits // 8)
    ]
    segments = [segment + b"\0" * (len(segment) % 2) for segment in segments]
    offsets, at = [], 64
    for segment in segments:
        offsets.append(at)
        at += len(segment)
    head = np.array([len(segments), *offsets, *[0] * (15 - len(offsets))], "<u4").tobytes()
    ds = _file(uid.RLELossless, pixels, [head + b"".join(segments)])
    ds.BitsStored, ds.HighBit = bits, bits - 1
    expected = pixels if samples == 1 or bits == 8 else pixels >> (bits - 8)
    assert np.array_equal(decode(ds, 0).pixels, expected)


def test_the_table_holds_every_syntax_that_the_design_names() -> None:
    compressed = {50, 51, 53, 55, 57, 70, 80, 81, 90, 91, 92, 93, 110, 111, 112, 201, 202, 203}
    assert {f"{P}{number}" for number in compressed} | {uid.RLELossless} <= set(DECODERS)
    assert {
        uid.ImplicitVRLittleEndian,
        uid.ExplicitVRLittleEndian,
        uid.ExplicitVRBigEndian,
        uid.DeflatedExplicitVRLittleEndian,
    } <= UNCOMPRESSED


def test_an_unknown_syntax_is_named_as_the_cause() -> None:
    with pytest.raises(UnsupportedFile, match="transfer syntax"):
        decode(_file("1.2.3.4", GREY8, [b"12"]), 0)


def test_32_bit_big_endian_is_as_its_little_endian_twin() -> None:
    """Where dcmtk swaps 16-bit words instead; pydicom agrees with us."""
    files = {path.name: path for path in dicom_files.shipped()}
    twins = [decode_all(read(files[name].read_bytes())) for name in ("rtdose.dcm", "rtdose_expb.dcm")]
    for little, big in zip(twins[0].frames, twins[1].frames, strict=True):
        assert np.array_equal(little.pixels, big.pixels)


@pytest.mark.parametrize(("name", "frames"), [("emri_small_jpeg_2k_lossless_too_short.dcm", 10)])
def test_frames_before_a_cut_are_kept(name: str, frames: int) -> None:
    path = next(path for path in dicom_files.shipped() if path.name == name)
    whole = path.read_bytes()
    ds = read(whole[: len(whole) - 2000])
    assert decode(ds, 0).pixels.shape == (64, 64)
    with pytest.raises(ImagingError):
        decode(ds, frames - 1)


# Offset tables


CODED = [imagecodecs.jpegls_encode((GREY8 + step).astype(np.uint8)) for step in range(4)]


def _same(ds: Dataset) -> bool:
    return all(
        np.array_equal(frame.pixels, (GREY8 + step).astype(np.uint8))
        for step, frame in enumerate(decode_all(ds).frames)
    )


def _value(pieces: list[bytes], table: bytes = b"") -> bytes:
    """Encapsulated items of `pieces` as they are, behind any offset table."""
    items = [b"\xfe\xff\x00\xe0" + len(each).to_bytes(4, "little") + each for each in (table, *pieces)]
    return b"".join(items) + b"\xfe\xff\xdd\xe0\0\0\0\0"


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (len(data) % 2)


def test_a_basic_offset_table() -> None:
    assert _same(_file(f"{P}80", GREY8, CODED))
    assert _same(_file(f"{P}80", GREY8, CODED, table=False))


def test_an_extended_offset_table() -> None:
    ds = _file(f"{P}80", GREY8, CODED)
    ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = encapsulate_extended(
        [_padded(bytes(each)) for each in CODED]
    )
    assert _same(ds)


@pytest.mark.parametrize("offsets", [[0, 1, 2, 3], [0, 0, 0, 0], [4_000_000_000] * 4, [0], [8, 16, 24, 32]])
def test_an_offset_table_that_does_not_fit_is_not_believed(offsets: list[int]) -> None:
    ds = _file(f"{P}80", GREY8, CODED)
    ds.PixelData = _value([_padded(bytes(each)) for each in CODED], np.array(offsets, "<u4").tobytes())
    assert _same(ds)


@pytest.mark.parametrize("cuts", [1, 2, 5])
def test_fragments_without_a_table_end_with_their_picture(cuts: int) -> None:
    pieces = []
    for each in CODED:
        data = _padded(bytes(each))
        size = (len(data) // (cuts + 1) + 1) // 2 * 2
        pieces += [data[at : at + size] for at in range(0, len(data), size)]
    ds = _file(f"{P}80", GREY8, CODED)
    ds.PixelData = _value(pieces)
    assert _same(ds)


@given(value=st.binary(max_size=200), count=st.integers(1, 5))
def test_any_bytes_are_frames_or_refused(value: bytes, count: int) -> None:
    try:
        found = fragments.frames(value, count)
    except UnreadableFile:
        return
    assert len(found) <= count


@given(data=st.data())
def test_items_of_any_size_come_back(data: st.DataObject) -> None:
    frames = data.draw(st.lists(st.binary(min_size=2, max_size=40).map(_padded), min_size=1, max_size=6))
    assert fragments.frames(encapsulate(frames, has_bot=data.draw(st.booleans())), len(frames)) == frames


# Headers against codestreams


@pytest.mark.parametrize("kind", ["rows", "samples", "bits"])
@pytest.mark.parametrize("name", ["JPEG-LS", "JPEG 2000 lossless", "HTJ2K lossless"])
def test_a_header_that_lies_about_its_codestream(name: str, kind: str) -> None:
    syntax, encode, options, _ = LOSSLESS[name]
    ds = _file(syntax, GREY16, [encode(GREY16, **options)])
    match kind:
        case "rows":
            ds.Rows = 32
        case "samples":
            ds.SamplesPerPixel, ds.PhotometricInterpretation = 3, "RGB"
        case "bits":
            ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7
    with pytest.raises(UnreadableFile, match="than the header says"):
        decode(ds, 0)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("name", [*LOSSLESS, "baseline", "extended, 12 bits"])
def test_a_cut_codestream_is_no_picture(name: str, part: float) -> None:
    """Half a picture, the rest filled up, would look like a whole one."""
    if name in LOSSLESS:
        syntax, encode, options, _ = LOSSLESS[name]
        pixels, stream = GREY16, encode(GREY16, **options)
    else:
        syntax, encode_lossy, bits = LOSSY[name]
        pixels = (SMOOTH >> 4).astype(np.uint8) if bits == 8 else SMOOTH
        stream = encode_lossy(pixels)
    with pytest.raises(ImagingError):
        decode(_file(syntax, pixels, [stream[: int(len(stream) * part)]]), 0)


def test_a_codestream_that_claims_a_huge_picture_is_not_decoded() -> None:
    stream = bytearray(imagecodecs.jpeg2k_encode(GREY8, level=0, codecformat="j2k"))
    stream[8:16] = (1 << 30).to_bytes(4, "big") * 2
    with pytest.raises(UnreadableFile, match="another size"):
        decode(_file(f"{P}90", GREY8, [bytes(stream)]), 0)


@given(st.binary(max_size=64))
def test_damaged_headers_say_nothing(data: bytes) -> None:
    for start in (b"\xff\xd8", b"\xff\x4f\xff\x51", b""):
        codestream.inspect(start + data)


def test_every_shipped_codestream_is_understood() -> None:
    seen = 0
    for path in dicom_files.shipped():
        try:
            ds = read(path.read_bytes())
        except UnreadableFile:
            continue
        syntax = str(ds.file_meta.TransferSyntaxUID)
        if syntax not in DECODERS or syntax == uid.RLELossless or "PixelData" not in ds:
            continue
        found = codestream.inspect(fragments.frames(ds.PixelData, 1)[0])
        assert found is not None, path.name
        seen += 1
    assert seen > 30


# Descriptions that contradict themselves


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"Rows": 0}, "size"),
        ({"Rows": 65_535, "Columns": 65_535}, "larger"),
        ({"BitsStored": 17}, "bits"),
        ({"BitsStored": 0}, "bits"),
        ({"HighBit": 16}, "bits"),
        ({"HighBit": 5}, "bits"),
        ({"SamplesPerPixel": 3}, "samples"),
        ({"SamplesPerPixel": 4}, "samples"),
        ({"PhotometricInterpretation": "RGB"}, "samples"),
        ({"PhotometricInterpretation": "CMYK"}, "photometric"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "palette"),
        ({"Rows": 34}, "shorter"),
        ({"NumberOfFrames": 2}, "shorter"),
        ({"PixelData": b""}, "empty"),
        ({"BitsAllocated": 24, "BitsStored": 24, "HighBit": 23}, "bits"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, object], says: str) -> None:
    ds = dicom_files.dataset(GREY16)
    for keyword, value in changes.items():
        setattr(ds, keyword, value)
    with pytest.raises(ImagingError, match=says):
        decode_all(ds)


def test_no_pixels_and_no_such_frame() -> None:
    ds = dicom_files.dataset(GREY16)
    with pytest.raises(UnreadableFile, match="no frame 2"):
        decode(ds, 1)
    del ds.PixelData
    with pytest.raises(UnsupportedFile, match="no pixel data"):
        decode(ds, 0)


@pytest.mark.parametrize(("keyword", "kind"), [("FloatPixelData", "<f4"), ("DoubleFloatPixelData", "<f8")])
def test_float_maps(keyword: str, kind: str) -> None:
    values = RANDOM.normal(size=(7, 5)).astype(kind)
    ds = dicom_files.dataset(GREY16[:7, :5])
    del ds.PixelData
    ds.add_new(keyword, "OF" if kind == "<f4" else "OD", values.tobytes())
    assert np.array_equal(decode(ds, 0).pixels, values)


def test_a_wsi_of_many_tiles_gives_one_without_the_others(shared_data: Path) -> None:
    ds = read((shared_data / "dicom" / "wsi" / "multiframe_camelyon.dcm").read_bytes())
    ds.NumberOfFrames = 100_000  # more than may be held at once
    assert decode(ds, 7).pixels.shape == (256, 256, 3)
    with pytest.raises(UnreadableFile, match="larger"):
        decode_all(ds)
