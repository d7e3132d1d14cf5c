"""From untrusted bytes to what may be kept of them. Runs in a confined worker, never in the server."""

from viewer.document.pages import MAX_CHARACTERS, draw_page, paginate
from viewer.errors import UnreadableFile, UnsupportedFile
from viewer.imaging.pictures import read_picture
from viewer.imaging.reading import read
from viewer.imaging.sniffing import FileKind, kind_of
from viewer.masking.applying import DicomSource, Masked, PictureSource, TextSource, apply, with_pages
from viewer.masking.profile import MaskingProfile
from viewer.masking.pseudonyms import PseudonymKeys
from viewer.masking.text import read_text


def mask_file(data: bytes, origin: str, profile: MaskingProfile, keys: PseudonymKeys) -> Masked:
    """What may be kept of a file's `data`. Errors: UnreadableFile, UnsupportedFile, MaskingError."""
    match kind_of(data):
        case FileKind.DICOM:
            return apply(DicomSource(dataset=read(data), origin=origin), profile, keys)
        case FileKind.PICTURE:
            return apply(PictureSource(image=read_picture(data), origin=origin), profile, keys)
        case FileKind.TEXT:
            return _mask_text(read_text(data), origin, profile, keys)
        case FileKind.UNKNOWN:
            raise UnsupportedFile("it is neither DICOM, nor a picture (PNG, JPEG, TIFF), nor a text")


def _mask_text(text: str, origin: str, profile: MaskingProfile, keys: PseudonymKeys) -> Masked:
    if len(text) > MAX_CHARACTERS:  # before the patterns, which take seconds on that much
        raise UnreadableFile(f"the text is longer than `{MAX_CHARACTERS}` characters")
    masked = apply(TextSource(text=text, origin=origin), profile, keys)
    return with_pages(masked, (draw_page(page) for page in paginate(masked.text or "")))
