"""When frames are a video: only slices in a row, on a thin link, for a client that can decode it; and when one is whole."""

from itertools import groupby

import msgspec
import pytest

from gateway.stream.coverage import Coverage
from gateway.stream.effects import RenderRequest
from gateway.stream.filming import (
    LATEST_S,
    LEAST_KBPS,
    MOST_PIXELS,
    RETRY_SLICES,
    SLICES,
    SMALLER,
    TELLING,
    THIN_RATE,
    Filming,
)
from gateway.stream.limits import Limits
from gateway.stream.link import Link
from gateway.stream.machine import Machine
from gateway.stream.messages import Ack, Bye, Hello, Look, Unfilm
from gateway.stream.pacing import FILMED, Pacing
from gateway.stream.wire import pack_blank, unpack
from policies.values import Reveal
from tests.gateway.stream_visits import (
    DIGEST,
    START,
    WELCOME,
    Caller,
    controls,
    frame_of,
    grant,
    look,
    task,
)
from viewer.render.frame import Codec
from viewer.render.view import View

TWO_MBIT = 250_000.0
STEP_S = 1 / 30


def view(frame: int = 0, **changes: object) -> View:
    usual = {"width": 1024, "height": 1024, "x": 1.0, "y": 1.0, "scale": 1.0}
    return View(item="i", frame=frame, **(usual | changes))  # type: ignore[arg-type]


def link(rate: float | None) -> Link:
    made = Link()
    made.rate = rate
    return made


def rolled(steps: int, **changes: object) -> Filming:
    filming, before = Filming(), view(0)
    for frame in range(1, steps + 1):
        after = view(frame, **(changes if frame == steps else {}))
        filming.look(after, before, quick=True)
        before = after
    return filming


@pytest.mark.parametrize(
    ("rate", "panes", "kbps"),
    [
        (None, 1, 0),
        (THIN_RATE + 1, 1, 0),
        (THIN_RATE, 1, 4500),
        (TWO_MBIT, 1, 1500),
        (TWO_MBIT, 2, 750),
        (TWO_MBIT, 4, 375),
        (1000.0, 1, LEAST_KBPS),
    ],
)
def test_the_rate_is_the_links(rate: float | None, panes: int, kbps: int) -> None:
    coded = rolled(SLICES).encoding(view(9), link(rate), panes)
    assert (coded.video if coded else 0) == kbps


def test_an_estimate_that_wavers_changes_no_rate() -> None:
    filming = rolled(SLICES)
    rates = []
    for rate in (TWO_MBIT, 215_000.0, 330_000.0, 350_000.0, 300_000.0, 200_000.0):
        coded = filming.encoding(view(9), link(rate), 1)
        assert coded is not None
        rates.append(coded.video)
    assert rates == [1500, 1500, 1500, 2100, 2100, 1200]


@pytest.mark.parametrize(
    ("steps", "last"),
    [(SLICES - 1, {}), (SLICES + 3, {"x": 2.0}), (SLICES + 3, {"scale": 2.0}), (SLICES + 3, {"width": 512})],
    ids=["too few", "a drag", "a zoom", "a resize"],
)
def test_only_slices_in_a_row(steps: int, last: dict[str, object]) -> None:
    assert rolled(steps, **last).encoding(view(9), link(TWO_MBIT), 1) is None


def test_a_pause_begins_the_count_anew() -> None:
    filming = rolled(SLICES)
    filming.look(view(SLICES + 1), view(SLICES), quick=False)
    assert filming.encoding(view(9), link(TWO_MBIT), 1) is None


@pytest.mark.parametrize(
    ("side", "shrunk"), [(512, False), (1024, False), (1200, False), (1400, True), (4096, True)]
)
def test_a_large_view_is_shrunk(side: int, shrunk: bool) -> None:
    coded = rolled(SLICES).encoding(view(9, width=side, height=side), link(TWO_MBIT), 1)
    assert coded is not None
    assert (coded.shrink < 1) is shrunk
    assert (side * coded.shrink) ** 2 <= MOST_PIXELS + 1


