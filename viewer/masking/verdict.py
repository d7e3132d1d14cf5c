"""What masking decides about a file, and why.

Closed sets of words: nothing that was read from a file can hide in them.
"""

from enum import StrEnum


class Verdict(StrEnum):
    """RELEASED may be annotated, HELD waits for two people, REJECTED shows nothing at all."""

    RELEASED = "released"
    HELD = "held"
    REJECTED = "rejected"


class Reason(StrEnum):
    """Why an item is held or rejected, in words for the person who checks it."""

    BURNED_IN = "the file says that text is burned into the picture"
    LETTERING = "something that looks like text was found in the picture"
    DISAGREEMENT = "something that looks like text was still found after the picture was masked"
    DETECTOR = "the picture could not be searched for text, so all of it is masked"
    FACE_SEEN = "a face may still be seen where the head is drawn as a surface"
    FACE_UNSEARCHED = "the picture could not be searched for faces, so all of it is masked"
    HEAD_UNSURE = "it is not sure whether the slices show a head"
    HEAD_SPLIT = "slices of a head that could not be masked together"
    FACE = "the file says that a person can be recognised in the picture"
    ULTRASOUND = "ultrasound pictures usually carry the patient's name in the picture"
    CAPTURE = "a screen capture or scanned picture can carry text anywhere"
    PHOTOGRAPH = "a photograph can show a face, a badge or a label"
    SLIDE = "a slide can show its handwritten or printed label"
    ANGIOGRAPHY = "pictures of this kind often carry text in the picture"
    COLOUR = "a colour picture of this kind is usually a screen capture"
    DERIVED = "a secondary picture of this kind can carry text, such as a dose screen"
    KIND_UNKNOWN = "no rule says that pictures of this kind are free of text"
    TYPE_UNKNOWN = "the file does not say whether it is an original picture"
    MODALITY = "the modality is missing or does not fit the kind of picture"
    NARRATIVE = "narrative text is never released on automation alone"
    NO_PICTURE = "there is no picture in it"
    DOCUMENT = "embedded documents are not taken in"
    REPORT = "structured reports are not taken in"
    WAVEFORM = "waveforms are not taken in"
    PLAN = "radiotherapy plans and structures are not taken in"
    STATE = "a presentation state holds no picture"
    RAW_DATA = "raw data is not taken in"
    INDEX = "a directory of other files"


class PixelCheck(StrEnum):
    """What was done to find text in the pixels."""

    SEARCHED = "searched for text by three detectors; none was found"
    PERSON = "a person checks"
    NONE = "no picture"


class SafeHarborItem(StrEnum):
    """The 18 identifiers of 45 CFR 164.514(b)(2)(i)."""

    NAMES = "names"
    PLACES = "geographic subdivisions smaller than a state"
    DATES = "dates, and ages over 89"
    PHONES = "telephone numbers"
    FAXES = "fax numbers"
    EMAILS = "e-mail addresses"
    SOCIAL_SECURITY = "social security numbers"
    RECORDS = "medical record numbers"
    HEALTH_PLANS = "health plan beneficiary numbers"
    ACCOUNTS = "account numbers"
    LICENCES = "certificate and licence numbers"
    VEHICLES = "vehicle identifiers and plates"
    DEVICES = "device identifiers and serial numbers"
    URLS = "web addresses"
    ADDRESSES = "internet protocol addresses"
    BIOMETRICS = "finger and voice prints"
    FACES = "full-face photographs and comparable images"
    OTHERS = "any other unique number, characteristic or code"


class Outcome(StrEnum):
    """What became of one of the 18."""

    REMOVED = "removed from the header"
    REPLACED = "replaced by a keyed pseudonym"
    ABSENT = "not in the header"
    PATTERNS = "masked where a pattern or the roster finds it; a person checks the rest"
    PERSON = "a person checks the picture"
    HEAD = "kept, as the profile says: a rendered head may be recognised"
    DEFACED = "the head's face is replaced; no face is found in renderings of its surface"
    SLICES = "not defaced: too few slices of the head for a surface"
    MASKED = "faces that were found are masked; a person checks the rest"
    KEPT = "kept, as the profile says"
