"""Passwords and the lock-out: costs, limits, no difference between a wrong name and a wrong password, and the clock."""

import os
import time
from itertools import pairwise

import pytest
from argon2 import extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Invalid, StoreError
from gateway.identity.lockout import MAX_LOCK_S, is_locked, locked_until
from gateway.identity.passwords import MAX_BYTES, Parameters, Passwords

CHEAP = Parameters(memory_kib=64, passes=1, lanes=1)
PASSWORDS = Passwords(os.urandom, CHEAP)
GOOD = "correct horse battery"
NOW = 1_795_000_000.0


def test_the_default_is_rfc_9106_s_second_choice() -> None:
    stored = Passwords(lambda n: bytes(range(n))).hash(GOOD)
    found = extract_parameters(stored)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert (found.hash_len, found.salt_len) == (32, 16)
    assert Passwords(os.urandom).verify(stored, GOOD)


@given(st.text(min_size=12, max_size=60), st.text(max_size=60))
def test_only_the_password_verifies(password: str, other: str) -> None:
    try:
        stored = PASSWORDS.hash(password)
    except Invalid:
        return  # shorter once normal, or no text
    assert PASSWORDS.verify(stored, password)
    assert stored != PASSWORDS.hash(password)  # another salt
    if PASSWORDS.verify(stored, other):
        assert PASSWORDS.verify(PASSWORDS.hash(other), password)  # two spellings of one text


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "at least `12` characters"),
        ("elevenchars", "at least `12` characters"),
        ("\N{LATIN SMALL LETTER E}\N{COMBINING ACUTE ACCENT}" * 11, "at least `12` characters"),
        ("x" * (MAX_BYTES + 1), "up to `1024` bytes"),
        ("€" * 342, "up to `1024` bytes"),
        (
            "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 40,
            "up to `1024` bytes",
        ),  # grows 18-fold under NFKC
        ("\ud800" * 12, "up to `1024` bytes"),
    ],
)
def test_lengths(password: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        PASSWORDS.hash(password)
    assert not PASSWORDS.verify(PASSWORDS.hash(GOOD), password)


@pytest.mark.parametrize(
    "password", ["twelve chars", "x" * MAX_BYTES, "пароль из слов", "nul\0is a character"]
)
def test_lengths_that_are_good(password: str) -> None:
    assert PASSWORDS.verify(PASSWORDS.hash(password), password)


def test_spellings_of_one_text_are_one_password() -> None:
    stored = PASSWORDS.hash("caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait, please")
    assert PASSWORDS.verify(stored, "caf\N{LATIN SMALL LETTER E}\N{COMBINING ACUTE ACCENT} au lait, please")


def test_nobody_has_a_password() -> None:
    for password in (GOOD, "", "\0" * 32):
        assert not PASSWORDS.verify(None, password)
        assert not PASSWORDS.verify("", password)


def test_nobody_takes_as_long_as_somebody() -> None:
    # CPU time, the least of 21, in turn: without the dummy hash, nobody would cost a thousandth.
    passwords = Passwords(os.urandom, Parameters(memory_kib=8192, passes=1, lanes=1))
    stored = passwords.hash(GOOD)
    spent: dict[str | None, list[float]] = {stored: [], None: []}
    for _ in range(21):
        for each, times in spent.items():
            start = time.process_time()
            passwords.verify(each, "wrong password")
            times.append(time.process_time() - start)
    somebody, nobody = map(min, spent.values())
    assert 0.5 < nobody / somebody < 2


def test_a_hash_of_another_cost_is_renewed() -> None:
    stored = PASSWORDS.hash(GOOD)
    assert not PASSWORDS.needs_rehash(stored)
    dearer = Passwords(os.urandom, Parameters(memory_kib=128, passes=1, lanes=1))
    assert dearer.needs_rehash(stored)
    assert dearer.verify(stored, GOOD)


@pytest.mark.parametrize(
    "stored", ["secret", "$argon2id$v=19$m=64,t=1,p=1$AAAA", "$2b$12$abcdefghijklmnopqrstuv"]
)
def test_a_damaged_hash_is_a_damaged_store(stored: str) -> None:
    with pytest.raises(StoreError) as caught:
        PASSWORDS.verify(stored, GOOD)
    assert stored not in str(caught.value)


# --- lock-out
LOCKS = [
    (0, None),
    (1, None),
    (4, None),
    (5, 30),
    (6, 60),
    (7, 120),
    (8, 240),
    (9, 480),
    (10, 900),
    (11, 900),
    (10**6, 900),
]


@pytest.mark.parametrize(("failures", "seconds"), LOCKS)
def test_locks(failures: int, seconds: float | None) -> None:
    until = locked_until(failures, NOW)
    assert until == (None if seconds is None else NOW + seconds)
    assert is_locked(until, NOW) is (seconds is not None)
    if seconds is not None:
        assert is_locked(until, NOW + seconds - 0.001)
        assert not is_locked(until, NOW + seconds)


@given(st.integers(0, 10**9), st.floats(0, 4e9))
def test_more_failures_never_lock_for_less(failures: int, last: float) -> None:
    fewer, more = locked_until(failures, last), locked_until(failures + 1, last)
    assert (fewer or 0) <= (more or 0) <= last + MAX_LOCK_S


def test_guesses_in_a_day() -> None:
    now, failures = NOW, 0
    moments = []
    while now < NOW + 86400:
        until = locked_until(failures, moments[-1]) if moments else None
        now = until if until is not None and is_locked(until, now) else now
        failures += 1
        moments.append(now)
    assert len(moments) <= 110
    assert all(later >= earlier for earlier, later in pairwise(moments))


def test_a_clock_set_back_locks_nobody_out_for_a_year() -> None:
    until = locked_until(10, NOW + 365 * 86400)
    assert not is_locked(until, NOW)
    assert is_locked(until, NOW + 365 * 86400 - 60)  # a step of a minute changes nothing
