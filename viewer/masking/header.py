"""A header made anew: PS3.15 Annex E, by allow list instead of by scrubbing.

Nothing is edited in place. A new dataset gets the attributes of `viewer.masking.allowed`, read and written
again, at each depth; those of Table E.1-1 get the Basic Profile's action; all others are left behind: private
and odd groups, curves (50xx), overlays (60xx), icons, original attributes, signatures, trailing padding.
"""

import warnings
from collections import Counter
from dataclasses import dataclass, field, replace

from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRLittleEndian

from viewer.masking.allowed import EMPTY, FORMS, TERMS, Form
from viewer.masking.coded import code_item
from viewer.masking.dummies import DUMMIES, emptied, stand_in
from viewer.masking.known import known_values
from viewer.masking.options import CODES, ROWS, Option
from viewer.masking.private import safe_private
from viewer.masking.profile import BASIC, MaskingProfile
from viewer.masking.profile_table import ACTIONS, effective
from viewer.masking.pseudonyms import PseudonymKeys
from viewer.masking.retaining import Rules, retained
from viewer.masking.structured import rebuilt_content
from viewer.masking.values import MAX_VALUES, element_of, parts_of

MAX_DEPTH = 16  # real functional groups need 4; deeper items are left behind
MAX_ITEMS = 100_000  # frames of one file, with their functional groups

_PATIENT_ID = 0x00100020
_FIRST = 0x00080000  # commands, file meta and directories are no part of an object
_CONTENT = 0x0040A730
_GRAPHICS = 0x00700001
_UIDS = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")
_BASIC_CODE = ("113100", "Basic Application Confidentiality Profile")
_METHOD = "rebuilt from an allow list, PS3.15 Annex E"
_IMPLEMENTATION = UID("2.25.141697264193905124963022131105834871731")

OWN_TEXTS = frozenset(
    {
        *(value for value in DUMMIES.values() if isinstance(value, str)),
        *(meaning for _, meaning in (_BASIC_CODE, *CODES.values())),
        _METHOD,
    }
)
"""What stands in a new header whatever stood in the old one."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was done, by keyword of the standard; never a value of the file."""

    actions: Counter[tuple[str, str]] = field(default_factory=Counter)  # (keyword, X Z D U)
    outside: Counter[str] = field(default_factory=Counter)  # in the dictionary, on neither list
    kept: int = 0
    private: int = 0
    curves: int = 0
    overlays: int = 0
    unknown: int = 0  # in no dictionary
    unreadable: int = 0  # on the allow list, but the value is not of the form that it must have
    too_deep: int = 0
    items: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """The new header (without pixel data), and what became of the old one."""

    dataset: Dataset
    tally: Tally


def rebuild(
    source: Dataset,
    keys: PseudonymKeys,
    subject: str,
    profile: MaskingProfile = BASIC,
    *,
    origin: str = "",
) -> Rebuilt:
    """A new dataset with new file meta and a zero preamble; `subject` takes the place of PatientID.

    `origin` stands for the file where it names no instance, series or study: without UIDs it is no DICOM object.
    """
    tally = Tally()
    with warnings.catch_warnings():  # pydicom's warnings quote values
        warnings.simplefilter("ignore")
        known = tuple(value for keyword, value in known_values(source) if not _stays(keyword, profile))
        rules = Rules(keys=keys, options=profile.options, weeks=_weeks(profile, keys, subject), known=known)
        made = _copy(source, _Walk(rules=rules, tally=tally, depth=0))
        made.PatientID = subject
        for keyword in _UIDS:
            if not made.get(keyword):
                setattr(made, keyword, keys.replace_uid(f"{keyword} {origin or subject}"))
        made.PatientIdentityRemoved = "YES"
        made.DeidentificationMethod = _METHOD
        codes = [CODES[option] for option in CODES if option in profile.options]
        made.DeidentificationMethodCodeSequence = Sequence([_code(*code) for code in (_BASIC_CODE, *codes)])
        made.LongitudinalTemporalInformationModified = _temporal(profile)
        made.file_meta = _meta(made)
        made.preamble = bytes(128)
    return Rebuilt(dataset=made, tally=tally)


def _stays(keyword: str, profile: MaskingProfile) -> bool:
    return any(tag_for_keyword(keyword) in ROWS.get(option, {}) for option in profile.options)


def _weeks(profile: MaskingProfile, keys: PseudonymKeys, subject: str) -> int | None:
    """By how many weeks dates move; None: they go."""
    if Option.RETAIN_FULL_DATES in profile.options:
        return 0
    return keys.weeks(subject) if Option.RETAIN_MODIFIED_DATES in profile.options else None


def _temporal(profile: MaskingProfile) -> str:
    if Option.RETAIN_FULL_DATES in profile.options:
        return "UNMODIFIED"
    return "MODIFIED" if Option.RETAIN_MODIFIED_DATES in profile.options else "REMOVED"


