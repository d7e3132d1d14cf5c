"""A session drawn again from the exposure ledger: every frame as it left, or the word that it is not the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from gateway.errors import NotFound, StoreError
from gateway.store import derivatives, exposures, items, marks, pixels, projects, sessions, states, users
from gateway.store.derivatives import Derivative
from gateway.store.items import FrameRow, ItemRow
from gateway.store.opening import Store
from gateway.store.segments import Segment, packed
from gateway.store.sessions import SessionRow
from gateway.store.volumes import VolumeSource, volume_source
from gateway.stream.viewlog import Head, read
from gateway.stream.viewstate import Shown
from gateway.web.marking import Conditions, Viewer, render_job
from gateway.workers.caching import FrameCache
from gateway.workers.rendering import Presented, Renderer
from viewer.errors import ViewerError
from viewer.masking.state import State
from viewer.render.frame import MarkedFrame

_DIGEST = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A frame drawn again. `same`: its payload is what was sent. `drawn` is None, and `cause` says why, if it can't be."""

    item: str
    shown: Shown
    drawn: MarkedFrame | None
    same: bool
    cause: str = ""


class Replay:
    """The frames of `session`. Errors: NotFound if there is no such session."""

    def __init__(self, store: Store, session: str) -> None:
        self._store = store
        with store.read() as connection:
            row = sessions.by_id(connection, session)
            if row is None:
                raise NotFound(f"there is no session `{session}`")
            user = users.user_by_id(connection, row.user)
            project = projects.by_id(connection, row.project) if row.project else None
            number = marks.numbers_of(connection, [session]).get(session)
            self.segments = exposures.of_session(connection, session)
        self._session = row
        self._viewer = Viewer(
            user=user.name if user else "",
            project=project.name if project else "",
            number=number,
            secret=store.keys.watermark[-1],
        )
        self._items: dict[str, tuple[ItemRow | None, dict[str, FrameRow]]] = {}
        self._states: dict[str, State | None] = {}
        self._unmasked: dict[str, _Unmasked] = {}  # by object

    @property
    def record_bytes(self) -> int:
        """The size of what the session is drawn again from."""
        return sum(len(packed(segment)) for segment in self.segments)

    def frames(self) -> Iterator[Replayed]:
        """Every frame in the order in which they were sent. Errors: StoreError, Invalid if the ledger is damaged."""
        renderer = Renderer(FrameCache(pixels.FrameReader(self._store)))
        try:
            for segment in self.segments:
                yield from self._segment(segment, renderer)
        finally:
            renderer.close()

    def _segment(self, segment: Segment, renderer: Renderer) -> Iterator[Replayed]:
        head, entries = read(segment.data)
        session, viewer, order = self._terms(head)
        item, frames = self._item(head.item)
        source: VolumeSource | None = None
        for entry in entries:
            if isinstance(entry, Shown) and item is None:
                yield _lost(head.item, entry, "the item is gone")
            elif isinstance(entry, Shown) and item is not None:
                try:
                    if entry.view.cut is not None and source is None:
                        rows = [self._masked(frames[digest]) for digest in order]
                        source = volume_source(item.subject, rows, (item.rows, item.columns))
                    row = frames[order[0 if entry.view.cut else entry.view.frame]]
                    made = self._unmasked.get(row.object)
                    whose = replace(item, subject=made.subject) if made else item
                    state = self._presented(entry, row)
                    job = render_job(session, viewer, whose, row.object, entry, source, state=state)
                    drawn = renderer.draw_now(job)
                except KeyError:
                    yield _lost(head.item, entry, "the item no longer has this slice")
                    continue
                except (StoreError, ViewerError) as error:  # erased, most likely
                    yield _lost(head.item, entry, str(error))
                    continue
                yield _compared(head.item, entry, drawn)

    def _terms(self, head: Head) -> tuple[SessionRow, Viewer, list[str]]:
        """The session and its viewer under the conditions of then, and the digests of the item's frames in the order of then."""
        with self._store.read() as connection:
            terms = exposures.terms(connection, (head.order, head.controls))
        order = terms[head.order]
        digests = [order[at : at + _DIGEST].hex() for at in range(0, len(order), _DIGEST)]
        then = msgspec.json.decode(terms[head.controls], type=Conditions)
        secrets = self._store.keys.watermark
        if then.mark_key >= len(secrets):
            raise StoreError("the watermark key of this session is not in the key ring any more")
        viewer = replace(self._viewer, secret=secrets[then.mark_key], watched=then.watched)
        return replace(self._session, controls=then.controls), viewer, digests

    def _item(self, item: str) -> tuple[ItemRow | None, dict[str, FrameRow]]:
        if item not in self._items:
            with self._store.read() as connection:
                row, frames = items.item_by_id(connection, item), items.frames_of(connection, item)
                beside = derivatives.of_item(connection, item)
            before = [derivatives.as_frame(each) for each in beside]
            self._unmasked |= {each.object: _unmasked(each, beside, frames) for each in beside if each.grant}
            self._items[item] = row, {frame.digest: frame for frame in (*before, *frames)}
        return self._items[item]

    def _presented(self, entry: Shown, row: FrameRow) -> Presented | None:
        """How the frame was to look. Errors: StoreError where its presentation state is gone."""
        name = entry.view.state
        if name is None:
            return None
        if name not in self._states:
            with self._store.read() as connection:
                self._states[name] = states.by_id(connection, name)
        state = self._states[name]
        look = state.look_of(row.instance, row.number or 1) if state and row.instance else None
        if state is None or look is None:
            raise StoreError("its presentation state is gone")
        return Presented(state, look)

    def _masked(self, frame: FrameRow) -> FrameRow:
        """`frame`, or the one that stood in its place: sections are cut through nothing that is unmasked."""
        made = self._unmasked.get(frame.object)
        return made.masked if made else frame


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unmasked:
    """A frame that was made for a grant. `subject`: whose key opens it; `masked`: the item's own frame of then."""

    subject: str
    masked: FrameRow


def _unmasked(made: Derivative, beside: Sequence[Derivative], frames: Sequence[FrameRow]) -> _Unmasked:
    later = [each for each in beside if each.grant is None and each.made >= made.made]
    then = (*map(derivatives.as_frame, later), *frames)
    return _Unmasked(
        subject=made.subject, masked=next(each for each in then if each.position == made.position)
    )


def _lost(item: str, shown: Shown, cause: str) -> Replayed:
    return Replayed(item=item, shown=shown, drawn=None, same=False, cause=cause)


def _compared(item: str, shown: Shown, drawn: MarkedFrame) -> Replayed:
    same = drawn.trace == shown.trace
    cause = (
        "" if same else "it is not what was sent: another version of this program drew it, or it was changed"
    )
    return Replayed(item=item, shown=shown, drawn=drawn, same=same, cause=cause)
