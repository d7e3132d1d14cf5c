"""Frames: exact, marked without exception, and made in one place only."""

import ast
import dataclasses
import hashlib
import io
import zlib
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin

import viewer.render.frame
from viewer.document.pages import draw_page, paginate
from viewer.errors import MarkError, ViewError
from viewer.imaging.presentation import Presentation, Window
from viewer.masking.image import MaskedFrame
from viewer.render.drawing import levels
from viewer.render.frame import Codec, Encoding, MarkedFrame, output_size, render
from viewer.render.mark import Mark, make_mark
from viewer.render.view import MIN_SIDE, View

ROOT = Path(__file__).resolve().parents[2]
RENDER = ROOT / "viewer" / "render"
EXACT = Encoding(lossless=True)
PREVIEW = Encoding(lossless=False)
ENCODERS = {
    "simplejpeg",
    "isal",
    "isal_zlib",
    "zlib",
    "imencode",
    "imwrite",
    "PIL",
    "imagecodecs",
    "tobytes",
    "save",
}


def masked(pixels: np.ndarray, *, offset: int = 0, window: Window | None = None) -> MaskedFrame:
    photometric = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    bits = 8 * pixels.dtype.itemsize
    windows = () if pixels.ndim == 3 else (window or Window(center=128.0, width=256.0),)
    pixels.flags.writeable = False
    presentation = Presentation(photometric=photometric, bits_stored=bits, windows=windows)
    return MaskedFrame(pixels=pixels, offset=offset, presentation=presentation)


def noise(rows: int, columns: int, *rest: int, seed: int = 0, dtype: type = np.uint8) -> np.ndarray:
    top = np.iinfo(dtype).max
    return np.random.default_rng(seed).integers(0, top, (rows, columns, *rest), dtype, endpoint=True)


def look(width: int = 120, height: int = 96, **changes: object) -> View:
    view = View(item="i", frame=0, width=width, height=height, x=width / 2, y=height / 2, scale=1.0)
    return msgspec.structs.replace(view, **changes)


def mark_for(view: View, encoding: Encoding = EXACT, *, opacity: float = 0.14, epoch: int = 3) -> Mark:
    width, height = output_size(view, encoding)
    return make_mark(width=width, height=height, text="ada · s-1 · 2026-11-24", opacity=opacity, epoch=epoch)


def shown(frame: MarkedFrame) -> np.ndarray:
    """The payload as Pillow decodes it (checksums are checked there)."""
    with Image.open(io.BytesIO(frame.payload)) as picture:
        return np.asarray(picture)


def by_hand(plain: np.ndarray, mark: Mark) -> np.ndarray:
    """The mark on `plain` in plain arithmetic: add, cut at white, subtract, cut at black."""
    add, subtract = (plane.astype(np.int64) for plane in (mark.add, mark.subtract))
    if plain.ndim == 3:
        add, subtract = add[..., None], subtract[..., None]
    return np.clip(np.clip(plain.astype(np.int64) + add, 0, 255) - subtract, 0, 255).astype(np.uint8)


GREY = masked(noise(96, 120))
COLOUR = masked(noise(96, 120, 3))
SIGNED = masked(noise(96, 120, dtype=np.uint16), offset=-32768, window=Window(center=40.0, width=8000.0))


