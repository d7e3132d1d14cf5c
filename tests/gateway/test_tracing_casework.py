"""A leak becomes a case: the person, the half-minute, the picture; older keys count; a stranger's picture names nobody."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from gateway.audit.events import EventCode
from gateway.commands.tracing import MAX_BYTES
from gateway.intake.isolation import Failure
from gateway.settings import StoreSettings
from gateway.store import exposures, items, marks, pixels, recalling
from gateway.store.keys import add_watermark_key
from gateway.store.opening import Store, open_store
from gateway.store.segments import Piece
from gateway.stream.viewlog import TRACE_BYTES, VERSION, Head, Writer
from gateway.stream.viewstate import Shown
from gateway.tracing import casework
from gateway.tracing.casework import Leak, investigate
from gateway.workers.sandbox import Sandbox
from tests.gateway.stores import Bytes, HandClock, add_item, add_people, add_project, add_session, note
from viewer.imaging.presentation import Presentation
from viewer.masking.image import MaskedFrame
from viewer.render.frame import Encoding, render
from viewer.render.mark import Forensic, make_mark
from viewer.render.view import View
from viewer.watermark.keying import Key
from viewer.watermark.pattern import Strength

EPOCH = 60_000_000
SIDE = 560
VIEW = View(item="i1", frame=2, width=SIDE, height=SIDE, x=SIDE / 2, y=SIDE / 2, scale=1.0)


def tissue(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed)
    coarse = sum(cv2.GaussianBlur(noise.normal(size=(SIDE, SIDE)), (0, 0), s) * s for s in (3, 8, 24))
    return np.clip(120 + 60 * coarse / np.abs(coarse).max() + noise.normal(size=(SIDE, SIDE)), 0, 255).astype(
        np.uint8
    )


def masked(seed: int) -> MaskedFrame:
    return MaskedFrame(pixels=tissue(seed), offset=0, presentation=Presentation(photometric="MONOCHROME2"))


@dataclass
class World:
    store: Store
    numbers: dict[str, int]

    def leak(self, user: str, *, strength: Strength = Strength.STANDARD) -> np.ndarray:
        """What `user` was sent, as levels, with the visible mark too."""
        forensic = Forensic(
            key=Key(self.store.keys.watermark[-1]), session=self.numbers[user], strength=strength
        )
        mark = make_mark(
            width=SIDE, height=SIDE, text=f"{user} s-1", opacity=0.14, epoch=EPOCH, forensic=forensic
        )
        frame = render(VIEW, masked(2), mark, Encoding(lossless=True))
        return np.asarray(Image.open(io.BytesIO(frame.payload)))


def piece(session: str) -> Piece:
    """What the ledger keeps of one exact frame."""
    at = EPOCH * 30_000
    writer = Writer(Head(v=VERSION, session=session, item="i1", order="0" * 32, controls="0" * 32, at=at))
    exact = Encoding(lossless=True)
    writer.frame(
        Shown(seq=1, at=at, view=VIEW, encoding=exact, exact=True, epoch=EPOCH, trace=bytes(TRACE_BYTES))
    )
    return Piece(session=session, writer="a", number=1, data=writer.take())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    where = StoreSettings(
        database_url=f"sqlite:///{tmp_path / 'rows.db'}",
        objects_url=f"file://{tmp_path / 'objects'}",
        keys=tmp_path / "keys",
    )
    store = open_store(where, clock=HandClock(), token_bytes=Bytes(5))
    add_people(store, "ada", "bo", "rene")
    add_project(store)
    add_item(store, "i1", rows=SIDE, columns=SIDE)
    numbers = {}
    with store.read() as conn:
        subject = items.item_by_id(conn, "i1").subject
        rows = items.frames_of(conn, "i1")
    with store.write() as tx:
        stored = [pixels.put_frame(tx, subject, masked(row.position)) for row in rows]
        items.replace_frames(
            tx,
            "i1",
            [
                replace(row, object=each.object, digest=each.digest)
                for row, each in zip(rows, stored, strict=True)
            ],
        )
        tx.append(note(EventCode.INTAKE_MASK, object="i1"))
    for user in ("ada", "bo", "rene"):
        session = add_session(store, user)
        with store.write() as tx:
            numbers[user] = marks.number_for(tx, session.id, store.keys.token_bytes)
            assert marks.number_for(tx, session.id, store.keys.token_bytes) == numbers[user]
            tx.append(note(EventCode.EXPOSURE_BATCH, session=session.id))
        if user != "rene":
            with store.upkeep() as conn:
                exposures.add_pieces(conn, [piece(session.id)])
    yield World(store, numbers)
    store.close()


def squeezed(picture: np.ndarray, quality: int = 60) -> Leak:
    held = io.BytesIO()
    Image.fromarray(picture).save(held, "JPEG", quality=quality)
    return Leak.of(held.getvalue(), np.asarray(Image.open(held)))


def test_a_leak_names_the_person_the_half_minute_and_the_picture(world: World) -> None:
    case = investigate(world.store, squeezed(world.leak("ada")), actor="ada-id")
    (named,) = case.named
    assert (named.user, named.session, named.epoch) == ("ada", "s-ada-annotator-0", EPOCH)
    assert (named.item, named.frame, named.begins) == ("i1", 2, EPOCH * 30.0)
    assert 0 < named.false_accusation <= 1e-6
    assert case.how == "blind"
    assert {viewer.user for viewer in case.viewers} == {"ada", "bo"}
    assert case.evidence is not None
    assert case.evidence.leak.shape == case.evidence.agreement.shape[:2]
    assert case.to_dict()["found"] is True


def test_an_old_leak_is_traced_after_the_key_was_rotated(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leak = squeezed(world.leak("bo"))
    assert add_watermark_key(world.store.keys) == 2
    where = StoreSettings(
        database_url=f"sqlite:///{tmp_path / 'rows.db'}",
        objects_url=f"file://{tmp_path / 'objects'}",
        keys=tmp_path / "keys",
    )
    again = open_store(where, clock=HandClock(), token_bytes=Bytes(6))
    assert len(again.keys.watermark) == 2
    monkeypatch.setattr(casework, "BLIND_S", -1.0)  # the first try reads a leak as it is
    case = investigate(again, leak, actor="system")
    assert [each.user for each in case.named] == ["bo"]
    again.close()


def test_the_ledger_names_both_who_mixed_their_pictures(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = [world.leak(user).astype(int) for user in ("ada", "bo")]
    mixed = np.round(np.mean(pictures, axis=0)).astype(np.uint8)
    monkeypatch.setattr(casework, "BLIND_S", -1.0)  # as if blind tracing had found nothing in its time
    case = investigate(world.store, Leak(digest="0" * 64, picture=mixed), actor="system")
    assert {each.user for each in case.named} == {"ada", "bo"}


def test_a_picture_without_a_mark_names_nobody_but_who_saw_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(casework, "BLIND_S", -1.0)  # its time is tested with the command
    monkeypatch.setattr(casework, "INFORMED_S", -1.0)
    case = investigate(world.store, Leak(digest="0" * 64, picture=tissue(2)), actor="system")
    assert case.named == ()
    assert case.to_dict()["false_accusation"] == 1.0
    assert {viewer.user for viewer in case.viewers} == {"ada", "bo"}


def test_every_case_is_in_the_audit_log(world: World) -> None:
    investigate(world.store, Leak(digest="0" * 64, picture=np.zeros((20, 20), np.uint8)), actor="ada-id")
    (kept,) = recalling.events_since(world.store, 0.0, {EventCode.TRACE_RUN.value})
    assert kept.payload is not None
    assert kept.payload["found"] is False


def test_the_leak_is_decoded_in_the_sandbox_alone() -> None:
    held = io.BytesIO()
    Image.fromarray(tissue(1)).save(held, "WEBP", lossless=True)
    with Sandbox() as sandbox:
        shown = sandbox.picture(held.getvalue())
        assert not isinstance(shown, Failure)
        assert (shown[..., 0] == tissue(1)).all()
        for data in (b"", b"no picture", held.getvalue()[:2000]):
            assert isinstance(sandbox.picture(data), Failure)
    assert MAX_BYTES > 0
