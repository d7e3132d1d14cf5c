"""DICOM files with a canary in every place that can hold one, and what is left of them in a rebuilt header."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from viewer.imaging.reading import read
from viewer.masking.applying import DicomSource, apply
from viewer.masking.profile import BASIC, MaskingProfile
from viewer.masking.pseudonyms import derive_keys
from viewer.masking.writing import to_dicom

FILES = """
    header/CT_small.dcm header/explicit_VR-UN.dcm header/image_dfl.dcm bit-depth/emri_small_10frames.dcm ct-head-28/0001.dcm
    ct-phantom-64/0001.dcm mr-t1w-96/0001.dcm derived/rtplan.dcm derived/rtstruct_no_meta.dcm derived/seg_image_ct_binary.dcm
    derived/seg_liver.dcm presentation-state/prOverlay.dcm cine/examples_ybr_color_30f.dcm cine/xa_jpeg_baseline_96f.dcm
    luts/eCT_Supplemental.dcm luts/mlut_18.dcm luts/vlut_04.dcm burned-in-phi/presidio_0_cr_rle.dcm colour/US1_UNCR_rgb.dcm
    derived/encapsulated_pdf.dcm
    """
GEOMETRY = """
    Rows Columns SamplesPerPixel NumberOfFrames PixelSpacing ImagePositionPatient ImageOrientationPatient SliceThickness
    SpacingBetweenSlices SliceLocation RescaleSlope RescaleIntercept RescaleType WindowCenter WindowWidth VOILUTFunction
    ImagerPixelSpacing PixelAspectRatio GantryDetectorTilt PatientPosition InstanceNumber FrameTime
    """
KEYS = derive_keys(bytes(range(32)), "p")


def planted(shared: Path, folder: Path) -> Iterator[tuple[Path, Path, list[dict[str, str]]]]:
    """(the file as it was, the file with canaries, the canaries) for each of `FILES`."""
    for number, name in enumerate(FILES.split()):
        source = shared / "data/dicom" / name
        script = shared / "bench/masking/dicom_header_set.py"
        made = folder / str(number)
        subprocess.run([sys.executable, str(script), str(made), str(source)], check=True, capture_output=True)
        truth = json.loads((made / f"{source.stem}.truth.json").read_bytes())
        yield source, made / f"{source.stem}.dcm", truth


def masked(file: Path, profile: MaskingProfile = BASIC) -> bytes:
    """The de-identified file; a header alone where the kind is not taken in."""
    result = apply(DicomSource(dataset=read(file.read_bytes()), origin="o"), profile, KEYS, None)
    assert result.header is not None
    if result.image is not None:
        return to_dicom(result.header, result.image)
    held = io.BytesIO()
    dcmwrite(held, result.header, enforce_file_format=True)
    return held.getvalue()


def values(dataset: Dataset) -> Iterator[str]:
    """Every value at every depth, as text; bytes read as latin-1."""
    for element in dataset.iterall():
        if element.VR == "SQ" or element.tag == 0x7FE00010:
            continue
        found = element.value
        for part in found if isinstance(found, (MultiValue, list)) else [found]:
            yield part.decode("latin-1") if isinstance(part, bytes) else str(part)


def left(content: bytes, truth: list[dict[str, str]]) -> list[dict[str, str]]:
    """The canaries that stand in `content`: text anywhere in its bytes, numbers as values."""
    found = set(values(read(content)))
    head = content[:-4] if len(content) < 1 << 20 else content[: 1 << 18]
    return [
        canary
        for canary in truth
        if canary["value"] in found
        or (
            canary["vr"] not in {"US", "SS", "UL", "SL", "FL", "FD", "UV", "SV"}
            and canary["value"].encode() in head
        )
    ]
