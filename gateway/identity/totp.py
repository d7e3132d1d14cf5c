"""Time-based one-time passwords, RFC 6238 over RFC 4226: six digits, 30 s, SHA-1 (what every authenticator app does)."""

import base64
import hashlib
import hmac

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20  # RFC 4226, 4, R6 recommends 160 bits
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DRIFT = 1  # steps before and after that a code still counts; RFC 6238, 5.2 allows one for delay, and clocks differ


def code_at(secret: bytes, counter: int) -> str:
    """The code of time step `counter`. RFC 4226, 5.3."""
    digest = hmac.digest(secret, counter.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def accepted(secret: bytes, code: str, now: float, last: int) -> int | None:
    """The time step that `code` is of, if it is near `now` (UTC seconds) and later than `last`: no code is good twice."""
    step = int(now // STEP_S)
    found = None
    for counter in range(step - _DRIFT, step + _DRIFT + 1):
        if hmac.compare_digest(code_at(secret, counter).encode(), code.encode()) and counter > last:
            found = counter
    return found


def address(secret: bytes, *, user: str, issuer: str) -> str:
    """The `otpauth:` address that an authenticator app takes in."""
    text = base64.b32encode(secret).decode().rstrip("=")
    label = _quoted(f"{issuer}:{user}")
    return f"otpauth://totp/{label}?secret={text}&issuer={_quoted(issuer)}&digits={DIGITS}&period={STEP_S}"


def _quoted(text: str) -> str:
    """`text` as a part of an address, RFC 3986, 2.1."""
    return "".join(chr(b) if chr(b) in _UNRESERVED else f"%{b:02X}" for b in text.encode())
