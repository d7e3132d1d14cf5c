"""What intake asks of a sandbox, which parses untrusted bytes somewhere else: `gateway.workers.sandbox` is one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from viewer.masking.masked import Masked
from viewer.masking.profile import MaskingProfile
from viewer.masking.pseudonyms import PseudonymKeys
from viewer.masking.uncovering import Patch, Region


@dataclass(frozen=True, slots=True, kw_only=True)
class Untrusted:
    """A file to read, decode and mask. `data` comes in chunks; `origin` is the file's keyed digest."""

    data: Iterable[bytes]
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRequest:
    """Files that are opened in one worker: slices of one series are searched for text, and for a face, together.

    `is_split`: further slices of their series are opened elsewhere, so a head can't be judged as a whole.
    """

    files: tuple[Untrusted, ...]
    keys: PseudonymKeys
    profile: MaskingProfile
    is_split: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Nothing came of the file. `cause`: one line for the operator, without anything read from the file.

    `is_whole`: the worker gave no answer at all, so that it may have been another file's fault.
    """

    cause: str
    is_whole: bool = False


class Sandbox(Protocol):
    """Where untrusted bytes are opened."""

    def run(self, request: SandboxRequest) -> tuple[Masked | Failure, ...]:
        """What may be kept of each file, or why nothing came of it. Errors: StoreError if there is no worker.

        A worker that dies or runs out of something costs all of its files: `is_whole` of their failures says so, and
        each may be tried by itself.
        """
        ...

    def region(self, data: Iterable[bytes], frame: int, region: Region) -> Patch | Failure:
        """What `region` of frame `frame` (from 0) of a file shows, or why nothing came of it. Errors: StoreError."""
        ...
