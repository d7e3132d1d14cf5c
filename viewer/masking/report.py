"""The report of one masking run: what was done, in counts and closed words; never a value of the file."""

from collections import Counter
from typing import Annotated

import msgspec

from viewer.masking.header import Tally
from viewer.masking.profile_table import EDITION
from viewer.masking.verdict import Outcome, PixelCheck, Reason, SafeHarborItem, Verdict

VERSION = "1"
MAX_BOXES = 256  # in a report

# A keyword of the DICOM dictionary, a tag in hex, or the name of a text pattern.
Keyword = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]{1,64}$")]
Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 40)]


class ActionCount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often one action was taken on one attribute."""

    keyword: Keyword
    action: Annotated[str, msgspec.Meta(pattern="^[XZDU]$")]
    count: Count


class Box(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A region in pixels: left, top, width, height, in the file's frame `frame`, from 1; and what found it."""

    frame: Annotated[int, msgspec.Meta(ge=1, le=1 << 20)] = 1
    x: Count
    y: Count
    width: Count
    height: Count
    detector: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_ .]{0,64}$")] = ""


class SafeHarborLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of one of the 18 identifiers; `count` attributes or text passages were acted on."""

    item: SafeHarborItem
    outcome: Outcome
    count: Count = 0


class HeaderCounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the rebuilt header kept and left behind, in attributes."""

    kept: Count = 0
    outside: dict[Keyword, Count] = {}
    private: Count = 0
    curves: Count = 0
    overlays: Count = 0
    unknown: Count = 0
    unreadable: Count = 0
    too_deep: Count = 0


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """JSON-able. `text` counts masked passages by pattern; `regions`: what was filled.

    `layout`: equal for files of one scanner model and picture size whose fixed parts are filled alike; empty if the
    header names no model.
    """

    version: Annotated[str, msgspec.Meta(pattern=r"^[0-9.]{1,16}$")] = VERSION
    table: Annotated[str, msgspec.Meta(pattern=r"^PS3\.15 [0-9]{4}[a-e]$")] = EDITION
    profile: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    actions: tuple[ActionCount, ...] = ()
    header: HeaderCounts = HeaderCounts()
    text: dict[Keyword, Count] = {}
    regions: tuple[Box, ...] = ()
    pixels: PixelCheck
    head: bool = False
    layout: Annotated[str, msgspec.Meta(pattern=r"^(?:[a-z2-7]{26})?$")] = ""
    safe_harbor: tuple[SafeHarborLine, ...]


def counts(tally: Tally) -> tuple[tuple[ActionCount, ...], HeaderCounts]:
    """The tally of a header in the report's form."""
    actions = tuple(
        ActionCount(keyword=keyword, action=action, count=count)
        for (keyword, action), count in sorted(tally.actions.items())
    )
    header = HeaderCounts(
        kept=tally.kept,
        outside=dict(sorted(tally.outside.items())),
        private=tally.private,
        curves=tally.curves,
        overlays=tally.overlays,
        unknown=tally.unknown,
        unreadable=tally.unreadable,
        too_deep=tally.too_deep,
    )
    return actions, header


# Words in the keywords of Table E.1-1 that tell which of the 18 an attribute is about; the first fit counts.
_HEADER_WORDS = (
    (SafeHarborItem.PHONES, ("Telephone", "Telecom")),
    (
        SafeHarborItem.RECORDS,
        ("PatientID", "AccessionNumber", "AdmissionID", "StudyID", "MedicalRecordLocator"),
    ),
    (
        SafeHarborItem.DEVICES,
        ("Device", "Serial", "Detector", "Plate", "Generator", "Gantry", "StationName", "Cassette"),
    ),
    (SafeHarborItem.HEALTH_PLANS, ("Insurance",)),
    (SafeHarborItem.PLACES, ("Address", "Residence", "Location", "Country", "Region", "Institution")),
    (SafeHarborItem.DATES, ("Date", "Time", "Age", "Birth")),
    (SafeHarborItem.NAMES, ("Name", "Physician", "Person", "Operator", "Reviewer", "Observer", "Performer")),
)
_BY_PATTERN = {
    SafeHarborItem.NAMES: ("Person", "Unknown", "Labelled"),
    SafeHarborItem.PLACES: ("Place", "Street", "Zip"),
    SafeHarborItem.DATES: ("Date", "Age"),
    SafeHarborItem.PHONES: ("Phone",),
    SafeHarborItem.EMAILS: ("Email",),
    SafeHarborItem.SOCIAL_SECURITY: ("SocialSecurity",),
    SafeHarborItem.RECORDS: ("Number",),
    SafeHarborItem.ACCOUNTS: ("Iban", "Card"),
    SafeHarborItem.URLS: ("Url",),
    SafeHarborItem.ADDRESSES: ("Network",),
}


