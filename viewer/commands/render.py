"""`python -m viewer render FILE -o OUT.png`: one frame as the server would draw it, without mark or server."""

import argparse
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from viewer.commands.isolation import isolated
from viewer.commands.parser import Commands
from viewer.errors import ImagingError, UnreadableFile, UnsupportedFile
from viewer.imaging.pictures import read_picture
from viewer.imaging.presentation import Rounding, Window, WindowFunction
from viewer.imaging.reading import MAX_BYTES, read
from viewer.imaging.rendition import levels, rendition
from viewer.imaging.sniffing import FileKind, kind_of
from viewer.imaging.softcopy import draw, is_about, softcopy

_HEAD_BYTES = 2 << 20  # more than what a text is told by
_FUNCTIONS = {function.value: function for function in WindowFunction}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What to draw: `frame` counts from 1, as in DICOM; `window` None means the header's own, or that of the file `state`."""

    file: Path
    out: Path
    frame: int
    window: Window | None
    state: Path | None
    rounding: Rounding


def add(commands: Commands) -> None:
    """Add `render` to `commands`."""
    render = commands.add_parser("render", help="write one frame as an 8-bit PNG of its native size")
    render.add_argument("file", type=Path, metavar="FILE")
    render.add_argument("-o", dest="out", type=Path, required=True, metavar="OUT.png")
    render.add_argument("--frame", type=int, default=1, metavar="N", help="from 1, as in DICOM")
    greys = render.add_mutually_exclusive_group()
    greys.add_argument("--window", type=_window, metavar="CENTER,WIDTH[,linear|linear_exact|sigmoid]")
    greys.add_argument(
        "--state",
        type=Path,
        metavar="PR.dcm",
        help="as a grayscale presentation state wants it, but for its drawings",
    )
    render.add_argument(
        "--rounding", choices=[each.value for each in Rounding], default=Rounding.HALF_UP.value
    )
    render.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    rendering = Rendering(
        file=options.file,
        out=options.out,
        frame=options.frame,
        window=options.window,
        state=options.state,
        rounding=Rounding(options.rounding),
    )
    return isolated(lambda: _render(rendering))


def _window(text: str) -> Window:
    parts = text.split(",")
    try:
        center, width = float(parts[0]), float(parts[1])
        function = _FUNCTIONS[parts[2]] if len(parts) > 2 else WindowFunction.LINEAR
    except (ValueError, IndexError, KeyError):
        raise argparse.ArgumentTypeError("must be CENTER,WIDTH[,linear|linear_exact|sigmoid]") from None
    least = 1.0 if function is WindowFunction.LINEAR else 0.0
    if not (
        abs(center) < 1e12 and width < 1e12 and (width >= least if least else width > 0) and len(parts) <= 3
    ):
        raise argparse.ArgumentTypeError("needs a width of at least 1 for linear, above 0 otherwise")
    return Window(center=center, width=width, function=function)


def _render(rendering: Rendering) -> None:
    picture = BytesIO()
    try:
        drawn = _drawn(rendering)
    except ImagingError as error:
        raise ImagingError(f"`{rendering.file}`: {error}") from error
    Image.fromarray(drawn).save(picture, "PNG", compress_level=1)
    rendering.out.write_bytes(picture.getvalue())


def _drawn(rendering: Rendering) -> NDArray[np.uint8]:
    if rendering.frame < 1:
        raise UnreadableFile("frames count from 1")
    kind, data = _read(rendering.file)
    if rendering.state is not None:
        return _presented(kind, data, rendering, rendering.state)
    if kind is FileKind.DICOM:
        return rendition(read(data), rendering.frame - 1, rendering.window, rendering.rounding)
    frames = read_picture(data).frames
    if rendering.frame > len(frames):
        raise UnreadableFile(f"there is no frame {rendering.frame}: the file has {len(frames)}")
    return levels(frames[rendering.frame - 1], rendering.window, rendering.rounding)


def _presented(kind: FileKind, data: bytes, rendering: Rendering, path: Path) -> NDArray[np.uint8]:
    if kind is not FileKind.DICOM:
        raise UnsupportedFile("a presentation state goes with DICOM alone")
    image, index = read(data), rendering.frame - 1
    try:
        kind, data = _read(path)
        if kind is not FileKind.DICOM:
            raise UnsupportedFile("it is not a grayscale softcopy presentation state")
        state = read(data)
        wanted = softcopy(state, image, index)
    except ImagingError as error:
        raise ImagingError(f"the state `{path}`: {error}") from error
    if not is_about(state, image, index):
        raise UnsupportedFile(f"the state `{path}` is not about frame {rendering.frame} of it")
    return draw(image, index, wanted, rendering.rounding)


def _read(file: Path) -> tuple[FileKind, bytes]:
    if file.stat().st_size > MAX_BYTES:
        raise UnreadableFile("the file is larger than 2 GiB")
    with file.open("rb") as source:
        head = source.read(_HEAD_BYTES)
        kind = kind_of(head)
        if kind is FileKind.TEXT:
            raise UnsupportedFile("it is text, not a picture")
        if kind is FileKind.UNKNOWN:
            raise UnsupportedFile("it is neither DICOM nor a picture (PNG, JPEG, TIFF)")
        return kind, head + source.read()
