"""The errors of the pure cores of `viewer`.

    ViewerError
    ├── ImagingError          a file or a frame can't be read, decoded or displayed
    │   ├── UnreadableFile    not DICOM, not an image, truncated, over a limit
    │   └── UnsupportedFile   well formed, but of a kind that is not displayed (no pixels, unknown syntax)
    ├── MaskingError          masking failed; the item is held, never released
    ├── ViewError             a view asks for what the item does not have
    └── MarkError             a watermark can't be made or does not fit; nothing is drawn without one

Texts are lower case, in the user's words, and never hold a value read from the file: it may name a patient.
"""


class ViewerError(Exception):
    """Anything that this package refuses to do."""


class ImagingError(ViewerError):
    """A file or a frame can't be read, decoded or displayed."""


class UnreadableFile(ImagingError):
    """The bytes are damaged, truncated, over a limit, or not of the kind that they claim."""


class UnsupportedFile(ImagingError):
    """Well formed, but nothing that can be displayed: no pixel data, or an unknown transfer syntax."""


class MaskingError(ViewerError):
    """Masking could not be completed."""


class ViewError(ViewerError):
    """A view asks for a frame, window or size that the item does not have."""


class MarkError(ViewerError):
    """A watermark can't be made or does not fit the frame: the frame is not drawn."""