# --- the pace of a pane
class Hand:
    """Scrolls over a pacing whose link is known to be thin; each frame is drawn and acknowledged at once unless held back."""

    def __init__(self, *, film: bool = True, rate: float = TWO_MBIT) -> None:
        self.pacing = Pacing(Limits())
        self.pacing.filming = Filming() if film else None
        self.link = self.pacing.link
        # What acknowledgements would have told: the estimate itself is tested in test_stream_link.
        self.link.rate, self.link.rtt = rate, 0.2
        self.link._recent, self.link._sizes = [(0.2, 9000)], [9000]
        self.now, self.seq, self.frame, self.video_bytes = START, 0, 0, 8000

    def step(
        self, frames: int = 1, *, ack: bool = True, send: bool = True, **changes: object
    ) -> list[RenderRequest]:
        asked = []
        for _ in range(frames):
            self.now += STEP_S
            self.frame += 1
            usual = {"width": 1024, "height": 1024, "x": 1.0, "y": 1.0, "scale": 1.0}
            self.pacing.look(
                Look(seq=self.frame, item="i", frame=self.frame, **(usual | changes)),
                self.now,  # type: ignore[arg-type]
            )
            asked += self.pump(ack=ack, send=send)
        return asked

    def pump(self, *, ack: bool = True, send: bool = True) -> list[RenderRequest]:
        request = self.pacing.request(self.now, lossless=True)
        if request is None:
            return []
        if send and self.pacing.returned(request):
            self.seq += 1
            self.pacing.sent(
                request, self.seq, self.video_bytes if request.encoding.video else 12_000, self.now
            )
            if ack:
                self.link.forget()
        return [request]


def test_without_a_client_that_can_nothing_is_filmed() -> None:
    assert all(request.encoding.video == 0 for request in Hand(film=False).step(30))


def test_on_a_wide_link_nothing_is_filmed() -> None:
    assert all(request.encoding.video == 0 for request in Hand(rate=5e6).step(30))


def test_a_scroll_becomes_a_video_that_begins_with_a_whole_frame() -> None:
    asked = Hand().step(30)
    filmed = [request for request in asked if request.encoding.video]
    assert len(filmed) >= 30 - SLICES - 1
    assert [request.key for request in filmed] == [True] + [False] * (len(filmed) - 1)
    assert all(request.preview and not request.still for request in filmed)
    assert all(request.plain is not None and not request.plain.video for request in filmed)


def test_slices_that_have_too_little_in_common_go_as_pictures_for_a_while() -> None:
    hand = Hand()
    hand.video_bytes = round(1.5 * LATEST_S * TWO_MBIT)
    asked = [request.encoding.video > 0 for request in hand.step(300)]
    runs = [(kind, len(list(group))) for kind, group in groupby(asked)]
    assert [kind for kind, _ in runs[:5]] == [False, True, False, True, False]
    assert all(length == 2 + 2 * TELLING for kind, length in runs[:-1] if kind), (
        "a whole one and one that tells, at either size"
    )
    assert runs[2][1] >= RETRY_SLICES - 1


def test_large_frames_of_a_video_are_drawn_smaller_first() -> None:
    hand = Hand()
    hand.video_bytes = round(1.5 * LATEST_S * TWO_MBIT)
    filmed = [request for request in hand.step(SLICES + 2 + 2 * TELLING) if request.encoding.video]
    assert [(request.encoding.shrink, request.key) for request in filmed] == [
        *((1.0, True), *[(1.0, False)] * TELLING, (SMALLER, True), *[(SMALLER, False)] * TELLING),
    ]
    hand.video_bytes //= 2
    assert {request.encoding.shrink for request in hand.step(60) if request.encoding.video} == set()
    hand.now += 1.0
    hand.pump()
    again = [request for request in hand.step(30) if request.encoding.video]
    assert {request.encoding.shrink for request in again} == {1.0}
    assert again[0].key


def test_a_still_hand_gets_the_exact_frame_and_the_video_goes_on_after_it() -> None:
    hand = Hand()
    hand.step(20)
    hand.now += 0.3
    (still,) = hand.pump()
    assert (still.encoding.lossless, still.encoding.video, still.still) == (True, 0, True)
    again = [request for request in hand.step(20) if request.encoding.video]
    assert again
    assert not again[0].key, "the client still has what it is made from"


@pytest.mark.parametrize("what", ["cut", "clear", "redo", "resize", "not sent"])
def test_after_anything_that_may_part_client_and_server_the_next_frame_is_whole(what: str) -> None:
    hand = Hand()
    hand.step(20)
    changes: dict[str, object] = {}
    match what:
        case "cut":
            hand.pacing.cut()
        case "clear":
            hand.pacing.clear()
        case "redo":
            hand.pacing.redo()
        case "resize":
            changes = {"width": 800}
            hand.step(**changes)
        case "not sent":
            (request,) = hand.step(send=False)
            assert request.encoding.video
            hand.pacing.redo()
            assert not hand.pacing.returned(request)
    filmed = [request for request in hand.step(20, **changes) if request.encoding.video]
    assert [request.key for request in filmed[:3]] == [True, False, False]


