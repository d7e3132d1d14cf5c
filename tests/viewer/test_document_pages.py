"""Pages: every code point of a text stands in one line, inside the margins."""

import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from viewer.document.lettering import visible
from viewer.document.pages import (
    INK,
    LINES_PER_PAGE,
    MARGIN,
    MAX_CHARACTERS,
    MAX_PAGES,
    PAGE_WIDTH,
    PAPER,
    Line,
    draw_page,
    page_height,
    page_text,
    paginate,
)
from viewer.errors import UnreadableFile, ViewError

TEXTS = st.text(st.sampled_from("aWi.,0é診ש \t\n\r\x07\u0301\u200b") | st.characters(), max_size=400)
NARROW = {"columns": 20, "lines_per_page": 3}


def drawn(line: Line) -> str:
    return "".join(run.letters for run in line.runs)


def lines_of(text: str, **grid: int) -> list[str]:
    return [drawn(line) for page in paginate(text, **grid) for line in page.lines]


@given(TEXTS, st.integers(20, 120), st.integers(1, 10))
def test_pages_and_lines_follow_without_a_gap(text: str, columns: int, lines_per_page: int) -> None:
    pages = paginate(text, columns=columns, lines_per_page=lines_per_page)
    lines = [line for page in pages for line in page.lines]
    assert [line.start for line in lines] == [0, *(line.end for line in lines[:-1])]
    assert lines[-1].end == len(text)
    assert all(line.start < line.end for line in lines) or text == ""
    assert all(0 < len(page.lines) <= lines_per_page for page in pages)
    assert all((page.start, page.end) == (page.lines[0].start, page.lines[-1].end) for page in pages)


@given(TEXTS)
def test_a_line_shows_its_own_text_and_nothing_else(text: str) -> None:
    for page in paginate(text, **NARROW):
        for line in page.lines:
            words = re.sub(r"[\t ]|[\r\n]+$", "", text[line.start : line.end])
            assert drawn(line).replace(" ", "") == visible(words).replace(" ", "")


@given(TEXTS)
def test_the_letters_of_a_page_are_those_that_its_picture_shows(text: str) -> None:
    for page in paginate(text, **NARROW):
        letters = re.sub(r"[\t\n ]", "", page_text(page, text))
        assert letters == "".join(drawn(line) for line in page.lines).replace(" ", "")


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("", [""]),
        ("one\ntwo\r\n\nthree", ["one\ntwo", "three"]),
        ("0000000000 000000000 00", ["0000000000 000000000 00"]),  # broken to fit, not in the text
        ("0" * 25, ["0" * 25]),
        ("a\tb", ["a\tb"]),
        ("सhown?\u200b", ["□hown?\N{REPLACEMENT CHARACTER}"]),
        ("1\n2\n3\n4", ["1\n2\n3", "4"]),
    ],
)
def test_lines_that_were_broken_to_fit_go_on(text: str, letters: list[str]) -> None:
    assert [page_text(page, text) for page in paginate(text, **NARROW)] == letters


@given(TEXTS)
@example("a" + "\u0305" * 300)
@example("j" * 100)
def test_nothing_is_drawn_in_the_margins(text: str) -> None:
    for page in paginate(text, **NARROW):
        picture = draw_page(page)
        assert picture.shape == (page_height(**NARROW), PAGE_WIDTH)
        # A letter may lean a little over its own advance (j, f, a lone accent).
        assert (picture[:, : MARGIN // 2] == PAPER).all()
        assert (picture[:, PAGE_WIDTH - MARGIN // 2 :] == PAPER).all()
        assert picture.min() >= INK
        assert picture.max() == PAPER


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("one", ["one"]),
        ("one\ntwo\r\nthree\rfour", ["one", "two", "three", "four"]),
        ("one\n", ["one"]),
        ("one\n\n\ntwo", ["one", "", "", "two"]),
        ("0000000000 000000000 00", ["0000000000 000000000", "00"]),
        ("twenty               \nspaces hang", ["twenty", "spaces hang"]),
        ("0" * 45, ["0" * 20, "0" * 20, "0" * 5]),
        ("0 " + "0" * 19, ["0", "0" * 19]),
        ("  indented", ["  indented"]),
        ("a\x0cb\x00c", ["a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"]),
        ("e\u0301a", ["éa"]),
    ],
)
def test_lines(text: str, expected: list[str]) -> None:
    assert lines_of(text, **NARROW) == expected


def test_offsets_count_code_points_not_letters() -> None:
    (page,) = paginate("e\u0301\U0001f600\r\nx", **NARROW)
    assert [(line.start, line.end) for line in page.lines] == [(0, 5), (5, 6)]


def test_tabs_stand_under_each_other() -> None:
    (page,) = paginate("Na\t141\nK\t4.2\nGlucose\t5.0\n\tx", columns=80, lines_per_page=10)
    starts = {line.runs[-1].x for line in page.lines}
    assert len(starts) == 1


def test_pages_are_of_one_size_however_full() -> None:
    full, last = paginate("\n".join(["line"] * (LINES_PER_PAGE + 1)))
    assert draw_page(full).shape == draw_page(last).shape


def test_ink_stands_where_the_lines_are() -> None:
    (page,) = paginate("\n\nHHHH\n", columns=80, lines_per_page=4)
    rows = np.flatnonzero((draw_page(page) < PAPER).any(axis=1))
    leading = (page_height(columns=80, lines_per_page=4) - 2 * MARGIN) // 4
    assert MARGIN + 2 * leading <= rows[0]
    assert rows[-1] < MARGIN + 3 * leading


@pytest.mark.parametrize(
    "grid", [{"columns": 19}, {"columns": 201}, {"lines_per_page": 0}, {"lines_per_page": 201}]
)
def test_a_grid_out_of_range_is_refused(grid: dict[str, int]) -> None:
    with pytest.raises(ViewError):
        paginate("text", **grid)


@pytest.mark.parametrize("text", ["x" * (MAX_CHARACTERS + 1), "\n" * (MAX_PAGES * LINES_PER_PAGE + 1)])
def test_a_text_over_the_limit_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFile):
        paginate(text)
