"""Every picture that others made of the shared files, and every digest of their stored values: ours are the same.

`reference/renderings.json` says by which command each was made. The mode to compare in is LINEAR, rounded down.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset

from tests.viewer import dcmtk
from viewer.imaging.decoding import decode
from viewer.imaging.pixel_header import pixel_header
from viewer.imaging.presentation import Rounding, Window, WindowFunction
from viewer.imaging.reading import read
from viewer.imaging.rendition import levels, rendition
from viewer.imaging.stored import PixelSource, stored_values

FOLDERS = (
    "bit-depth",
    "burned-in-phi",
    "cine",
    "colour",
    "ct-head-28",
    "ct-phantom-64",
    "derived",
    "header",
    "large",
    "luts",
    "mr-t1w-96",
    "overlays",
    "palette",
    "transfer-syntax",
    "wsi",
)


@pytest.fixture(scope="module")
def renderings(shared_data: Path) -> list[dict[str, Any]]:
    return list(json.loads((shared_data / "reference" / "renderings.json").read_text()))


def _pictures(
    rendering: dict[str, Any], kind: str, data: Path
) -> Iterator[tuple[dict[str, Any], NDArray[np.uint8]]]:
    for made in rendering.get(kind, []):
        yield made, np.asarray(Image.open(data / made["png"]))


def _ours(dataset: Dataset, index: int, command: str) -> NDArray[np.uint8]:
    """Our picture in the mode of dcmtk's `command`."""
    frame = decode(dataset, index)
    window = (
        dcmtk.full_window(frame) if "+Wm" in command and frame.presentation.photometric != "RGB" else None
    )
    if "-O" in command.split():
        return levels(frame, window, Rounding.FLOOR)
    return rendition(dataset, index, window, Rounding.FLOOR)


@pytest.mark.parametrize("folder", FOLDERS)
def test_dcmtk_renderings(folder: str, renderings: list[dict[str, Any]], shared_data: Path) -> None:
    seen, wrong = 0, []
    for rendering in renderings:
        if rendering["path"].split("/")[1] != folder:
            continue
        dataset = read((shared_data / rendering["path"]).read_bytes())
        for made, theirs in _pictures(rendering, "dcmtk_renderings", shared_data):
            ours = _ours(dataset, made["frame"] - 1, made["command"])
            off = dcmtk.difference(ours, theirs)
            if off > dcmtk.tolerance(rendering["photometric"], rendering["ts"]) and not _is_flat(theirs):
                wrong.append(f"{made['png']}: {off}")
            seen += 1
    assert seen
    assert not wrong


def _is_flat(picture: NDArray[np.uint8]) -> bool:
    """Of one value: `+Wm` has no window to make then, and dcmtk takes the full range of the bits."""
    return bool((picture == picture.flat[0]).all())


def test_openjpeg_renderings(renderings: list[dict[str, Any]], shared_data: Path) -> None:
    seen = 0
    for rendering in renderings:
        for made, theirs in _pictures(rendering, "openjpeg_renderings", shared_data):
            dataset = read((shared_data / rendering["path"]).read_bytes())
            assert dcmtk.difference(rendition(dataset, made["frame"] - 1, None), theirs) == 0
            seen += 1
    assert seen


def test_orthanc_renderings(renderings: list[dict[str, Any]], shared_data: Path) -> None:
    """Orthanc is LINEAR_EXACT, rounded down, wherever it honours the header's window and does not scale."""
    seen, wrong = 0, []
    for rendering in renderings:
        path = shared_data / rendering["path"]
        for made, theirs in _pictures(rendering, "orthanc_renderings", shared_data):
            if "width=" in made["request"]:
                continue
            frame = decode(read(path.read_bytes()), made["frame"] - 1)
            windows = frame.presentation.windows
            if not windows or frame.presentation.voi_luts or path.name in ORTHANC_IGNORES_THE_WINDOW:
                continue
            exact = Window(
                center=windows[0].center, width=windows[0].width, function=WindowFunction.LINEAR_EXACT
            )
            off = dcmtk.difference(levels(frame, exact, Rounding.FLOOR), theirs)
            seen += 1
            if off:
                wrong.append(f"{made['png']}: {off}")
    assert seen > 20
    assert not wrong


ORTHANC_IGNORES_THE_WINDOW = frozenset(
    {"eCT_Supplemental.dcm", "ct0012_fragmented_no_bot.dcm"}
)  # per-frame groups


@pytest.mark.parametrize("kind", ["lossless", "series"])
def test_digests_of_stored_values(kind: str, shared_data: Path) -> None:
    digests = json.loads((shared_data / "reference" / "pixel-digests.json").read_text())
    series = ("dicom/ct-", "dicom/mr-")
    seen, wrong = 0, []
    for entry in digests:
        if entry["path"].startswith(series) != (kind == "series") or not entry.get("pydicom"):
            continue
        if _digest(read((shared_data / entry["path"]).read_bytes())) != entry["pydicom"]:
            wrong.append(entry["path"])
        seen += 1
    assert seen
    assert not wrong


def _digest(dataset: Dataset) -> str:
    header = pixel_header(dataset)
    source = PixelSource(dataset, header)
    digest = hashlib.sha256()
    for index in range(header.frames):
        values = stored_values(source.cells(index), header, is_placed=source.is_placed(index))
        digest.update(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()
