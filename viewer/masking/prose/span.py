"""Passages to mask, in half-open [start, end) code points."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What a passage is taken to be: the surest first, which names the whole where several overlap.

    UNKNOWN: a word that no list allows.
    """

    EMAIL = "EMAIL"
    URL = "URL"
    NETWORK = "IP"
    SOCIAL_SECURITY = "SSN"
    IBAN = "IBAN"
    CARD = "CREDIT_CARD"
    DATE = "DATE"
    PHONE = "PHONE"
    STREET = "ADDRESS"
    ZIP = "ZIP"
    PERSON = "PERSON"
    PLACE = "LOCATION"
    ORGANIZATION = "ORGANIZATION"
    GROUP = "NRP"
    AGE = "AGE"
    NUMBER = "ID"
    TITLE = "TITLE"
    LABELLED = "LABELLED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Not empty."""

    start: int
    end: int
    kind: Kind


_RANK = {kind: rank for rank, kind in enumerate(Kind)}


def merge(spans: Iterable[Span]) -> list[Span]:
    """In order and apart from each other."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            kind = min(last.kind, span.kind, key=_RANK.__getitem__)
            merged[-1] = replace(last, end=max(last.end, span.end), kind=kind)
        else:
            merged.append(span)
    return merged
