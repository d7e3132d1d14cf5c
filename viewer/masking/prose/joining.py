"""Passages of one name or address that stand side by side become one, with the small words between them."""

import re
from collections.abc import Iterable

from viewer.masking.prose.span import Kind, Span, merge

_NAMES = frozenset(
    {
        Kind.PERSON,
        Kind.PLACE,
        Kind.ORGANIZATION,
        Kind.STREET,
        Kind.UNKNOWN,
        Kind.LABELLED,
        Kind.ZIP,
        Kind.GROUP,
    }
)
_JOINED = _NAMES | {Kind.NUMBER}
_IN_ADDRESS = re.compile(
    r"[ ,\n]{1,3}(?:[A-Z][\w'-]*|[\w]{1,3})?(?:[ ,\n]{1,3}(?:[A-Z][\w'-]*|[\w]{1,3}))?[ ,\n(]{1,4}"
)
_AND = re.compile(r"\b(?:and|y|e|&)\b|&")
_ADDRESS = frozenset({Kind.STREET, Kind.ZIP})
_GAP = re.compile(
    r"[ ]{0,2}(?:[,.'&/-]?[ ]?|[ ]\n?[ ]?)(?:(?:de|del|la|las|los|van|von|der|den|di|da|dos|al|el|y|and|of|the|&|e|u|na|nad)[ ]){0,2}"
    r"|,?[ ]?\n[ ]{0,2}"
)


def join(spans: Iterable[Span], text: str) -> list[Span]:
    """`spans` merged, and those of names joined over what only names have between them."""
    joined: list[Span] = []
    for span in merge(spans):
        if joined and _one(joined[-1], span, text):
            last = joined[-1]
            kind = span.kind if last.kind in {Kind.UNKNOWN, Kind.LABELLED} else last.kind
            joined[-1] = Span(start=last.start, end=span.end, kind=kind)
        else:
            joined.append(span)
    return joined


def _one(last: Span, span: Span, text: str) -> bool:
    if last.kind not in _JOINED or span.kind not in _JOINED:
        return False
    gap = text[last.end : span.start]
    if _ADDRESS & {last.kind, span.kind} and len(gap) <= 24 and _IN_ADDRESS.fullmatch(gap):
        return True
    if Kind.NUMBER in {last.kind, span.kind}:
        return False
    if Kind.PERSON in {last.kind, span.kind} and _AND.search(gap) and "," not in text[last.start : last.end]:
        return False  # two people; but `Davis, Reynolds and Williamson` is one firm
    return (
        len(gap) <= 12
        and _GAP.fullmatch(gap) is not None
        and ("\n" not in gap or last.kind is span.kind or _ADDRESS & {last.kind, span.kind} != set())
    )