def test_more_small_frames_fill_a_long_way_and_their_bytes_are_bounded() -> None:
    hand = Hand()
    hand.step(20)
    hand.step(40, ack=False)
    assert Limits().window < hand.link.in_flight <= FILMED * Limits().window
    assert hand.link.bytes_in_flight <= TWO_MBIT * 0.25 + 8000


# --- the whole stream
def filming_caller(*, server: bool = True, client: bool = True, **changes: object) -> Caller:
    caller = Caller()
    caller.machine = Machine(caller.now, film=server)
    caller.say(Hello(ticket="t", video=client))
    caller.do(caller.machine.admit(grant(**changes), caller.now, welcome=WELCOME))
    caller.do(caller.machine.tell(task(), caller.now))
    return caller


def scroll(caller: Caller, steps: int, first: int = 1) -> list[RenderRequest]:
    """Scroll over a link that is known to be thin. The pictures stand in for the video's: the machine asks for no codec."""
    asked = []
    for seq in range(first, first + steps):
        caller.now += STEP_S
        panes = caller.machine._visit.showing.panes  # type: ignore[union-attr]
        panes.link.rate, panes.link._recent, panes.link._sizes = 20_000.0, [(0.2, 300)], [30]
        caller.say(look(seq, frame=seq))
        if caller.render is not None:
            asked.append(caller.render)
            caller.draw()
            caller.acked = caller.last_binary
            caller.say(Ack(seq=caller.last_binary))
    return asked


@pytest.mark.parametrize(
    ("changes", "filmed"),
    [
        ({}, True),
        ({"client": False}, False),
        ({"server": False}, False),
        ({"reveal": Reveal.SPOTLIGHT}, True),
    ],
    ids=["both", "client can't", "server won't", "spotlight"],
)
def test_both_sides_must_want_it(changes: dict[str, object], filmed: bool) -> None:
    asked = scroll(filming_caller(**changes), 20)  # type: ignore[arg-type]
    assert any(request.encoding.video for request in asked) is filmed


def test_where_only_a_part_may_be_seen_nothing_is_filmed() -> None:
    caller = filming_caller(share_of_item=0.5)
    visit = caller.machine._visit
    assert visit is not None
    visit.showing.coverage = Coverage(rows=48, columns=48, slices=9, stretch=1.0)
    assert not any(request.encoding.video for request in scroll(caller, 20))


def test_a_limit_on_detail_holds_for_the_video_and_for_what_takes_its_place() -> None:
    asked = scroll(filming_caller(max_side_px=24), 20)
    filmed = [request for request in asked if request.encoding.video]
    assert filmed
    assert all(request.encoding.shrink <= 0.5 for request in filmed)
    assert all(request.plain is not None and request.plain.shrink <= 0.5 for request in filmed)
    assert not any(request.key for request in filmed[1:]), "the limit is no reason for a whole frame"


def test_a_client_whose_decoder_fails_gets_pictures_at_once() -> None:
    caller = filming_caller()
    assert scroll(caller, 20)[-1].encoding.video
    caller.say(Unfilm())
    assert caller.render is not None, "the view is drawn again, though no frame was acknowledged"
    assert not caller.render.encoding.video
    caller.draw()
    assert not any(request.encoding.video for request in scroll(caller, 20, 100))
    assert not caller.say(Unfilm()), "said twice, it does nothing"


def test_after_a_lock_nothing_is_filmed() -> None:
    caller = filming_caller()
    caller.now += STEP_S
    scroll(caller, 20)
    caller.say(look(100, frame=100))
    caller.do(caller.machine.lock("away", caller.now))
    request, caller.render = caller.render, None
    if request is not None:
        assert not caller.do(caller.machine.rendered(request, frame_of(request), DIGEST, caller.now))
    assert not scroll(caller, 5, 101)
    caller.say(Bye())


def test_changed_controls_make_the_next_frame_whole() -> None:
    caller = filming_caller()
    scroll(caller, 20)
    caller.do(caller.machine.change_controls(controls(max_zoom=4.0), [], caller.now))
    caller.render = None
    caller.do([])
    visit = caller.machine._visit
    assert visit is not None
    filming = visit.showing.panes._panes[0].pacing.filming
    assert filming is not None
    assert not filming.running


def test_the_wire_knows_the_codec() -> None:
    blank = bytearray(pack_blank(seq=1, answers=1, epoch=1))
    blank[1:4] = bytes((1, Codec.VP8, 2))
    header, payload = unpack(bytes(blank) + b"x")
    assert (header.codec, payload) == (Codec.VP8, b"x")


def test_the_hello_says_it() -> None:
    assert msgspec.json.decode(b'{"t":"hello","ticket":"t","video":true}', type=Hello).video
    assert not msgspec.json.decode(b'{"t":"hello","ticket":"t"}', type=Hello).video
