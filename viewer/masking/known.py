"""Values of a header that name somebody: what burned-in text is compared with, and the result is searched for."""

from collections.abc import Iterator

from pydicom.dataset import Dataset

_KEYWORDS = (
    "PatientName",
    "PatientID",
    "OtherPatientIDs",
    "OtherPatientNames",
    "PatientBirthDate",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "AccessionNumber",
    "StudyID",
    "AdmissionID",
    "InstitutionName",
    "InstitutionAddress",
    "ReferringPhysicianName",
    "PerformingPhysicianName",
    "OperatorsName",
    "StationName",
    "DeviceSerialNumber",
)
_MAX_CHARACTERS = 128


def known_values(dataset: Dataset) -> tuple[tuple[str, str], ...]:
    """(keyword, value), without empty values; a damaged value counts as absent."""
    return tuple((keyword, value) for keyword in _KEYWORDS for value in _values(dataset, keyword))


def _values(dataset: Dataset, keyword: str) -> Iterator[str]:
    try:
        value = dataset.get(keyword)
        several = value is not None and not isinstance(value, str | bytes) and hasattr(value, "__iter__")
        parts = list(value) if several and not hasattr(value, "components") else [value]
        texts = [str(part).strip()[:_MAX_CHARACTERS] for part in parts if part is not None]
    except Exception:  # noqa: BLE001 - pydicom raises whatever a damaged value leads it to
        return
    yield from (text for text in texts if text)
