"""Videos as they are really made, by PyAV, and decoded again; the encoders are few and go when a pane rests."""

import asyncio

import cv2
import msgspec
import numpy as np
import pytest

from gateway.errors import Unconfigured
from gateway.workers import films
from gateway.workers.caching import FrameCache
from gateway.workers.films import MOST_QUANTIZER, Films, Reel, Unfilmed
from gateway.workers.rendering import Renderer
from tests.gateway.test_workers_rendering import Source, job
from viewer.errors import ViewError
from viewer.imaging.presentation import Presentation
from viewer.masking.image import MaskedFrame
from viewer.render.frame import Codec, Encoding, render
from viewer.render.mark import Forensic, make_mark
from viewer.render.view import View
from viewer.watermark.keying import Key
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.tracing import trace

av = pytest.importorskip("av", reason="the extra `video` is not installed")


class Player:
    """What a client's decoder does."""

    def __init__(self) -> None:
        self._decoder = av.CodecContext.create("vp8", "r")

    def show(self, payload: bytes) -> np.ndarray:
        """RGB, (height, width, 3): studio range, BT.601, as browsers take VP8 to be."""
        (frame,) = self._decoder.decode(av.Packet(payload))
        return np.asarray(cv2.cvtColor(frame.to_ndarray(format="yuv420p"), cv2.COLOR_YUV2RGB_I420))


def moving(number: int, side: tuple[int, int] = (192, 256)) -> np.ndarray:
    """Soft shapes on a ramp, a little further with each number."""
    height, width = side
    picture = np.tile(np.linspace(0, 255, width), (height, 1)).astype(np.uint8)
    cv2.circle(picture, (60 + 3 * number, 90), 40, (220,), -1)
    return cv2.GaussianBlur(picture, (0, 0), 1.5)


def whole(payload: bytes) -> bool:
    return payload[0] & 1 == 0  # RFC 6386, 9.1


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(1e-9, np.mean((one.astype(float) - other) ** 2))))


