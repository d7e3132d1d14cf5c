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
from gateway.intake.isolation import Failure, Sandbox, SandboxRequest, Untrusted
from gateway.intake.keeping import Finished, Outcome, keep
from gateway.store import raw
from gateway.store.items import OriginalRow
from gateway.store.opening import Store
from viewer.masking.masked import Masked
from viewer.masking.profile import BASIC, MaskingProfile
from viewer.masking.pseudonyms import derive_keys

PrivateKey = X25519PrivateKey

WORKERS = 2  # groups in the sandbox at once: one is masked while another is compressed and written
GROUP_FILES = 320  # in one worker: a series, as a rule: searched for text, and for a face, together
GROUP_BYTES = 160 << 20
BATCH_FILES = 16
BATCH_BYTES = 64 << 20  # of masked frames in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What masking a file takes besides the file."""

    sandbox: Sandbox
    private_key: PrivateKey
    profile: MaskingProfile = BASIC


class Damaged(IntakeError):
    """A sealed original does not open."""


def process(store: Store, files: Iterable[OriginalRow], tools: Tools) -> Iterator[Finished]:
    """Mask `files` and keep what may be kept; yields what became of each once it is durable.

    Errors: StoreError if the store or the workers are out of reach; what was yielded is done, the rest waits.
    """
    batch: list[Outcome] = []
    outcomes = _ahead(lambda group: mask_group(store, group, tools), grouped(files))
    with contextlib.closing(outcomes):
        for group in outcomes:
            batch += group
            if len(batch) >= BATCH_FILES or sum(each.frame_bytes for each in batch) >= BATCH_BYTES:
                yield from keep(store, batch)
                batch = []
    if batch:
        yield from keep(store, batch)


def grouped(files: Iterable[OriginalRow]) -> Iterator[list[OriginalRow]]:
    """Neighbours of one project: the slices of a series come one after the other."""
    group: list[OriginalRow] = []
    for file in files:
        full = len(group) >= GROUP_FILES or sum(each.size for each in group) + file.size > GROUP_BYTES
        if group and (full or file.project != group[0].project):
            yield group
            group = []
        group.append(file)
    if group:
        yield group


def _ahead(
    work: Callable[[list[OriginalRow]], list[Outcome]], groups: Iterable[list[OriginalRow]]
) -> Generator[list[Outcome]]:
    """`work` on each group in order, on `WORKERS` threads, never more than that ahead."""
    waiting: deque[Future[list[Outcome]]] = deque()
    with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="mask") as pool:
        try:
            for group in groups:
                waiting.append(pool.submit(work, group))
                if len(waiting) > WORKERS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def mask_group(
    store: Store, group: list[OriginalRow], tools: Tools, *, is_split: bool = False
) -> list[Outcome]:
    """The outcomes of `group`; where its worker gave no answer, each file gets one of its own."""
    request = SandboxRequest(
        files=tuple(
            Untrusted(data=opened(store, original, tools.private_key), origin=original.digest)
            for original in group
        ),
        keys=derive_keys(store.keys.pseudonym, group[0].project),
        profile=tools.profile,
        is_split=is_split,
    )
    results: tuple[Masked | Failure, ...]
    try:
        results = tools.sandbox.run(request)
    except Damaged as error:
        results = (Failure(cause=str(error), is_whole=True),) * len(group)
    if len(group) > 1 and any(isinstance(result, Failure) and result.is_whole for result in results):
        return [
            outcome for original in group for outcome in mask_group(store, [original], tools, is_split=True)
        ]
    return [
        Outcome(original=original, result=result) for original, result in zip(group, results, strict=True)
    ]


def opened(store: Store, original: OriginalRow, private_key: PrivateKey) -> Iterator[bytes]:
    """The content of `original`, in chunks. Errors: Damaged."""
    try:
        yield from raw.open_sealed(store, original.object, private_key)
    except StoreError as error:
        raise Damaged("its sealed copy is damaged or missing") from error