@given(st.integers(16, 130), st.integers(16, 130), st.sampled_from([0, 3]), st.integers(0, 2**16))
def test_a_lossless_frame_is_the_marked_levels_to_the_pixel(
    width: int, height: int, channels: int, seed: int
) -> None:
    pixels = noise(height, width, channels, seed=seed) if channels else noise(height, width, seed=seed)
    view = look(width, height)
    mark = mark_for(view, epoch=seed)
    frame = render(view, masked(pixels), mark, EXACT)
    expected = by_hand(pixels, mark)
    assert np.array_equal(shown(frame), expected)
    decoded = cv2.imdecode(np.frombuffer(frame.payload, np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(decoded if channels == 0 else decoded[..., ::-1], expected)


@pytest.mark.parametrize(
    ("window", "value", "level"),
    [
        (None, 40, 128),  # the item's own window, half up
        (None, -4000, 0),
        (None, 4100, 255),
        (Window(center=-600.0, width=1500.0), -600, 128),
        (Window(center=-600.0, width=1500.0), -1350, 0),
        (Window(center=-600.0, width=1500.0), 150, 255),
    ],
)
def test_the_window_of_the_view_shades_the_frame(window: Window | None, value: int, level: int) -> None:
    pixels = np.full((64, 64), value + 32768, np.uint16)
    view = look(64, 64, window=window)
    mark = mark_for(view)
    frame = render(view, masked(pixels, offset=-32768, window=Window(center=40.0, width=8000.0)), mark, EXACT)
    untouched = (mark.add == 0) & (mark.subtract == 0)
    assert set(shown(frame)[untouched].tolist()) == {level}


@pytest.mark.parametrize(("frame", "mode"), [(GREY, "L"), (COLOUR, "RGB"), (SIGNED, "L")])
def test_formats(frame: MaskedFrame, mode: str) -> None:
    view = look()
    for encoding, codec, name in ((EXACT, Codec.PNG, "PNG"), (PREVIEW, Codec.JPEG, "JPEG")):
        marked = render(view, frame, mark_for(view), encoding)
        assert (marked.codec, marked.lossless) == (codec, encoding.lossless)
        assert (marked.width, marked.height, marked.epoch) == (120, 96, 3)
        assert marked.digest == hashlib.sha256(marked.payload).hexdigest()
        assert marked.trace == zlib.crc32(marked.payload).to_bytes(4, "big")
        with Image.open(io.BytesIO(marked.payload)) as picture:
            assert (picture.format, picture.mode, picture.size) == (name, mode, (120, 96))
            if name == "JPEG" and mode == "RGB":
                assert JpegImagePlugin.get_sampling(picture) == 0  # 4:4:4


@pytest.mark.parametrize("channels", [1, 3])
def test_a_preview_is_close_and_smaller(channels: int) -> None:
    smooth = cv2.GaussianBlur(noise(96, 120, 3), (0, 0), 4)
    smooth = smooth if channels == 3 else np.ascontiguousarray(smooth[..., 0])
    view = look()
    exact = render(view, masked(smooth), mark_for(view), EXACT)
    sizes = []
    for quality, least_db in ((95, 45.0), (85, 38.0), (40, 30.0)):
        preview = render(view, masked(smooth), mark_for(view), Encoding(lossless=False, quality=quality))
        error = np.mean((shown(preview).astype(float) - shown(exact)) ** 2)
        assert 10 * np.log10(255**2 / error) >= least_db
        sizes.append(len(preview.payload))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] < len(exact.payload)


PAGE = draw_page(paginate("Befund: kein Nachweis einer Fraktur. " * 60)[0])
PICTURES = {
    "black": np.zeros((200, 200), np.uint8),
    "white": np.full((200, 200), 255, np.uint8),
    "colour black": np.zeros((200, 200, 3), np.uint8),
    "colour white": np.full((200, 200, 3), 255, np.uint8),
    "noise": noise(200, 200),
    "checker": (np.indices((200, 200)).sum(axis=0) % 2 * 255).astype(np.uint8),
    "page": PAGE,
    "dark page": 255 - PAGE,
}


@given(
    st.sampled_from(sorted(PICTURES)),
    st.integers(16, 300),
    st.integers(16, 300),
    st.floats(-50, 250),
    st.floats(-50, 250),
    st.floats(0.05, 20),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_every_frame_differs_from_the_unmarked_one(
    name: str, width: int, height: int, x: float, y: float, scale: float, invert: bool, epoch: int
) -> None:
    view = look(width, height, x=x, y=y, scale=scale, invert=invert)
    frame = masked(PICTURES[name])
    plain = levels(view, frame, width=width, height=height)
    changed = shown(render(view, frame, mark_for(view, epoch=epoch), EXACT)) != plain
    pixels = changed.any(axis=2) if changed.ndim == 3 else changed
    assert np.count_nonzero(pixels) >= width * height / 400


@pytest.mark.parametrize(
    ("encoding", "size"),
    [
        (EXACT, (120, 96)),
        (Encoding(lossless=False, shrink=0.75), (90, 72)),
        (Encoding(lossless=False, shrink=0.5), (60, 48)),
        (Encoding(lossless=True, shrink=0.5), (60, 48)),
        (Encoding(lossless=False, shrink=0.01), (MIN_SIDE, MIN_SIDE)),
    ],
)
def test_a_shrunken_frame(encoding: Encoding, size: tuple[int, int]) -> None:
    view = look()
    assert output_size(view, encoding) == size
    frame = render(view, GREY, mark_for(view, encoding), encoding)
    assert (frame.width, frame.height) == size
    assert shown(frame).shape == (size[1], size[0])
    assert frame.lossless == (encoding.lossless and encoding.shrink == 1)


@pytest.mark.parametrize("size", [(96, 120), (119, 96), (60, 48)])
def test_a_mark_of_another_size_stops_the_frame(size: tuple[int, int]) -> None:
    mark = make_mark(width=size[0], height=size[1], text="ada", opacity=0.14, epoch=0)
    with pytest.raises(MarkError):
        render(look(), GREY, mark, EXACT)


@pytest.mark.parametrize(
    ("frame", "changes"),
    [
        (GREY, {"scale": 0.0}),
        (GREY, {"x": float("nan")}),
        (GREY, {"window": Window(center=0.0, width=0.0)}),
        (COLOUR, {"window": Window(center=128.0, width=256.0)}),
    ],
)
def test_a_view_that_cannot_be_drawn_raises(frame: MaskedFrame, changes: dict[str, object]) -> None:
    with pytest.raises(ViewError):
        render(look(**changes), frame, mark_for(look()), EXACT)


@pytest.mark.parametrize("wrong", [{"quality": 0}, {"quality": 101}, {"shrink": 0.0}, {"shrink": 1.5}])
def test_an_encoding_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ViewError):
        Encoding(**{"lossless": False, **wrong})


@pytest.mark.parametrize("frame", [GREY, COLOUR, SIGNED])
@pytest.mark.parametrize("encoding", [EXACT, PREVIEW])
def test_the_same_arguments_give_the_same_bytes_and_leave_the_frame_alone(
    frame: MaskedFrame, encoding: Encoding
) -> None:
    pixels = frame.pixels.copy()
    first = render(look(), frame, mark_for(look()), encoding)
    assert render(look(), frame, mark_for(look()), encoding) == first
    assert np.array_equal(frame.pixels, pixels)


@pytest.mark.parametrize("encoding", [EXACT, PREVIEW], ids=["exact", "preview"])
def test_frames_of_other_sizes_and_pictures_leave_nothing_behind(encoding: Encoding) -> None:
    views = [look(), look(width=64, height=48), look(width=200, height=160), look(scale=3.0)]
    pictures = [masked(noise(80, 100, seed=k, dtype=dtype)) for k, dtype in enumerate((np.uint8, np.uint16))]

    def drawn(view: View, picture: MaskedFrame) -> bytes:
        mark = make_mark(width=view.width, height=view.height, text="ada s-1", opacity=0.3, epoch=1)
        return render(view, picture, mark, encoding).payload

    first = [drawn(view, picture) for view in views for picture in pictures]
    again = [drawn(view, picture) for view in reversed(views) for picture in reversed(pictures)]
    assert first == again[::-1]


def test_only_render_makes_a_marked_frame() -> None:
    frame = render(look(), GREY, mark_for(look()), EXACT)
    fields = {field.name: getattr(frame, field.name) for field in dataclasses.fields(frame)}
    with pytest.raises(TypeError):
        MarkedFrame(**fields)
    with pytest.raises(TypeError):
        MarkedFrame(**fields, seal=object())
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(frame, payload=b"unmarked")
    with pytest.raises(dataclasses.FrozenInstanceError):
        frame.payload = b"unmarked"


def names(tree: ast.AST) -> list[str]:
    """Every name and attribute that is used, in order."""
    found = [
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
    ]
    return found + [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]


def functions(path: Path) -> dict[str, ast.FunctionDef]:
    return {
        node.name: node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)
    }


