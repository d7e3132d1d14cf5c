"""Keyed pseudonyms: the same person gets the same one within a project, and nobody gets back without the key.

No table of originals is stored. The keys are derived per project (HKDF, RFC 5869), so that two projects can't
be joined.
"""

import base64
import hashlib
import hmac

import msgspec

_KEY_BYTES = 32
_SUBJECT_BYTES = 16  # 128 bits: 26 characters of base32
_UID_BYTES = 16
_MAX_WEEKS = 520


class PseudonymKeys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys that masking needs, 32 bytes each. They open nothing: no original and no stored frame."""

    subject: bytes
    uid: bytes
    date: bytes
    text: bytes

    def __post_init__(self) -> None:
        """Errors: ValueError for a key of another length."""
        if any(len(getattr(self, name)) != _KEY_BYTES for name in self.__struct_fields__):
            raise ValueError("a pseudonym key has 32 bytes")

    def person(self, issuer: str, patient_id: str) -> str:
        """base32(HMAC(k, issuer|PatientID)): 26 characters of a-z2-7."""
        return self._name("person", issuer, patient_id)

    def stranger(self, origin: str) -> str:
        """The pseudonym of somebody whose file names no PatientID: one for each `origin` (study or file)."""
        return self._name("stranger", origin)

    def stack(self, series: str, *parts: str) -> str:
        """What the slices of one stack have in common: 26 characters."""
        return self._name("stack", series, *parts)

    def instance(self, uid: str) -> str:
        """What a file's picture is called where others refer to it: 26 characters."""
        return self._name("instance", uid)

    def replace_uid(self, uid: str) -> str:
        """2.25.(128-bit HMAC), PS3.5 B.2: at most 44 characters."""
        digest = hmac.digest(self.uid, uid.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"2.25.{int.from_bytes(digest[:_UID_BYTES], 'big')}"

    def weeks(self, subject: str) -> int:
        """By how many whole weeks every date of `subject` moves: 1 to 520 back, so that weekdays and distances stay."""
        digest = hmac.digest(self.date, subject.encode(), hashlib.sha256)
        return -(1 + int.from_bytes(digest[:8], "big") % _MAX_WEEKS)

    def _name(self, purpose: str, *parts: str) -> str:
        # Each part with its length before it: ("ab", "c") and ("a", "bc") are two people.
        message = b"".join(
            len(part).to_bytes(8, "big") + part
            for part in (text.encode("utf-8", "surrogatepass") for text in (purpose, *parts))
        )
        digest = hmac.digest(self.subject, message, hashlib.sha256)[:_SUBJECT_BYTES]
        return base64.b32encode(digest).decode("ascii").rstrip("=").lower()


def derive_keys(root: bytes, project: str) -> PseudonymKeys:
    """The keys of `project` under the store's pseudonym root key."""
    extracted = hmac.digest(b"isinglass masking 1", root, hashlib.sha256)
    return PseudonymKeys(
        subject=_expand(extracted, project, "subject"),
        uid=_expand(extracted, project, "uid"),
        date=_expand(extracted, project, "date"),
        text=_expand(extracted, project, "text"),
    )


def _expand(extracted: bytes, project: str, purpose: str) -> bytes:
    # RFC 5869, 2.3: one block is enough for 32 bytes.
    return hmac.digest(extracted, f"{purpose}\0{project}".encode() + b"\x01", hashlib.sha256)
