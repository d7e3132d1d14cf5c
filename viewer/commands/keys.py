"""The key file that `mark` and `trace` take: 32 random bytes in hex."""

from pathlib import Path

from viewer.errors import MarkError
from viewer.watermark.keying import Key

_LONGEST = 1024  # bytes


def read_key(file: Path) -> Key:
    """The key in `file`. Errors: MarkError, without a digit of what is there; OSError."""
    with file.open("rb") as opened:
        data = opened.read(_LONGEST + 1)
    try:
        return Key.parse(data.decode("ascii"))
    except (UnicodeDecodeError, MarkError):
        raise MarkError(f"`{file}` is not a key: it must hold 32 bytes as 64 hexadecimal digits") from None