def test_pixels_are_encoded_in_one_place_after_the_mark() -> None:
    """No public way from levels to bytes: encoders are used in `_encode` and below, which `render` alone calls."""
    for path in RENDER.glob("*.py"):
        for name, function in functions(path).items():
            used = set(names(function)) & (ENCODERS | {"_encode", "_jpeg", "_png", "_chunk"})
            allowed = {
                "render": {"_encode"},
                "_encode": {"_jpeg", "_png"},
                "_jpeg": {"simplejpeg"},
                "_png": {"isal_zlib", "_chunk"},
                "_chunk": {"isal_zlib"},
                "_trace": {"isal_zlib"},
            }
            assert used <= (allowed.get(name, set()) if path.name == "frame.py" else set()), (path.name, name)
    body = functions(RENDER / "frame.py")["render"]
    (call,) = [
        node for node in ast.walk(body) if isinstance(node, ast.Call) and names(node.func) == ["_encode"]
    ]
    marked = call.args[0]
    assert isinstance(marked, ast.Call)
    assert isinstance(marked.func, ast.Attribute)
    assert (marked.func.attr, names(marked.func.value)) == ("on", ["mark"])


def test_frames_are_made_and_unsealed_nowhere_else() -> None:
    for path in [*(ROOT / "viewer").rglob("*.py"), *(ROOT / "gateway").rglob("*.py")]:
        source = path.read_text()
        if path == RENDER / "frame.py" or "render.frame" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and names(node.func) != ["isinstance"]:
                assert "MarkedFrame" not in names(node.func) + [
                    name for part in node.args for name in names(part)
                ], path
            if isinstance(node, ast.ImportFrom) and node.module == "viewer.render.frame":
                assert not [alias.name for alias in node.names if alias.name.startswith("_")], path
            if isinstance(node, ast.ImportFrom) and node.module == "viewer.render":
                assert "frame" not in [alias.name for alias in node.names], (
                    path
                )  # its private names would be in reach


def test_the_public_names_of_the_frame_module() -> None:
    public = {
        name
        for name, thing in vars(viewer.render.frame).items()
        if not name.startswith("_") and getattr(thing, "__module__", None) == viewer.render.frame.__name__
    }
    assert public == {"Codec", "Encoding", "MarkedFrame", "output_size", "render"}
