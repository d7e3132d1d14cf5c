"""Standardized uptake value by body weight, as QIBA's profile for FDG-PET computes it from PS3.3 C.8.9."""

from datetime import date, datetime, timedelta
from typing import Any

from pydicom.dataset import Dataset

from viewer.imaging.attributes import float_at, number, text

_DAY = timedelta(days=1)
_PHILIPS_SUV, _PHILIPS_ACTIVITY = (0x7053, 0x1000), (0x7053, 0x1009)


def suv_per_unit(dataset: Dataset) -> float | None:
    """What a rescaled value is multiplied by to be g/ml of body weight; None where the header does not say enough.

    Corrected for attenuation and decay only; images in g/ml already have 1.
    """
    corrected = {str(each).strip() for each in _values(dataset, "CorrectedImage")}
    units = text(dataset, "Units").upper()
    if units == "GML":
        return 1.0
    if not {"ATTN", "DECY"} <= corrected:
        return None
    if units == "CNTS":
        return _philips(dataset)
    return _by_weight(dataset) if units == "BQML" else None


def _philips(dataset: Dataset) -> float | None:
    direct = float_at(dataset, *_PHILIPS_SUV)
    if direct:
        return direct
    activity, weight = float_at(dataset, *_PHILIPS_ACTIVITY), _by_weight(dataset)
    return activity * weight if activity and weight else None


def _by_weight(dataset: Dataset) -> float | None:
    weight_kg = number(dataset, "PatientWeight")
    dose = _decayed_dose(dataset)
    if weight_kg is None or weight_kg <= 0 or dose is None or dose <= 0:
        return None
    return weight_kg * 1000 / dose


def _decayed_dose(dataset: Dataset) -> float | None:
    """The injected dose in Bq, as it is at the time that the values are corrected to."""
    injections = _values(dataset, "RadiopharmaceuticalInformationSequence")
    if not injections:
        return None
    injection = injections[0]
    dose = number(injection, "RadionuclideTotalDose")
    half_life_s = number(injection, "RadionuclideHalfLife")
    correction = text(dataset, "DecayCorrection").upper()
    if correction == "ADMIN":
        return dose
    injected, scanned = _injected(dataset, injection), _scanned(dataset)
    if (
        correction != "START"
        or dose is None
        or not half_life_s
        or half_life_s <= 0
        or injected is None
        or scanned is None
    ):
        return None
    waited = (scanned - injected).total_seconds()
    return float(dose * 2 ** (-waited / half_life_s)) if 0 <= waited < 5 * _DAY.total_seconds() else None


def _scanned(dataset: Dataset) -> datetime | None:
    """The start of the scan: that of the series, unless the image says that it was acquired before that."""
    series = _moment(text(dataset, "SeriesDate"), text(dataset, "SeriesTime"))
    acquired = _moment(text(dataset, "AcquisitionDate"), text(dataset, "AcquisitionTime"))
    if series is not None and (acquired is None or series <= acquired):
        return series
    return acquired  # the series was made anew later: the closest that is left


def _injected(dataset: Dataset, injection: Dataset) -> datetime | None:
    stamp = text(injection, "RadiopharmaceuticalStartDateTime")
    if stamp:
        return _moment(stamp[:8], stamp[8:].split("+")[0].split("-")[0])
    scanned = _scanned(dataset)
    clock = text(injection, "RadiopharmaceuticalStartTime")
    if scanned is None or not clock:
        return None
    found = _moment(scanned.strftime("%Y%m%d"), clock)
    return found - _DAY if found is not None and found > scanned else found  # injected before midnight


def _moment(day: str, clock: str) -> datetime | None:
    """DA and TM, PS3.5 6.2."""
    clock = clock.replace(":", "")
    try:
        found = date(int(day[:4]), int(day[4:6]), int(day[6:8]))
        seconds = float(clock[4:] or 0) + 60 * int(clock[2:4] or 0) + 3600 * int(clock[:2])
    except ValueError:
        return None
    return datetime(found.year, found.month, found.day) + timedelta(seconds=seconds)  # noqa: DTZ001 - both ends are local


def _values(dataset: Dataset, keyword: str) -> list[Any]:
    try:
        value = dataset.get(keyword)
        return [] if value is None else [value] if isinstance(value, str) else list(value)
    except Exception:  # noqa: BLE001 - pydicom raises whatever a damaged value leads it to
        return []
