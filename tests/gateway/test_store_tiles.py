"""Large frames at rest: they come back exactly, a view reads few tiles, and no tile can stand for another."""

from collections import Counter

import numpy as np
import pytest

from gateway.errors import StoreError
from gateway.store import pixels, tiles
from gateway.store.opening import Store
from gateway.store.pixels import FrameReader
from gateway.store.tiles import TiledFrame
from gateway.workers.caching import FrameCache
from tests.gateway.stores import note
from viewer.imaging.presentation import Presentation, Window
from viewer.masking.image import MaskedFrame
from viewer.render.drawing import levels
from viewer.render.view import View

ROWS, COLUMNS = 3001, 2200


def frame(kind: str = "uint16", **header: object) -> MaskedFrame:
    noise = np.random.default_rng(4).integers(
        0, 250, (ROWS, COLUMNS, 3) if kind == "rgb" else (ROWS, COLUMNS)
    )
    shown = {"photometric": "RGB" if kind == "rgb" else "MONOCHROME2", "bits_stored": 12, **header}
    return MaskedFrame(
        pixels=noise.astype("uint8" if kind == "rgb" else kind),
        offset=-7,
        presentation=Presentation(**shown),  # type: ignore[arg-type]
    )


def put(store: Store, made: MaskedFrame, subject: str = "s") -> str:
    with store.write() as tx:
        key = pixels.put_frame(tx, subject, made).object
        tx.append(note())
    return key


class Counting(FrameReader):
    """Counts the bytes that are read."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.tiles: Counter[int] = Counter()

    def tile(self, subject: str, key: str, tiled: TiledFrame, number: int) -> np.ndarray:
        self.tiles[number] += 1
        return super().tile(subject, key, tiled, number)

    def get(self, subject: str, key: str) -> MaskedFrame:
        raise AssertionError("the whole frame was read")


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32", "rgb"])
def test_what_comes_back_is_what_went_in(store: Store, kind: str) -> None:
    made = frame(kind)
    back = pixels.get_frame(store, "s", put(store, made))
    assert np.array_equal(back.pixels, made.pixels)
    assert back.pixels.dtype == made.pixels.dtype
    assert (back.offset, back.presentation) == (made.offset, made.presentation)
    assert pixels.digest_of(back) == pixels.digest_of(made)


def test_a_view_reads_no_more_than_it_shows_and_shows_the_same(store: Store) -> None:
    made = frame(windows=(Window(center=100.0, width=200.0),))
    key, reader = put(store, made), Counting(store)
    cache = FrameCache(reader)
    near = View(item="i", frame=0, width=400, height=300, x=1000.0, y=1500.0, scale=1.0)
    for view, most in (
        (near, 4),
        (near, 0),
        (View(item="i", frame=0, width=600, height=800, x=1100.0, y=1500.0, scale=0.25), 4),
    ):
        reader.tiles.clear()
        there, part = cache.for_view("s", key, view, width=view.width, height=view.height)
        assert len(reader.tiles) <= most
        drawn = levels(there, part, width=view.width, height=view.height)
        if view is near:
            assert np.array_equal(drawn, levels(view, made, width=view.width, height=view.height))
    cache.close()


def test_a_window_that_no_header_gives_is_the_whole_frames(store: Store) -> None:
    made = frame()
    cache = FrameCache(FrameReader(store))
    view = View(item="i", frame=0, width=400, height=300, x=1000.0, y=1500.0, scale=1.0)
    there, part = cache.for_view("s", put(store, made), view, width=400, height=300)
    assert np.array_equal(
        levels(there, part, width=400, height=300), levels(view, made, width=400, height=300)
    )
    cache.close()


def test_a_tile_can_not_stand_for_another_nor_be_changed(store: Store) -> None:
    key = put(store, frame())
    reader = FrameReader(store)
    tiled = reader.open("s", key)
    assert isinstance(tiled, TiledFrame)
    content = store.objects.get(key)
    data_key = reader._key("s")
    offset, length = tiled.place(3)
    sealed = content[offset : offset + length]
    assert tiles.read_tile(tiled, 3, sealed, "s", data_key, pixels.unpack_frame).shape[0] <= tiles.TILE
    with pytest.raises(StoreError):
        tiles.read_tile(tiled, 2, sealed, "s", data_key, pixels.unpack_frame)
    with pytest.raises(StoreError):
        tiles.read_tile(tiled, 3, sealed[:-1] + b"\0", "s", data_key, pixels.unpack_frame)
    with pytest.raises(StoreError):
        tiles.read_index(content[:40], "s", data_key)
    put(store, frame(), "t")
    with pytest.raises(StoreError):
        reader.open("t", key)


def test_a_small_frame_is_in_one_piece_and_opens_all_the_same(store: Store) -> None:
    made = MaskedFrame(
        pixels=np.zeros((64, 2048), np.uint16), offset=0, presentation=Presentation(photometric="MONOCHROME2")
    )
    opened = FrameReader(store).open("s", put(store, made))
    assert isinstance(opened, MaskedFrame)
    assert opened.pixels.shape == (64, 2048)
