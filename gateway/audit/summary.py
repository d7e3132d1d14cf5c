"""What is searched for in the audit log: some fields of a leaf, kept beside it."""

import msgspec

from gateway.errors import Invalid


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Of one leaf; `time_us` in whole microseconds of UTC since 1970."""

    time_us: int
    action: str
    actor: str
    session: str | None
    object: str | None
    policy: str | None


_DECODER = msgspec.json.Decoder(Summary)


def summarized(leaf: bytes) -> Summary:
    """That of `leaf`. Errors: Invalid."""
    try:
        return _DECODER.decode(leaf)
    except msgspec.DecodeError as error:
        raise Invalid("the leaf does not have the schema's fields") from error
