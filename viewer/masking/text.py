"""Narrative text: what may identify somebody, and the text without it. It is always held for a person all the same."""

import codecs
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from viewer.errors import UnreadableFile
from viewer.masking.offsets import Stretch, stretches
from viewer.masking.prose.masking import find, prepare
from viewer.masking.prose.span import Span
from viewer.masking.prose.surrogates import Numbering, surrogate, unnumbered

_CONTROL = re.compile(r"[\0-\x08\x0e-\x1a\x1c-\x1f]")


def decode_text(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 with a byte order mark, or Windows-1252.

    Errors: UnreadableFile if it holds control characters: that is no text.
    """
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if _CONTROL.search(text):
        raise UnreadableFile("it is not a text")
    return text


def read_text(data: bytes) -> str:
    """`decode_text`, with line feeds as the only line breaks; word processors write vertical tabs, too."""
    return decode_text(data).replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n")


__all__ = ["MaskedText", "decode_text", "mask_text", "prepare", "read_text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedText:
    """Text with its identifiers replaced; `spans` say where they stood in the original, in code points."""

    text: str
    spans: tuple[Span, ...]
    offsets: tuple[Stretch, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many passages there were of each kind."""
        return dict(sorted(Counter(span.kind.name.title().replace("_", "") for span in self.spans).items()))


def mask_text(text: str, known: Iterable[str] = (), numbering: Numbering = unnumbered) -> MaskedText:
    """`text` without every passage that a pass finds; `known`: names and numbers of the roster."""
    spans = tuple(find(text, known))
    made: list[str] = []
    lengths: list[tuple[int, int, int]] = []
    end = 0
    for span in spans:
        stands_for = surrogate(span.kind, text[span.start : span.end], numbering)
        made += (text[end : span.start], stands_for)
        lengths.append((span.start, span.end, len(stands_for)))
        end = span.end
    return MaskedText(text="".join((*made, text[end:])), spans=spans, offsets=stretches(lengths))
