"""Pictures with burned-in text by the public generator, and how much of it the detectors cover."""

import importlib.util
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import numpy as np
from PIL import Image

from tests.viewer.dicom_files import shipped
from viewer.imaging.decoding import decode
from viewer.imaging.presentation import Presentation
from viewer.imaging.reading import read
from viewer.masking.detectors import Detectors
from viewer.masking.image import MaskedFrame
from viewer.masking.settling import settle
from viewer.masking.triage import Triage
from viewer.masking.verdict import Reason, Verdict

FULL = 0.95  # of the ink


@dataclass(slots=True)
class Score:
    """`strong`: letters of 10 px and more, 60 grey levels and more. `outside`: share of each picture filled outside of text."""

    items: int = 0
    missed: int = 0
    strong: int = 0
    strong_missed: int = 0
    unheld: int = 0  # pictures with text that nothing would hold
    outside: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)


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


def score(folder: Path, detectors: Detectors) -> Score:
    """Of every picture in `folder`, as a capture."""
    found = Score()
    for path in sorted(folder.glob("???.json")):
        _add(found, path, detectors)
    return found


def _add(found: Score, path: Path, detectors: Detectors) -> None:
    picture = np.array(Image.open(path.with_suffix(".png")))
    ink = np.array(Image.open(path.with_suffix(".mask.png")))
    items = json.loads(path.read_text())["items"]
    frame = MaskedFrame(pixels=picture, offset=0, presentation=Presentation(photometric="MONOCHROME2"))
    began = time.process_time()
    settled = settle(Triage(verdict=Verdict.RELEASED), (frame,), detectors)
    found.seconds.append(time.process_time() - began)
    filled = np.zeros(picture.shape, bool)
    for box in settled.regions:
        filled[box.y : box.y + box.height, box.x : box.x + box.width] = True
    text = np.zeros(picture.shape, bool)
    for window, item in _windows(items):
        text[window] = True
        own = ink == item["id"]
        covered = float(filled[own].mean()) if own.any() else 1.0
        strong = item["glyph_h"] >= 10 and item["style"] != "dim30"
        found.items += 1
        found.strong += strong
        if covered < FULL:
            found.missed += 1
            found.strong_missed += strong
            found.misses.append(
                f"{path.stem} {covered:.2f} {item['text']} {item['style']} {item['size']} {item['where']}"
            )
    found.outside.append(float((filled & ~text).mean()))
    found.unheld += bool(items) and Reason.LETTERING not in settled.triage.reasons


def _windows(items: list[dict[str, object]]) -> Iterator[tuple[tuple[slice, slice], dict[str, object]]]:
    for item in items:
        x, y, width, height = item["box"]  # type: ignore[misc]
        yield (slice(max(0, y - 6), y + height + 6), slice(max(0, x - 6), x + width + 6)), item
