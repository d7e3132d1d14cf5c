"""What stands where an identifier stood: its kind in brackets, and with a key a number that is the same for the same value.

The number is kept to four digits: it tells two people of a text apart and leads nowhere.
"""

import hashlib
import hmac
import re
from collections.abc import Callable

from viewer.masking.prose.span import Kind

Numbering = Callable[[Kind, str], str]

_WORDS = {
    Kind.PERSON: "person",
    Kind.PLACE: "place",
    Kind.ORGANIZATION: "organization",
    Kind.GROUP: "group",
    Kind.TITLE: "occupation",
    Kind.STREET: "address",
    Kind.ZIP: "postal code",
    Kind.DATE: "date",
    Kind.AGE: "age",
    Kind.PHONE: "phone or number",
    Kind.EMAIL: "e-mail",
    Kind.URL: "web address",
    Kind.NETWORK: "network address",
    Kind.SOCIAL_SECURITY: "social security number",
    Kind.IBAN: "bank account",
    Kind.CARD: "card number",
    Kind.NUMBER: "number",
    Kind.LABELLED: "withheld",
    Kind.UNKNOWN: "withheld",
}
_NUMBERED = frozenset(
    {
        Kind.PERSON,
        Kind.PLACE,
        Kind.ORGANIZATION,
        Kind.STREET,
        Kind.NUMBER,
        Kind.UNKNOWN,
        Kind.PHONE,
        Kind.EMAIL,
    }
)
_AGES = r"age (?:over 89|\d{1,2}-\d{1,2})"
_YEARS = re.compile(
    r"[ ]?(\d{1,3})(?![ ]?-?(?:mes|mo[in]|maand|[sw][ei]|d[ií]a|jour|tag|giorn|dag))", re.IGNORECASE
)
SURROGATE = re.compile(rf"\[(?:(?:{'|'.join(sorted(set(_WORDS.values())))})(?: \d{{4}})?|{_AGES})\]")
"""A surrogate: passages of this form are left as they are, so that masking twice is masking once."""


def unnumbered(_kind: Kind, _value: str) -> str:
    """No number: nothing tells two persons of one text apart."""
    return ""


def numbered(key: bytes, subject: str) -> Numbering:
    """Four digits of HMAC(key, subject | kind | value), the same wherever the subject's texts hold the value."""

    def number(kind: Kind, value: str) -> str:
        if kind not in _NUMBERED:
            return ""
        plain = re.sub(r"\W+", " ", value).strip().casefold()
        digest = hmac.digest(key, f"{subject}\0{kind}\0{plain}".encode(), hashlib.sha256)
        return f" {int.from_bytes(digest[:4], 'big') % 10_000:04d}"

    return number


def surrogate(kind: Kind, value: str, numbering: Numbering) -> str:
    """In brackets. An age becomes its decade, over 89 no more than that (45 CFR 164.514(b)(2)(i)(C))."""
    found = _YEARS.match(value) if kind is Kind.AGE else None
    if found:
        years = int(found[1])
        return f"[age {years // 10 * 10}-{years // 10 * 10 + 9}]" if years < 90 else "[age over 89]"
    return f"[{_WORDS[kind]}{numbering(kind, value)}]"
