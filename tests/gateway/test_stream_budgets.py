"""Exposure budgets hold: a share of an item, items an hour, people a day; at their end a stop, a question, or a wait."""

import msgspec
import pytest

from gateway.sessions.budgets import MOST_DELAY_S, judge
from gateway.store import openings
from gateway.store.opening import Store
from gateway.store.openings import DAY_S, HOUR_S, Use
from gateway.stream.coverage import CELLS, COARSE, Coverage
from gateway.stream.effects import Explain, FindWork, Limit, Work
from gateway.stream.messages import Next, Reason
from policies.controls import Controls
from policies.values import OnLimit
from tests.gateway.stores import HandClock, add_item, furnish, note
from tests.gateway.stream_visits import Caller, controls, grant, look, task, told
from viewer.render.frame import Encoding
from viewer.render.view import Spot

SIDE = 64
FULL = Encoding(lossless=False)


def covering(slices: int = 1) -> Coverage:
    return Coverage(rows=SIDE, columns=SIDE, slices=slices, stretch=1.0)


# --- a share of an item
def test_what_is_seen_at_full_detail_is_counted_once() -> None:
    coverage = covering(slices=2)
    left = look(1, width=SIDE // 2, height=SIDE, x=SIDE / 4, y=SIDE / 2).view()
    for _ in range(2):
        coverage.add(left, FULL)
    assert coverage.share == 0.25
    coverage.add(look(1, width=SIDE, height=SIDE, x=SIDE / 2, y=SIDE / 2, scale=0.5).view(), FULL)
    coverage.add(left, Encoding(lossless=False, shrink=0.5))
    assert coverage.share == 0.25  # what is smaller than the picture shows no full detail
    spot = Spot(x=SIDE * 0.75, y=SIDE / 2, radius=SIDE // 8, detail=0.125)
    whole = look(1, frame=1, width=SIDE, height=SIDE, x=SIDE / 2, y=SIDE / 2).view()
    coverage.add(msgspec.structs.replace(whole, spot=spot), FULL)
    assert coverage.share == 0.25 + (CELLS // 4) ** 2 / (2 * CELLS * CELLS)


def _visit(on_limit: OnLimit, share: float = 0.5) -> Caller:
    caller = Caller().open(grant(share_of_item=share, on_limit=on_limit))
    caller.say(Next())
    assert caller.store == FindWork(Work.NEXT, None)
    caller.store = None
    caller.do(caller.machine.found(task(), caller.now, coverage=covering()))
    return caller


@pytest.mark.parametrize("on_limit", [OnLimit.STOP, OnLimit.ASK])
def test_beyond_the_share_the_picture_is_coarse(on_limit: OnLimit) -> None:
    """The same half again is nothing new; the other half is beyond the share."""
    for seq, x, coarse in ((2, SIDE / 4, False), (3, SIDE * 0.75, True)):
        caller = _visit(on_limit)
        caller.machine._visit.showing.coverage.add(look(1, width=32, height=64, x=16.0, y=32.0).view(), FULL)
        effects = caller.say(look(seq, width=SIDE // 2, height=SIDE, x=x, y=SIDE / 2))
        assert caller.render is not None
        assert (caller.render.encoding.shrink * caller.render.view.scale <= COARSE) is coarse
        assert (Limit("i") in effects) is coarse
        if coarse:
            (word,) = told(effects)
            assert word["level"] == ("ask" if on_limit is OnLimit.ASK else "warning")
            assert "50%" in str(word["text"])


def test_a_reason_opens_the_rest_of_the_item_where_the_policy_asks_for_one() -> None:
    for on_limit, opened in ((OnLimit.ASK, True), (OnLimit.STOP, False)):
        caller = _visit(on_limit, share=0.1)
        caller.say(look(1, width=SIDE, height=SIDE, x=SIDE / 2, y=SIDE / 2))
        caller.draw()
        effects = caller.say(Reason(text="the lesion goes on below"))
        assert (Explain("i", "the lesion goes on below") in effects) is opened
        caller.say(look(2, frame=1, width=SIDE, height=SIDE, x=SIDE / 2, y=SIDE / 2))
        assert caller.render is not None
        assert caller.render.encoding.shrink <= COARSE, "nothing more before the reason is in the log"
        caller.draw()
        caller.do(caller.machine.explained("another", caller.now))
        assert caller.render is None
        caller.do(caller.machine.explained("i", caller.now))
        assert (caller.render is not None and caller.render.encoding.shrink > COARSE) is opened


# --- items an hour, people a day
def _limits(on_limit: OnLimit, **changes: object) -> Controls:
    return controls(on_limit=on_limit, **({"items_per_hour": 3, "subjects_per_day": 2} | changes))


@pytest.mark.parametrize(
    ("use", "spent"),
    [
        (Use(items=2, subjects=1, item_frees=0, subject_frees=0), ""),
        (Use(items=3, subjects=1, item_frees=3600, subject_frees=0), "3 items an hour"),
        (Use(items=0, subjects=2, item_frees=0, subject_frees=3600), "2 people"),
    ],
)
def test_the_end_of_a_budget(use: Use, spent: str) -> None:
    stop, ask, slow = (
        judge(_limits(on_limit), use) for on_limit in (OnLimit.STOP, OnLimit.ASK, OnLimit.SLOW)
    )
    if not spent:
        assert stop == ask == slow
        assert stop.allowed
        return
    assert (stop.allowed, stop.ask, ask.allowed, ask.ask) == (False, False, False, True)
    assert spent in stop.why
    assert "01:00 UTC" in stop.why
    assert "Say why" in ask.why
    assert (slow.allowed, slow.delay_s) == (True, MOST_DELAY_S)
    faster = judge(
        _limits(OnLimit.SLOW, items_per_hour=1800), Use(items=1800, subjects=0, item_frees=0, subject_frees=0)
    )
    assert faster.delay_s == 2.0


def test_what_was_opened_counts_for_an_hour_and_a_day_or_until_a_reason(
    store: Store, clock: HandClock
) -> None:
    furnish(store)
    add_item(store, "i2", subject="subject-i1")
    add_item(store, "i3")

    def opens(item: str, subject: str) -> None:
        with store.write() as tx:
            openings.note(tx, "ada-id", item, subject)
            tx.append(note())

    def used(item: str, subject: str) -> tuple[int, int]:
        with store.read() as connection:
            use = openings.use(connection, "ada-id", item, subject, clock.now())
        return use.items, use.subjects

    assert used("i1", "subject-i1") == (0, 0)
    opens("i1", "subject-i1")
    opens("i2", "subject-i1")
    opens("i2", "subject-i1")
    assert used("i3", "subject-i3") == (2, 1)
    assert used("i1", "subject-i1") == (1, 0)  # what is opened again is nothing new
    clock.time += HOUR_S + 1
    assert used("i3", "subject-i3") == (0, 1)
    opens("i3", "subject-i3")
    with store.write() as tx:
        openings.give_reason(tx, "ada-id")
        tx.append(note())
    assert used("i4", "subject-i4") == (0, 0)
    clock.time += DAY_S
    assert used("i1", "subject-i1") == (0, 0)