@pytest.mark.parametrize("sides", [(192, 256), (191, 255), (17, 16)], ids=["even", "odd", "tiny"])
@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
def test_what_is_encoded_comes_out_again_in_order(sides: tuple[int, int], colour: bool) -> None:
    reel, player = Reel(), Player()
    for number in range(8):
        marked = moving(number, sides)
        if colour:
            marked = np.dstack((marked, marked // 2, 255 - marked))
        payload = reel.add(marked, 1000, key=False)
        assert whole(payload) is (number == 0)
        shown = player.show(payload)[: sides[0], : sides[1]]
        wanted = marked if colour else np.dstack([marked] * 3)
        assert psnr(shown, wanted) > (26 if colour else 30), number


def test_a_whole_frame_comes_where_it_is_asked_for_and_needs_none_before_it() -> None:
    reel = Reel()
    made = [reel.add(moving(k), 1000, key=k == 5) for k in range(8)]
    assert [whole(each) for each in made] == [k in (0, 5) for k in range(8)]
    late = Player()
    assert psnr(late.show(made[5])[..., 0], moving(5)) > 30
    assert psnr(late.show(made[6])[..., 0], moving(6)) > 30


@pytest.mark.parametrize("other", [{"kbps": 450}, {"side": (96, 128)}], ids=["rate", "size"])
def test_another_rate_or_size_begins_with_a_whole_frame(other: dict[str, object]) -> None:
    reel = Reel()
    reel.add(moving(0), 1000, key=False)
    payload = reel.add(moving(1, other.get("side", (192, 256))), other.get("kbps", 1000), key=False)  # type: ignore[arg-type]
    assert whole(payload)


def test_what_cant_be_encoded_has_a_name_and_the_reel_goes_on() -> None:
    reel = Reel()
    with pytest.raises(Unfilmed, match="can't be encoded"):
        reel.add(np.zeros((2, 20_000), np.uint8), 1000, key=False)  # VP8 ends at 16,383
    assert whole(reel.add(moving(1), 1000, key=False))


def test_a_low_rate_is_kept_by_the_quantizer_up_to_its_bound() -> None:
    noise = np.random.default_rng(1)
    frames = [noise.integers(0, 255, (192, 256), np.uint8) for _ in range(6)]
    low, high = (
        [len(reel.add(frame, kbps, key=False)) for k, frame in enumerate(frames)]
        for reel, kbps in ((Reel(), 100), (Reel(), 20_000))
    )
    assert sum(low) < 0.7 * sum(high)
    assert min(low) > 4000, f"noise at quantizer {MOST_QUANTIZER} costs what it costs"


# --- the frame path
FRAME = MaskedFrame(
    pixels=(moving(0, (64, 64)).astype(np.uint16) * 8),
    offset=0,
    presentation=Presentation(photometric="MONOCHROME2", bits_stored=12),
)
VIEW = View(item="i", frame=0, width=64, height=64, x=32.0, y=32.0, scale=1.0)


def test_a_filmed_frame_is_the_very_one_that_is_drawn_again_from_the_ledger() -> None:
    mark = make_mark(width=64, height=64, text="ada s-1", opacity=0.4, epoch=7)
    encoding = Encoding(lossless=False, video=700)
    reel = Reel()
    sent = render(VIEW, FRAME, mark, encoding, lambda marked: reel.add(marked, 700, key=True))
    again = render(VIEW, FRAME, mark, encoding)
    assert (sent.codec, again.codec) == (Codec.VP8, Codec.PNG)
    assert sent.trace == again.trace
    assert not sent.lossless
    assert not again.lossless
    other = render(
        VIEW, FRAME, make_mark(width=64, height=64, text="ada s-1", opacity=0.4, epoch=8), encoding
    )
    assert other.trace != sent.trace
    shown = Player().show(sent.payload)[..., 0]
    exact = cv2.imdecode(np.frombuffer(again.payload, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert psnr(shown, exact) > 25, "what goes into the video carries the mark"
    assert psnr(shown, exact) > psnr(shown, moving(0, (64, 64)))


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_turned_picture_is_filmed_too(turned: int, mirrored: bool) -> None:
    view = msgspec.structs.replace(VIEW, turned=turned, mirrored=mirrored)
    mark = make_mark(width=64, height=64, text="ada s-1", opacity=0.4, epoch=7)
    encoding = Encoding(lossless=False, video=700)
    reel = Reel()
    sent = render(view, FRAME, mark, encoding, lambda marked: reel.add(marked, 700, key=True))
    assert sent.trace == render(view, FRAME, mark, encoding).trace


@pytest.mark.parametrize("video", [-1, 100_001])
def test_a_rate_that_no_video_has(video: int) -> None:
    with pytest.raises(ViewError):
        Encoding(lossless=False, video=video)


def test_nothing_lossless_is_a_video() -> None:
    with pytest.raises(ViewError):
        Encoding(lossless=True, video=700)


def test_the_mark_is_read_blind_from_a_frame_at_the_coarsest_step() -> None:
    key, payload = Key(bytes(range(32))), Payload(session=0xC0FFEE, epoch=59_000_000)
    forensic = Forensic(key=key, session=payload.session, strength=Strength.STANDARD)
    mark = make_mark(
        width=768, height=768, text="ada s-1", opacity=0.14, epoch=payload.epoch, forensic=forensic
    )
    noise = np.random.default_rng(3).normal(0, 4, (768, 768))
    reel, player = Reel(), Player()
    for number in range(6):
        plain = cv2.resize(moving(3 * number, (192, 192)), (768, 768), interpolation=cv2.INTER_CUBIC)
        plain = np.clip(np.roll(noise, 5 * number, 1) + 0.7 * plain + 20, 0, 255).astype(np.uint8)
        shown = player.show(reel.add(mark.on(plain).copy(), 100, key=False))  # a rate far too low
    found = trace(key, np.ascontiguousarray(shown[..., 0]), late=lambda: False)
    assert [each.payload for each in found.named] == [payload]


# --- a process's encoders
def test_there_are_few_and_they_go_when_a_pane_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "REST_S", 0.02)

    async def play() -> None:
        made = Films(most=2)
        assert made.film("a", 700, key=True) is not None
        assert made.film("b", 700, key=True) is not None
        assert made.film("c", 700, key=True) is None
        assert made.film("a", 700, key=False) is not None
        made.drop("b")
        assert made.film("c", 700, key=True) is not None
        async with asyncio.timeout(10):
            while len(made):  # noqa: ASYNC110 - its timer is what is tested
                await asyncio.sleep(0.005)
        assert made._sweeping is None, "nothing goes round where nobody plays"
        assert made.film("d", 700, key=True) is not None

    asyncio.run(play())


def test_the_renderer_draws_a_filmed_frame_on_its_thread() -> None:
    async def ask() -> None:
        renderer, made = Renderer(FrameCache(Source())), Films()
        try:
            plain = job()
            await renderer.draw(plain)
            for number in range(3):
                film = made.film("a", 700, key=False)
                filmed = msgspec.structs.replace(
                    plain, encoding=Encoding(lossless=False, video=700), film=film
                )
                frame = await renderer.draw(filmed)
                assert (frame.codec, whole(frame.payload)) == (Codec.VP8, number == 0)
        finally:
            renderer.close()

    asyncio.run(ask())


# --- what an operator is told
def test_what_there_is_is_said() -> None:
    told = films.describe()
    assert told.startswith(f"VP8 by libvpx, PyAV {av.__version__}")
    built = str(av._core.library_meta["libavcodec"]["configuration"])
    assert ("GPL" in told) is ("--enable-libx264" in built or "--enable-libx265" in built)
    films.check()


def test_where_the_extra_is_missing_the_option_is_refused_with_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(films.importlib.util, "find_spec", lambda name: None)
    assert films.describe() == "not available (the extra `video` is not installed)"
    with pytest.raises(Unconfigured, match=r"`--video` is not available .*extra `video`"):
        films.check()
