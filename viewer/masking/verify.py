"""The written result searched for what must not be in it: values of the header that name somebody."""

_LEAST = 5  # bytes: shorter values stand in any pixels by chance


def left_over(content: bytes, known: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Keywords whose value of the source's header stands in `content`. `known`: (keyword, value)."""
    return tuple(
        dict.fromkeys(
            keyword
            for keyword, value in known
            for part in {value, *value.split("^")}
            for encoded in (part.encode("utf-8", "replace"), part.encode("utf-16-le", "replace"))
            if len(part) >= _LEAST and encoded in content
        )
    )
