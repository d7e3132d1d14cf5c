"""What an item is called: its modality from the vocabulary, and numbers. Nothing else of a file is ever in a title."""

from viewer.masking.vocabulary import MODALITIES

PICTURE = "picture"
TEXT = "text"
IMAGE = "image"  # DICOM whose modality is missing or unknown

_BY = "\u00d7"  # the multiplication sign
_SLICED = frozenset({"CT", "MR", "PT", "NM"})
KINDS = MODALITIES | {PICTURE, TEXT, IMAGE}


def title(modality: str, frames: int, rows: int, columns: int) -> str:
    """E.g. `CT · 64 slices · 512x512` (with a multiplication sign), `text · 3 pages`.

    `modality`: one of KINDS; anything else is called `image`.
    """
    word = modality if modality in KINDS else IMAGE
    if word == TEXT:
        return f"{TEXT} · {_counted(frames, 'page')}"
    size = f"{columns}{_BY}{rows}"
    if frames == 1 and word not in _SLICED:
        return f"{word} · {size}"
    return f"{word} · {_counted(frames, 'slice' if word in _SLICED else 'frame')} · {size}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
