"""Small DICOM files made for a test, and where pydicom keeps those that it ships."""

import importlib.util
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import dcmwrite, uid
from pydicom.dataset import Dataset, FileMetaDataset

Pixels = NDArray[np.generic]


def shipped() -> list[Path]:
    """Every file that pydicom and pydicom-data ship as DICOM."""
    data = importlib.util.find_spec("data_store")
    assert data is not None
    assert data.submodule_search_locations
    folders = [
        Path(pydicom.__file__).parent / "data" / "test_files",
        Path(next(iter(data.submodule_search_locations))) / "data",
    ]
    return [path for folder in folders for path in sorted(folder.glob("*.dcm"))]


def dataset(
    pixels: Pixels,
    *,
    bits: int = 16,
    stored: int = 12,
    photometric: str = "MONOCHROME2",
    syntax: str = uid.ExplicitVRLittleEndian,
    data: bytes | None = None,
    **attributes: Any,
) -> Dataset:
    """A dataset with `pixels` as its only frame, signed if they are; `data` instead of their bytes."""
    ds = Dataset()
    ds.SOPClassUID = uid.CTImageStorage
    ds.SOPInstanceUID = "2.25.1"
    ds.Modality = "CT"
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    if pixels.ndim == 3:
        ds.PlanarConfiguration = 0
    ds.PhotometricInterpretation = photometric
    signed = bool((pixels < 0).any())
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = (
        bits,
        stored,
        stored - 1,
        int(signed),
    )
    order = ">" if syntax == uid.ExplicitVRBigEndian else "<"
    if data is None:
        data = pixels.astype(f"{order}{'i' if signed else 'u'}{bits // 8}").tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OW" if bits > 8 else "OB"
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = uid.UID(syntax)
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def encoded(ds: Dataset) -> bytes:
    """The file of `ds`."""
    held = io.BytesIO()
    dcmwrite(held, ds, enforce_file_format=True)
    return held.getvalue()


def table(first: int, bits: int, values: Sequence[int] | Pixels, *, order: str | None = None) -> Dataset:
    """An item of a LUT sequence: US, or OW in the byte order `order`."""
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(values) & 0xFFFF, first, bits])
    if order is None:
        item.add_new("LUTData", "US", [int(each) for each in values])
    else:
        item.add_new("LUTData", "OW", np.asarray(values, f"{order}u2").tobytes())
    return item


def with_palette(
    ds: Dataset, first: int, bits: int, tables: Sequence[Pixels], *, segmented: bool = False
) -> Dataset:
    """`ds` with red, green and blue `tables` of entries, or of segments."""
    for colour, entries in zip(("Red", "Green", "Blue"), tables, strict=True):
        count = 256 if segmented else len(entries) & 0xFFFF
        ds.add_new(
            f"{colour}PaletteColorLookupTableDescriptor", "SS" if first < 0 else "US", [count, first, bits]
        )
        kind = "Segmented" if segmented else ""
        ds.add_new(f"{kind}{colour}PaletteColorLookupTableData", "OW", entries.tobytes())
    return ds


def with_overlay(
    ds: Dataset, bits: Pixels, top: int, left: int, *, group: int = 0x6000, kind: str = "G"
) -> Dataset:
    """`ds` with an overlay plane of `bits` at image row `top` and column `left`, from 1."""
    for element, vr, value in (
        (0x10, "US", bits.shape[-2]),
        (0x11, "US", bits.shape[-1]),
        (0x40, "CS", kind),
        (0x50, "SS", [top, left]),
        (0x100, "US", 1),
        (0x102, "US", 0),
    ):
        ds.add_new((group, element), vr, value)
    packed = np.packbits(bits.reshape(-1).astype(np.uint8), bitorder="little").tobytes()
    packed += b"\0" * (len(packed) % 2)
    if ds.file_meta.TransferSyntaxUID == uid.ExplicitVRBigEndian:
        packed = np.frombuffer(packed, "<u2").astype(">u2").tobytes()
    ds.add_new((group, 0x3000), "OW", packed)
    return ds
