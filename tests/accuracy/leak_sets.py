"""Scans of kinds that are released by themselves, with one line of text in each, or several: is any of them released?

What the generator wrote on a public picture is taken apart: each of its lines stands alone on one scan, since the others
would hold it. Scans are small, and the search ends as soon as it has seen enough to hold: so thousands take an hour.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import Dataset, uid

from tests.accuracy.burned_in_sets import backgrounds, generator, pictures
from tests.viewer import dicom_files
from viewer.imaging.decoding import decode
from viewer.imaging.reading import read
from viewer.masking.areas import Area
from viewer.masking.detectors import Detector, Detectors, Reader
from viewer.masking.lines import Line
from viewer.masking.look import Grey8, Look
from viewer.masking.recognition import Reading, may_stay

_SIDES = (192, 256, 320, 448)  # px
_SERIES = ("ct-head-28", "ct-phantom-64", "mr-t1w-96")
_EVERY = 4  # slices of these
_CLEAR = (5, 0.85)  # letters and certainty: what counts as text wherever it is found, however large

Grey = NDArray[np.uint8]


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """One scan with text. `lines`: how many; `text`, `style`, `size`, `where` of the only one."""

    name: str
    kind: str
    is_released: bool
    lines: int
    text: str = ""
    style: str = ""
    size: int = 0
    where: str = ""
    is_strong: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A scan in which `lines` are burned."""

    name: str
    kind: str
    dataset: Dataset
    lines: tuple[dict[str, Any], ...]


def make(shared: Path, folder: Path, count: int, seed: int) -> Path:
    """A folder of `count` pictures with their truth, on small public backgrounds."""
    module = generator(shared)
    grounds = folder / "bg"
    backgrounds(shared, grounds, module.BG)
    module.BG = _small(shared, grounds, seed)
    module.main(str(grounds), str(folder / "set"), count, seed)
    return folder / "set"


def planted(made: Path) -> Iterator[Planted]:
    """Of each picture the scan with every line, and one with each line alone."""
    for number, path in enumerate(pictures(made)):
        truth = json.loads(path.read_text())
        drawn = np.array(Image.open(path.with_suffix(".png")))
        plain = np.array(Image.open(made.parent / "bg" / f"{truth['bg']}.png").convert("L"))
        cases = [tuple(truth["items"]), *((item,) for item in truth["items"])]
        for case, lines in enumerate(cases):
            if not lines:
                continue
            levels = plain.copy()
            for item in lines:
                x, y, width, height = item["box"]
                levels[y : y + height, x : x + width] = drawn[y : y + height, x : x + width]
            kind = _KINDS[(number + case) % len(_KINDS)]
            yield Planted(
                name=f"{path.stem}.{case}",
                kind=kind,
                dataset=_scan(levels, kind, np.random.default_rng((number, case))),
                lines=lines,
            )


def whole(made: Path) -> Iterator[Planted]:
    """Each picture of `tests.accuracy.burned_in` as a scan with all of its lines."""
    for number, path in enumerate(pictures(made)):
        kind = _KINDS[number % len(_KINDS)]
        lines = tuple(json.loads(path.read_text())["items"])
        if lines:
            levels = np.array(Image.open(path.with_suffix(".png")))
            dataset = _scan(levels, kind, np.random.default_rng(number))
            yield Planted(name=f"{path.stem}.whole", kind=kind, dataset=dataset, lines=lines)


def until_seen(detectors: Detectors) -> Detectors:
    """`detectors` of which the first fails once something was read that holds: so the scan is held, sooner."""
    reader = _Remembering(detectors.reader)
    return replace(detectors, first=_Ending(detectors.first, reader), reader=reader)


class _Seen(Exception):
    """Enough was read."""


class _Remembering:
    def __init__(self, inner: Reader) -> None:
        self._inner, self.has_read = inner, False

    def read(self, line: Grey8) -> Reading:
        reading = self._inner.read(line)
        letters = sum(character.isalnum() for character in reading.text)
        clear = letters >= _CLEAR[0] and reading.certainty >= _CLEAR[1]
        self.has_read |= clear and not may_stay(reading.text, ())
        return reading


class _Ending:
    def __init__(self, inner: Detector, reader: _Remembering) -> None:
        self._inner, self._reader, self.title = inner, reader, inner.title

    def find(self, look: Look, share: float = 1.0) -> tuple[Area, ...]:
        if self._reader.has_read:
            self._reader.has_read = False
            raise _Seen
        return self._inner.find(look, share)

    def find_lines(self, look: Look, share: float = 1.0) -> tuple[Line, ...]:
        return self._inner.find_lines(look, share)


def _small(shared: Path, grounds: Path, seed: int) -> list[str]:
    """Names of squares of several sizes, cut from whole pictures and slices."""
    rng = np.random.default_rng(seed)
    whole = [np.array(Image.open(path).convert("L")) for path in sorted(grounds.glob("*.png"))]
    for series in _SERIES:
        files = sorted((shared / "data" / "dicom" / series).glob("*.dcm"))
        whole += [_levels(file) for file in files[:: max(1, len(files) // _EVERY)]]
    names = []
    for number, levels in enumerate(whole):
        side = int(rng.choice(_SIDES))
        shorter = min(levels.shape)
        part = int(shorter * rng.uniform(0.6, 1.0))
        top, left = (int(rng.integers(0, length - part + 1)) for length in levels.shape)
        cut = levels[top : top + part, left : left + part]
        way = cv2.INTER_AREA if part > side else cv2.INTER_CUBIC
        names.append(f"small-{number:02d}")
        Image.fromarray(cv2.resize(cut, (side, side), interpolation=way)).save(grounds / f"{names[-1]}.png")
    return names


def _levels(file: Path) -> Grey:
    values = decode(read(file.read_bytes()), 0).pixels.astype(float)
    low, high = np.percentile(values, [1, 99.5])
    scaled: Grey = (np.clip((values - low) / max(high - low, 1e-6), 0, 1) * 255).astype(np.uint8)
    return scaled


_KINDS = ("ct", "mr", "cr", "ct 8 bits", "dx")


def _scan(levels: Grey, kind: str, rng: np.random.Generator) -> Dataset:
    """`levels` as a scanner of `kind` would store them: signed, 12 bits, inverted, 8 bits, 14 bits."""
    fine = levels.astype(np.int32) * 8 + rng.integers(0, 8, levels.shape)
    given: dict[str, Any] = {
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "PatientID": "1",
        "RescaleSlope": 1,
        "RescaleIntercept": 0,
    }
    match kind:
        case "ct":
            return dicom_files.dataset((fine - 1024).astype(np.int16), bits=16, stored=16, **given)
        case "mr":
            return dicom_files.dataset(
                fine.astype(np.uint16), SOPClassUID=uid.MRImageStorage, **given, Modality="MR"
            )
        case "cr":
            return dicom_files.dataset(
                (2047 - fine).astype(np.uint16),
                photometric="MONOCHROME1",
                SOPClassUID=uid.ComputedRadiographyImageStorage,
                **given,
                Modality="CR",
            )
        case "ct 8 bits":
            return dicom_files.dataset(levels, bits=8, stored=8, **given)
        case _:
            return dicom_files.dataset(
                (fine * 8).astype(np.uint16),
                stored=14,
                SOPClassUID=uid.DigitalXRayImageStorageForPresentation,
                **given,
                Modality="DX",
            )
