"""SUV by body weight: the worked values of the formula, and silence where a header does not say enough."""

import numpy as np
import pytest
from pydicom.dataset import Dataset

from tests.viewer import dicom_files
from viewer.imaging.decoding import decode
from viewer.imaging.uptake import suv_per_unit

HALF_LIFE_F18 = 6586.2


def _header(**changes: object) -> Dataset:
    injection, ds = Dataset(), Dataset()
    injection.RadionuclideTotalDose = 370e6
    injection.RadionuclideHalfLife = HALF_LIFE_F18
    injection.RadiopharmaceuticalStartTime = "093000"
    ds.Modality, ds.Units, ds.DecayCorrection = "PT", "BQML", "START"
    ds.CorrectedImage = ["DECY", "ATTN", "SCAT"]
    ds.SeriesDate = ds.AcquisitionDate = "20240301"
    ds.SeriesTime, ds.AcquisitionTime = "103000", "103500"
    ds.PatientWeight = 70
    ds.RadiopharmaceuticalInformationSequence = [injection]
    for keyword, value in changes.items():
        target = (
            injection
            if (keyword.startswith("Radio") and keyword in injection) or "StartDateTime" in keyword
            else ds
        )
        if value is None:
            delattr(target, keyword)
        else:
            setattr(target, keyword, value)
    return ds


def _factor(waited_s: float) -> float:
    return 70 * 1000 / (370e6 * 2 ** (-waited_s / HALF_LIFE_F18))


@pytest.mark.filterwarnings("ignore:Invalid value for VR TM")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, _factor(3600)),
        ({"DecayCorrection": "ADMIN"}, _factor(0)),
        ({"Units": "GML"}, 1.0),
        ({"RadiopharmaceuticalStartDateTime": "20240301083000.00"}, _factor(7200)),
        ({"RadiopharmaceuticalStartTime": "233000"}, _factor(11 * 3600)),  # before midnight
        ({"SeriesTime": "110000"}, _factor(3900)),  # made anew after the acquisition
        ({"PatientWeight": 140}, 2 * _factor(3600)),
        ({"PatientWeight": None}, None),
        ({"PatientWeight": 0}, None),
        ({"Units": "PROPCPS"}, None),
        ({"CorrectedImage": ["DECY"]}, None),
        ({"CorrectedImage": "ATTN"}, None),
        ({"DecayCorrection": "NONE"}, None),
        ({"RadionuclideTotalDose": None}, None),
        ({"RadionuclideTotalDose": 0}, None),
        ({"RadionuclideHalfLife": None}, None),
        ({"RadionuclideHalfLife": -1}, None),
        ({"RadiopharmaceuticalStartTime": None}, None),
        ({"RadiopharmaceuticalStartTime": "noon"}, None),
        ({"SeriesDate": None, "AcquisitionDate": None}, None),
        ({"RadiopharmaceuticalInformationSequence": []}, None),
        ({"RadiopharmaceuticalStartDateTime": "20240315083000"}, None),  # after the scan
    ],
)
def test_the_factor(changes: dict[str, object], expected: float | None) -> None:
    found = suv_per_unit(_header(**changes))
    assert found == (None if expected is None else pytest.approx(expected, rel=1e-9))


def test_a_patient_of_one_gram_a_millilitre_has_one_everywhere() -> None:
    """The whole decayed dose spread evenly over the body is an SUV of 1: that is what the number means."""
    decayed = 370e6 * 2 ** (-3600 / HALF_LIFE_F18)
    factor = suv_per_unit(_header())
    assert factor is not None
    assert decayed / 70_000 * factor == pytest.approx(1.0)


def test_the_private_factors_of_counts() -> None:
    ds = _header(Units="CNTS")
    assert suv_per_unit(ds) is None
    ds.add_new((0x7053, 0x1009), "DS", "2.5")
    assert suv_per_unit(ds) == pytest.approx(2.5 * _factor(3600))
    ds.add_new((0x7053, 0x1000), "DS", "0.001")
    assert suv_per_unit(ds) == pytest.approx(0.001)


def test_a_decoded_frame_carries_it() -> None:
    ds = dicom_files.dataset(np.arange(64).reshape(8, 8))
    ds.update(_header())
    presentation = decode(ds, 0).presentation
    assert presentation.unit == "Bq/ml"
    assert presentation.suv_per_unit == pytest.approx(_factor(3600))
    ds.Modality = "CT"
    assert decode(ds, 0).presentation.suv_per_unit is None
