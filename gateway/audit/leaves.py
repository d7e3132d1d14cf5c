"""The leaf that an event becomes: canonical JSON (RFC 8785) of the closed schema of `events`."""

import hashlib
import json
from typing import Any

import msgspec
import rfc8785

from gateway.audit.events import FIELDS, VERSION, Event, check
from gateway.errors import Invalid

MAX_LEAF_BYTES = 2048  # the longest possible leaf is about 1.2 kB


def leaf(  # noqa: PLR0913  the leaf's fields, each named at the call
    event: Event,
    *,
    seq: int,
    time: float,
    monotonic: float,
    boot: str,
    node: str,
    payload_commitment: str | None,
) -> bytes:
    """The canonical bytes that are hashed and stored for `event`: `seq` is its index in the log.

    `time`: UTC seconds since 1970; `monotonic`: seconds since some moment of `boot`; both are kept as whole
    microseconds. `boot`: id of this run of the server; `node`: id of the machine. Raises `Invalid` outside
    the schema.
    """
    content: dict[str, Any] = {
        "action": event.code.value,
        "actor": event.actor,
        "boot": boot,
        "commitment": payload_commitment,
        "decision": event.decision,
        "details": dict(event.details),
        "mask": event.mask,
        "monotonic_us": round(monotonic * 1e6),
        "node": node,
        "object": event.object,
        "policy": event.policy,
        "seq": seq,
        "session": event.session,
        "time_us": round(time * 1e6),
        "v": VERSION,
    }
    check({key: content[key] for key in ("boot", "commitment", "monotonic_us", "node", "seq", "time_us")})
    return rfc8785.dumps(content)


def payload_commitment(nonce: bytes, ciphertext: bytes) -> str:
    """SHA-256(nonce ‖ ciphertext) in hex; the nonce has a fixed length (12 for AES-GCM)."""
    return hashlib.sha256(nonce + ciphertext).hexdigest()


def parse(data: bytes) -> dict[str, object]:
    """A leaf's fields by name. Raises `Invalid` unless `data` is canonical and of the schema."""
    if len(data) > MAX_LEAF_BYTES:
        raise Invalid(f"the leaf is longer than `{MAX_LEAF_BYTES}` bytes")
    try:
        content = json.loads(data.decode("ascii"))
        canonical = rfc8785.dumps(content)
    except (ValueError, RecursionError) as error:
        raise Invalid("the leaf is not canonical JSON") from error
    if canonical != data:
        raise Invalid("the leaf is not canonical JSON")
    if not isinstance(content, dict) or content.keys() != FIELDS.keys():
        raise Invalid("the leaf does not have exactly the schema's fields")
    check(content)
    return content


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched for of one leaf, kept beside it; `time_us` in whole microseconds of UTC since 1970."""

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
