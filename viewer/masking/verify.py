"""The written result searched for what must not be in it: values of the header that name somebody."""

from viewer.masking.header import OWN_TEXTS

_LEAST = 5  # bytes: shorter values stand in any pixels by chance
_OWN = tuple(text.encode() for text in OWN_TEXTS)


def left_over(content: bytes, known: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Keywords whose value of the source's header stands in `content`, but for what every result says.

    `known`: (keyword, value).
    """
    return tuple(
        dict.fromkeys(
            keyword
            for keyword, value in known
            for part in {value, *value.split("^")}
            for encoded in (part.encode("utf-8", "replace"), part.encode("utf-16-le", "replace"))
            if len(part) >= _LEAST and encoded in content and not _is_own(encoded, content)
        )
    )


def _is_own(encoded: bytes, content: bytes) -> bool:
    """Whether it stands in `content` as often as what masking itself writes has it: a file made anonymous before."""
    own = sum(content.count(text) * text.count(encoded) for text in _OWN if encoded in text)
    return content.count(encoded) <= own
