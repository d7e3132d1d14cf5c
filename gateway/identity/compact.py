"""JWS Compact Serialization (RFC 7515, 3.1), read so strictly that each token has exactly one spelling.

No signature is checked here. Python-jose's own reading forgives spaces, foreign characters and stray padding
in base64url, which lets eight Wycheproof forgeries pass, and takes the last of two equal JSON keys.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.errors import Denied

MAX_TEXT_BYTES = 4096  # a provider's token with a dozen groups is 2 kB
MAX_DEPTH = 8  # nested claims (roles of a client of a realm) need 4
# No jwk, jku, x5c, x5u, crit, b64, zip: nothing by which the sender could steer.
HEADER_KEYS = frozenset(("alg", "kid", "typ"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactToken:
    """A token taken apart, its signature left to python-jose. `header` has string values only."""

    header: Mapping[str, str]
    payload: bytes


def dissect(text: str) -> CompactToken:
    """The parts of `text`. Raises `Denied` unless it is a signed token, spelled in the one way.

    Its header may hold alg, kid and typ.
    """
    if len(text) > MAX_TEXT_BYTES:
        raise Denied(f"the token is longer than `{MAX_TEXT_BYTES}` bytes")
    segments = text.split(".")
    if len(segments) != 3:  # five would be an encrypted one (JWE)
        raise Denied("the token does not have three parts")
    head, payload, _ = (decode_segment(segment) for segment in segments)
    header = read_object(head)
    if not header.keys() <= HEADER_KEYS or not all(isinstance(value, str) for value in header.values()):
        raise Denied("the token's header has more than `alg`, `kid` and `typ`")
    return CompactToken(header=header, payload=payload)


def decode_segment(text: str) -> bytes:
    """What base64url `text` stands for. Raises `Denied` for any text that encoding would not write."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise Denied("a part of the token is not base64url") from error
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise Denied("a part of the token is not canonical base64url")
    return data


def read_object(data: bytes) -> dict[str, Any]:
    """The JSON object in UTF-8 `data`. Raises `Denied` for anything that two readers may read differently.

    That is: a key twice, NaN, infinity, a lone surrogate; and for nesting deeper than 8.
    """
    try:
        text = data.decode()
        if _depth(text) > MAX_DEPTH:
            raise Denied(f"the token's JSON is nested deeper than `{MAX_DEPTH}`")
        value = json.loads(
            text, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant, parse_float=_finite
        )
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate can't be encoded
    except ValueError as error:
        raise Denied("a part of the token is not JSON") from error
    if not isinstance(value, dict):
        raise Denied("a part of the token is not a JSON object")
    return value


def _depth(text: str) -> int:
    """How deep brackets nest in JSON `text`, strings left out; counted before parsing, which recurses."""
    deepest = level = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', text, re.DOTALL):
        match token[0]:
            case "[" | "{":
                level += 1
                deepest = max(deepest, level)
            case "]" | "}":
                level -= 1
            case _:
                continue
    return deepest


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("the number is too large")
    return value
