"""Letters: what is drawn for a text, and that nothing in it is there unseen."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.document.lettering import CONTROL, LACKING, advance, clusters, draw, shown, visible

ANY_TEXT = st.text(st.characters(categories=None, exclude_categories=()))  # lone surrogates too


def picture(letters: str, size: int = 24) -> np.ndarray:
    canvas = np.zeros((3 * size, 3 * size + advance(letters, size)), np.uint8)
    draw(canvas, letters, x=size, baseline=2 * size, size=size, level=255)
    return canvas


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Aortic dissection, 12 mm", "Aortic dissection, 12 mm"),
        ("¿Qué? Größe, Łódź, naïve — “±” µ ≤ ½ €", "¿Qué? Größe, Łódź, naïve — “±” µ ≤ ½ €"),
        ("Ελληνικά Пациент 診断 胸部 진단", "Ελληνικά Пациент 診断 胸部 진단"),
        ("cafe\u0301", "café"),
        ("a\u00a0b\u2003c", "a b c"),
        ("?", "?"),
        ("\x00\x1b\x7f\x85", CONTROL * 4),
        ("\u200b\u202e\u2066\ufeff\u00ad", CONTROL * 5),
        ("\u2028\ue000\ud800", CONTROL * 3),
        ("हิ\U0001f600", LACKING * 3),
    ],
)
def test_visible(text: str, expected: str) -> None:
    assert visible(text) == expected


@given(ANY_TEXT)
def test_every_character_but_a_space_leaves_ink(text: str) -> None:
    for cluster in clusters(text):
        blank = unicodedata.category(cluster[0]) == "Zs" and len(cluster) == 1
        assert picture(shown(cluster)).any() != blank, ascii(cluster)


@given(ANY_TEXT)
def test_clusters_lose_nothing(text: str) -> None:
    assert "".join(clusters(text)) == text


@given(ANY_TEXT, st.integers(9, 40))
def test_advances_add_up(text: str, size: int) -> None:
    letters = visible(text)
    assert advance(letters, size) == sum(advance(letter, size) for letter in letters)


def test_a_zero_is_not_an_o() -> None:
    assert not np.array_equal(picture("0"), picture("O"))


def test_the_same_letters_are_drawn_alike_each_time() -> None:
    first = picture("Łódź 診断 12")
    picture("something else", size=30)
    assert np.array_equal(picture("Łódź 診断 12"), first)
