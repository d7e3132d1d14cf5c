"""A picture that leaves outside a stream, filed in the exposure ledger before it does: it is counted, and can be drawn again."""

from collections.abc import Sequence

from gateway.sessions.controls import controls_of
from gateway.store import exposures
from gateway.store.items import FrameRow, ItemRow
from gateway.store.segments import Piece
from gateway.store.sessions import SessionRow
from gateway.stream.effects import Exposure
from gateway.web.marking import Wanted, conditions
from gateway.web.services import Services
from gateway.web.track import Scene, Track
from policies.delivering import keeps_views
from viewer.render.frame import MarkedFrame


def file_picture(
    services: Services,
    session: SessionRow,
    item: ItemRow,
    frames: Sequence[FrameRow],
    wanted: Wanted,
    drawn: MarkedFrame,
) -> None:
    """Have `drawn`, which shows `wanted` of one of `frames` of `item`, sealed as a segment of its own if views are kept. Errors: StoreError, Denied."""
    if not keeps_views(controls_of(session)):
        return
    store = services.store
    scene = Scene.of(
        session=session.id,
        user=session.user,
        policy=session.policy_digest,
        item=item.id,
        order=[frame.digest for frame in frames],
        controls=conditions(session, store.keys),
    )
    with store.write() as tx:
        seen = Exposure(
            seq=exposures.reserve(tx, session.id, 1),
            view=wanted.view,
            encoding=wanted.encoding,
            digest=frames[wanted.view.frame].digest,
            sent=drawn.trace.hex(),
            lossless=drawn.lossless,
            epoch=wanted.epoch,
            time=tx.now,
        )
        track = Track()
        track.frame(scene, seen)
        track.drawn(seen.seq, tx.now)
        closed = track.close()
        assert closed is not None  # it holds a frame
        # A writer of its own: what the session's stream has written goes on.
        piece = Piece(session=session.id, writer=tx.keys.token_bytes(16).hex(), number=seen.seq, data=b"")
        exposures.keep_terms(tx.connection, (scene.order, scene.controls))
        exposures.seal(tx, closed.segment, actor=session.user, policy=session.policy_digest, last=piece)
