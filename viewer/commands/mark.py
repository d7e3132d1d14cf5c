"""`python -m viewer mark IN.png OUT.png --session HEX --epoch N --key FILE`: the forensic mark alone on a picture."""

import argparse
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from viewer.commands.isolation import isolated
from viewer.commands.keys import read_key
from viewer.commands.parser import Commands
from viewer.errors import MarkError
from viewer.watermark.leak import MAX_PIXELS, read_leak
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.searching import SHORTEST
from viewer.watermark.stamping import make_stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """What to mark, and for whom."""

    file: Path
    out: Path
    session: int
    epoch: int
    key: Path
    strength: Strength


def add(commands: Commands) -> None:
    """Add `mark` to `commands`."""
    mark = commands.add_parser("mark", help="put a session's forensic mark on a picture")
    mark.add_argument("file", type=Path, metavar="IN.png")
    mark.add_argument("out", type=Path, metavar="OUT.png")
    mark.add_argument("--session", type=_session, required=True, metavar="HEX", help="up to 8 digits")
    mark.add_argument("--epoch", type=_epoch, required=True, metavar="N", help="0..4294967295")
    mark.add_argument("--key", type=Path, required=True, metavar="FILE", help="32 random bytes in hex")
    mark.add_argument(
        "--strength", choices=[each.value for each in Strength], default=Strength.STANDARD.value
    )
    mark.set_defaults(run=_run)


def _session(text: str) -> int:
    digits = text.lower()
    if not (1 <= len(digits) <= 8 and set(digits) <= set("0123456789abcdef")):
        raise argparse.ArgumentTypeError(f"`{text}` is not a session: use 1 to 8 hexadecimal digits")
    return int(digits, 16)


def _epoch(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < 1 << 32):
        raise argparse.ArgumentTypeError(f"`{text}` is not an epoch: use 0 to 4294967295")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    marking = Marking(
        file=options.file,
        out=options.out,
        session=options.session,
        epoch=options.epoch,
        key=options.key,
        strength=Strength(options.strength),
    )
    return isolated(lambda: _mark(marking))


def _mark(marking: Marking) -> None:
    key, payload = read_key(marking.key), Payload(marking.session, marking.epoch)
    frame = read_leak(marking.file.read_bytes(), longest=MAX_PIXELS)
    height, width = frame.shape[:2]
    if min(height, width) < SHORTEST:
        raise MarkError(
            f"a picture of `{width} x {height}` px is too small to carry a mark: use {SHORTEST} px or more"
        )
    stamp = make_stamp(key, payload, width=width, height=height, strength=marking.strength)
    picture = BytesIO()
    Image.fromarray(stamp.on(frame)).save(picture, "PNG")
    marking.out.write_bytes(picture.getvalue())
