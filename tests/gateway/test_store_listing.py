"""Lists of items, on both kinds of store: what waits, how many there are in each state, and one page of them."""

import itertools

from gateway.store import listing
from gateway.store.opening import Store
from gateway.web.paging import paging
from tests.gateway.stores import add_item, add_project


def _stocked(store: Store) -> None:
    for project in ("p1", "p2"):
        add_project(store, project)
    kinds = itertools.cycle(
        (("CT · 4 slices", "released"), ("text · 1 page", "held"), ("CT · 100%_", "held"))
    )
    for number, (title, state) in zip(range(9), kinds, strict=False):
        reasons = ["a reason"] if state == "held" else []
        add_item(
            store,
            f"i{number}",
            title=title,
            state=state,
            reasons=reasons,
            created=float(number),
            subject=f"subject-{number}",
        )
    add_item(store, "other", "p2", title="text · 1 page", state="held", created=0.0)


def test_what_waits_is_told_oldest_first_and_by_project(store: Store) -> None:
    _stocked(store)
    with store.read() as connection:
        every, of_one = listing.waiting(connection), listing.waiting(connection, "p1")
    assert [row.id for row in of_one] == ["i1", "i2", "i4", "i5", "i7", "i8"]
    assert {row.id for row in every} == {row.id for row in of_one} | {"other"}
    assert (of_one[0].project_name, of_one[0].reasons, of_one[0].approvals) == (
        "name of p1",
        ["a reason"],
        [],
    )


def test_a_list_is_of_a_state_and_words_and_newest_first(store: Store) -> None:
    _stocked(store)
    with store.read() as connection:
        assert listing.states(connection, "p1") == {"released": 3, "held": 6}
        assert listing.states(connection, "p1", "TEXT") == {"held": 3}
        assert listing.states(connection, "none") == {}
        assert [row.id for row in listing.listed(connection, "p1", start=1, count=3)] == ["i7", "i6", "i5"]
        assert [row.id for row in listing.listed(connection, "p1", state="released")] == ["i6", "i3", "i0"]
        assert [row.id for row in listing.listed(connection, "p1", words="subject-4")] == ["i4"]
        assert [row.id for row in listing.listed(connection, "p1", words="100%_")] == ["i8", "i5", "i2"]
        assert listing.listed(connection, "p1", words="%%%") == []
        assert listing.listed(connection, "p1", words="ject-4") == []  # names are found by how they begin


def test_a_page_is_the_one_that_is_asked_for_or_the_nearest() -> None:
    for asked, number, start, end in (
        ("1", 1, 0, 200),
        ("3", 3, 400, 450),
        ("9", 3, 400, 450),
        ("-1", 1, 0, 200),
        ("²", 1, 0, 200),
        ("", 1, 0, 200),
    ):
        made = paging({"page": asked}, 200, 450, state="held", q="")
        assert (made.number, made.start, made.end, made.pages) == (number, start, end, 3)
        assert made.link(2) == "?state=held&page=2"
    empty = paging({}, 200, 0)
    assert (empty.pages, empty.start, empty.end) == (1, 0, 0)
