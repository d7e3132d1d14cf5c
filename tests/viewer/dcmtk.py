"""The reference tools: dcmtk draws a frame, GDCM takes JPEG 2000 off first. Absent tools skip the test."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from viewer.imaging.image import RawFrame
from viewer.imaging.presentation import Window
from viewer.imaging.windowing import modality

Levels = NDArray[np.uint8]

_JPEG_LS, _JPEG_2000 = "1.2.840.10008.1.2.4.8", "1.2.840.10008.1.2.4.9"
YBR_TOLERANCE = 2  # levels: dcmtk puts the zero of Cb and Cr at 127.5, PS3.3 at 128


def tool(name: str) -> str:
    """The path of a tool."""
    path = shutil.which(name)
    if path is None:
        package = "libgdcm-tools" if name == "gdcmconv" else "dcmtk"
        pytest.skip(f"`{name}` is not installed (Debian: {package})")
    return path


def draw(file: Path, syntax: str, frame: int, arguments: Sequence[str], scratch: Path) -> Levels | str:
    """What dcmtk makes of frame `frame` (from 1); its last line of complaint if it makes nothing of it."""
    source, out = file, scratch / "dcmtk.png"
    out.unlink(missing_ok=True)
    if syntax.startswith(_JPEG_2000):
        if shutil.which("gdcmconv") is None:
            return "gdcmconv is not installed"
        source = scratch / "raw.dcm"
        if subprocess.run(
            ["gdcmconv", "--raw", "-i", file, "-o", source], capture_output=True, check=False
        ).returncode:
            return "gdcmconv failed"
    name = tool("dcml2pnm" if syntax.startswith(_JPEG_LS) else "dcmj2pnm")
    done = subprocess.run(
        [name, "+on", "+F", str(frame), *arguments, source, out],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode or not out.exists():
        return (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
    return np.asarray(Image.open(out))


def header_arguments(frame: RawFrame) -> list[str] | None:
    """What makes dcmtk use the header's first VOI LUT or window; None where there is none, [] for colour."""
    if frame.presentation.photometric == "RGB":
        return []
    if frame.presentation.voi_luts:
        return ["+Wl", "1"]
    return ["+Wi", "1"] if frame.presentation.windows else None


def full_window(frame: RawFrame) -> Window:
    """The window that dcmtk's `+Wm` makes: all values of the frame, linear."""
    values = np.trunc(modality(frame.pixels.astype(np.float64), frame.presentation))
    low, high = float(values.min()), float(values.max())
    return Window(center=(low + high + 1) / 2, width=high - low + 1)


def difference(ours: Levels, theirs: Levels) -> int:
    """The largest, in levels; grey and RGB compare as what they look like."""
    pair = [np.stack([each] * 3, axis=-1) if each.ndim == 2 else each for each in (ours, theirs)]
    assert pair[0].shape == pair[1].shape
    return int(np.abs(pair[0].astype(int) - pair[1].astype(int)).max())


def tolerance(photometric: str, syntax: str, stored: int = 8) -> int:
    """How far apart uncompressed YBR of 8 bits `stored` and more may be; everything else is equal."""
    is_plain = syntax in {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"}
    return YBR_TOLERANCE if is_plain and stored >= 8 and photometric.startswith("YBR_") else 0
