"""Ours against dcmtk as it runs here: every file that pydicom ships, and headers made for each attribute."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset

from tests.viewer import dcmtk, dicom_files
from tests.viewer.dicom_files import dataset, table, with_overlay, with_palette
from viewer.errors import ImagingError
from viewer.imaging.decoding import decode, frame_count
from viewer.imaging.presentation import Rounding, Window, WindowFunction
from viewer.imaging.reading import read
from viewer.imaging.rendition import rendition

# Where dcmtk is known to be wrong; what is right is tested elsewhere.
SWAPS_WORDS = {
    "rtdose_expb.dcm",
    "rtdose_expb_1frame.dcm",
}  # 32-bit big endian: not as its little-endian twin


def _compare(
    file: Path, scratch: Path, cases: Callable[[Dataset, int], list[tuple[list[str], Window | None]]]
) -> tuple[int, list[str]]:
    """How many pictures of `file` were compared, and what differs."""
    ds = read(file.read_bytes())
    syntax, count = str(ds.file_meta.TransferSyntaxUID), frame_count(ds)
    seen, wrong = 0, []
    for number in sorted({1, count} if cases is _every_case else {1}):
        for arguments, window in cases(ds, number - 1):
            theirs = dcmtk.draw(file, syntax, number, arguments, scratch)
            if isinstance(theirs, str):
                continue
            off = dcmtk.difference(rendition(ds, number - 1, window, Rounding.FLOOR), theirs)
            seen += 1
            if off > dcmtk.tolerance(
                str(ds.get("PhotometricInterpretation")), syntax, int(ds.get("BitsStored") or 8)
            ):
                wrong.append(f"{file.name} frame {number} {arguments}: {off}")
    return seen, wrong


def _one_case(ds: Dataset, index: int) -> list[tuple[list[str], Window | None]]:
    frame = decode(ds, index)
    arguments = dcmtk.header_arguments(frame)
    is_in_groups = "SharedFunctionalGroupsSequence" in ds  # which dcmtk 3.6.7 does not look into
    if arguments is None or (is_in_groups and arguments):
        window = dcmtk.full_window(frame)
        return [(["+Ww", str(window.center), str(window.width), "+Wfl"], window)]
    return [(arguments, None)]


def _every_case(ds: Dataset, index: int) -> list[tuple[list[str], Window | None]]:
    cases = _one_case(ds, index)
    frame = decode(ds, index)
    if frame.presentation.photometric != "RGB":
        for function, flag in ((WindowFunction.LINEAR, "+Wfl"), (WindowFunction.SIGMOID, "+Wfs")):
            low, high = np.percentile(frame.pixels, (5, 95))
            center, width = round(float(low + high) / 2, 1), round(float(high - low) + 1.5, 1)
            cases.append(
                (
                    ["+Ww", str(center), str(width), flag],
                    Window(center=center, width=width, function=function),
                )
            )
    return cases


@pytest.mark.parametrize(
    "cases",
    [pytest.param(_one_case, id="quick"), pytest.param(_every_case, id="all", marks=pytest.mark.soak)],
)
def test_files_that_pydicom_ships(
    cases: Callable[..., list[tuple[list[str], Window | None]]], tmp_path: Path
) -> None:
    seen, wrong = 0, []
    for file in dicom_files.shipped():
        if file.name in SWAPS_WORDS:
            continue
        try:
            count, off = _compare(file, tmp_path, cases)
        except ImagingError:  # no picture in it, or damaged: `test_imaging_hostile` looks at these
            continue
        seen += count
        wrong += off
    assert seen > 80
    assert not wrong


@pytest.mark.soak
def test_shared_files(shared_data: Path, tmp_path: Path) -> None:
    seen, wrong = 0, []
    for file in sorted((shared_data / "dicom").rglob("*.dcm")):
        try:
            count, off = _compare(file, tmp_path, _every_case)
        except ImagingError:
            continue
        seen += count
        wrong += off
    assert seen > 500
    assert not wrong


RANDOM = np.random.default_rng(1)
GREY = RANDOM.integers(0, 4096, (48, 64))
SIGNED = RANDOM.integers(-2048, 2048, (48, 64))
BYTES = RANDOM.integers(0, 256, (48, 64))
COLOUR = RANDOM.integers(0, 256, (48, 64, 3))
BITMAP = RANDOM.integers(0, 2, (20, 30))
WINDOW = {"WindowCenter": 1000, "WindowWidth": 1500}
ENTRIES = [RANDOM.integers(0, 65536, 256).astype("<u2") for _ in range(3)]


def _falling(count: int, bits: int) -> np.ndarray:
    return np.linspace((1 << bits) - 1, 0, count).astype(int)


def _with(ds: Dataset, **attributes: object) -> Dataset:
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def _packed(bits: int) -> Dataset:
    values = RANDOM.integers(0, 1 << bits, (48, 64))
    cells = (values.reshape(-1, 1) >> np.arange(bits) & 1).astype(np.uint8)
    ds = dataset(values, stored=bits, data=np.packbits(cells.reshape(-1), bitorder="little").tobytes())
    return _with(ds, BitsAllocated=bits, WindowCenter=1 << bits - 1, WindowWidth=max(1, (1 << bits) - 3))


def _embedded() -> Dataset:
    ds = dataset(
        GREY, data=(GREY | RANDOM.integers(0, 2, GREY.shape) << 14).astype("<u2").tobytes(), **WINDOW
    )
    for element, vr, value in ((0x10, "US", 48), (0x11, "US", 64), (0x40, "CS", "G"), (0x50, "SS", [1, 1])):
        ds.add_new((0x6000, element), vr, value)
    ds.add_new((0x6000, 0x100), "US", 16)
    ds.add_new((0x6000, 0x102), "US", 14)
    return ds


def _in_lowest_bits() -> Dataset:
    """The value in the upper 12 bits, an overlay in bit 0."""
    data = (GREY << 4 | RANDOM.integers(0, 16, GREY.shape)).astype("<u2").tobytes()
    ds = dataset(GREY, data=data, HighBit=15, **WINDOW)
    for element, vr, value in ((0x10, "US", 48), (0x11, "US", 64), (0x40, "CS", "G"), (0x50, "SS", [1, 1])):
        ds.add_new((0x6000, element), vr, value)
    ds.add_new((0x6000, 0x100), "US", 16)
    ds.add_new((0x6000, 0x102), "US", 0)
    return ds


def _without(element: int) -> Dataset:
    ds = with_overlay(dataset(GREY, **WINDOW), BITMAP, 3, 4)
    del ds[0x6000, element]
    return ds


def _own_firsts() -> Dataset:
    """A green table that begins later and is shorter."""
    ds = with_palette(dataset(BYTES, bits=8, stored=8, photometric="PALETTE COLOR"), 0, 16, ENTRIES)
    ds.GreenPaletteColorLookupTableDescriptor = [200, 10, 16]
    ds.GreenPaletteColorLookupTableData = ds.GreenPaletteColorLookupTableData[:400]
    return ds


def _many_of_few(low: int, high: int, **attributes: object) -> Dataset:
    """More than three pixels for each value: dcmtk then draws by a table, and takes its lowest value with its fraction."""
    stored = (high - low).bit_length()
    return dataset(RANDOM.integers(low, high, (48, 64)), bits=8, stored=stored, **attributes)


def _in_words(first: int, bits: int, entries: int, values: np.ndarray) -> Dataset:
    """A table whose descriptor speaks of another number of entries than it has."""
    item = table(first, bits, values, order="<")
    item.LUTDescriptor = [entries, first, bits]
    return item


def _in_four_frames(ds: Dataset) -> Dataset:
    return _with(
        ds, NumberOfFrames=4, PixelData=RANDOM.integers(0, 4096, (4, 48, 64)).astype("<u2").tobytes()
    )


def _over_two_frames() -> Dataset:
    ds = with_overlay(_in_four_frames(dataset(GREY, **WINDOW)), RANDOM.integers(0, 2, (2, 20, 30)), 3, 4)
    ds.add_new((0x6000, 0x15), "IS", 2)
    ds.add_new((0x6000, 0x51), "US", 2)
    return ds


CRAFTED: dict[str, Dataset] = {
    **{
        f"{photometric} {shape}": dataset(
            GREY, photometric=photometric, **WINDOW, **({"PresentationLUTShape": shape} if shape else {})
        )
        for photometric in ("MONOCHROME1", "MONOCHROME2")
        for shape in ("", "IDENTITY", "INVERSE", "LIN OD")
    },
    **{
        f"rescale {slope} {intercept} {kind}": dataset(
            pixels,
            RescaleSlope=str(slope),
            RescaleIntercept=str(intercept),
            WindowCenter=str(round(float(pixels.mean()) * slope + intercept, 2)),
            WindowWidth=str(max(1, round(2700 * abs(slope), 2))),
        )
        for slope, intercept in (
            (1, -1024),
            (2, 0),
            (0.5, 3),
            (1.7, -0.3),
            (-1, 100),
            (-2.5, 7.25),
            (3.3333, 1e4),
        )
        for kind, pixels in (("unsigned", GREY), ("signed", SIGNED))
    },
    **{
        f"width {width}": dataset(GREY, WindowCenter="2000.5", WindowWidth=str(width))
        for width in (1, 1.5, 2, 2.5, 3, 100, 4096, 10000)
    },
    **{
        f"many pixels of few values, rescale {slope} {intercept} {low}": _many_of_few(
            low,
            low + 64,
            photometric=photometric,
            RescaleSlope=str(slope),
            RescaleIntercept=str(intercept),
            WindowCenter=str(round(slope * (low + 30) + intercept, 1)),
            WindowWidth=str(round(abs(slope) * 40, 1)),
            VOILUTFunction=function,
        )
        for slope, intercept in ((1, 5.5), (1.37, -0.25), (0.5, -1023.5), (-2.3, 7.7))
        for low, photometric, function in (
            (0, "MONOCHROME1", "SIGMOID"),
            (-32, "MONOCHROME2", "LINEAR"),
        )
    },
    "rescale by 0": dataset(GREY, RescaleSlope=0, RescaleIntercept=5, **WINDOW),
    "MONOCHROME 2": dataset(GREY, photometric="MONOCHROME 2", **WINDOW),
    **{
        f"VOI LUT of {entries} entries, said to be 2000": dataset(
            GREY, VOILUTSequence=[_in_words(0, 12, 2000, _falling(entries, 12))]
        )
        for entries in (1, 1500, 3000)
    },
    "VOI LUT with entries of more bits than it says": dataset(
        GREY, VOILUTSequence=[table(0, 8, _falling(4096, 12))]
    ),
    "VOI LUT from above 32,767, implicit": dataset(
        SIGNED,
        syntax=uid.ImplicitVRLittleEndian,
        ModalityLUTSequence=[table(-2048, 16, _falling(4096, 16))],
        VOILUTSequence=[table(40_000, 12, _falling(2500, 12))],
    ),
    "sigmoid": dataset(GREY, VOILUTFunction="SIGMOID", **WINDOW),
    **{
        f"VOI LUT of {count} entries of {bits} bits from {first}": dataset(
            GREY, VOILUTSequence=[table(first, bits, _falling(count, bits))]
        )
        for bits, count, first in (
            (8, 256, 0),
            (8, 1024, 100),
            (12, 4096, 0),
            (16, 1000, 500),
            (10, 300, 3000),
        )
    },
    "VOI LUT, signed": dataset(SIGNED, VOILUTSequence=[table(-1000, 10, _falling(2000, 10))]),
    "VOI LUT from below 0, implicit": dataset(
        GREY,
        syntax=uid.ImplicitVRLittleEndian,
        RescaleSlope=1,
        RescaleIntercept=-1024,
        VOILUTSequence=[table(-1000, 12, _falling(2500, 12))],
    ),
    "VOI LUT, MONOCHROME1": dataset(
        GREY, photometric="MONOCHROME1", VOILUTSequence=[table(0, 12, _falling(4096, 12))]
    ),
    "VOI LUT, words, big endian": dataset(
        GREY,
        syntax=uid.ExplicitVRBigEndian,
        VOILUTSequence=[table(0, 12, _falling(4096, 12), order=">")],
    ),
    "modality LUT, signed": dataset(
        SIGNED,
        ModalityLUTSequence=[table(-2048, 16, _falling(4096, 15))],
        WindowCenter=15000,
        WindowWidth=20000,
    ),
    "modality LUT": dataset(GREY, ModalityLUTSequence=[table(100, 12, _falling(2000, 12))], **WINDOW),
    "modality LUT, 8 bits to 16": dataset(
        BYTES,
        bits=8,
        stored=8,
        ModalityLUTSequence=[table(0, 16, _falling(256, 16))],
        WindowCenter=30000,
        WindowWidth=20000,
    ),
    "modality LUT of an angiogram": dataset(
        GREY,
        SOPClassUID=uid.XRayAngiographicImageStorage,
        ModalityLUTSequence=[table(0, 12, _falling(4096, 12))],
        **WINDOW,
    ),
    "rescale of a fluoroscopy": dataset(
        GREY, SOPClassUID=uid.XRayRadiofluoroscopicImageStorage, RescaleSlope=2, RescaleIntercept=9, **WINDOW
    ),
    "high bit 13": dataset(GREY, data=(GREY << 2).astype("<u2").tobytes(), HighBit=13, **WINDOW),
    "unused bits": dataset(
        GREY, data=(GREY | RANDOM.integers(0, 16, GREY.shape) << 12).astype("<u2").tobytes(), **WINDOW
    ),
    "sign not extended": dataset(SIGNED, data=(SIGNED & 0xFFF).astype("<u2").tobytes(), **WINDOW),
    **{f"{bits} bits packed": _packed(bits) for bits in (1, 4, 9, 10, 12)},
    "32 bits": dataset(
        RANDOM.integers(0, 1 << 32, (48, 64)), bits=32, stored=32, WindowCenter=1 << 31, WindowWidth=1 << 31
    ),
    "32 bits, signed": dataset(
        RANDOM.integers(-(1 << 31), 1 << 31, (48, 64)),
        bits=32,
        stored=32,
        WindowCenter=0,
        WindowWidth=1 << 31,
    ),
    "8 bits, signed": dataset(BYTES - 128, bits=8, stored=8, WindowCenter=0, WindowWidth=100),
    "padding is a value": dataset(GREY, PixelPaddingValue=int(GREY[0, 0]), **WINDOW),
    **{
        f"overlay {kind} {photometric} at {top}, {left}": with_overlay(
            dataset(GREY, photometric=photometric, **WINDOW), BITMAP, top, left, kind=kind
        )
        for kind in "GR"
        for photometric in ("MONOCHROME1", "MONOCHROME2")
        for top, left in ((1, 1), (5, 9), (-5, -3), (40, 50), (0, 0))
    },
    "overlay, big endian": with_overlay(
        dataset(GREY, syntax=uid.ExplicitVRBigEndian, **WINDOW), BITMAP, 3, 4
    ),
    "two overlays": with_overlay(
        with_overlay(dataset(GREY, **WINDOW), BITMAP, 3, 4), BITMAP, 13, 14, group=0x6004
    ),
    "overlay over colour": with_overlay(dataset(COLOUR, bits=8, stored=8, photometric="RGB"), BITMAP, 3, 4),
    "overlay in unused bits": _embedded(),
    "overlay in the lowest bit": _in_lowest_bits(),
    **{f"overlay without {element:x}": _without(element) for element in (0x50, 0x100, 0x102)},
    "overlay of one frame over four": with_overlay(_in_four_frames(dataset(GREY, **WINDOW)), BITMAP, 3, 4),
    "overlay of two frames": _over_two_frames(),
    "YBR_FULL": dataset(COLOUR, bits=8, stored=8, photometric="YBR_FULL"),
    "YBR_FULL, 16 bits": dataset(COLOUR * 257, stored=16, photometric="YBR_FULL"),
    **{
        photometric: dataset(
            COLOUR, bits=8, stored=8, photometric=photometric, data=COLOUR[:, :, :2].astype("u1").tobytes()
        )
        for photometric in ("YBR_FULL_422", "YBR_PARTIAL_422")
    },
    "YBR_FULL_422, 12 bits": dataset(
        COLOUR * 16,
        stored=12,
        photometric="YBR_FULL_422",
        data=(COLOUR[:, :, :2] * 16).astype("<u2").tobytes(),
    ),
    **{
        f"{photometric}, {bits} bits": dataset(
            COLOUR >> 8 - bits,
            bits=8,
            stored=bits,
            photometric=photometric,
            data=(COLOUR[:, :, : 3 if photometric == "YBR_FULL" else 2] >> 8 - bits).astype("u1").tobytes(),
        )
        for photometric in ("YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422")
        for bits in (1, 4, 7)
    },
    "RGB, 12 bits": dataset(COLOUR * 16, stored=12, photometric="RGB"),
    "RGB, 5 bits": dataset(COLOUR // 8, bits=8, stored=5, photometric="RGB"),
    "RGB, planes": dataset(COLOUR, bits=8, stored=8, photometric="RGB", PlanarConfiguration=1),
    "palette, 16 bits": with_palette(
        dataset(BYTES, bits=8, stored=8, photometric="PALETTE COLOR"), 0, 16, ENTRIES
    ),
    "palette, 12 bits": with_palette(
        dataset(BYTES, bits=8, stored=8, photometric="PALETTE COLOR"), 0, 12, [each >> 4 for each in ENTRIES]
    ),
    "palette, 8 bits": with_palette(
        dataset(BYTES, bits=8, stored=8, photometric="PALETTE COLOR"),
        0,
        8,
        [each.astype("u1") for each in ENTRIES],
    ),
    "palette, 8 bits in words": with_palette(
        dataset(BYTES, bits=8, stored=8, photometric="PALETTE COLOR"), 0, 8, [each & 0xFF for each in ENTRIES]
    ),
    "palette, part of the values": with_palette(
        dataset(BYTES, bits=8, stored=8, photometric="PALETTE COLOR"),
        50,
        16,
        [each[:100] for each in ENTRIES],
    ),
    "palette, tables of their own": _own_firsts(),
    "palette, signed": with_palette(
        dataset(BYTES - 128, bits=8, stored=8, photometric="PALETTE COLOR"), -128, 16, ENTRIES
    ),
    "palette, 65,536 entries": with_palette(
        dataset(RANDOM.integers(0, 65536, (48, 64)), stored=16, photometric="PALETTE COLOR"),
        0,
        16,
        [RANDOM.integers(0, 65536, 65536).astype("<u2") for _ in range(3)],
    ),
}


@pytest.mark.parametrize("name", CRAFTED)
def test_attributes(name: str, tmp_path: Path) -> None:
    file = tmp_path / "made.dcm"
    file.write_bytes(dicom_files.encoded(CRAFTED[name]))
    ds = read(file.read_bytes())
    arguments = dcmtk.header_arguments(decode(ds, 0))
    assert arguments is not None
    for number in range(1, frame_count(ds) + 1):
        theirs = dcmtk.draw(file, str(ds.file_meta.TransferSyntaxUID), number, arguments, tmp_path)
        assert not isinstance(theirs, str), theirs
        ours = rendition(ds, number - 1, None, Rounding.FLOOR)
        assert dcmtk.difference(ours, theirs) <= dcmtk.tolerance(
            str(ds.PhotometricInterpretation), str(ds.file_meta.TransferSyntaxUID), ds.BitsStored
        )


CODERS = {
    "lossless": ("dcmcjpeg", "+el"),
    "lossless, first predictor": ("dcmcjpeg", "+e1"),
    "lossless, seventh predictor": ("dcmcjpeg", "+el", "+sv", "7"),
    "lossless, point transform": ("dcmcjpeg", "+el", "+pt", "2"),
    "baseline": ("dcmcjpeg", "+eb"),
    "baseline, half the colour": ("dcmcjpeg", "+eb", "+s2"),
    "baseline, whole colour": ("dcmcjpeg", "+eb", "+s4"),
    "baseline, RGB": ("dcmcjpeg", "+eb", "+cr"),
    "extended": ("dcmcjpeg", "+ee"),
    "spectral selection": ("dcmcjpeg", "+es"),
    "progressive": ("dcmcjpeg", "+ep"),
    "JPEG-LS": ("dcmcjpls",),
    "JPEG-LS, near": ("dcmcjpls", "+en"),
    "run lengths": ("dcmcrle",),
    "deflated": ("dcmconv", "+td"),
    "lossless, cut in fragments": ("dcmcjpeg", "+e1", "+fs", "2", "-ot"),
}
SMOOTH = np.add.outer(np.arange(48), np.arange(64)) * 300 + RANDOM.integers(0, 50, (48, 64))
CODED = {
    "8 bits": dataset(SMOOTH % 256, bits=8, stored=8, WindowCenter=128, WindowWidth=200),
    "12 bits": dataset(SMOOTH % 4096, WindowCenter=2000, WindowWidth=3000),
    "16 bits": dataset(SMOOTH, stored=16, WindowCenter=16000, WindowWidth=30000),
    "16 bits, signed": dataset(SMOOTH - 15000, stored=16, WindowCenter=0, WindowWidth=30000),
    "colour": dataset(COLOUR, bits=8, stored=8, photometric="RGB"),
    "high bit above the value": dataset(
        SMOOTH % 1024 << 2, stored=10, HighBit=11, WindowCenter=500, WindowWidth=700
    ),
    "odd sides, 8 bits in 16": dataset(SMOOTH[:47, :63] % 256, stored=8, WindowCenter=100, WindowWidth=120),
}


@pytest.mark.parametrize("coder", CODERS)
def test_what_dcmtk_compressed(coder: str, tmp_path: Path) -> None:
    """Each kind of pixels through dcmtk's own encoders, drawn by both: equal in every bit, colour JPEG too."""
    tool, *options = CODERS[coder]
    compared = 0
    for name, ds in CODED.items():
        (tmp_path / "plain.dcm").write_bytes(dicom_files.encoded(ds))
        done = subprocess.run(
            [dcmtk.tool(tool), *options, tmp_path / "plain.dcm", tmp_path / "coded.dcm"],
            capture_output=True,
            check=False,
        )
        if done.returncode:  # it codes no signed values near-lossless
            continue
        coded = read((tmp_path / "coded.dcm").read_bytes())
        syntax = str(coded.file_meta.TransferSyntaxUID)
        arguments = dcmtk.header_arguments(decode(coded, 0))
        assert arguments is not None
        theirs = dcmtk.draw(tmp_path / "coded.dcm", syntax, 1, arguments, tmp_path)
        assert not isinstance(theirs, str), theirs
        assert dcmtk.difference(rendition(coded, 0, None, Rounding.FLOOR), theirs) == 0, name
        compared += 1
    assert compared >= len(CODED) - 1
