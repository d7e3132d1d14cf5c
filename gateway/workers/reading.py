"""From untrusted bytes to what may be kept of them. Runs in a confined worker, never in the server."""

import functools
import itertools
from collections.abc import Callable, Sequence

from viewer.document.pages import MAX_CHARACTERS, draw_page, page_text, paginate
from viewer.errors import UnreadableFile, UnsupportedFile
from viewer.imaging.decoding import decode_all
from viewer.imaging.pictures import read_picture
from viewer.imaging.reading import read
from viewer.imaging.sniffing import FileKind, kind_of
from viewer.masking.applying import DicomSource, PictureSource, TextSource, apply, apply_stack
from viewer.masking.detectors import Detectors, load
from viewer.masking.masked import Masked, with_pages
from viewer.masking.pixels import mask_frame
from viewer.masking.profile import MaskingProfile
from viewer.masking.pseudonyms import PseudonymKeys
from viewer.masking.showing import shown
from viewer.masking.text import read_text
from viewer.masking.uncovering import Patch, Region, cut_out


@functools.cache
def detectors() -> Detectors:
    """Loaded once, by the process that workers are forked from. Errors: MaskingError."""
    return load()


def mask_files(
    files: Sequence[tuple[bytes, str]],
    profile: MaskingProfile,
    keys: PseudonymKeys,
    *,
    is_split: bool = False,
) -> tuple[Masked | Exception, ...]:
    """What may be kept of each of `files` (data, origin), or the error that nothing may be.

    `is_split`: further slices of their series are masked elsewhere.

    Errors: MemoryError.
    """
    sources: list[DicomSource | Masked | Exception] = [
        _guarded(functools.partial(_opened, data, origin, profile, keys)) for data, origin in files
    ]
    scans = [source for source in sources if isinstance(source, DicomSource)]
    masked = iter(apply_stack(scans, profile, keys, detectors(), is_split=is_split, with_states=True))
    return tuple(next(masked) if isinstance(source, DicomSource) else source for source in sources)


def read_region(data: bytes, frame: int, region: Region) -> Patch:
    """What `region` of frame `frame` (from 0) of a DICOM file or picture shows, and nothing else of it.

    Errors: UnreadableFile, UnsupportedFile, MaskingError.
    """
    match kind_of(data):
        case FileKind.DICOM:
            dataset = read(data)
            frames = shown(dataset, decode_all(dataset).frames)
        case FileKind.PICTURE:
            frames = iter(read_picture(data).frames)
        case _:
            raise UnsupportedFile("only pictures have regions")
    found = next(itertools.islice(frames, frame, None), None)
    if found is None:
        raise UnreadableFile(f"there is no frame {frame + 1}")
    return cut_out(mask_frame(found), region)


def _guarded(work: Callable[[], DicomSource | Masked]) -> DicomSource | Masked | Exception:
    try:
        return work()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a decoder raises whatever a damaged file leads it to
        return error


def _opened(data: bytes, origin: str, profile: MaskingProfile, keys: PseudonymKeys) -> DicomSource | Masked:
    """A picture or a text masked; a DICOM file as far as its header goes.

    Errors: UnreadableFile, UnsupportedFile, MaskingError.
    """
    match kind_of(data):
        case FileKind.DICOM:
            return DicomSource(dataset=read(data), origin=origin)
        case FileKind.PICTURE:
            return apply(PictureSource(image=read_picture(data), origin=origin), profile, keys, detectors())
        case FileKind.TEXT:
            return _mask_text(read_text(data), origin, profile, keys)
        case FileKind.UNKNOWN:
            raise UnsupportedFile("it is neither DICOM, nor a picture (PNG, JPEG, TIFF), nor a text")


def _mask_text(text: str, origin: str, profile: MaskingProfile, keys: PseudonymKeys) -> Masked:
    if len(text) > MAX_CHARACTERS:  # before the patterns, which take seconds on that much
        raise UnreadableFile(f"the text is longer than `{MAX_CHARACTERS}` characters")
    masked = apply(TextSource(text=text, origin=origin), profile, keys)
    made = masked.text or ""
    return with_pages(masked, ((draw_page(page), page_text(page, made)) for page in paginate(made)))
