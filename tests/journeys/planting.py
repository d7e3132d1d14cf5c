"""A CT series with canaries in every place that could leak: names, identifiers, UIDs, free text, and a run of stored values."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, GrayscaleSoftcopyPresentationStateStorage

SIDE = 256
SLICES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Canaries:
    """What must never be seen outside: words, UIDs, and 64 stored values (uint16)."""

    words: tuple[str, ...]
    uids: tuple[str, ...]
    pixels: np.ndarray

    def found_in(self, data: bytes) -> list[str]:
        """Which canaries are in `data`, in any case and in UTF-8, UTF-16 or either byte order."""
        hits = []
        lowered = data.lower()
        for word in (*self.words, *self.uids):
            spelled = {
                word.lower().encode(),
                word.lower().encode("utf-16-le"),
                word.lower().encode("utf-16-be"),
            }
            if any(form in lowered for form in spelled):
                hits.append(word)
        low = (self.pixels & 0xFF).astype(np.uint8).tobytes()
        forms = {self.pixels.astype("<u2").tobytes(), self.pixels.astype(">u2").tobytes(), low}
        if any(form in data for form in forms):
            hits.append("stored values")
        return hits


def plant(folder: Path, seed: int) -> Canaries:
    """Write the series and a note into `folder`."""
    rng = np.random.default_rng(seed)
    tag = f"{rng.integers(10**8, 10**9)}"
    root = f"1.2.826.0.1.3680043.10.999.{tag}"
    canaries = Canaries(
        words=(
            f"Quenby{tag}",
            f"MRN{tag}",
            f"Saint-Orla-{tag}",
            f"drFenwick{tag}",
            f"desc-{tag}",
            f"noteword{tag}",
            f"priv{tag}",
        ),
        uids=tuple(f"{root}.{n}" for n in (1, 2, 3, *(100 + i for i in range(SLICES)))),
        # Like the tissue around them, and in another row of each slice: what stands out or stays in its place holds the scan.
        pixels=rng.integers(1000, 1080, 64, dtype=np.uint16),
    )
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(SLICES):
        _slice(folder / f"{index:03d}.dcm", index, canaries, rng)
    (folder / "note.txt").write_text(
        f"Seen today: {canaries.words[5]}, a word of the note.\n", encoding="utf-8"
    )
    return canaries


def plant_state(path: Path, canaries: Canaries) -> None:
    """Write a presentation state of the slices 3 and 4 (from 0) to `path`: turned, windowed, behind a shutter; with names in its texts."""
    words, uids = canaries.words, canaries.uids
    ds = Dataset()
    ds.SOPClassUID = GrayscaleSoftcopyPresentationStateStorage
    ds.SOPInstanceUID = f"{uids[0]}.9"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uids[0], f"{uids[1]}.9"
    ds.Modality = "PR"
    ds.PatientName, ds.PatientID = f"{words[0]}^Test", words[1]
    ds.ContentLabel = "LUNG_WINDOW"
    ds.ContentDescription = words[4]
    ds.ContentCreatorName = words[3]
    ds.PresentationLUTShape = "IDENTITY"
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = -1024, 1, "HU"
    series, window, area, drawing, circle, said = (Dataset() for _ in range(6))
    references = []
    for index in (3, 4):
        reference = Dataset()
        reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = CTImageStorage, uids[3 + index]
        references.append(reference)
    series.SeriesInstanceUID, series.ReferencedImageSequence = uids[1], Sequence(references)
    ds.ReferencedSeriesSequence = Sequence([series])
    window.WindowCenter, window.WindowWidth = 20, 160
    ds.SoftcopyVOILUTSequence = Sequence([window])
    area.DisplayedAreaTopLeftHandCorner, area.DisplayedAreaBottomRightHandCorner = [41, 21], [216, 236]
    area.PresentationSizeMode = "SCALE TO FIT"
    area.PresentationPixelAspectRatio = [1, 1]
    ds.DisplayedAreaSelectionSequence = Sequence([area])
    circle.GraphicAnnotationUnits, circle.GraphicType, circle.GraphicFilled = "PIXEL", "CIRCLE", "N"
    circle.GraphicDimensions, circle.NumberOfGraphicPoints = 2, 2
    circle.GraphicData = [106.0, 120.0, 128.0, 120.0]
    said.UnformattedTextValue = words[3]
    said.AnchorPointAnnotationUnits, said.AnchorPoint, said.AnchorPointVisibility = "PIXEL", [30.0, 30.0], "Y"
    drawing.GraphicLayer = "ONE"
    drawing.GraphicObjectSequence, drawing.TextObjectSequence = Sequence([circle]), Sequence([said])
    ds.GraphicAnnotationSequence = Sequence([drawing])
    ds.ImageRotation, ds.ImageHorizontalFlip = 90, "N"
    ds.ShutterShape = "CIRCULAR"
    ds.CenterOfCircularShutter, ds.RadiusOfCircularShutter = [128, 128], 96
    ds.ShutterPresentationValue = 0
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    pydicom.dcmwrite(path, ds, enforce_file_format=True)


def _slice(path: Path, index: int, canaries: Canaries, rng: np.random.Generator) -> None:
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(float)
    radius = np.hypot(x - SIDE / 2, y - SIDE / 2)
    values = np.where(radius < 100, 1040 + 60 * np.cos(radius / 6 + index), 24.0)
    values += 400 * (np.hypot(x - 90 - 4 * index, y - 120) < 14)
    pixels = np.clip(values + rng.normal(0, 8, values.shape), 0, 4095).astype(np.uint16)
    pixels[190 + index, 64:128] = canaries.pixels
    words, uids = canaries.words, canaries.uids
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID = uids[3 + index]
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = uids[0], uids[1], uids[2]
    ds.Modality = "CT"
    ds.PatientName = f"{words[0]}^Test"
    ds.PatientID = words[1]
    ds.InstitutionName = words[2]
    ds.ReferringPhysicianName = words[3]
    ds.SeriesDescription = words[4]
    ds.StudyDescription = words[4]
    ds.PatientBirthDate = "19500101"
    ds.StudyDate = "20260101"
    request = Dataset()
    request.RequestedProcedureDescription = words[4]
    ds.RequestAttributesSequence = Sequence([request])
    block = ds.private_block(0x0011, "CANARY", create=True)
    block.add_new(0x01, "LO", words[6])
    ds.InstanceNumber = SLICES - index  # against the geometry on purpose
    ds.ImagePositionPatient = [-100.0, -100.0, 2.5 * index]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing = [0.8, 0.8]
    ds.SliceThickness = 2.5
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows = ds.Columns = SIDE
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.RescaleIntercept, ds.RescaleSlope = -1024, 1
    ds.WindowCenter, ds.WindowWidth = [40, -600], [400, 1500]
    ds.PixelData = pixels.tobytes()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    pydicom.dcmwrite(path, ds, enforce_file_format=True)
