"""The written result searched for what must not be in it: values of the header that name somebody."""

from pydicom.datadict import dictionary_VR
from pydicom.tag import Tag

from viewer.masking.allowed import TERMS
from viewer.masking.header import OWN_TEXTS

_LEAST = 5  # bytes: shorter values stand in any pixels by chance
_OWN = tuple(text.encode() for text in OWN_TEXTS)


def _element(tag: int, word: str) -> bytes:
    """As it stands in a result, Explicit VR Little Endian (PS3.5 7.1.2), where it is the only value."""
    text = word.encode() + b" " * (len(word) % 2)
    short = Tag(tag)
    head = (short.group, short.elem)
    return (
        b"".join(part.to_bytes(2, "little") for part in head)
        + dictionary_VR(tag).encode()
        + len(text).to_bytes(2, "little")
        + text
    )


_WORDS = tuple(
    (word.encode(), _element(tag, word))
    for tag, words in TERMS.items()
    for word in words
    if len(word) >= _LEAST
)


def left_over(content: bytes, known: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Keywords whose value of the source's header stands in `content` more often than masking itself writes it.

    That is what every result says, and words of the allow list: an institution may be called like the maker of its scanner.
    One character again and again (`00000`) names nobody. `known`: (keyword, value).
    """
    return tuple(
        dict.fromkeys(
            keyword
            for keyword, value in known
            for part in {value, *value.split("^")}
            for encoded in (part.encode("utf-8", "replace"), part.encode("utf-16-le", "replace"))
            if len(part) >= _LEAST
            and len(set(part)) > 1
            and encoded in content
            and not _is_own(encoded, content)
        )
    )


def _is_own(encoded: bytes, content: bytes) -> bool:
    """Whether it stands in `content` as often as what masking itself writes has it: a file made anonymous before."""
    own = sum(content.count(text) * text.count(encoded) for text in _OWN if encoded in text)
    own += sum(content.count(element) * word.count(encoded) for word, element in _WORDS if encoded in word)
    return content.count(encoded) <= own
