"""Pseudonyms: stable under one key, unlinkable under another, never ambiguous."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.masking.pseudonyms import PseudonymKeys, derive_keys

ROOT = bytes(range(32))
KEYS = derive_keys(ROOT, "p1")
TEXT = st.text(max_size=40)


def test_projects_and_roots_can_not_be_joined() -> None:
    others = [derive_keys(ROOT, "p2"), derive_keys(bytes(32), "p1")]
    for other in others:
        assert other.person("", "1") != KEYS.person("", "1")
        assert other.replace_uid("1.2") != KEYS.replace_uid("1.2")
    assert derive_keys(ROOT, "p1") == KEYS


def test_the_keys_differ() -> None:
    assert len({KEYS.subject, KEYS.uid, KEYS.date, KEYS.text}) == 4


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_short_key_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        PseudonymKeys(subject=bytes(size), uid=bytes(32), date=bytes(32), text=bytes(32))


@given(TEXT, TEXT, TEXT, TEXT)
def test_where_the_issuer_ends_matters(issuer: str, patient: str, other_issuer: str, other: str) -> None:
    same = (issuer, patient) == (other_issuer, other)
    assert (KEYS.person(issuer, patient) == KEYS.person(other_issuer, other)) == same


def test_a_person_is_not_a_stranger_of_the_same_name() -> None:
    assert len({KEYS.person("", "1"), KEYS.stranger("1"), KEYS.stack("1")}) == 3


@given(TEXT)
def test_forms(value: str) -> None:
    assert re.fullmatch("[a-z2-7]{26}", KEYS.person("", value))
    uid = KEYS.replace_uid(value)
    assert re.fullmatch(r"2\.25\.(0|[1-9][0-9]*)", uid)
    assert len(uid) <= 44


@given(TEXT)
def test_dates_move_by_whole_weeks_into_the_past(subject: str) -> None:
    assert -520 <= KEYS.weeks(subject) <= -1
    assert KEYS.weeks(subject) == KEYS.weeks(subject)
