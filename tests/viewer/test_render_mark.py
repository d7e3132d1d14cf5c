"""The visible mark: always there, legible on dark and light, elsewhere in each epoch."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viewer.render.mark as mark_module
from viewer.errors import MarkError
from viewer.imaging.scratch import Scratch
from viewer.render.mark import MAX_TEXT, MIN_COVER, Forensic, Mark, make_mark
from viewer.render.view import MAX_SIDE
from viewer.watermark.adaptive import hiding
from viewer.watermark.keying import Key
from viewer.watermark.pattern import AMOUNTS, Exempt, Strength, patterns
from viewer.watermark.payload import Payload
from viewer.watermark.planes import Planes
from viewer.watermark.stamping import Stamp, make_stamp
from viewer.watermark.tracing import trace

TEXT = "m.keller · s-7f3a9c · 2026-11-24 14:31 UTC · Head CT"
USUAL = {"width": 320, "height": 320, "text": TEXT, "opacity": 0.14, "epoch": 7}


def make(**changes: object) -> Mark:
    return make_mark(**{**USUAL, **changes})


def cover(plane: np.ndarray) -> float:
    return float(np.count_nonzero(plane)) / plane.size


@settings(max_examples=150)
@given(
    width=st.integers(16, 400),
    height=st.integers(16, 400),
    epoch=st.integers(0, 2**32 - 1),
    text=st.text(min_size=1, max_size=40).filter(str.strip),
    opacity=st.floats(0.02, 1),
)
def test_every_mark_covers_its_picture(
    width: int, height: int, epoch: int, text: str, opacity: float
) -> None:
    mark = make(width=width, height=height, epoch=epoch, text=text, opacity=opacity)
    assert (mark.width, mark.height, mark.epoch) == (width, height, epoch)
    assert mark.add.shape == mark.subtract.shape == (height, width)
    assert min(cover(mark.add), cover(mark.subtract)) >= MIN_COVER
    assert not ((mark.add > 0) & (mark.subtract > 0)).any()
    assert not any(plane.flags.writeable for plane in (mark.add, mark.subtract))


@pytest.mark.parametrize(("opacity", "levels"), [(1.0, 255), (0.5, 128), (0.14, 36), (0.01, 3), (1e-9, 1)])
def test_opacity_sets_the_strength(opacity: float, levels: int) -> None:
    mark = make(width=1024, height=1024, opacity=opacity)
    assert 0.98 * levels - 1 <= mark.add.max() <= levels
    assert 0.98 * levels - 1 <= mark.subtract.max() <= levels


@pytest.mark.parametrize(("width", "height"), [(1024, 1024), (1920, 1080), (512, 512), (256, 900)])
def test_every_ninth_of_the_picture_is_marked(width: int, height: int) -> None:
    mark = make(width=width, height=height)
    for y, x in np.ndindex(3, 3):
        part = np.s_[y * height // 3 : (y + 1) * height // 3, x * width // 3 : (x + 1) * width // 3]
        assert cover(mark.add[part]) > 0.005
        assert cover(mark.subtract[part]) > 0.01


@pytest.mark.parametrize("level", [0, 20, 128, 0xE8, 255])
def test_strokes_stand_out_on_any_level(level: int) -> None:
    mark = make(width=512, height=512)
    marked = np.clip(np.clip(level + mark.add.astype(int), 0, 255) - mark.subtract, 0, 255)
    assert np.ptp(marked) >= 35
    assert np.count_nonzero(np.abs(marked - level) >= 12) > 0.01 * marked.size


def test_the_mark_moves_with_the_epoch() -> None:
    planes = [make(epoch=epoch).add > 0 for epoch in range(12)]
    for number, plane in enumerate(planes):
        for other in planes[:number]:
            assert np.count_nonzero(plane & other) < 0.5 * np.count_nonzero(plane)


def test_the_mark_moves_along_its_rows_too() -> None:
    def off(epoch: int) -> float:
        across = epoch * mark_module._STEP_ACROSS % 1.0
        return min(across, 1.0 - across)

    same_rows = min(range(1, 2000), key=off)
    assert off(same_rows) < 1e-3
    first, later = (make(epoch=epoch).add > 0 for epoch in (0, same_rows))
    assert np.count_nonzero(first & later) < 0.5 * np.count_nonzero(first)


def test_no_spot_stays_covered() -> None:
    covered = np.mean([make(epoch=epoch).add > 0 for epoch in range(40)], axis=0)
    assert covered.max() < 0.5


def test_the_same_arguments_give_the_same_mark() -> None:
    first, second = make(), make()
    assert np.array_equal(first.add, second.add)
    assert np.array_equal(first.subtract, second.subtract)


@pytest.mark.parametrize("other", ["m.keller · s-7f3a9d · 2026-11-24 14:31 UTC · Head CT", "Жанна", "診断"])
def test_another_text_is_another_mark(other: str) -> None:
    assert not np.array_equal(make().add, make(text=other).add)


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"text": " \n\t "},
        {"text": "x" * (MAX_TEXT + 1)},
        {"opacity": 0.0},
        {"opacity": -0.1},
        {"opacity": 1.01},
        {"opacity": float("nan")},
        {"width": 15},
        {"height": 0},
        {"width": MAX_SIDE + 1},
        {"epoch": -1},
        {"epoch": 2**32},
    ],
)
def test_a_mark_that_cannot_be_made_raises(changes: dict[str, object]) -> None:
    with pytest.raises(MarkError):
        make(**changes)


def plane(cover: float, *, shift: int = 0, dtype: type = np.uint8) -> np.ndarray:
    flat = np.zeros(6400, dtype)
    flat[shift : shift + int(6400 * cover)] = 36
    return flat.reshape(80, 80)


@pytest.mark.parametrize(
    ("add", "subtract"),
    [
        (plane(0.0), plane(0.1)),
        (plane(0.1), plane(0.0)),
        (plane(0.002), plane(0.1, shift=3200)),
        (plane(0.1), plane(0.1)),
        (plane(0.1), plane(0.1, shift=3200)[:, :40]),
        (plane(0.1)[np.newaxis], plane(0.1, shift=3200)[np.newaxis]),
    ],
)
def test_an_empty_or_undone_mark_is_refused(add: np.ndarray, subtract: np.ndarray) -> None:
    with pytest.raises(MarkError):
        planes = Planes(add=add, subtract=subtract)
        Mark(stamp=Stamp(grey=planes, colour=planes), epoch=0)


def test_a_mark_cannot_be_changed_afterwards() -> None:
    mark = make()
    with pytest.raises(ValueError, match="read-only"):
        mark.add[:] = 0


FORENSIC = Forensic(key=Key(bytes(range(32))), session=0xBEEF, strength=Strength.STANDARD)


def test_the_forensic_mark_lies_in_the_same_planes() -> None:
    grey = np.full((512, 512), 120, np.uint8)
    text, both = make(width=512, height=512), make(width=512, height=512, forensic=FORENSIC)
    moved = both.on(grey).astype(int) - text.on(grey).astype(int)
    assert 1 <= abs(moved).max() <= 4
    assert 0.15 < (moved != 0).mean() < 0.35  # one row of cells in three, where nothing hides it


@pytest.mark.parametrize("size", [(64, 64), (333, 127), (126, 259), (17, 31)])
@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("strength", list(Strength))
def test_frames_of_any_size_take_it(size: tuple[int, int], colour: bool, strength: Strength) -> None:
    forensic = Forensic(key=FORENSIC.key, session=1, strength=strength)
    mark = make(width=size[0], height=size[1], forensic=forensic)
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3)[: 3 if colour else 2], np.uint8)
    before = noise.copy()
    marked = mark.on(noise)
    assert (noise == before).all()
    assert marked.shape[:2] == noise.shape[:2]
    assert marked.ndim == (3 if colour or strength is Strength.LIGHT else 2)


def test_a_light_mark_moves_blue_most_and_brightness_little() -> None:
    grey = np.full((256, 256), 120, np.uint8)
    light = Forensic(key=FORENSIC.key, session=1, strength=Strength.LIGHT)
    stamp = make_stamp(light.key, Payload(1, 2), width=256, height=256, strength=Strength.LIGHT)
    moved = stamp.on(grey).astype(float) - grey[:, :, np.newaxis]
    luma = moved @ (0.299, 0.587, 0.114)
    assert abs(luma).max() <= 3
    assert abs(moved[..., 2]).mean() > 2 * abs(moved[..., 0]).mean()
    assert 10 * np.log10(255**2 / np.mean(luma**2)) >= 48


def test_the_same_levels_come_from_the_quick_way_and_the_plain_one() -> None:
    """Each 4 x 4 px block takes one of three patterns, as its docstring says, with saturation."""
    frame = np.random.default_rng(3).integers(0, 256, (132, 140), np.uint8)
    frame[:60, :70] = 3
    frame[60:, :70] = 120
    frame[60:, 30:60] += 2 * np.arange(30, dtype=np.uint8)
    made = patterns(FORENSIC.key, Payload(9, 8), width=140, height=132, amounts=AMOUNTS[Strength.STANDARD])
    busy, flat, black = hiding(frame, Scratch())
    assert all(each.any() for each in (busy, flat, black, ~(busy | flat | black)))
    blocks = np.where(busy > 0, made.busy, made.plain)
    blocks = np.where(black > 0, made.black, np.where(flat > 0, made.flat, blocks))
    levels = np.repeat(np.repeat(blocks, 4, axis=0), 4, axis=1)[:132, :140]
    stamp = make_stamp(FORENSIC.key, Payload(9, 8), width=140, height=132, strength=Strength.STANDARD)
    assert (stamp.on(frame) == np.clip(frame.astype(int) + levels, 0, 255)).all()


@pytest.mark.parametrize("forensic", [None, FORENSIC])
@pytest.mark.parametrize("side", [320, 321])
def test_a_frame_in_reused_memory_is_marked_in_its_place(forensic: Forensic | None, side: int) -> None:
    frame = np.random.default_rng(3).integers(0, 256, (side, side), np.uint8)
    mark = make(width=side, height=side, forensic=forensic)
    expected, scratch = mark.on(frame), Scratch()
    marked = mark.on(frame, scratch)
    assert (marked == expected).all()
    assert not np.shares_memory(marked, frame)
    drawn = scratch.take("resampled", frame.shape)
    drawn[:] = frame
    marked = mark.on(drawn, scratch)
    assert (marked == expected).all()
    assert np.shares_memory(marked, drawn) == (forensic is not None)


def test_black_costs_a_coder_little_and_is_not_left_bare() -> None:
    stamp = make_stamp(FORENSIC.key, Payload(9, 8), width=512, height=512, strength=Strength.STANDARD)
    frame = np.zeros((512, 512), np.uint8)
    assert stamp.on(frame).any(axis=1).mean() == pytest.approx(1 / 24, abs=0.01)
    frame[256:] = 120
    assert stamp.on(frame)[:240].any(axis=1).mean() == pytest.approx(1 / 12, abs=0.02)


def test_what_little_a_mostly_black_frame_shows_is_marked_more() -> None:
    """A photograph of it holds too little of a mark otherwise; the frame as a whole stays within what is promised."""
    noise = np.random.default_rng(5).integers(40, 200, (512, 512)).astype(np.uint8)
    stamp = make_stamp(FORENSIC.key, Payload(9, 8), width=512, height=512, strength=Strength.STANDARD)
    few = np.zeros_like(noise)
    few[:, 200:300] = noise[:, 200:300]
    usual = abs(stamp.on(noise).astype(int) - noise)[:, 210:290]
    moved = abs(stamp.on(few).astype(int) - few)
    assert moved[:, 210:290].mean() > 1.2 * usual.mean()
    assert 10 * np.log10(255**2 / np.square(moved).mean()) > 42


@pytest.mark.parametrize("strength", list(Strength))
def test_an_exempt_region_holds_the_visible_mark_alone(strength: Strength) -> None:
    region = Exempt(left=0.25, top=0.5, width=0.5, height=0.25)
    forensic = Forensic(key=FORENSIC.key, session=1, strength=strength, exempt=(region,))
    grey = np.full((256, 256), 120, np.uint8)
    text, both = make(width=256, height=256), make(width=256, height=256, forensic=forensic)
    shown = both.on(grey).reshape(256, 256, -1).astype(int) - text.on(grey)[:, :, np.newaxis]
    assert not shown[128:192, 64:192].any()
    assert shown[:128].any()
    assert shown[192:].any()


@pytest.mark.parametrize(
    "wrong", [(-0.1, 0, 0.5, 0.5), (0, 0, 0, 1), (0.6, 0, 0.5, 1), (0, float("nan"), 1, 1)]
)
def test_a_region_outside_the_frame_is_refused(wrong: tuple[float, ...]) -> None:
    with pytest.raises(MarkError):
        Exempt(**dict(zip(("left", "top", "width", "height"), wrong, strict=True)))


def test_a_leak_is_traced_though_a_quarter_of_it_is_exempt() -> None:
    region = Exempt(left=0.25, top=0.25, width=0.5, height=0.5)
    forensic = Forensic(key=FORENSIC.key, session=77, strength=Strength.STANDARD, exempt=(region,))
    noise = np.random.default_rng(5).normal(110, 18, (512, 640))
    plain = cv2.GaussianBlur(np.clip(noise, 0, 255).astype(np.uint8), (5, 5), 0)
    leak = make(width=640, height=512, forensic=forensic).on(plain)
    squeezed = cv2.imdecode(
        cv2.imencode(".jpg", leak, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], cv2.IMREAD_GRAYSCALE
    )
    (named,) = trace(FORENSIC.key, np.asarray(squeezed, np.uint8), late=lambda: False).named
    assert named.payload.session == 77


def test_most_of_a_frame_stays_marked() -> None:
    forensic = Forensic(
        key=FORENSIC.key,
        session=1,
        strength=Strength.STANDARD,
        exempt=(Exempt(left=0, top=0, width=1, height=0.6),),
    )
    with pytest.raises(MarkError):
        make(forensic=forensic)
