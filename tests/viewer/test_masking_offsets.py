"""The offset map of a masked text: both ways, in code points, and whole over what was masked."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.masking.offsets import stretches, to_masked, to_original
from viewer.masking.text import mask_text

TEXT = "😀 Mr. John Smith, MRN 12345678, seen 03/04/2021. No effusion."


def test_what_was_not_masked_is_the_same_passage_on_both_sides() -> None:
    masked = mask_text(TEXT)
    at = masked.text.index("effusion")
    start, end = to_original(masked.offsets, at, at + 8)
    assert TEXT[start:end] == "effusion"
    assert to_masked(masked.offsets, start, end) == (at, at + 8)


def test_a_passage_of_a_surrogate_is_the_whole_of_what_it_stands_for() -> None:
    masked = mask_text(TEXT)
    at = TEXT.index("12345678")
    start, end = to_masked(masked.offsets, at + 2, at + 4)
    assert "12345678" not in masked.text
    back = to_original(masked.offsets, start, start + 1)
    assert back == to_original(masked.offsets, start, end)
    assert back[0] <= at
    assert back[1] >= at + 8


gaps = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6), st.integers(0, 9)), max_size=6)


@given(gaps)
def test_the_map_is_monotone_and_leaves_nothing_out(parts: list[tuple[int, int, int]]) -> None:
    spans, at = [], 0
    for gap, length, surrogate in parts:
        at += gap
        spans.append((at, at + length, surrogate))
        at += length
    offsets = stretches(spans)
    places = [to_masked(offsets, each, each + 1) for each in range(at + 3)]
    assert places == sorted(places)
    for (start, end), (following, _) in itertools.pairwise(places):
        assert following in {start, end}


@pytest.mark.parametrize("at", [0, 3])
def test_without_masked_passages_nothing_moves(at: int) -> None:
    assert to_masked((), at, at + 2) == to_original((), at, at + 2) == (at, at + 2)
