"""How much burned-in text is covered, over new seeds; and that clean series are not held. Minutes: `make soak`."""

import importlib.util
from pathlib import Path

import pytest

from tests.accuracy.burned_in_sets import judge, make, pictures, total
from tests.viewer.detecting import detectors
from viewer.imaging.reading import read
from viewer.masking.applying import DicomSource, apply_stack
from viewer.masking.masked import Masked
from viewer.masking.profile import BASIC
from viewer.masking.pseudonyms import derive_keys
from viewer.masking.verdict import Reason

FONTS = Path("/usr/share/fonts/truetype")
CLEAN = ("ct-phantom-64", "ct-head-28", "mr-t1w-96")


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.skipif(
    importlib.util.find_spec("faker") is None, reason="no Faker: it is in requirements-dev.lock"
)
@pytest.mark.skipif(
    not (FONTS / "liberation").is_dir(), reason="no fonts-liberation: deploy/test-tools.sh installs it"
)
def test_burned_in_text_is_covered(shared: Path, tmp_path: Path) -> None:
    judged = [judge(path, detectors()) for path in pictures(make(shared, tmp_path, 88, seed=40_011))]
    found, misses = total(judged), [missed for each in judged for missed in each.missed]
    assert found.strong_missed <= 0.005 * found.strong, misses
    assert found.missed <= 0.03 * found.items, misses
    assert found.outside <= 0.03
    assert not found.unseen


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("series", CLEAN)
def test_a_clean_series_is_not_held_for_text(series: str, shared_data: Path) -> None:
    files = sorted((shared_data / "dicom" / series).glob("*.dcm"))
    sources = [DicomSource(dataset=read(file.read_bytes()), origin=file.name) for file in files]
    results = apply_stack(sources, BASIC, derive_keys(bytes(32), ""), detectors())
    seen = {Reason.LETTERING, Reason.DISAGREEMENT}
    assert all(isinstance(result, Masked) and seen.isdisjoint(result.reasons) for result in results)