def _code(value: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue = value
    code.CodingSchemeDesignator = "DCM"
    code.CodeMeaning = meaning
    return code


def _meta(made: Dataset) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    if "SOPClassUID" in made:
        meta.MediaStorageSOPClassUID = made.SOPClassUID
    if "SOPInstanceUID" in made:
        meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = _IMPLEMENTATION
    return meta


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    rules: Rules
    tally: Tally
    depth: int


def _copy(source: Dataset, walk: _Walk) -> Dataset:
    made = Dataset()
    for tag in sorted(source.keys()):
        number = int(tag)
        if number < _FIRST:
            _count(tag, walk.tally)
        elif number in FORMS or number in TERMS:
            _keep(source, made, tag, walk)
        elif number in ACTIONS:
            if not _retain(source, made, tag, walk):
                _act(source, made, tag, walk)
        elif (
            tag.is_private
            and Option.RETAIN_SAFE_PRIVATE in walk.rules.options
            and safe_private(source, made, tag)
        ):
            walk.tally.kept += 1
        else:
            _count(tag, walk.tally)
    return made


def _retain(source: Dataset, made: Dataset, tag: BaseTag, walk: _Walk) -> bool:
    """Whether an option of the profile keeps the attribute, cleaned where the table says so."""
    option = next((each for each in walk.rules.options if int(tag) in ROWS.get(each, {})), None)
    if option is None or not dictionary_has_tag(tag):
        return False
    vr = dictionary_VR(tag)
    parts = parts_of(_value(source, tag))[:MAX_VALUES]
    kept = [retained(option, int(tag), vr, part, walk.rules) for part in parts]
    values = [value for value in kept if value not in {None, ""}]
    if not values or len(values) < len(kept):
        return False
    made[tag] = DataElement(tag, vr, values if len(values) > 1 else values[0])
    walk.tally.kept += 1
    return True


def _count(tag: BaseTag, tally: Tally) -> None:
    group = tag.group
    if tag.is_private or group % 2 == 1:
        tally.private += 1
    elif group & 0xFF00 == 0x5000:
        tally.curves += 1
    elif group & 0xFF00 == 0x6000:
        tally.overlays += 1
    elif dictionary_has_tag(tag) and keyword_for_tag(tag):
        tally.outside[keyword_for_tag(tag)] += 1
    else:
        tally.unknown += 1


def _keep(source: Dataset, made: Dataset, tag: BaseTag, walk: _Walk) -> None:
    form = FORMS.get(int(tag))
    if form is Form.ITEMS:
        element = _items(source, tag, walk)
    elif form is Form.CODES:
        element = _codes(tag, _value(source, tag))
    elif form is Form.DUMMY:
        element = stand_in(source, tag)
    else:
        element = element_of(tag, form, _value(source, tag))
    if element is None:
        element = emptied(source, tag)
    if element is None:
        walk.tally.unreadable += 1
        return
    made[tag] = element
    walk.tally.kept += 1


def _value(source: Dataset, tag: BaseTag) -> object:
    try:
        return source[tag].value
    except Exception:  # noqa: BLE001 - pydicom raises whatever a damaged value leads it to
        return None


def _items(source: Dataset, tag: BaseTag, walk: _Walk) -> DataElement | None:
    found = _value(source, tag)
    if not isinstance(found, Sequence):
        return None
    if walk.depth >= MAX_DEPTH or walk.tally.items + len(found) > MAX_ITEMS:
        walk.tally.too_deep += 1
        return None
    walk.tally.items += len(found)
    deeper = replace(walk, depth=walk.depth + 1)
    copies = (_copy(item, deeper) for item in found)
    return DataElement(tag, "SQ", Sequence(rebuilt_content(copies) if int(tag) == _CONTENT else copies))


def _codes(tag: BaseTag, found: object) -> DataElement | None:
    items = [code_item(item) for item in found] if isinstance(found, Sequence) else []
    known = [item for item in items if item is not None]
    return DataElement(tag, "SQ", Sequence(known)) if known else None


def _act(source: Dataset, made: Dataset, tag: BaseTag, walk: _Walk) -> None:
    number = int(tag)
    action = effective(ACTIONS[number])
    vr = dictionary_VR(tag) if dictionary_has_tag(tag) else "UN"
    if number == _PATIENT_ID:
        action = "D"  # the pseudonym, set by `rebuild`
    elif vr == "SQ" and _rebuilt(number, action, walk):
        element = _items(source, tag, walk)
        if element is not None and element.value:
            made[tag] = element
    elif action == "U" and vr == "UI":
        _replace_uids(source, made, tag, walk)
    elif number in EMPTY or (action == "Z" and (vr != "SQ" or not ACTIONS[number].startswith("X"))):
        action = "Z"
        made[tag] = DataElement(tag, vr, Sequence() if vr == "SQ" else None)
    elif action == "D" and vr in DUMMIES:
        made[tag] = DataElement(tag, vr, DUMMIES[vr])
    else:
        action = "X"  # no dummy for sequences, references and pixel-like data: they go
    walk.tally.actions[keyword_for_tag(tag) or f"{number:08X}", action] += 1


def _rebuilt(number: int, action: str, walk: _Walk) -> bool:
    """Whether a sequence of the table is made anew by the allow list: references, content, and drawings where they may stay."""
    drawing = number == _GRAPHICS and Option.CLEAN_GRAPHICS in walk.rules.options
    return action == "U" or number == _CONTENT or drawing


def _replace_uids(source: Dataset, made: Dataset, tag: BaseTag, walk: _Walk) -> None:
    uids = [str(part).strip() for part in parts_of(_value(source, tag))][:MAX_VALUES]
    replaced = [UID(walk.rules.keys.replace_uid(uid)) for uid in uids if uid]
    if replaced:
        made[tag] = DataElement(tag, "UI", replaced if len(replaced) > 1 else replaced[0])
