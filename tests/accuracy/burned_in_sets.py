"""Pictures with burned-in text by the public generator, and how much of it is covered by what masks files."""

import importlib.util
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
from PIL import Image
from pydicom import Dataset, dcmread

from tests.viewer.dicom_files import shipped
from viewer.imaging.decoding import decode
from viewer.imaging.reading import read
from viewer.masking.applying import DicomSource, apply
from viewer.masking.detectors import Detectors
from viewer.masking.profile import BASIC
from viewer.masking.pseudonyms import derive_keys
from viewer.masking.verdict import Reason, Verdict

FULL = 0.95  # of the ink
_SEEN = frozenset({Reason.LETTERING, Reason.DISAGREEMENT, Reason.DETECTOR})
_STRONG = 10  # px of its letters
_MARGIN = 6  # px around an item that count as text


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """An item that was not fully covered; `covered`: share of its ink."""

    covered: float
    text: str
    style: str
    size: int
    where: str
    is_strong: bool


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One picture. `strong`: items with letters of 10 px and more, 60 grey levels and more; `outside`: share filled
    outside of text; `seconds`: of CPU. `is_seen`: for text in it, it would be held whatever else it is.
    """

    name: str
    verdict: Verdict
    is_seen: bool
    items: int
    strong: int
    missed: tuple[Missed, ...]
    outside: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Sums over pictures. `unseen`: names of those with text, of which nothing was seen: released, or held for their kind
    alone.
    """

    pictures: int
    items: int
    missed: int
    strong: int
    strong_missed: int
    outside: float
    seconds: float
    released: int
    unseen: tuple[str, ...]

    def __str__(self) -> str:
        """One line."""
        strong, every = (
            f"{missed} of {count} ({100 * (1 - missed / max(count, 1)):.2f} % covered)"
            for missed, count in ((self.strong_missed, self.strong), (self.missed, self.items))
        )
        return (
            f"{self.pictures} pictures: strong items missed {strong}, all items {every}, outside of text"
            f" {100 * self.outside:.2f} %, {self.seconds:.2f} CPU s a picture, {self.released} released,"
            f" unseen {len(self.unseen)}"
        )


def backgrounds(shared: Path, folder: Path, names: Sequence[str]) -> None:
    """8-bit PNGs of public files, as the generator's `make_backgrounds.py` makes them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {path.stem: path for path in (*shipped(), *shared.glob("data/dicom/*/*.dcm"))}
    for name in names:
        frame = decode(read(files[name].read_bytes()), 0)
        values = frame.pixels.astype(float)
        values = values.mean(axis=-1) if values.ndim == 3 else values
        low, high = np.percentile(values, [1, 99.5])
        levels = np.clip((values - low) / max(high - low, 1e-6), 0, 1) * 255
        if frame.presentation.photometric == "MONOCHROME1":
            levels = 255 - levels
        Image.fromarray(levels.astype(np.uint8)).save(folder / f"{name}.png")


def generator(shared: Path) -> ModuleType:
    """The generator's module. It needs Faker, and the DejaVu and Liberation fonts."""
    path = shared / "bench" / "masking" / "burned_in_set.py"
    spec = importlib.util.spec_from_file_location("burned_in_set", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make(shared: Path, folder: Path, count: int, seed: int) -> Path:
    """A folder of `count` pictures with their truth."""
    module = generator(shared)
    backgrounds(shared, folder / "bg", module.BG)
    module.main(str(folder / "bg"), str(folder / "set"), count, seed)
    return folder / "set"


def pictures(folder: Path) -> list[Path]:
    """Their truth files, in order."""
    return sorted(folder.glob("[0-9]*.json"), key=lambda path: int(path.stem))


def judge(path: Path, detectors: Detectors) -> Judged:
    """The picture whose truth is `path`, masked as the file that the generator wrote: a capture."""
    return judge_file(path, dcmread(path.with_suffix(".dcm")), detectors)


def judge_file(path: Path, dataset: Dataset, detectors: Detectors) -> Judged:
    """`dataset` with the picture whose truth is `path`, masked as the command and the server do."""
    ink = np.array(Image.open(path.with_suffix(".mask.png")))
    items = json.loads(path.read_text())["items"]
    began = time.process_time()
    masked = apply(DicomSource(dataset=dataset, origin=""), BASIC, derive_keys(bytes(32), ""), detectors)
    seconds = time.process_time() - began
    filled = np.zeros(ink.shape, bool)
    for box in masked.regions if masked.verdict is not Verdict.RELEASED else ():
        filled[box.y : box.y + box.height, box.x : box.x + box.width] = True
    text = np.zeros(ink.shape, bool)
    missed = []
    for window, item in _windows(items):
        text[window] = True
        own = ink == item["id"]
        covered = float(filled[own].mean()) if own.any() else 1.0
        if covered < FULL:
            missed.append(_missed(item, covered))
    return Judged(
        name=path.stem,
        verdict=masked.verdict,
        is_seen=not _SEEN.isdisjoint(masked.reasons),
        items=len(items),
        strong=sum(map(is_strong, items)),
        missed=tuple(missed),
        outside=float((filled & ~text).mean()),
        seconds=seconds,
    )


def total(judged: Sequence[Judged]) -> Score:
    """Their sums."""
    return Score(
        pictures=len(judged),
        items=sum(each.items for each in judged),
        missed=sum(len(each.missed) for each in judged),
        strong=sum(each.strong for each in judged),
        strong_missed=sum(miss.is_strong for each in judged for miss in each.missed),
        outside=float(np.mean([each.outside for each in judged])),
        seconds=float(np.mean([each.seconds for each in judged])),
        released=sum(each.verdict is Verdict.RELEASED for each in judged),
        unseen=tuple(each.name for each in judged if each.items and not each.is_seen),
    )


def _missed(item: dict[str, Any], covered: float) -> Missed:
    return Missed(
        covered=round(covered, 3),
        text=item["text"],
        style=item["style"],
        size=item["size"],
        where=item["where"],
        is_strong=is_strong(item),
    )


def is_strong(item: dict[str, Any]) -> bool:
    """Whether its letters are of 10 px and more, 60 grey levels and more."""
    return bool(item["glyph_h"] >= _STRONG and item["style"] != "dim30")


def _windows(items: list[dict[str, Any]]) -> Iterator[tuple[tuple[slice, slice], dict[str, Any]]]:
    for item in items:
        x, y, width, height = item["box"]
        yield (
            (
                slice(max(0, y - _MARGIN), y + height + _MARGIN),
                slice(max(0, x - _MARGIN), x + width + _MARGIN),
            ),
            item,
        )