def header_safe_harbor(
    actions: tuple[ActionCount, ...], *, person: bool, faces: Outcome | None
) -> tuple[SafeHarborLine, ...]:
    """The 18 lines for a file with a header; `person`: the picture itself waits for a check; `faces`: what became of them, if there are any."""
    found: Counter[SafeHarborItem] = Counter()
    for action in actions:
        found[_item_of(action.keyword)] += action.count
    return tuple(_header_line(item, found[item], person=person, faces=faces) for item in SafeHarborItem)


def _item_of(keyword: str) -> SafeHarborItem:
    for item, words in _HEADER_WORDS:
        if any(word in keyword for word in words):
            return item
    return SafeHarborItem.OTHERS


def _header_line(item: SafeHarborItem, count: int, *, person: bool, faces: Outcome | None) -> SafeHarborLine:
    outcome = Outcome.REMOVED if count else Outcome.ABSENT
    if item is SafeHarborItem.RECORDS and count:
        outcome = Outcome.REPLACED
    elif item is SafeHarborItem.FACES:
        outcome = faces or (Outcome.PERSON if person else Outcome.ABSENT)
    elif person and not count:
        outcome = Outcome.PERSON
    return SafeHarborLine(item=item, outcome=outcome, count=count)


def text_safe_harbor(masked: dict[str, int]) -> tuple[SafeHarborLine, ...]:
    """The 18 lines for narrative text with `masked` passages by pattern."""
    return tuple(
        SafeHarborLine(
            item=item,
            outcome=Outcome.PATTERNS if item in _BY_PATTERN else Outcome.PERSON,
            count=sum(masked.get(name, 0) for name in _BY_PATTERN.get(item, ())),
        )
        for item in SafeHarborItem
    )


def picture_safe_harbor(faces: Outcome | None) -> tuple[SafeHarborLine, ...]:
    """The 18 lines for a picture without a header: its metadata is left behind whole. `faces`: what became of them."""
    return tuple(
        SafeHarborLine(item=item, outcome=(item is SafeHarborItem.FACES and faces) or Outcome.PERSON)
        for item in SafeHarborItem
    )


def merge(first: Report, other: Report) -> Report:
    """The report of an item made of several files of one verdict: counts are added up."""
    if (first.verdict, first.profile, first.table) != (other.verdict, other.profile, other.table):
        raise ValueError("reports of different kinds are not one item's")
    actions: Counter[tuple[str, str]] = Counter()
    for action in (*first.actions, *other.actions):
        actions[action.keyword, action.action] += action.count
    return msgspec.structs.replace(
        first,
        reasons=tuple(dict.fromkeys((*first.reasons, *other.reasons))),
        actions=tuple(
            ActionCount(keyword=keyword, action=action, count=count)
            for (keyword, action), count in sorted(actions.items())
        ),
        header=_merged_header(first.header, other.header),
        text=dict(Counter(first.text) + Counter(other.text)),
        regions=(*first.regions, *other.regions)[:MAX_BOXES],
        head=first.head or other.head,
        safe_harbor=tuple(map(_merged_line, first.safe_harbor, other.safe_harbor)),
    )


def _merged_header(first: HeaderCounts, other: HeaderCounts) -> HeaderCounts:
    both = {
        name: getattr(first, name) + getattr(other, name)
        for name in first.__struct_fields__
        if name != "outside"
    }
    return HeaderCounts(**both, outside=dict(Counter(first.outside) + Counter(other.outside)))


def _merged_line(first: SafeHarborLine, other: SafeHarborLine) -> SafeHarborLine:
    kept = other if first.outcome is Outcome.ABSENT else first
    return msgspec.structs.replace(kept, count=first.count + other.count)
