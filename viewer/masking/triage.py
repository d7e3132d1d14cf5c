"""Which files may go on by themselves: by SOP class and tags, and no by default.

BurnedInAnnotation NO is ignored (it is missing or wrong in most real files); YES holds.
"""

from dataclasses import dataclass
from enum import StrEnum

from pydicom import uid
from pydicom.dataset import Dataset

from viewer.masking.verdict import Reason, Verdict


class Kind(StrEnum):
    """What a file holds, as far as triage cares."""

    SECTION = "section"  # CT, MR, PT, NM: reconstructed from measurements
    RADIOGRAPH = "radiograph"  # CR, DX, MG: exposed, often with markers


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """The verdict by kind; a released `kind` must still be searched for lettering. None: no rule knows it."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    kind: Kind | None = None


_GOES_ON: dict[str, tuple[Kind, str]] = {
    uid.CTImageStorage: (Kind.SECTION, "CT"),
    uid.EnhancedCTImageStorage: (Kind.SECTION, "CT"),
    uid.MRImageStorage: (Kind.SECTION, "MR"),
    uid.EnhancedMRImageStorage: (Kind.SECTION, "MR"),
    uid.PositronEmissionTomographyImageStorage: (Kind.SECTION, "PT"),
    uid.EnhancedPETImageStorage: (Kind.SECTION, "PT"),
    uid.NuclearMedicineImageStorage: (Kind.SECTION, "NM"),
    uid.ComputedRadiographyImageStorage: (Kind.RADIOGRAPH, "CR"),
    uid.DigitalXRayImageStorageForPresentation: (Kind.RADIOGRAPH, "DX"),
    uid.DigitalXRayImageStorageForProcessing: (Kind.RADIOGRAPH, "DX"),
    uid.DigitalMammographyXRayImageStorageForPresentation: (Kind.RADIOGRAPH, "MG"),
    uid.DigitalMammographyXRayImageStorageForProcessing: (Kind.RADIOGRAPH, "MG"),
}

# By the words of the SOP class's name in PS3.6; the first that fits counts.
_REJECTED_NAMES = (
    ("Encapsulated", Reason.DOCUMENT),
    ("Waveform", Reason.WAVEFORM),
    ("Presentation State", Reason.STATE),
    ("Raw Data", Reason.RAW_DATA),
    (" SR ", Reason.REPORT),
    ("Report", Reason.REPORT),
    ("Key Object", Reason.REPORT),
    ("RT Plan", Reason.PLAN),
    ("RT Ion Plan", Reason.PLAN),
    ("RT Structure", Reason.PLAN),
    ("Directory", Reason.INDEX),
)
_HELD_NAMES = (
    ("Ultrasound", Reason.ULTRASOUND),
    ("Secondary Capture", Reason.CAPTURE),
    ("Slide", Reason.SLIDE),
    ("VL ", Reason.PHOTOGRAPH),
    ("Video", Reason.PHOTOGRAPH),
    ("Photograph", Reason.PHOTOGRAPH),
    ("Angiographic", Reason.ANGIOGRAPHY),
    ("Radiofluoroscopic", Reason.ANGIOGRAPHY),
)

_DRAWN = ("SCREEN", "CAPTURE", "DOSE", "REPORT", "PROTOCOL", "GRAPH", "RENDER", "EDITOR", "VRT")


def triage(dataset: Dataset) -> Triage:
    """The verdict on a file before its pixels are looked at."""
    sop_class = _text(dataset, "SOPClassUID")
    name = uid.UID(sop_class).name if sop_class else ""
    rejection = next((reason for words, reason in _REJECTED_NAMES if words in name), None)
    if rejection is None and not _has_pixels(dataset):
        rejection = Reason.NO_PICTURE
    if rejection is not None:
        return Triage(verdict=Verdict.REJECTED, reasons=(rejection,))
    reasons = _doubts(dataset, sop_class, name)
    kind = _GOES_ON[sop_class][0] if sop_class in _GOES_ON else None
    return Triage(verdict=Verdict.HELD if reasons else Verdict.RELEASED, reasons=reasons, kind=kind)


def _doubts(dataset: Dataset, sop_class: str, name: str) -> tuple[Reason, ...]:
    found = []
    rule = _GOES_ON.get(sop_class)
    if rule is None:
        found.append(next((reason for words, reason in _HELD_NAMES if words in name), Reason.KIND_UNKNOWN))
    else:
        kind, modality = rule
        found += _origin_doubts(dataset, kind, modality)
        if _text(dataset, "ConversionType"):  # an attribute of secondary captures, PS3.3 C.8.6.1
            found.append(Reason.CAPTURE)
    if _text(dataset, "BurnedInAnnotation") not in {"", "NO"}:
        found.append(Reason.BURNED_IN)
    if _text(dataset, "RecognizableVisualFeatures") not in {"", "NO"}:
        found.append(Reason.FACE)
    return tuple(found)


def _origin_doubts(dataset: Dataset, kind: Kind, modality: str) -> list[Reason]:
    found = []
    if _text(dataset, "Modality") != modality:
        found.append(Reason.MODALITY)
    if not _text(dataset, "PhotometricInterpretation").startswith("MONOCHROME"):
        found.append(Reason.COLOUR)
    values = _words(dataset, "ImageType")
    if not values or values[0] not in {"ORIGINAL", "DERIVED", "MIXED"}:
        found.append(Reason.TYPE_UNKNOWN)
    elif _is_capture(values, kind, modality):
        found.append(Reason.DERIVED)
    return found


def _is_capture(values: list[str], kind: Kind, modality: str) -> bool:
    """Whether ImageType says that a person or a program drew the picture: PS3.3 C.7.6.1.1.2."""
    words = " ".join(values[2:])
    drawn = any(word in words for word in _DRAWN)
    secondary = len(values) > 1 and values[1] not in {"PRIMARY", ""}
    # Many MR and PT scanners call every computed series SECONDARY; those are still measurements.
    return drawn or (secondary and (kind is Kind.RADIOGRAPH or modality == "CT"))


def _has_pixels(dataset: Dataset) -> bool:
    return any(keyword in dataset for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"))


def _text(dataset: Dataset, keyword: str) -> str:
    words = _words(dataset, keyword)
    return words[0] if words else ""


def _words(dataset: Dataset, keyword: str) -> list[str]:
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001 - pydicom raises whatever a damaged value leads it to; doubt holds
        return ["?"]
    if value is None:
        return []
    parts = [value] if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__") else list(value)
    return [str(part).strip().upper() for part in parts]
