"""What may be kept of a file, once it is masked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.imaging.geometry import Place
from viewer.masking.image import MaskedImage
from viewer.masking.offsets import Stretch
from viewer.masking.pixels import from_page
from viewer.masking.report import Box, Report
from viewer.masking.state import State
from viewer.masking.title import TEXT, title
from viewer.masking.verdict import Reason, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """What may be kept of a file.

    `image` is None for a rejected file, and for a text until its pages are drawn (`with_pages`); `text` is the
    masked text. `places` has one entry a frame. `series`: files with the same one are slices of one item; None for
    a file that is an item by itself. `modality`: of the vocabulary, or `picture`, `text`, `image`. `regions`: all
    that was filled; the report has the first of them. `header`: rebuilt, without pixels; it stays with whoever asked.
    `offsets`: of the masked text in the original. `instance`: what a presentation state calls the file; `state`: what may
    be kept of one, which is rejected as a picture. `pages`: of a text, the letters that each frame shows.
    """

    image: MaskedImage | None
    verdict: Verdict
    reasons: tuple[Reason, ...]
    report: Report
    subject: str
    series: str | None
    title: str
    modality: str
    places: tuple[Place | None, ...] = ()
    text: str | None = None
    regions: tuple[Box, ...] = ()
    header: Dataset | None = None
    offsets: tuple[Stretch, ...] = ()
    instance: str | None = None
    state: State | None = None
    pages: tuple[str, ...] = ()


def with_pages(masked: Masked, pages: Iterable[tuple[NDArray[np.uint8], str]]) -> Masked:
    """`masked` with its text drawn: 8-bit `pages`, grey or RGB, and the letters on each, made from `masked.text` and nothing else."""
    drawn = [(from_page(picture), letters) for picture, letters in pages]
    frames = tuple(frame for frame, _ in drawn)
    rows, columns = frames[0].pixels.shape[:2] if frames else (0, 0)
    return replace(
        masked,
        image=MaskedImage(frames=frames),
        places=(None,) * len(frames),
        title=title(TEXT, len(frames), rows, columns),
        pages=tuple(letters for _, letters in drawn),
    )
