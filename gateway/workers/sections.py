"""Sections through volumes, cut on a thread of their own: a slab takes as long as fifty frames, and nobody's scroll waits for it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from gateway.store.volumes import VolumeSource
from gateway.workers.caching import FrameCache
from viewer.masking.image import MaskedFrame
from viewer.render.cutting import MaskedVolume, cut_frame
from viewer.render.view import Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionJob:
    """Section `index` of `source`, counted from 0 along the plane's axis."""

    source: VolumeSource
    cut: Cut
    index: int

    @property
    def key(self) -> str:
        """Its name in the cache."""
        return self.source.key(self.cut, self.index)


class Sections:
    """Cuts sections; volumes and sections are held in the cache that slices are held in."""

    def __init__(self, cache: FrameCache) -> None:
        self._cache = cache
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sections")

    def held(self, job: SectionJob) -> bool:
        """Whether the section is there."""
        return self._cache.holds(job.key)

    def get(self, job: SectionJob) -> MaskedFrame:
        """The section, cut now if it is not held. Errors: StoreError, UnsupportedFile."""
        source, subject = job.source, job.source.subject

        def build() -> MaskedVolume:
            return source.build(self._cache.uncached)

        def cut() -> MaskedFrame:
            return cut_frame(self._cache.volume(subject, source.name, build), job.cut, job.index)

        return self._cache.section(subject, job.key, cut)

    def ask(self, job: SectionJob, then: Callable[[Exception | None], object]) -> None:
        """Have the section cut; `then` gets None, or what went wrong."""

        def work() -> None:
            try:
                self.get(job)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
                then(error)
            else:
                then(None)

        try:
            self._pool.submit(work)
        except RuntimeError as error:  # closed
            then(error)

    def close(self) -> None:
        """Cut nothing any more."""
        self._pool.shutdown(wait=True, cancel_futures=True)
