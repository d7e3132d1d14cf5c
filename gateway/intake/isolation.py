"""What intake asks of a sandbox, which parses untrusted bytes somewhere else: `gateway.workers.sandbox` is one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from viewer.masking.applying import Masked
from viewer.masking.profile import MaskingProfile
from viewer.masking.pseudonyms import PseudonymKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRequest:
    """One file to read, decode and mask. `data` comes in chunks; `origin` is the file's keyed digest."""

    data: Iterable[bytes]
    origin: str
    keys: PseudonymKeys
    profile: MaskingProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Nothing came of the file. `cause`: one line for the operator, without anything read from the file."""

    cause: str


class Sandbox(Protocol):
    """Where untrusted bytes are opened."""

    def run(self, request: SandboxRequest) -> Masked | Failure:
        """What may be kept of the file, or why nothing came of it. Errors: StoreError if there is no worker."""
        ...
