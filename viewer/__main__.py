"""`python -m viewer render FILE -o OUT.png`: one file as the server would draw it, without mark or server.

Exit 0 and a picture, or exit 1 and one line on standard error. The file is opened in a process of its own with limits,
so that a decoder that crashes, hangs or bloats is a line of error too.
"""

import argparse
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import NoReturn

from PIL import Image

from viewer.errors import UnreadableFile, UnsupportedFile, ViewerError
from viewer.imaging.decoding import decode
from viewer.imaging.image import RawFrame
from viewer.imaging.pictures import read_picture
from viewer.imaging.presentation import Rounding, Window, WindowFunction
from viewer.imaging.reading import MAX_BYTES, read
from viewer.imaging.sniffing import FileKind, kind_of
from viewer.imaging.windowing import default_window, to_grey

MEMORY_BYTES = 6 << 30
SECONDS = 60
_FUNCTIONS = {function.value: function for function in WindowFunction}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What to draw: `frame` counts from 1, as in DICOM; `window` None means the header's own."""

    file: Path
    out: Path
    frame: int
    window: Window | None
    rounding: Rounding


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _refuse(message)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status."""
    options = _parser().parse_args(arguments)
    rendering = Rendering(
        file=options.file,
        out=options.out,
        frame=options.frame,
        window=options.window,
        rounding=Rounding(options.rounding),
    )
    return _isolated(lambda: _render(rendering))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m viewer", description="Draw files as the server would.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    render = commands.add_parser("render", help="write one frame as an 8-bit PNG of its native size")
    render.add_argument("file", type=Path, metavar="FILE")
    render.add_argument("-o", dest="out", type=Path, required=True, metavar="OUT.png")
    render.add_argument("--frame", type=int, default=1, metavar="N", help="from 1, as in DICOM")
    render.add_argument("--window", type=_window, metavar="CENTER,WIDTH[,linear|linear_exact|sigmoid]")
    render.add_argument(
        "--rounding", choices=[each.value for each in Rounding], default=Rounding.HALF_UP.value
    )
    return parser


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
    frame = _frame(rendering)
    pixels, window = frame.pixels, rendering.window
    if frame.presentation.photometric != "RGB":
        window = window or default_window(pixels, frame.presentation)
        pixels = to_grey(pixels, frame.presentation, window, rounding=rendering.rounding)
    picture = BytesIO()
    Image.fromarray(pixels).save(picture, "PNG", compress_level=1)
    rendering.out.write_bytes(picture.getvalue())


def _frame(rendering: Rendering) -> RawFrame:
    if rendering.file.stat().st_size > MAX_BYTES:
        raise UnreadableFile("the file is larger than 2 GiB")
    data = rendering.file.read_bytes()
    if kind_of(data) is FileKind.PICTURE:
        frames = read_picture(data).frames
        if not 1 <= rendering.frame <= len(frames):
            raise UnreadableFile(f"there is no frame {rendering.frame}: the file has {len(frames)}")
        return frames[rendering.frame - 1]
    if rendering.frame < 1:
        raise UnreadableFile("frames count from 1")
    if kind_of(data) is FileKind.TEXT:
        raise UnsupportedFile("it is text, not a picture")
    return decode(read(data), rendering.frame - 1)


def _isolated(work: Callable[[], None]) -> int:
    """The exit status of `work`, done in a forked process with limits on memory, time and core files."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _child(work)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        return 1 if os.WEXITSTATUS(status) else 0
    number = os.WTERMSIG(status)
    slow = number in {signal.SIGXCPU, signal.SIGALRM}
    print(f"error: the decoder {f'took longer than {SECONDS} s' if slow else 'crashed'}", file=sys.stderr)
    return 1


def _child(work: Callable[[], None]) -> NoReturn:
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.alarm(SECONDS)
        work()
        status = 0
    except ViewerError as error:
        print(f"error: {error}", file=sys.stderr)
    except MemoryError:
        print("error: the picture needs more memory than is allowed", file=sys.stderr)
    except OSError as error:
        print(f"error: `{error.filename}`: {error.strerror}", file=sys.stderr)
    except Exception as error:  # noqa: BLE001 - whatever is left is a line too, never a traceback
        print(f"error: the file can't be drawn ({type(error).__name__})", file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(status)


def _refuse(message: str) -> NoReturn:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
