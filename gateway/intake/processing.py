"""Sealed files become items: opened here, read and masked in the sandbox, kept in one transaction a batch.

A file is finished by whoever commits first; killed at any moment, it still waits, and the next run takes it up.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.errors import IntakeError, StoreError
from gateway.intake.isolation import Failure, Sandbox, SandboxRequest
from gateway.intake.keeping import Finished, Outcome, keep
from gateway.store import raw
from gateway.store.items import OriginalRow
from gateway.store.opening import Store
from viewer.masking.profile import BASIC, MaskingProfile
from viewer.masking.pseudonyms import derive_keys

PrivateKey = X25519PrivateKey

WORKERS = 2  # files in the sandbox at once: one is decoded while another is compressed and written
BATCH_FILES = 16
BATCH_BYTES = 64 << 20  # of masked frames in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What masking a file takes besides the file."""

    sandbox: Sandbox
    private_key: PrivateKey
    profile: MaskingProfile = BASIC


class _Damaged(IntakeError):
    """A sealed original does not open."""


def process(store: Store, files: Iterable[OriginalRow], tools: Tools) -> Iterator[Finished]:
    """Mask `files` and keep what may be kept; yields what became of each once it is durable.

    Errors: StoreError if the store or the workers are out of reach; what was yielded is done, the rest waits.
    """
    batch: list[Outcome] = []
    outcomes = _ahead(lambda original: _mask(store, original, tools), files)
    with contextlib.closing(outcomes):
        for outcome in outcomes:
            batch.append(outcome)
            if len(batch) >= BATCH_FILES or sum(each.frame_bytes for each in batch) >= BATCH_BYTES:
                yield from keep(store, batch)
                batch = []
    if batch:
        yield from keep(store, batch)


def _ahead(work: Callable[[OriginalRow], Outcome], files: Iterable[OriginalRow]) -> Generator[Outcome]:
    """`work` on each file in order, on `WORKERS` threads, never more than that ahead."""
    waiting: deque[Future[Outcome]] = deque()
    with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="mask") as pool:
        try:
            for file in files:
                waiting.append(pool.submit(work, file))
                if len(waiting) > WORKERS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _mask(store: Store, original: OriginalRow, tools: Tools) -> Outcome:
    request = SandboxRequest(
        data=_opened(store, original, tools.private_key),
        origin=original.digest,
        keys=derive_keys(store.keys.pseudonym, original.project),
        profile=tools.profile,
    )
    try:
        return Outcome(original=original, result=tools.sandbox.run(request))
    except _Damaged as error:
        return Outcome(original=original, result=Failure(cause=str(error)))


def _opened(store: Store, original: OriginalRow, private_key: PrivateKey) -> Iterator[bytes]:
    try:
        yield from raw.open_sealed(store, original.object, private_key)
    except StoreError as error:
        raise _Damaged("its sealed copy is damaged or missing") from error
