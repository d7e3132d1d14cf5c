"""The goals for narrative text, on a sample here and whole in the soak. Nothing is known of the person beforehand."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.accuracy.distortions import DISTORTIONS, distorted
from tests.accuracy.text_sets import (
    PERSONS,
    STRUCTURED,
    Labelled,
    Score,
    meddocan,
    notes,
    openmed,
    presidio,
    score,
)
from viewer.masking.text import mask_text


def masked(texts: Iterator[Labelled]) -> Score:
    return score(texts, lambda text: [(span.start, span.end) for span in mask_text(text).spans])


def check(result: Score) -> None:
    assert result.recall() >= 0.97, result.missed
    assert result.recall(PERSONS.__contains__) >= 0.995, result.missed
    assert result.recall(STRUCTURED.__contains__) == 1, result.missed
    assert result.over / result.outside <= 0.12, result.over_words.most_common(20)


def test_presidio_sample(shared: Path) -> None:
    check(masked(islice(presidio(shared), 0, None, 4)))


def test_fresh_notes_sample(shared: Path) -> None:
    check(masked(notes(shared, 505, 40)))


def test_openmed_in_every_language(shared: Path) -> None:
    assert masked(openmed(shared, english=True)).recall() == 1
    assert masked(openmed(shared, english=False)).recall() == 1


@pytest.mark.soak
@pytest.mark.parametrize("seed", [606, 707, 808])
def test_fresh_notes(shared: Path, seed: int) -> None:
    check(masked(notes(shared, seed, 400)))


@pytest.mark.soak
def test_presidio(shared: Path) -> None:
    check(masked(presidio(shared)))


@pytest.mark.soak
def test_spanish_names_and_numbers(shared: Path) -> None:
    result = masked(meddocan(shared))
    names = {"NOMBRE_SUJETO_ASISTENCIA", "NOMBRE_PERSONAL_SANITARIO"}
    numbers = {"ID_SUJETO_ASISTENCIA", "ID_ASEGURAMIENTO", "CORREO_ELECTRONICO", "NUMERO_TELEFONO"}
    assert result.recall(names.__contains__) >= 0.90, result.missed
    assert result.recall(numbers.__contains__) >= 0.98, result.missed


@pytest.mark.parametrize("name", DISTORTIONS)
def test_notes_as_other_systems_hand_them_over(shared: Path, name: str) -> None:
    result = masked(distorted(each, name) for each in notes(shared, 909, 12))
    assert result.recall() >= 0.97, result.missed
    assert result.recall(PERSONS.__contains__) >= 0.995, result.missed
    assert result.recall(STRUCTURED.__contains__) >= (0.98 if name == "accents" else 1), result.missed
    assert result.over / result.outside <= (0.15 if name == "json" else 0.12), result.over_words.most_common(
        20
    )
